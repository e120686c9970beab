using Donations.Server.Payments;
using Donations.Server.Storage;
using Microsoft.Data.Sqlite;
using State = Donations.V1.Pledge.Types.State;

namespace Donations.Server.Pledges;

/// <summary>What happens to pledges whose payments fail. Stripe tries again by itself; the service follows, and ends it.</summary>
internal sealed class DunningOptions
{
    public const string Section = "Dunning";

    /// <summary>A pledge that has been late this long lapses. Longer than Stripe's own retries (a Dashboard setting, two weeks by default).</summary>
    public TimeSpan LapseAfter { get; set; } = TimeSpan.FromDays(30);
}

/// <summary>
/// Which declines are final: trying the same card again only costs the donor another failed payment on the statement. Stripe's list
/// (docs.stripe.com/billing/revenue-recovery/smart-retries, hard decline codes).
/// </summary>
internal static class HardDeclines
{
    public static bool Contains(string? code) => code is
        "incorrect_number" or "lost_card" or "pickup_card" or "stolen_card" or "revocation_of_authorization" or "revocation_of_all_authorizations"
        or "authentication_required" or "highest_risk_level" or "transaction_not_allowed";
}

/// <summary>No more automatic tries of an invoice whose card was declined for good. The pledge stays late until its card is updated.</summary>
internal sealed class StopRetriesOperation(Database database, IPaymentGateway gateway) : IStripeOperationHandler
{
    public const string OperationKind = "pledge.stop_retries";

    internal sealed record Arguments(string IntentId);

    public string Kind => OperationKind;

    /// <summary>Once for each payment intent.</summary>
    public static StripeOperation For(string pledgeId, string intentId, long nowMicros) =>
        StripeOperation.Create($"{pledgeId}-stop-{intentId}", OperationKind, pledgeId, new Arguments(intentId), nowMicros);

    // Setting it again is the same.
    public Task<OperationOutcome> SettleAsync(StripeOperation operation, CancellationToken cancellationToken) => CallAsync(operation, cancellationToken);

    public async Task<OperationOutcome> CallAsync(StripeOperation operation, CancellationToken cancellationToken)
    {
        var pledge = database.Read(c => PledgeStore.Find(c, operation.SubjectId), cancellationToken)!;
        try
        {
            var subscription = await gateway.GetSubscriptionAsync(pledge.StripeSubscriptionId!, cancellationToken);
            if (subscription.OpenInvoiceId is { } invoice && subscription.FirstIntentId == operation.ArgumentsAs<Arguments>().IntentId)
                await gateway.StopRetriesAsync(operation.Key("stop"), invoice, cancellationToken);
        }
        catch (GatewayRefusedException)
        {
            // It was paid or voided meanwhile, or is gone.
        }

        return new(_ => { });
    }
}

/// <summary>
/// Ends the subscription of a pledge that lapsed, so that nothing charges it later. It is LAPSED already when this runs: the event of
/// the end must not look like a cancellation. A payment that came in meanwhile brings it back instead.
/// </summary>
internal sealed class LapseOperation(Database database, IPaymentGateway gateway, PledgeBook book) : IStripeOperationHandler
{
    public const string OperationKind = "pledge.lapse";

    internal sealed record Arguments;

    public string Kind => OperationKind;

    // It looks before it acts, and ending twice is the same.
    public Task<OperationOutcome> SettleAsync(StripeOperation operation, CancellationToken cancellationToken) => CallAsync(operation, cancellationToken);

    public async Task<OperationOutcome> CallAsync(StripeOperation operation, CancellationToken cancellationToken)
    {
        var pledge = database.Read(c => PledgeStore.Find(c, operation.SubjectId), cancellationToken)!;
        SubscriptionFacts subscription;
        try
        {
            subscription = await gateway.GetSubscriptionAsync(pledge.StripeSubscriptionId!, cancellationToken);
        }
        catch (GatewayRefusedException e) when (e.Code == "resource_missing")
        {
            return new(_ => { });
        }

        if (pledge.State == State.Lapsed && !subscription.Ended && subscription.Status != "active")
            subscription = await gateway.CancelAsync(operation.Key("cancel"), subscription.Id, atPeriodEnd: false, feedback: null, cancellationToken);
        return new(c =>
        {
            var before = PledgeStore.Find(c, operation.SubjectId)!;
            book.Update(c, before, PledgeLifecycle.FromSubscription(before, subscription));
        });
    }
}

/// <summary>Pledges that have been late for too long lapse.</summary>
internal sealed class LapsePledges(Database database, PledgeBook book, DunningOptions options, Ids ids, TimeProvider time) : IChore
{
    private const int MaxBatch = 100;

    public TimeSpan Every => TimeSpan.FromMinutes(10);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var now = time.NowMicros();
        foreach (var late in database.Read(c => PledgeStore.ListPastDue(c, now - (long)options.LapseAfter.TotalMicroseconds, MaxBatch), cancellationToken))
        {
            await database.WriteAsync((SqliteConnection c) =>
            {
                if (PledgeStore.Find(c, late.PledgeId) is not { State: State.PastDue } pledge)
                    return;
                book.Update(c, pledge, PledgeLifecycle.Move(pledge, State.Lapsed));
                StripeOperations.InsertDue(c, StripeOperation.Create(ids.New(), LapseOperation.OperationKind, pledge.PledgeId, new LapseOperation.Arguments(), now));
            });
        }
    }
}
