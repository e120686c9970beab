using Donations.Server.Payments;
using Donations.Server.Storage;
using Donations.V1;

namespace Donations.Server.Pledges;

/// <summary>
/// Ends a pledge whose first payment nobody will finish, so that nothing can charge it later. If the money came after all,
/// that counts.
/// </summary>
internal sealed class AbandonOperation(Database database, IPaymentGateway gateway, PledgePayments pledgePayments, PledgeBook book, TimeProvider time) : IStripeOperationHandler
{
    public const string OperationKind = "pledge.abandon";

    internal sealed record Arguments(Pledge.Types.State To, Pledge.Types.CancelReason Reason);

    public string Kind => OperationKind;

    // It looks before it acts and cancelling is idempotent at Stripe, so an old operation does the same.
    public Task<OperationOutcome> SettleAsync(StripeOperation operation, CancellationToken cancellationToken) => CallAsync(operation, cancellationToken);

    public async Task<OperationOutcome> CallAsync(StripeOperation operation, CancellationToken cancellationToken)
    {
        var pledge = database.Read(c => PledgeStore.Find(c, operation.SubjectId), cancellationToken)!;
        IntentFacts? intent = null;
        SubscriptionFacts? subscription = null;
        if (pledge.StripeCheckoutSessionId is { } session)
            pledge = await CloseAsync(operation, pledge, session, cancellationToken);
        if (pledge.StripePaymentIntentId is { } intentId)
        {
            intent = await gateway.GetIntentAsync(intentId, cancellationToken);
            if (!intent.Succeeded && pledge.StripeSubscriptionId is { } subscriptionId)
            {
                subscription = await gateway.CancelAsync(operation.Key("cancel"), subscriptionId, atPeriodEnd: false, feedback: null, cancellationToken);
                // The reader's bank may have said yes between the two calls.
                intent = await gateway.GetIntentAsync(intentId, cancellationToken);
            }
            else if (pledge.StripeSubscriptionId is { } paid && operation.ArgumentsAs<Arguments>().To == Pledge.Types.State.Cancelled)
            {
                // The money of the first payment came after all, and counts; the donor's cancel holds for the rest.
                subscription = await gateway.CancelAsync(operation.Key("end"), paid, atPeriodEnd: false, feedback: null, cancellationToken);
            }
            else if (!intent.Succeeded)
                intent = await gateway.CancelIntentAsync(operation.Key("cancel"), intentId, cancellationToken);
        }

        return new(c =>
        {
            var now = PledgeStore.Find(c, operation.SubjectId)!;
            if (intent?.Succeeded == true)
            {
                pledgePayments.Apply(c, now, intent);
                var paid = PledgeStore.Find(c, operation.SubjectId)!;
                if (subscription is not null)
                    book.Update(c, paid, PledgeLifecycle.FromSubscription(paid, subscription));
                return;
            }

            var arguments = operation.ArgumentsAs<Arguments>();
            var moved = PledgeLifecycle.Move(now, arguments.To);
            if (moved.State == Pledge.Types.State.Cancelled && now.State != moved.State)
                moved = moved with { CancelReason = arguments.Reason, CancelTimeUs = time.NowMicros() };
            book.Update(c, now, moved);
        });
    }

    /// <summary>Closes the hosted page; where the reader had finished it, the pledge with what was made there.</summary>
    private async Task<PledgeRow> CloseAsync(StripeOperation operation, PledgeRow pledge, string sessionId, CancellationToken cancellationToken)
    {
        var session = await gateway.ExpireCheckoutAsync(operation.Key("expire"), sessionId, cancellationToken);
        var subscription = session.SubscriptionId is { } id ? await gateway.GetSubscriptionAsync(id, cancellationToken) : null;
        return pledge with
        {
            StripeSubscriptionId = subscription?.Id ?? pledge.StripeSubscriptionId,
            StripePaymentIntentId = subscription?.FirstIntentId ?? session.IntentId ?? pledge.StripePaymentIntentId,
        };
    }
}

/// <summary>Pledges that waited for their donor for 23 hours end, as Stripe ends an incomplete subscription.</summary>
internal sealed class ExpirePledges(Database database, Ids ids, TimeProvider time) : IChore
{
    private const int MaxBatch = 100;

    public TimeSpan Every => TimeSpan.FromMinutes(1);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var now = time.NowMicros();
        var waiting = database.Read(c => PledgeStore.ListWaiting(c, now - StripeOperations.MaxKeyAgeMicros, MaxBatch), cancellationToken);
        foreach (var pledge in waiting)
        {
            await database.WriteAsync(c =>
            {
                if (StripeOperations.FindOpen(c, pledge.PledgeId, AbandonOperation.OperationKind) is null)
                    StripeOperations.InsertDue(c, StripeOperation.Create(ids.New(), AbandonOperation.OperationKind, pledge.PledgeId, new AbandonOperation.Arguments(Pledge.Types.State.Expired, 0), now));
            });
        }
    }
}
