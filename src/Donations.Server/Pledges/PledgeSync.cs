using Donations.Server.Payments;
using Donations.Server.Storage;
using Donations.V1;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Pledges;

/// <summary>
/// Brings pledges and payments to what Stripe says now. An event tells only what to look at: the object is fetched fresh, so
/// order and duplicates do not matter.
/// </summary>
internal sealed class PledgeSync(Database database, IPaymentGateway gateway, PledgePayments pledgePayments, Ids ids, TimeProvider time) : IStripeEventHandler, IChargeResolver
{
    public bool Handles(string type) =>
        type.StartsWith("payment_intent.", StringComparison.Ordinal)
        || type.StartsWith("customer.subscription.", StringComparison.Ordinal)
        || type.StartsWith("invoice.", StringComparison.Ordinal)
        || type is "invoice_payment.paid" or "charge.succeeded" or "charge.updated" or "charge.failed";

    public async Task<bool> HandleAsync(InboxRow item, CancellationToken cancellationToken)
    {
        var facts = item.Facts;
        if (facts.ObjectType is "subscription" or "invoice")
            return facts.SubscriptionId is { } subscription && await SyncSubscriptionAsync(subscription, cancellationToken);
        return facts.PaymentIntentId is { } intent && await SyncIntentAsync(intent, cancellationToken);
    }

    public async Task<bool> SyncIntentAsync(string intentId, CancellationToken cancellationToken)
    {
        var intent = await gateway.GetIntentAsync(intentId, cancellationToken);
        if (await FindPledgeAsync(intent, cancellationToken) is not { } pledgeId || !await database.WriteAsync(c => Apply(c, pledgeId, intent)))
            return false;
        // A renewal that succeeded may have brought a late pledge back: the subscription knows.
        var late = database.Read(c => PledgeStore.Find(c, pledgeId), cancellationToken)!;
        if (intent.Succeeded && late is { State: Pledge.Types.State.PastDue or Pledge.Types.State.Lapsed, StripeSubscriptionId: { } subscription })
            await SyncSubscriptionAsync(subscription, cancellationToken);
        return true;
    }

    public async Task<bool> SyncSubscriptionAsync(string subscriptionId, CancellationToken cancellationToken)
    {
        var facts = await gateway.GetSubscriptionAsync(subscriptionId, cancellationToken);
        return await database.WriteAsync(c =>
        {
            var pledge = PledgeStore.FindBySubscription(c, subscriptionId) ?? FindByName(c, facts.PledgeName);
            if (pledge is null)
                return false;
            PledgeStore.Update(c, pledge, PledgeLifecycle.FromSubscription(pledge, facts), time.NowMicros());
            return true;
        });
    }

    /// <summary>Writes a payment intent's state; a token-first pledge that failed with it is abandoned at Stripe too.</summary>
    public bool Apply(SqliteConnection connection, string pledgeId, IntentFacts intent)
    {
        var before = PledgeStore.Find(connection, pledgeId);
        if (before is null)
            return false;
        pledgePayments.Apply(connection, before, intent);
        var after = PledgeStore.Find(connection, pledgeId)!;
        if (after.State == Pledge.Types.State.Failed && before.State != after.State && intent.Status != "canceled")
            StripeOperations.Insert(connection, StripeOperation.Create(ids.New(), AbandonOperation.OperationKind, pledgeId, new AbandonOperation.Arguments(Pledge.Types.State.Failed, 0), time.NowMicros() - StripeOperations.CallerLeaseMicros));
        return true;
    }

    private async Task<string?> FindPledgeAsync(IntentFacts intent, CancellationToken cancellationToken)
    {
        var known = database.Read(
            c => FindByName(c, intent.PledgeName)?.PledgeId ?? PledgeStore.FindByIntent(c, intent.Id)?.PledgeId ?? PaymentStore.FindByIntent(c, intent.Id)?.PledgeId,
            cancellationToken);
        if (known is not null)
            return known;
        // A renewal's intent carries no metadata: its invoice names the subscription, and that the pledge.
        if (await gateway.FindSubscriptionOfIntentAsync(intent.Id, cancellationToken) is not { } subscriptionId)
            return null;
        if (database.Read(c => PledgeStore.FindBySubscription(c, subscriptionId), cancellationToken) is { } pledge)
            return pledge.PledgeId;
        var name = (await gateway.GetSubscriptionAsync(subscriptionId, cancellationToken)).PledgeName;
        return database.Read(c => FindByName(c, name), cancellationToken)?.PledgeId;
    }

    // Metadata is ours, but anybody with access to the account can write it.
    private static PledgeRow? FindByName(SqliteConnection connection, string? name) =>
        name?.Split('/') is ["donors", _, "pledges", var id] && PledgeStore.Find(connection, id) is { } pledge && pledge.Name == name ? pledge : null;
}
