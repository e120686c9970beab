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
/// <param name="PaymentId">Our id of it.</param>
/// <param name="SettledMinor">What it was settled as, gross; null while awaiting settlement data.</param>
/// <param name="SettlementCurrency">Currency of <paramref name="SettledMinor"/>.</param>
internal sealed record GiftFacts(
    Payment.Types.Kind Kind, long AmountMinor, long FeeCoverMinor, string Currency, Dimensions Dimensions, string? PaymentId = null, long? SettledMinor = null, string? SettlementCurrency = null);

/// <summary>What the books hold already that decides where a balance transaction goes.</summary>
/// <param name="PayoutReachedBank">A payout that is reversed had been posted as paid.</param>
/// <param name="DisputeLost">A dispute whose money comes back had been posted as lost.</param>
/// <param name="OriginalMinor">The part of the gift that it is about, in the donor's currency; null where it is not told.</param>
/// <param name="OpeningMinor">What the opening entry holds of the dispute that it is about; null where it holds nothing.</param>
internal sealed record PostingContext(bool PayoutReachedBank = false, bool DisputeLost = false, long? OriginalMinor = null, long? OpeningMinor = null)
{
    public static readonly PostingContext None = new();
}

/// <summary>
/// From facts to journal entries, as docs/finance.md has them. Pure. The fee is Stripe's own, never a formula; what no rule
/// knows goes to suspense, never to a guess.
/// </summary>
internal static class PostingRules
{
    public const string BalanceTransaction = "balance_transaction";
    public const string Payout = "payout";
    public const string Dispute = "dispute";
    public const string Opening = "opening";
    public const string Manual = "manual";
    public const string Reversal = "reversal";

    /// <summary>Transition of a dispute that ended against us.</summary>
    public const string Lost = "lost";

    /// <summary>The entry of one balance transaction. <paramref name="gift"/> is null where it is not one of ours: then 2200 takes it.</summary>
    public static JournalDraft ForBalanceTransaction(BalanceTransactionFacts facts, GiftFacts? gift, bool livemode, PostingContext? context = null)
    {
        context ??= PostingContext.None;
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
                AddReturn(draft, gift is null && context.OpeningMinor is null ? Account.UnallocatedReceipts : context.DisputeLost ? Account.ChargebacksLost : Account.DisputesReceivable, facts, gift, context);
                break;
            case "refund" or "refund_failure":
                draft.Add(Account.OtherStripeFees, facts.FeeMinor, dimensions);
                AddReturn(draft, gift is null ? Account.UnallocatedReceipts : facts.ReportingCategory == "refund" ? Account.Refunds : Account.RefundsPayable, facts, gift, context);
                break;
            default:
                draft.Add(Account.OtherStripeFees, facts.FeeMinor, dimensions);
                draft.Add(CounterAccount(facts.ReportingCategory, context), -facts.AmountMinor, dimensions);
                break;
        }

        return draft;
    }

    /// <summary>A payout that reached the bank.</summary>
    public static JournalDraft ForPayoutPaid(string payoutId, long amountMinor, string currency, long timeMicros, bool livemode) =>
        new JournalDraft(Payout, payoutId, "paid", currency, timeMicros, livemode, $"Payout {payoutId} paid") { BookDate = BookCalendar.DayOfDate(timeMicros) }
            .Add(Account.OperatingBank, amountMinor)
            .Add(Account.PayoutsInTransit, -amountMinor);

    /// <summary>A dispute that was lost: what was receivable is gone. <paramref name="gift"/> is null where it is known from the opening entry alone.</summary>
    public static JournalDraft ForDisputeLost(string disputeId, long withdrawnMinor, string currency, long timeMicros, GiftFacts? gift, bool livemode) =>
        new JournalDraft(Dispute, disputeId, Lost, currency, timeMicros, livemode, $"Dispute {disputeId} lost")
            .Add(Account.ChargebacksLost, withdrawnMinor, gift?.Dimensions)
            .Add(Account.DisputesReceivable, -withdrawnMinor, gift?.Dimensions);

    /// <summary>Stripe's balance when the books are opened, what was on its way to the bank then, and what open disputes held.</summary>
    public static JournalDraft ForOpening(string currency, long balanceMinor, long inTransitMinor, long disputedMinor, long timeMicros, bool livemode) =>
        new JournalDraft(Opening, $"stripe-{currency}", "opened", currency, timeMicros, livemode, "Stripe's balance when these books were opened")
            .Add(Account.StripeClearing, balanceMinor)
            .Add(Account.PayoutsInTransit, inTransitMinor)
            .Add(Account.DisputesReceivable, disputedMinor)
            .Add(Account.OpeningBalances, -balanceMinor - inTransitMinor - disputedMinor);

    /// <summary>
    /// What a part of a gift was worth when the gift was settled, or when the opening entry took it over, with the sign of <paramref name="facts"/>: a refund or
    /// dispute takes that much of it out of the books, whatever the rate is by then. The amount itself where nothing was converted.
    /// </summary>
    public static long AtBookedRate(BalanceTransactionFacts facts, GiftFacts? gift, PostingContext context) =>
        facts.ExchangeRate is null ? facts.AmountMinor
            : context.OpeningMinor is { } opening ? Math.Sign(facts.AmountMinor) * opening
            : gift is { SettledMinor: { } settled } && context.OriginalMinor is { } original && gift.SettlementCurrency == facts.Currency
                ? Math.Sign(facts.AmountMinor) * (long)Math.Round((decimal)settled * original / gift.AmountMinor, MidpointRounding.ToEven)
                : facts.AmountMinor;

    /// <summary>Whether the entry of a converted refund or dispute would have to guess, because it is not known what its gift was settled as.</summary>
    public static bool AwaitsGift(BalanceTransactionFacts facts, GiftFacts? gift, PostingContext context) =>
        facts is { ExchangeRate: not null, ReportingCategory: "refund" or "refund_failure" or "dispute" or "dispute_reversal" } && gift is { SettledMinor: null } && context.OpeningMinor is null;

    /// <summary>Money of a gift that goes back, or returns: at the gift's rate on the account, the rate's drift since on 7000.</summary>
    private static void AddReturn(JournalDraft draft, Account account, BalanceTransactionFacts facts, GiftFacts? gift, PostingContext context)
    {
        var worth = AtBookedRate(facts, gift, context);
        draft.Add(account, -worth, gift?.Dimensions, OriginalOf(facts, gift, context.OriginalMinor));
        draft.Add(Account.ForeignExchange, worth - facts.AmountMinor, gift?.Dimensions);
    }

    private static Account CounterAccount(string category, PostingContext context) => category switch
    {
        "fee" or "network_cost" or "tax" => Account.OtherStripeFees,
        "payout" => Account.PayoutsInTransit,
        "payout_reversal" => context.PayoutReachedBank ? Account.OperatingBank : Account.PayoutsInTransit,
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
