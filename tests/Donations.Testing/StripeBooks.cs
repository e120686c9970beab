using Donations.V1;
using Stripe;

namespace Donations.Testing;

/// <summary>
/// Holds what the service has against Stripe's own objects, read through Stripe's API and compared field by field: pledges against
/// subscriptions, payments against payment intents and charges, refunds, disputes, and every balance transaction against its entry.
/// Shares no code with the service.
/// </summary>
public sealed class StripeBooks(Scenario scenario)
{
    private readonly List<string> _wrong = [];

    /// <exception cref="InvalidOperationException">Something differs; the message names every difference.</exception>
    public async Task CheckAsync()
    {
        await ComparePaymentsAsync();
        await ComparePledgesAsync();
        await CompareRefundsAsync();
        await CompareDisputesAsync();
        await CompareEntriesAsync();
        if (_wrong.Count > 0)
            throw new InvalidOperationException("Not as Stripe has it: " + string.Join("; ", _wrong));
        await scenario.CheckBooksAsync();
    }

    private async Task ComparePaymentsAsync()
    {
        var ours = scenario.Query<PaymentRecord>(
            """
            SELECT stripe_payment_intent_id AS IntentId, state AS State, amount_minor AS AmountMinor, currency AS Currency, refunded_minor AS RefundedMinor, stripe_charge_id AS ChargeId,
              stripe_balance_transaction_id AS TransactionId, settlement_gross_minor AS GrossMinor, settlement_fee_minor AS FeeMinor, settlement_net_minor AS NetMinor, settlement_currency AS SettlementCurrency
            FROM payments
            """).ToDictionary(p => p.IntentId);
        var theirs = await ListAsync(scenario.Stripe.PaymentIntents.ListAutoPagingAsync(new() { Expand = ["data.latest_charge.balance_transaction"], Limit = 100 }));
        foreach (var intent in theirs.Where(i => i.Status == "succeeded" && IsOurs(i)))
        {
            if (!ours.Remove(intent.Id, out var payment))
            {
                _wrong.Add($"{intent.Id} of {intent.Amount} {intent.Currency} has no payment");
                continue;
            }

            var (charge, settled) = (intent.LatestCharge, intent.LatestCharge.BalanceTransaction);
            Equal($"{intent.Id} state", 1, payment.State);
            Equal($"{intent.Id} amount", (intent.Amount, intent.Currency.ToUpperInvariant()), (payment.AmountMinor, payment.Currency));
            Equal($"{intent.Id} charge", charge.Id, payment.ChargeId);
            Equal($"{intent.Id} refunded", charge.AmountRefunded, payment.RefundedMinor);
            Equal($"{intent.Id} settlement", (settled?.Id, settled?.Amount, settled?.Fee, settled?.Net, settled?.Currency.ToUpperInvariant()), (payment.TransactionId, payment.GrossMinor, payment.FeeMinor, payment.NetMinor, payment.SettlementCurrency));
        }

        foreach (var payment in ours.Values.Where(p => p.State == 1))
            _wrong.Add($"{payment.IntentId} is paid here and not there");
    }

    private async Task ComparePledgesAsync()
    {
        var subscriptions = (await ListAsync(scenario.Stripe.Subscriptions.ListAutoPagingAsync(new() { Status = "all", Limit = 100 }))).ToDictionary(s => s.Id);
        foreach (var pledge in scenario.Query<PledgeRecord>(
            """
            SELECT reference AS Reference, state AS State, stripe_subscription_id AS SubscriptionId, amount_minor AS AmountMinor, interval AS Interval, next_payment_time_us AS NextUs,
              cancel_at_period_end AS AtPeriodEnd FROM pledges WHERE stripe_subscription_id IS NOT NULL
            """))
        {
            if (!subscriptions.TryGetValue(pledge.SubscriptionId, out var subscription))
            {
                _wrong.Add($"{pledge.Reference}: Stripe has no {pledge.SubscriptionId}");
                continue;
            }

            var state = (Pledge.Types.State)pledge.State;
            Equal($"{pledge.Reference} state with {subscription.Status}", true, Allowed(subscription).Contains(state));
            if (subscription.Status is "canceled" or "incomplete_expired")
                continue;
            var item = subscription.Items.Data[0];
            Equal($"{pledge.Reference} amount", item.Price.UnitAmount * item.Quantity, pledge.AmountMinor);
            Equal($"{pledge.Reference} interval", item.Price.Recurring.Interval, pledge.Interval == (long)PledgeInterval.Annual ? "year" : "month");
            Equal($"{pledge.Reference} next payment", new DateTimeOffset(item.CurrentPeriodEnd).ToUnixTimeSeconds(), pledge.NextUs / 1_000_000);
            Equal($"{pledge.Reference} ends with its period", subscription.CancelAtPeriodEnd, pledge.AtPeriodEnd == 1);
        }
    }

    private static Pledge.Types.State[] Allowed(Subscription subscription) => subscription.Status switch
    {
        "active" or "past_due" when subscription.PauseCollection is not null => [Pledge.Types.State.Paused],
        "active" => [Pledge.Types.State.Active],
        "past_due" => [Pledge.Types.State.PastDue],
        "unpaid" => [Pledge.Types.State.Lapsed],
        "incomplete" => [Pledge.Types.State.Pending, Pledge.Types.State.RequiresAction, Pledge.Types.State.Lapsed],
        _ => [Pledge.Types.State.Cancelled, Pledge.Types.State.Lapsed, Pledge.Types.State.Failed, Pledge.Types.State.Expired],
    };

    private async Task CompareRefundsAsync()
    {
        var ours = scenario.Query<RefundRecord>("SELECT stripe_refund_id AS RefundId, state AS State, amount_minor AS AmountMinor FROM refunds WHERE stripe_refund_id IS NOT NULL").ToDictionary(r => r.RefundId);
        foreach (var refund in await ListAsync(scenario.Stripe.Refunds.ListAutoPagingAsync(new() { Limit = 100, Expand = ["data.payment_intent"] })))
        {
            if (!IsOurs(refund.PaymentIntent))
                continue;
            ours.Remove(refund.Id, out var known);
            var state = refund.Status switch { "succeeded" => 2, "failed" => 3, "canceled" => 4, _ => 1 };
            Equal($"{refund.Id}", (state, refund.Amount), (known?.State ?? 0, known?.AmountMinor ?? 0));
        }

        _wrong.AddRange(ours.Keys.Select(id => $"{id} is refunded here and not there"));
    }

    private async Task CompareDisputesAsync()
    {
        var ours = scenario.Query<DisputeRecord>("SELECT stripe_dispute_id AS DisputeId, state AS State, amount_minor AS AmountMinor FROM disputes").ToDictionary(d => d.DisputeId);
        foreach (var dispute in await ListAsync(scenario.Stripe.Disputes.ListAutoPagingAsync(new() { Limit = 100, Expand = ["data.payment_intent"] })))
        {
            if (!IsOurs(dispute.PaymentIntent))
                continue;
            ours.Remove(dispute.Id, out var known);
            var state = dispute.Status switch { "needs_response" or "warning_needs_response" => 1, "won" => 3, "lost" => 4, "warning_closed" => 5, _ => 2 };
            Equal($"{dispute.Id}", (state, dispute.Amount), (known?.State ?? 0, known?.AmountMinor ?? 0));
        }

        _wrong.AddRange(ours.Keys.Select(id => $"{id} is disputed here and not there"));
    }

    /// <summary>Every balance transaction has one entry, whose line on 1010 is its net.</summary>
    private async Task CompareEntriesAsync()
    {
        var nets = scenario.Query<EntryRecord>(
            """
            SELECT source_id AS TransactionId, sum(CASE WHEN account = '1010' THEN debit_minor - credit_minor ELSE 0 END) AS NetMinor
            FROM journal_entries JOIN journal_lines USING (entry_id) WHERE source_kind = 'balance_transaction' GROUP BY source_id
            """).ToDictionary(e => e.TransactionId, e => e.NetMinor);
        foreach (var transaction in await ListAsync(scenario.Stripe.BalanceTransactions.ListAutoPagingAsync(new() { Limit = 100 })))
        {
            if (nets.Remove(transaction.Id, out var net))
                Equal($"{transaction.Id} ({transaction.ReportingCategory})", transaction.Net, net);
            else if (transaction.Net != 0 || transaction.Amount != 0)
                _wrong.Add($"{transaction.Id} ({transaction.ReportingCategory} of {transaction.Net}) is not in the books");
        }

        _wrong.AddRange(nets.Keys.Select(id => $"{id} is in the books and not at Stripe"));
    }

    // An intent with our name, or of a customer that has one.
    private bool IsOurs(PaymentIntent intent) =>
        (intent.Metadata.TryGetValue("donations_pledge", out var name) && scenario.Query<long>($"SELECT 1 FROM pledges WHERE pledge_id = '{name.Split('/')[^1]}'").Count > 0) || (intent.CustomerId is { } customer && scenario.Query<long>($"SELECT 1 FROM pledges WHERE stripe_customer_id = '{customer}'").Count > 0);

    private void Equal<T>(string what, T theirs, T ours)
    {
        if (!EqualityComparer<T>.Default.Equals(theirs, ours))
            _wrong.Add($"{what}: {theirs} there, {ours} here");
    }

    private static async Task<List<T>> ListAsync<T>(IAsyncEnumerable<T> pages)
    {
        var found = new List<T>();
        await foreach (var item in pages)
            found.Add(item);
        return found;
    }

    private sealed record PaymentRecord(
        string IntentId, long State, long AmountMinor, string Currency, long RefundedMinor, string? ChargeId, string? TransactionId, long? GrossMinor, long? FeeMinor, long? NetMinor, string? SettlementCurrency);

    private sealed record PledgeRecord(string Reference, long State, string SubscriptionId, long AmountMinor, long Interval, long? NextUs, long AtPeriodEnd);

    private sealed record RefundRecord(string RefundId, long State, long AmountMinor);

    private sealed record DisputeRecord(string DisputeId, long State, long AmountMinor);

    private sealed record EntryRecord
    {
        public string TransactionId { get; init; } = "";
        public long NetMinor { get; init; }
    }
}
