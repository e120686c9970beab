using Donations.V1;

namespace Donations.StripeTests;

/// <summary>
/// What this run's server has, object by object, against what Stripe has: an account of test mode holds years of other runs, so only what is
/// known here is asked for. Shares no code with the service.
/// </summary>
internal sealed class RunBooks(TestAccount account)
{
    private readonly List<string> _wrong = [];

    /// <summary>Every difference in words.</summary>
    public async Task<IReadOnlyList<string>> DifferencesAsync()
    {
        await ComparePaymentsAsync();
        await ComparePledgesAsync();
        await CompareRefundsAsync();
        await CompareDisputesAsync();
        CompareEntries();
        return _wrong;
    }

    private async Task ComparePaymentsAsync()
    {
        foreach (var ours in account.Query<PaymentRecord>(
            """
            SELECT stripe_payment_intent_id AS IntentId, state AS State, amount_minor AS AmountMinor, currency AS Currency, refunded_minor AS RefundedMinor,
              stripe_balance_transaction_id AS TransactionId, settlement_fee_minor AS FeeMinor, settlement_net_minor AS NetMinor FROM payments
            """))
        {
            var theirs = await account.Stripe.PaymentIntents.GetAsync(ours.IntentId, new() { Expand = ["latest_charge.balance_transaction"] });
            var (charge, settled) = (theirs.LatestCharge, theirs.LatestCharge?.BalanceTransaction);
            Equal($"{ours.IntentId} is paid", theirs.Status == "succeeded", ours.State == 1);
            Equal($"{ours.IntentId} amount", (theirs.Amount, theirs.Currency.ToUpperInvariant()), (ours.AmountMinor, ours.Currency));
            if (theirs.Status != "succeeded")
                continue;
            Equal($"{ours.IntentId} refunded", charge?.AmountRefunded, ours.RefundedMinor);
            Equal($"{ours.IntentId} settlement", (settled?.Id, settled?.Fee, settled?.Net), (ours.TransactionId, ours.FeeMinor, ours.NetMinor));
        }
    }

    private async Task ComparePledgesAsync()
    {
        foreach (var ours in account.Query<PledgeRecord>("SELECT state AS State, stripe_subscription_id AS SubscriptionId, amount_minor AS AmountMinor, interval AS Interval FROM pledges WHERE stripe_subscription_id IS NOT NULL"))
        {
            var theirs = await account.Stripe.Subscriptions.GetAsync(ours.SubscriptionId);
            var state = (Pledge.Types.State)ours.State;
            Equal($"{theirs.Id} runs ({theirs.Status}, {state})", theirs.Status == "active", state == Pledge.Types.State.Active);
            if (theirs.Status != "active")
                continue;
            var price = theirs.Items.Data[0].Price;
            Equal($"{theirs.Id} amount", price.UnitAmount, ours.AmountMinor);
            Equal($"{theirs.Id} interval", price.Recurring.Interval, ours.Interval == (long)PledgeInterval.Annual ? "year" : "month");
        }
    }

    private async Task CompareRefundsAsync()
    {
        foreach (var ours in account.Query<MoneyBackRecord>("SELECT stripe_refund_id AS Id, state AS State, amount_minor AS AmountMinor FROM refunds"))
        {
            var theirs = await account.Stripe.Refunds.GetAsync(ours.Id);
            Equal(ours.Id, (theirs.Status switch { "succeeded" => 2, "failed" => 3, "canceled" => 4, _ => 1 }, theirs.Amount), (ours.State, ours.AmountMinor));
        }
    }

    private async Task CompareDisputesAsync()
    {
        foreach (var ours in account.Query<MoneyBackRecord>("SELECT stripe_dispute_id AS Id, state AS State, amount_minor AS AmountMinor FROM disputes"))
        {
            var theirs = await account.Stripe.Disputes.GetAsync(ours.Id);
            Equal(ours.Id, (theirs.Status switch { "needs_response" or "warning_needs_response" => 1, "won" => 3, "lost" => 4, "warning_closed" => 5, _ => 2 }, theirs.Amount), (ours.State, ours.AmountMinor));
        }
    }

    private void CompareEntries()
    {
        foreach (var currency in account.Query<string>("SELECT DISTINCT currency FROM journal_lines GROUP BY entry_id, currency HAVING sum(debit_minor) <> sum(credit_minor)"))
            _wrong.Add($"An entry in {currency} does not balance");
        foreach (var id in account.Query<string>("SELECT stripe_balance_transaction_id FROM payments WHERE stripe_balance_transaction_id NOT IN (SELECT source_id FROM journal_entries)"))
            _wrong.Add($"{id} is settled and not in the books");
    }

    private void Equal<T>(string what, T theirs, T ours)
    {
        if (!EqualityComparer<T>.Default.Equals(theirs, ours))
            _wrong.Add($"{what}: {theirs} there, {ours} here");
    }

    private sealed record PaymentRecord(string IntentId, long State, long AmountMinor, string Currency, long RefundedMinor, string? TransactionId, long? FeeMinor, long? NetMinor);

    private sealed record PledgeRecord(long State, string SubscriptionId, long AmountMinor, long Interval);

    private sealed record MoneyBackRecord(string Id, long State, long AmountMinor);
}
