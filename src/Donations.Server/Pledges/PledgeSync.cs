using Donations.Server.Payments;
using Donations.Server.Storage;
using Donations.V1;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Pledges;

/// <summary>
/// Brings pledges and payments to what Stripe says now. That a payment succeeded is final, and taken from the signed event; all else an
/// event tells only to look at: the object is fetched fresh, so order and duplicates do not matter.
/// </summary>
internal sealed class PledgeSync(
    Database database, IPaymentGateway gateway, PledgePayments pledgePayments, PledgeBook book, Settlements settlements, IssuerGate gate, PledgeLetters letters, Ids ids, TimeProvider time) : IStripeEventHandler, IChargeResolver
{
    public bool Handles(string type) =>
        // These say nothing that another event does not: an invoice's beginnings, its second word for paid, an intent before anything became of it.
        type is not ("invoice.created" or "invoice.updated" or "invoice.finalized" or "invoice.sent" or "invoice.payment_succeeded" or "payment_intent.created")
        && (type.StartsWith("payment_intent.", StringComparison.Ordinal)
        || type.StartsWith("customer.subscription.", StringComparison.Ordinal)
        || type.StartsWith("invoice.", StringComparison.Ordinal)
        || type.StartsWith("checkout.session.", StringComparison.Ordinal)
        || type.StartsWith("subscription_schedule.", StringComparison.Ordinal)
        || type.StartsWith("setup_intent.", StringComparison.Ordinal)
        || type.StartsWith("payment_method.", StringComparison.Ordinal)
        || type is "invoice_payment.paid" or "charge.succeeded" or "charge.updated" or "charge.failed" or "customer.updated" or "customer.deleted");

    public async Task<bool> HandleAsync(IReadOnlyList<InboxRow> items, CancellationToken cancellationToken)
    {
        var facts = items[^1].Facts;
        return facts.ObjectType switch
        {
            "subscription" or "invoice" when items.Any(i => i.Facts.ObjectType == "subscription_schedule") => await SyncScheduleAsync(facts.SubscriptionId!, cancellationToken),
            "subscription" or "invoice" => facts.SubscriptionId is { } subscription && await SyncSubscriptionAsync(subscription, cancellationToken),
            "subscription_schedule" => facts.SubscriptionId is { } subscription && await SyncScheduleAsync(subscription, cancellationToken),
            "checkout.session" => await SyncCheckoutAsync(facts.ObjectId, cancellationToken) is not null,
            "setup_intent" => await SyncSetupAsync(facts.ObjectId, cancellationToken),
            "customer" or "payment_method" => facts.CustomerId is { } customer && await SyncCustomerAsync(customer, cancellationToken),
            _ => facts.PaymentIntentId is { } intent && await SyncIntentAsync(intent, items, cancellationToken),
        };
    }

    /// <summary>Looks at a payment intent and writes what it means; false where it is not ours.</summary>
    public async Task<bool> SyncIntentAsync(string intentId, CancellationToken cancellationToken)
    {
        var intent = await gateway.GetIntentAsync(intentId, cancellationToken);
        return await WriteAsync(intent, FindKnown, cancellationToken)
            || (await FindPledgeAsync(intent, cancellationToken) is { } pledgeId && await WriteAsync(intent, (c, _) => PledgeStore.Find(c, pledgeId), cancellationToken));
    }

    /// <summary>Looks at a subscription and writes what it means; false where it is not ours.</summary>
    public Task<bool> SyncSubscriptionAsync(string subscriptionId, CancellationToken cancellationToken) => SyncSubscriptionAsync(subscriptionId, PledgeLifecycle.FromSubscription, cancellationToken);

    /// <summary>Looks at a hosted page and what was paid there; null where it is not ours.</summary>
    public async Task<CheckoutFacts?> SyncCheckoutAsync(string sessionId, CancellationToken cancellationToken)
    {
        var session = await gateway.GetCheckoutAsync(sessionId, cancellationToken);
        if (database.Read(c => PledgeStore.FindByCheckoutSession(c, sessionId) ?? FindByName(c, session.PledgeName), cancellationToken) is not { } pledge)
            return null;
        if (session.SubscriptionId is { } subscriptionId && (await gateway.GetSubscriptionAsync(subscriptionId, cancellationToken)) is var subscription)
        {
            await database.WriteAsync((SqliteConnection c) => Apply(c, pledge.PledgeId, subscription));
            if (subscription.FirstIntentId is { } first)
                await SyncIntentAsync(first, cancellationToken);
        }
        else if (session.IntentId is { } intentId)
        {
            await SyncIntentAsync(intentId, cancellationToken);
        }

        if (session.Status == "expired")
            await UpdateAsync(pledge.PledgeId, p => PledgeLifecycle.IsOpen(p.State) ? PledgeLifecycle.Move(p, Pledge.Types.State.Expired) : p);
        return session;
    }

    /// <summary>Writes a payment intent's state; a token-first pledge that failed with it is abandoned at Stripe too. Answers with the pledge as it is now.</summary>
    public PledgeRow? Apply(SqliteConnection connection, string pledgeId, IntentFacts intent) => PledgeStore.Find(connection, pledgeId) is { } pledge ? Apply(connection, pledge, intent) : null;

    private PledgeRow Apply(SqliteConnection connection, PledgeRow before, IntentFacts intent)
    {
        var pledgeId = before.PledgeId;
        var after = pledgePayments.Apply(connection, before, intent);
        if (after.State == Pledge.Types.State.Failed && before.State != after.State && intent.Status != "canceled")
            StripeOperations.InsertDue(connection, StripeOperation.Create(ids.New(), AbandonOperation.OperationKind, pledgeId, new AbandonOperation.Arguments(Pledge.Types.State.Failed, 0), time.NowMicros()));
        if (PledgeLifecycle.IsRunning(after.State) && after.StripePaymentIntentId != intent.Id && intent.Status == "requires_payment_method" && HardDeclines.Contains(intent.FailureCode))
            StripeOperations.InsertDue(connection, StopRetriesOperation.For(pledgeId, intent.Id, time.NowMicros()));
        return after;
    }

    /// <summary>Writes a subscription's state.</summary>
    public void Apply(SqliteConnection connection, string pledgeId, SubscriptionFacts facts) => Apply(connection, PledgeStore.Find(connection, pledgeId)!, facts, PledgeLifecycle.FromSubscription);

    /// <summary>
    /// What follows from a subscription's state: one whose card is not taken here any more is paused before it is charged again, and one that
    /// Stripe leaves unpaid (an end state of the Dashboard) is ended, so that a new card starts a new one.
    /// </summary>
    private void Apply(SqliteConnection connection, PledgeRow before, SubscriptionFacts facts, Func<PledgeRow, SubscriptionFacts, PledgeRow> move)
    {
        // A lapsed pledge started again with another: this one says nothing about it any more.
        if (before.StripeSubscriptionId is { } current && current != facts.Id)
            return;
        var after = move(before, facts);
        book.Update(connection, before, after);
        letters.Moved(connection, before, after);
        if (facts.Card is { } card && !gate.Admits(card) && after.State is Pledge.Types.State.Active or Pledge.Types.State.PastDue)
            Ask(PauseOperation.OperationKind, new PauseOperation.Arguments(null, Pledge.Types.PauseReason.PaymentMethod));
        if (facts.Status == "unpaid" && after.State == Pledge.Types.State.Lapsed)
            Ask(LapseOperation.OperationKind, new LapseOperation.Arguments());

        void Ask<T>(string kind, T arguments)
        {
            if (StripeOperations.FindOpen(connection, before.PledgeId, kind) is null)
                StripeOperations.InsertDue(connection, StripeOperation.Create(ids.New(), kind, before.PledgeId, arguments, time.NowMicros()));
        }
    }

    /// <summary>The pledge of a payment intent: by our name on it, by the payment, by its customer, by its invoice.</summary>
    public async Task<string?> FindPledgeAsync(IntentFacts intent, CancellationToken cancellationToken)
    {
        if (database.Read(c => FindKnown(c, intent), cancellationToken) is { } known)
            return known.PledgeId;
        // A renewal's intent carries no metadata: its invoice names the subscription, and that the pledge.
        if (await gateway.FindSubscriptionOfIntentAsync(intent.Id, cancellationToken) is not { } subscriptionId)
            return null;
        if (database.Read(c => PledgeStore.FindBySubscription(c, subscriptionId), cancellationToken) is { } pledge)
            return pledge.PledgeId;
        var name = (await gateway.GetSubscriptionAsync(subscriptionId, cancellationToken)).PledgeName;
        return database.Read(c => FindByName(c, name), cancellationToken)?.PledgeId;
    }

    // Metadata is ours, but anybody with access to the account can write it.
    public static PledgeRow? FindByName(SqliteConnection connection, string? name) =>
        name?.Split('/') is ["donors", _, "pledges", var id] && PledgeStore.Find(connection, id) is { } pledge && pledge.Name == name ? pledge : null;

    private static PledgeRow? FindKnown(SqliteConnection connection, IntentFacts intent) =>
        FindByName(connection, intent.PledgeName)
        ?? PledgeStore.FindByIntent(connection, intent.Id)
        ?? (PaymentStore.FindByIntent(connection, intent.Id)?.PledgeId is { } paid ? PledgeStore.Find(connection, paid) : null)
        // Customers are made here, one for each pledge; one that several pledges share (an import) says nothing.
        ?? (intent.CustomerId is { } customer && PledgeStore.ListByCustomer(connection, customer) is [var only] ? only : null);

    private async Task<bool> SyncIntentAsync(string intentId, IReadOnlyList<InboxRow> items, CancellationToken cancellationToken)
    {
        var told = items.Select(Told).FirstOrDefault(t => t is not null);
        if ((told is null || !await WriteAsync(told, FindKnown, cancellationToken)) && !IsRecorded(intentId, items, cancellationToken))
            return await SyncIntentAsync(intentId, cancellationToken);
        if (items.Select(i => i.Facts.Method).FirstOrDefault(m => m is not null) is { } method && database.Read(c => PaymentStore.FindByIntent(c, intentId), cancellationToken) is { Method: null })
            await database.WriteAsync((SqliteConnection c) => PaymentStore.NoteMethod(c, intentId, method));
        if (items.FirstOrDefault(i => i.Facts is { ObjectType: "charge", BalanceTransactionId: not null }) is { } charge)
            settlements.Ask(charge.Facts.ChargeId!, charge.EventTimeUs);
        return true;
    }

    /// <summary>Nothing in these events is news, but perhaps that the money of a payment that is recorded has been settled.</summary>
    private bool IsRecorded(string intentId, IReadOnlyList<InboxRow> items, CancellationToken cancellationToken) =>
        items.All(i => i.Type is "charge.succeeded" or "charge.updated" or "payment_intent.succeeded" or "invoice_payment.paid" or "payment_intent.created")
        && database.Read(c => PaymentStore.FindByIntent(c, intentId), cancellationToken) is { Succeeded: true, StripeChargeId: not null };

    /// <summary>A success as the signed event tells it, without its settlement; null where the event says less.</summary>
    private static IntentFacts? Told(InboxRow item) =>
        item is { Type: "payment_intent.succeeded", IsOfOurVersion: true, Facts: { AmountMinor: { } minor, Currency: { } currency, ChargeId: { } charge } facts }
            ? new(facts.ObjectId, "succeeded", null, new(minor, currency.ToUpperInvariant()), facts.PledgeName, charge, item.EventTimeUs, null, null, facts.CustomerId)
            : null;

    /// <summary>Finds the pledge and writes what the intent means for it, in one transaction; false where it is not found.</summary>
    private async Task<bool> WriteAsync(IntentFacts intent, Func<SqliteConnection, IntentFacts, PledgeRow?> find, CancellationToken cancellationToken)
    {
        if (await database.WriteAsync(c => find(c, intent) is { } pledge ? Apply(c, pledge, intent) : null) is not { } after)
            return false;
        // A renewal that succeeded may have brought a late pledge back: the subscription knows.
        if (intent.Succeeded && after is { State: Pledge.Types.State.PastDue or Pledge.Types.State.Lapsed, StripeSubscriptionId: { } subscription })
            await SyncSubscriptionAsync(subscription, cancellationToken);
        return true;
    }

    /// <summary>A schedule that is gone before its time: nothing is planned any more.</summary>
    private Task<bool> SyncScheduleAsync(string subscriptionId, CancellationToken cancellationToken) => SyncSubscriptionAsync(
        subscriptionId,
        (before, facts) =>
        {
            var after = PledgeLifecycle.FromSubscription(before, facts);
            return facts.ScheduleId is null ? PledgeLifecycle.Unplanned(after) : after;
        },
        cancellationToken);

    private async Task<bool> SyncSubscriptionAsync(string subscriptionId, Func<PledgeRow, SubscriptionFacts, PledgeRow> move, CancellationToken cancellationToken)
    {
        SubscriptionFacts facts;
        try
        {
            facts = await gateway.GetSubscriptionAsync(subscriptionId, cancellationToken);
        }
        catch (GatewayRefusedException e) when (e.Code == "resource_missing")
        {
            // Gone with its customer: nothing is charged any more.
            return database.Read(c => PledgeStore.FindBySubscription(c, subscriptionId), cancellationToken) is { } lost && await UpdateAsync(lost.PledgeId, Gone);
        }

        return await database.WriteAsync(c =>
        {
            if ((PledgeStore.FindBySubscription(c, subscriptionId) ?? FindByName(c, facts.PledgeName)) is not { } pledge)
                return false;
            Apply(c, pledge, facts, move);
            return true;
        });
    }

    private PledgeRow Gone(PledgeRow pledge)
    {
        var moved = PledgeLifecycle.Move(pledge, Pledge.Types.State.Cancelled);
        return moved.State == Pledge.Types.State.Cancelled ? moved with { CancelTimeUs = moved.CancelTimeUs ?? time.NowMicros() } : moved;
    }

    /// <summary>A card that its holder has confirmed is taken; one that failed is forgotten.</summary>
    private async Task<bool> SyncSetupAsync(string setupIntentId, CancellationToken cancellationToken)
    {
        if (database.Read(c => PledgeStore.FindBySetupIntent(c, setupIntentId), cancellationToken) is not { } pledge)
            return false;
        var setup = await gateway.GetSetupAsync(setupIntentId, cancellationToken);
        if (setup.Succeeded)
            await database.WriteAsync((SqliteConnection c) => StripeOperations.InsertDue(c, PaymentMethodOperation.Adopt(pledge.PledgeId, setupIntentId, time.NowMicros())));
        else if (!setup.NeedsAction)
            await UpdateAsync(pledge.PledgeId, p => p.StripeSetupIntentId == setupIntentId ? p with { StripeSetupIntentId = null } : p);
        return true;
    }

    /// <summary>A customer or a card changed, perhaps by Stripe's card updater, or is gone.</summary>
    private async Task<bool> SyncCustomerAsync(string customerId, CancellationToken cancellationToken)
    {
        var pledges = database.Read(c => PledgeStore.ListByCustomer(c, customerId), cancellationToken);
        foreach (var pledge in pledges)
        {
            if (pledge.StripeSubscriptionId is { } subscription)
                await SyncSubscriptionAsync(subscription, cancellationToken);
        }

        return pledges.Count > 0;
    }

    private Task<bool> UpdateAsync(string pledgeId, Func<PledgeRow, PledgeRow> change) => database.WriteAsync(c =>
    {
        var before = PledgeStore.Find(c, pledgeId)!;
        book.Update(c, before, change(before));
        return true;
    });
}
