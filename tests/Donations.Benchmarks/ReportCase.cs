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

    public static readonly ReportCase[] All =
    [
        // There is no roll-up yet: the bare read is that of the journal, which is the scan that P5 forbids. Its roll-up's SELECT belongs here.
        new(
            "period summary by month and campaign",
            "SELECT book_date, currency, campaign_id, account, debit_minor, credit_minor FROM journal_lines WHERE account LIKE '4%' OR account = '6000'",
            async reports => await reports.GetPeriodSummaryAsync(new() { Interval = TenYears, Period = GetPeriodSummaryRequest.Types.Period.Month, GroupByCampaign = true })),
        new("a page of contribution details", null, async reports => await reports.ListContributionDetailsAsync(new() { Interval = TenYears, PageSize = 1000 })),
        new("a page of ledger lines", null, async reports => await reports.ListGeneralLedgerLinesAsync(new() { Interval = TenYears, PageSize = 1000 })),
    ];
}
