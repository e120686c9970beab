using Donations.Server.Payments;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;
using Microsoft.Data.Sqlite;
using State = Donations.V1.Pledge.Types.State;

namespace Donations.Server.Pledges;

/// <summary>
/// What readers finish themselves: the first payment (3-D Secure, the hosted page, intent first), a new card, an overdue payment that
/// its bank wants confirmed.
/// </summary>
internal sealed class PledgeConfirmer(Database database, IPaymentGateway gateway, StripeOperations operations, PledgeChanger changer, PledgeSync sync, IssuerGate gate, TimeProvider time)
{
    /// <summary>The idempotent work of ConfirmPledge: looks at Stripe and writes what it finds.</summary>
    public Idempotency.IWork<ConfirmPledgeResponse> Confirm(string donorId, string pledgeId) => new ConfirmWork(this, donorId, pledgeId);

    /// <summary>The idempotent work of UpdatePaymentMethod.</summary>
    public Idempotency.IWork<UpdatePaymentMethodResponse> UpdatePaymentMethod(string donorId, string pledgeId, PaymentSource source, string? returnUrl) => new UpdateWork(this, donorId, pledgeId, source, returnUrl);

    private PledgeRow Get(string donorId, string pledgeId) => database.Read(c => PledgeChanger.Get(c, donorId, pledgeId));

    private static Grpc.Core.RpcException Refused(PledgeRow pledge, Refusal refusal) => refusal.Declined
        ? RpcErrors.CardDeclined(PaymentMapping.PlainFailure(refusal.Code), pledge.Locale ?? "")
        : RpcErrors.PaymentRequestRefused(refusal.Code);

    private sealed class UpdateWork(PledgeConfirmer confirmer, string donorId, string pledgeId, PaymentSource source, string? returnUrl) : Idempotency.IWork<UpdatePaymentMethodResponse>
    {
        public async Task<Func<SqliteConnection, string>> BeginAsync(byte[] secret)
        {
            var pledge = confirmer.Get(donorId, pledgeId);
            RequireChangeable(pledge);
            if (await confirmer.Gate.LookAsync(source, CancellationToken.None) is not { } card || !confirmer.Gate.Admits(card))
                throw RpcErrors.PaymentMethodRefused(pledge.Locale ?? "");
            await confirmer.Operations.FinishOpenAsync(pledgeId);
            return c =>
            {
                RequireChangeable(PledgeChanger.Get(c, donorId, pledgeId));
                var arguments = new PaymentMethodOperation.Arguments(source.ConfirmationToken, source.PaymentMethod, returnUrl, null);
                return confirmer.Changer.Begin(c, pledgeId, new(PaymentMethodOperation.OperationKind, arguments), mayJoin: false);
            };
        }

        public async Task FinishAsync(string subjectId, byte[] secret, Idempotency.Saver<UpdatePaymentMethodResponse> saver)
        {
            var secretToFind = false;
            await confirmer.Operations.RunAsync(subjectId, pledgeId, (c, outcome) =>
            {
                // Done by the worker after a crash, and the holder must still act: the secret comes from Stripe again.
                secretToFind = outcome is null;
                if (!secretToFind)
                    Save(c, outcome!.Refusal, outcome.ClientSecret);
            });
            if (secretToFind)
            {
                var clientSecret = await confirmer.FindSecretAsync(confirmer.Get(donorId, pledgeId));
                await confirmer.Database.WriteAsync(c => Save(c, null, clientSecret));
            }

            void Save(SqliteConnection connection, Refusal? refusal, string? clientSecret)
            {
                var pledge = PledgeChanger.Get(connection, donorId, pledgeId);
                if (refusal is not null)
                    saver.Save(connection, Refused(pledge, refusal));
                else
                    saver.Save(connection, new UpdatePaymentMethodResponse { Pledge = PledgeMapping.ToPledge(pledge), Action = PledgeActions.Authenticate(clientSecret) });
            }
        }

        private static void RequireChangeable(PledgeRow pledge)
        {
            if (!(PledgeLifecycle.IsRunning(pledge.State) || pledge.State == State.Lapsed) || pledge is { StripeCustomerId: null } or { StripeSubscriptionId: null })
                throw RpcErrors.StateInvalid(pledge.Name, pledge.State.ToString(), "only a recurring pledge that runs or lapsed has a payment method to update");
        }
    }

    private sealed class ConfirmWork(PledgeConfirmer confirmer, string donorId, string pledgeId) : Idempotency.IWork<ConfirmPledgeResponse>
    {
        public Task<Func<SqliteConnection, string>> BeginAsync(byte[] secret) => Task.FromResult<Func<SqliteConnection, string>>(c => PledgeChanger.Get(c, donorId, pledgeId).PledgeId);

        public async Task FinishAsync(string subjectId, byte[] secret, Idempotency.Saver<ConfirmPledgeResponse> saver)
        {
            // A pledge whose creation is still under way is finished first.
            await confirmer.Operations.RunAsync(subjectId, subjectId);
            var pledge = confirmer.Get(donorId, pledgeId);
            var wasOpen = PledgeLifecycle.IsOpen(pledge.State);
            var (refusal, clientSecret) = wasOpen ? (null, await confirmer.LookAtFirstAsync(pledge))
                : pledge.StripeSetupIntentId is not null ? await confirmer.AdoptAsync(pledge)
                : (null, pledge.State is State.PastDue or State.Lapsed ? await confirmer.FindSecretAsync(pledge) : null);
            await confirmer.Database.WriteAsync(c =>
            {
                var now = PledgeChanger.Get(c, donorId, pledgeId);
                if (refusal is not null)
                    saver.Save(c, Refused(now, refusal));
                else if (now.State is State.Failed or State.Expired)
                    saver.Save(c, RpcErrors.CardDeclined(now.FailureReason ?? "declined", now.Locale ?? ""));
                else
                    saver.Save(c, new ConfirmPledgeResponse { Pledge = PledgeMapping.ToPledge(now), Action = wasOpen ? PledgeActions.For(now, clientSecret) : PledgeActions.Authenticate(clientSecret) });
            });
        }
    }

    /// <summary>Writes what became of the first payment; answers with what its client needs to go on.</summary>
    private async Task<string?> LookAtFirstAsync(PledgeRow pledge)
    {
        if (pledge.StripeCheckoutSessionId is { } session)
            return (await sync.SyncCheckoutAsync(session, CancellationToken.None))?.Url;
        if (pledge.StripePaymentIntentId is not { } intentId)
            return null;
        var intent = await gateway.GetIntentAsync(intentId, CancellationToken.None);
        await database.WriteAsync((SqliteConnection c) => sync.Apply(c, pledge.PledgeId, intent));
        return intent.ClientSecret;
    }

    /// <summary>Takes the new card once its holder has confirmed it.</summary>
    private async Task<(Refusal? Refusal, string? ClientSecret)> AdoptAsync(PledgeRow pledge)
    {
        var setup = await gateway.GetSetupAsync(pledge.StripeSetupIntentId!, CancellationToken.None);
        if (setup.NeedsAction)
            return (null, setup.ClientSecret);
        var operation = PaymentMethodOperation.Adopt(pledge.PledgeId, setup.Id, time.NowMicros());
        await database.WriteAsync((SqliteConnection c) => StripeOperations.InsertDue(c, operation));
        OperationOutcome? told = null;
        await operations.RunAsync(operation.OperationId, pledge.PledgeId, (_, outcome) => told = outcome);
        return (told?.Refusal, told?.ClientSecret);
    }

    /// <summary>What the holder must still confirm: a new card, or the payment that is overdue. Writes what it finds.</summary>
    private async Task<string?> FindSecretAsync(PledgeRow pledge)
    {
        if (pledge.StripeSetupIntentId is { } setupIntentId)
            return await gateway.GetSetupAsync(setupIntentId, CancellationToken.None) is { NeedsAction: true } setup ? setup.ClientSecret : null;
        var subscription = await gateway.GetSubscriptionAsync(pledge.StripeSubscriptionId!, CancellationToken.None);
        if (subscription.FirstIntentId is null || subscription.Ended)
            return null;
        var intent = await gateway.GetIntentAsync(subscription.FirstIntentId, CancellationToken.None);
        await database.WriteAsync((SqliteConnection c) => sync.Apply(c, pledge.PledgeId, intent));
        await sync.SyncSubscriptionAsync(subscription.Id, CancellationToken.None);
        return intent.NeedsAction ? intent.ClientSecret : null;
    }

    private Database Database => database;

    private StripeOperations Operations => operations;

    private PledgeChanger Changer => changer;

    private IssuerGate Gate => gate;
}
