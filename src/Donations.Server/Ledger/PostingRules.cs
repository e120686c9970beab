using Donations.V1;

namespace Donations.Server.Ledger;

/// <summary>A balance transaction as Stripe tells it, in settlement currency.</summary>
/// <param name="Id">Stripe's id (`txn_…`).</param>
/// <param name="ReportingCategory">Stripe's reporting_category, which chooses the rule.</param>
/// <param name="SourceId">What it is about: a charge, refund, payout…; may be null.</param>
/// <param name="AmountMinor">Gross, signed: positive adds to the balance.</param>
/// <param name="FeeMinor">Stripe's fee, positive.</param>
/// <param name="NetMinor">Amount less fee.</param>
/// <param name="Currency">Settlement currency, upper case.</param>
/// <param name="ExchangeRate">From the source's currency, as decimal text; null where they are the same.</param>
/// <param name="CreateTimeMicros">When it happened.</param>
/// <param name="AvailableTimeMicros">When the net can be paid out.</param>
internal sealed record BalanceTransactionFacts(
    string Id,
    string ReportingCategory,
    string? SourceId,
    long AmountMinor,
    long FeeMinor,
    long NetMinor,
    string Currency,
    string? ExchangeRate,
    long CreateTimeMicros,
    long? AvailableTimeMicros);

/// <summary>The gift that a balance transaction belongs to.</summary>
/// <param name="Kind">Which of its pledge's payments it is.</param>
/// <param name="AmountMinor">What was charged, in the donor's currency.</param>
/// <param name="FeeCoverMinor">The part added to cover fees, in the donor's currency.</param>
/// <param name="Currency">The donor's currency.</param>
/// <param name="Dimensions">What its lines are reported by.</param>
internal sealed record GiftFacts(Payment.Types.Kind Kind, long AmountMinor, long FeeCoverMinor, string Currency, Dimensions Dimensions);

/// <summary>
/// From facts to journal entries, as docs/finance.md has them. Pure. The fee is Stripe's own, never a formula; what no rule
/// knows goes to suspense, never to a guess.
/// </summary>
internal static class PostingRules
{
    public const string BalanceTransaction = "balance_transaction";
    public const string Payout = "payout";
    public const string Dispute = "dispute";

    /// <summary>Transition of a dispute that ended against us.</summary>
    public const string Lost = "lost";

    /// <summary>The entry of one balance transaction. <paramref name="gift"/> is null where it is not one of ours: then 2200 takes it. <paramref name="reachedBank"/>: a payout that is reversed had been posted as paid.</summary>
    public static JournalDraft ForBalanceTransaction(BalanceTransactionFacts facts, GiftFacts? gift, bool livemode, bool reachedBank = false)
    {
        var dimensions = gift?.Dimensions ?? Dimensions.None;
        var draft = new JournalDraft(BalanceTransaction, facts.Id, facts.ReportingCategory, facts.Currency, facts.CreateTimeMicros, livemode, Memo(facts));
        draft.Add(Account.StripeClearing, facts.NetMinor);
        switch (facts.ReportingCategory)
        {
            case "charge":
                draft.Add(Account.ProcessingFees, facts.FeeMinor, dimensions);
                AddRevenue(draft, facts, gift, dimensions);
                break;
            case "charge_failure" or "partial_capture_reversal":
                draft.Add(Account.ProcessingFees, facts.FeeMinor, dimensions);
                AddRevenue(draft, facts, gift, dimensions);
                break;
            case "dispute" or "dispute_reversal":
                draft.Add(Account.DisputeFees, facts.FeeMinor, dimensions);
                draft.Add(gift is null ? Account.UnallocatedReceipts : Account.DisputesReceivable, -facts.AmountMinor, dimensions, OriginalOf(facts, gift));
                break;
            default:
                draft.Add(Account.OtherStripeFees, facts.FeeMinor, dimensions);
                draft.Add(CounterAccount(facts.ReportingCategory, gift, reachedBank), -facts.AmountMinor, dimensions, OriginalOf(facts, gift));
                break;
        }

        return draft;
    }

    /// <summary>A payout that reached the bank.</summary>
    public static JournalDraft ForPayoutPaid(string payoutId, long amountMinor, string currency, long timeMicros, bool livemode) =>
        new JournalDraft(Payout, payoutId, "paid", currency, timeMicros, livemode, $"Payout {payoutId} paid")
            .Add(Account.OperatingBank, amountMinor)
            .Add(Account.PayoutsInTransit, -amountMinor);

    /// <summary>A dispute that was lost: what was receivable is gone.</summary>
    public static JournalDraft ForDisputeLost(string disputeId, long withdrawnMinor, string currency, long timeMicros, GiftFacts gift, bool livemode) =>
        new JournalDraft(Dispute, disputeId, Lost, currency, timeMicros, livemode, $"Dispute {disputeId} lost")
            .Add(Account.ChargebacksLost, withdrawnMinor, gift.Dimensions)
            .Add(Account.DisputesReceivable, -withdrawnMinor, gift.Dimensions);

    private static Account CounterAccount(string category, GiftFacts? gift, bool reachedBank) => category switch
    {
        "refund" => gift is null ? Account.UnallocatedReceipts : Account.Refunds,
        "refund_failure" => gift is null ? Account.UnallocatedReceipts : Account.RefundsPayable,
        "fee" or "network_cost" or "tax" => Account.OtherStripeFees,
        "payout" => Account.PayoutsInTransit,
        "payout_reversal" => reachedBank ? Account.OperatingBank : Account.PayoutsInTransit,
        "risk_reserved_funds" => Account.StripeReserves,
        "topup" or "topup_reversal" => Account.OperatingBank,
        _ => Account.Suspense,
    };

    private static void AddRevenue(JournalDraft draft, BalanceTransactionFacts facts, GiftFacts? gift, Dimensions dimensions)
    {
        if (gift is null)
        {
            draft.Add(Account.UnallocatedReceipts, -facts.AmountMinor);
            return;
        }

        var account = gift.Kind switch
        {
            Payment.Types.Kind.OneTime => Account.DonationsOneTime,
            Payment.Types.Kind.RecurringFirst => Account.DonationsRecurringFirst,
            _ => Account.DonationsRecurringSubsequent,
        };
        // The fee cover's share of the settled gross, rounded to the minor unit; the gift takes the rest, so the sum is exact.
        var cover = gift.FeeCoverMinor == 0 ? 0 : (long)Math.Round((decimal)facts.AmountMinor * gift.FeeCoverMinor / gift.AmountMinor, MidpointRounding.ToEven);
        draft.Add(account, -(facts.AmountMinor - cover), dimensions, OriginalOf(facts, gift, gift.AmountMinor - gift.FeeCoverMinor));
        draft.Add(Account.FeeCoverContributions, -cover, dimensions, OriginalOf(facts, gift, gift.FeeCoverMinor));
    }

    private static Original? OriginalOf(BalanceTransactionFacts facts, GiftFacts? gift, long? minor = null)
    {
        if (gift is null || facts.ExchangeRate is null)
            return null;
        var original = minor ?? (long)Math.Round(Math.Abs(facts.AmountMinor) / decimal.Parse(facts.ExchangeRate, System.Globalization.CultureInfo.InvariantCulture), MidpointRounding.ToEven);
        return new(original, gift.Currency, facts.ExchangeRate);
    }

    private static string Memo(BalanceTransactionFacts facts) =>
        facts.SourceId is null ? $"Stripe {facts.ReportingCategory}" : $"Stripe {facts.ReportingCategory} {facts.SourceId}";
}
