using Donations.Benchmarks.Books;
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

    private const string LedgerDays = "SELECT book_date, currency, account, campaign_id, fund, placement, method, debit_minor, credit_minor, debit_count, credit_count FROM ledger_days";
    private const string LedgerMonths = "SELECT book_month, currency, account, campaign_id, debit_minor, credit_minor, debit_count, credit_count FROM ledger_months";
    private const string BalanceDays = "SELECT fact_date, currency, category, transaction_count, amount_minor, fee_minor, net_minor, expected_fee_minor FROM balance_days";
    private const string GiftMonths = "SELECT pay_month, campaign_id, appeal_id, placement, kind, currency, payment_count, amount_minor FROM gift_months";
    private const string MrrMonths = "SELECT move_month, currency, campaign_id, kind, movement_count, amount_minor FROM mrr_months";

    public static readonly ReportCase[] All =
    [
        new("period summary by month and campaign", LedgerMonths, async reports => await reports.GetPeriodSummaryAsync(new() { Interval = TenYears, Period = GetPeriodSummaryRequest.Types.Period.Month, GroupByCampaign = true })),
        new("period summary of a year by day", LedgerDays, async reports => await reports.GetPeriodSummaryAsync(new() { Interval = LastYear, Period = GetPeriodSummaryRequest.Types.Period.Day })),
        new("period comparison by campaign", LedgerMonths, async reports => await reports.GetPeriodComparisonAsync(new() { Interval = LastYear, ComparedInterval = new() { StartTime = TenYears.StartTime, EndTime = LastYear.StartTime }, GroupByCampaign = true })),
        new("general ledger summary by month", LedgerDays, async reports => await reports.GetGeneralLedgerSummaryAsync(new() { Interval = LastYear, JournalBy = GetGeneralLedgerSummaryRequest.Types.JournalBy.Month })),
        new("balance summary", BalanceDays, async reports => await reports.GetBalanceSummaryAsync(new() { Interval = LastYear })),
        new("fees", BalanceDays, async reports => await reports.GetFeesAsync(new() { Interval = TenYears })),
        new("campaign performance", GiftMonths, async reports => await reports.GetCampaignPerformanceAsync(new() { Interval = TenYears })),
        new("MRR movements", MrrMonths, async reports => await reports.GetMrrMovementsAsync(new() { Interval = TenYears })),
        new("retention", "SELECT cohort_month, month, currency, pledge_count, amount_minor FROM cohort_months", async reports => await reports.GetRetentionAsync(new() { Interval = TenYears })),
        new("donors by year", "SELECT year, new_count, retained_count, reactivated_count FROM lifecycle_years", async reports => await reports.GetDonorLifecycleAsync(new())),
        new("payouts of a year", "SELECT * FROM payouts WHERE create_time_us > (SELECT max(create_time_us) FROM payouts) - 31536000000000", async reports => await reports.GetPayoutReconciliationAsync(new() { Interval = LastYear })),
        new("unsettled balance", null, async reports => await reports.GetUnsettledBalanceAsync(new())),
        new("a page of contribution details", null, async reports => await reports.ListContributionDetailsAsync(new() { Interval = TenYears, PageSize = 1000 })),
        new("a page of ledger lines", null, async reports => await reports.ListGeneralLedgerLinesAsync(new() { Interval = TenYears, PageSize = 1000 })),
        new("a page of refunds and disputes", null, async reports => await reports.ListReturnsAsync(new() { Interval = LastYear, PageSize = 1000 })),
    ];
}
