using System.Text.Json;
using Donations.Server.Money;
using Donations.Server.Payments;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;
using Microsoft.Data.Sqlite;
using State = Donations.V1.Pledge.Types.State;

namespace Donations.Server.Pledges;

/// <summary>Changes to pledges that exist: intent in one transaction, Stripe, result in another.</summary>
internal sealed class PledgeChanger(Database database, IPaymentGateway gateway, StripeOperations operations, PledgeSync sync, Ids ids, TimeProvider time)
{
    /// <summary>
    /// Carries a change out. <paramref name="choose"/> looks at the pledge as it is and answers with the operation, or null
    /// where the change is there already. The same change while one is under way joins it.
    /// </summary>
    public async Task<Pledge> ChangeAsync(string donorId, string pledgeId, Func<PledgeRow, (string Kind, object Arguments)?> choose)
    {
        database.Read(c => Get(c, donorId, pledgeId));
        await operations.FinishOpenAsync(pledgeId);
        var operationId = await database.WriteAsync(c =>
        {
            var pledge = Get(c, donorId, pledgeId);
            if (choose(pledge) is not { } chosen)
                return null;
            var arguments = JsonSerializer.Serialize(chosen.Arguments, chosen.Arguments.GetType());
            if (StripeOperations.FindOpen(c, pledgeId, chosen.Kind) is { } open && open.Arguments == arguments)
                return open.OperationId;
            RequireNothingOpen(c, pledgeId);
            var operation = new StripeOperation(ids.New(), chosen.Kind, pledgeId, arguments, (long)OperationState.Pending, 0, time.NowMicros());
            StripeOperations.Insert(c, operation);
            return operation.OperationId;
        });
        if (operationId is not null)
            await operations.RunAsync(operationId, pledgeId);
        return PledgeMapping.ToPledge(database.Read(c => Get(c, donorId, pledgeId)));
    }

    /// <summary>The idempotent work of ChangePledgeAmount.</summary>
    public Idempotency.IWork<Pledge> ChangeAmount(string donorId, string pledgeId, MinorAmount amount, long coverMinor) => new AmountWork(this, donorId, pledgeId, amount, coverMinor);

    /// <summary>The idempotent work of ConfirmPledge: looks at Stripe and writes what it finds.</summary>
    public Idempotency.IWork<ConfirmPledgeResponse> Confirm(string donorId, string pledgeId) => new ConfirmWork(this, donorId, pledgeId);

    private static PledgeRow Get(SqliteConnection connection, string donorId, string pledgeId) =>
        PledgeStore.Find(connection, pledgeId) is { } row && row.DonorId == donorId ? row : throw RpcErrors.NotFound(PledgeMapping.Name(donorId, pledgeId));

    /// <summary>A newer change waits for the older ones (which were finished just before), so that a put-off one cannot overtake it later.</summary>
    private static void RequireNothingOpen(SqliteConnection connection, string pledgeId)
    {
        if (StripeOperations.AnyOpen(connection, pledgeId))
            throw RpcErrors.ProcessorUnavailable();
    }

    private sealed class AmountWork(PledgeChanger changer, string donorId, string pledgeId, MinorAmount amount, long coverMinor) : Idempotency.IWork<Pledge>
    {
        public async Task<Func<SqliteConnection, string>> BeginAsync(byte[] secret)
        {
            changer.Database.Read(c => Get(c, donorId, pledgeId));
            await changer.Operations.FinishOpenAsync(pledgeId);
            return Begin;
        }

        private string Begin(SqliteConnection c)
        {
            var pledge = Get(c, donorId, pledgeId);
            RequireNothingOpen(c, pledgeId);
            if (!PledgeLifecycle.IsRunning(pledge.State))
                throw RpcErrors.StateInvalid(pledge.Name, pledge.State.ToString(), "only a recurring pledge that runs can change its amount");
            if (pledge.Currency != amount.Currency)
                throw RpcErrors.FieldInvalid("amount.currency_code", $"must be {pledge.Currency}, the pledge's currency");
            if (AmountLimits.Check(amount, pledge.Interval) is { } wrong)
                throw RpcErrors.FieldInvalid("amount", wrong);
            var operation = StripeOperation.Create(changer.Ids.New(), ChangeAmountOperation.OperationKind, pledgeId, new ChangeAmountOperation.Arguments(amount.Minor, coverMinor), changer.Time.NowMicros());
            StripeOperations.Insert(c, operation);
            return operation.OperationId;
        }

        public Task FinishAsync(string subjectId, byte[] secret, Idempotency.Saver<Pledge> saver) => changer.Operations.RunAsync(subjectId, pledgeId, (c, _) =>
        {
            var pledge = Get(c, donorId, pledgeId);
            if (pledge.Amount == amount)
                saver.Save(c, PledgeMapping.ToPledge(pledge));
            else
                saver.Save(c, RpcErrors.StateInvalid(pledge.Name, pledge.State.ToString(), "it ended before its amount could change"));
        });
    }

    private sealed class ConfirmWork(PledgeChanger changer, string donorId, string pledgeId) : Idempotency.IWork<ConfirmPledgeResponse>
    {
        public Task<Func<SqliteConnection, string>> BeginAsync(byte[] secret) => Task.FromResult<Func<SqliteConnection, string>>(c => Get(c, donorId, pledgeId).PledgeId);

        public async Task FinishAsync(string subjectId, byte[] secret, Idempotency.Saver<ConfirmPledgeResponse> saver)
        {
            // A pledge whose creation is still under way is finished first.
            await changer.Operations.RunAsync(subjectId, subjectId);
            var pledge = changer.Database.Read(c => Get(c, donorId, pledgeId));
            IntentFacts? intent = null;
            if (PledgeLifecycle.IsOpen(pledge.State) && pledge.StripePaymentIntentId is { } intentId)
            {
                intent = await changer.Gateway.GetIntentAsync(intentId, CancellationToken.None);
            }

            await changer.Database.WriteAsync(c =>
            {
                if (intent is not null)
                    changer.Sync.Apply(c, pledgeId, intent);
                var now = Get(c, donorId, pledgeId);
                if (now.State is State.Failed or State.Expired)
                    saver.Save(c, RpcErrors.CardDeclined(now.FailureReason ?? "declined", now.Locale ?? ""));
                else
                    saver.Save(c, new ConfirmPledgeResponse { Pledge = PledgeMapping.ToPledge(now), Action = PledgeActions.For(now, intent?.ClientSecret) });
            });
        }
    }

    private Database Database => database;

    private StripeOperations Operations => operations;

    private IPaymentGateway Gateway => gateway;

    private PledgeSync Sync => sync;

    private Ids Ids => ids;

    private TimeProvider Time => time;
}
