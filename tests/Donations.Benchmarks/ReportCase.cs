using Donations.Benchmarks.Books;
using Donations.Server.Ledger;
using Donations.Server.Payments;
using Donations.Server.Pledges;
using Donations.Server.Storage;
using Donations.V1;
using Google.Type;

namespace Donations.Benchmarks;

/// <summary>A call of finance's. A report comes into P5 and P7 by a line in <see cref="All"/>.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Bare">For P5: one SELECT of all that it must read, which is its roll-up's rows; null: not a summary.</param>
/// <param name="Call">The report, over gRPC.</param>
internal sealed record ReportCase(string Name, string? Bare, Func<ReportService.ReportServiceClient, Task> Call)
{
    private static readonly Interval TenYears = new() { StartTime = UnixMicros.ToTimestamp(GivingHistory.StartUs), EndTime = UnixMicros.ToTimestamp(GivingHistory.EndUs) };

    private static readonly Interval LastYear = new() { StartTime = UnixMicros.ToTimestamp(GivingHistory.EndUs - (365 * UnixMicros.PerDay)), EndTime = UnixMicros.ToTimestamp(GivingHistory.EndUs) };

    private const string LedgerColumns = "SELECT period, currency, account, of_gift, campaign_id, fund, placement, method, debit_minor, credit_minor, debit_count, credit_count FROM ledger_sums";
    private const string BalanceColumns = "SELECT period, currency, category, transaction_count, amount_minor, fee_minor, net_minor, expected_fee_minor FROM balance_sums";
    private const string Days = "period > 9999999";
    private const string Months = "period BETWEEN 10000 AND 999999";
    private const string Years = "period < 10000";

    private static string Of(string select, Sums sums, string periods, params string[] dimensions) => $"{select} WHERE cut = {sums.Cut(dimensions)} AND {periods}";

    public static readonly ReportCase[] All =
    [
        new("period summary by month and campaign", Of(LedgerColumns, LedgerSums.Journal, Months, "campaign_id"), async reports => await reports.GetPeriodSummaryAsync(new() { Interval = TenYears, Period = GetPeriodSummaryRequest.Types.Period.Month, GroupByCampaign = true })),
        new("period summary of a year by day", Of(LedgerColumns, LedgerSums.Journal, Days), async reports => await reports.GetPeriodSummaryAsync(new() { Interval = LastYear, Period = GetPeriodSummaryRequest.Types.Period.Day })),
        new("period comparison by campaign", Of(LedgerColumns, LedgerSums.Journal, Months, "campaign_id"), async reports => await reports.GetPeriodComparisonAsync(new() { Interval = LastYear, ComparedInterval = new() { StartTime = TenYears.StartTime, EndTime = LastYear.StartTime }, GroupByCampaign = true })),
        new("general ledger summary by month", Of(LedgerColumns, LedgerSums.Journal, Months, "campaign_id", "fund"), async reports => await reports.GetGeneralLedgerSummaryAsync(new() { Interval = LastYear, JournalBy = GetGeneralLedgerSummaryRequest.Types.JournalBy.Month })),
        new("period summary by month", Of(LedgerColumns, LedgerSums.Journal, Months), async reports => await reports.GetPeriodSummaryAsync(new() { Interval = TenYears, Period = GetPeriodSummaryRequest.Types.Period.Month })),
        new("period summary by year and placement", Of(LedgerColumns, LedgerSums.Journal, Years, "placement"), async reports => await reports.GetPeriodSummaryAsync(new() { Interval = TenYears, Period = GetPeriodSummaryRequest.Types.Period.Year, GroupByPlacement = true })),
        new("balance summary", Of(BalanceColumns, LedgerSums.Balance, Months), async reports => await reports.GetBalanceSummaryAsync(new() { Interval = LastYear })),
        new("fees", Of(BalanceColumns, LedgerSums.Balance, Months), async reports => await reports.GetFeesAsync(new() { Interval = TenYears })),
        new("campaign performance", Of("SELECT period, campaign_id, kind, currency, payment_count, amount_minor FROM gift_sums", GiftSums.Gifts, Years), async reports => await reports.GetCampaignPerformanceAsync(new() { Interval = TenYears })),
        new("MRR movements", Of("SELECT period, currency, kind, movement_count, amount_minor FROM mrr_sums", Movements.Mrr, Months), async reports => await reports.GetMrrMovementsAsync(new() { Interval = TenYears })),
        new("retention", "SELECT cohort_month, period, currency, pledge_count, amount_minor FROM cohort_sums", async reports => await reports.GetRetentionAsync(new() { Interval = TenYears })),
        new("donors by year", "SELECT year, new_count, retained_count, reactivated_count FROM lifecycle_years", async reports => await reports.GetDonorLifecycleAsync(new())),
        new("payouts of a year", "SELECT * FROM payouts WHERE create_time_us > (SELECT max(create_time_us) FROM payouts) - 31536000000000", async reports => await reports.GetPayoutReconciliationAsync(new() { Interval = LastYear })),
        new("unsettled balance", null, async reports => await reports.GetUnsettledBalanceAsync(new())),
        new("a page of contribution details", null, async reports => await reports.ListContributionDetailsAsync(new() { Interval = TenYears, PageSize = 1000 })),
        new("a page of ledger lines", null, async reports => await reports.ListGeneralLedgerLinesAsync(new() { Interval = TenYears, PageSize = 1000 })),
        new("a page of refunds and disputes", null, async reports => await reports.ListReturnsAsync(new() { Interval = LastYear, PageSize = 1000 })),
    ];
}
