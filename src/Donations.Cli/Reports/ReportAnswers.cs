using System.Runtime.CompilerServices;
using Donations.V1;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Grpc.Core;
using Grpc.Net.Client;

namespace Donations.Cli.Reports;

/// <summary>One piece of a report: rows, sums over all of them, and what else the answer tells. Long reports come in pages.</summary>
/// <param name="Rows">Messages of one type.</param>
/// <param name="Totals">Of the same type, or another; none for details.</param>
/// <param name="More">A second list, with what it is.</param>
internal sealed record ReportPage(IReadOnlyList<IMessage> Rows, IReadOnlyList<IMessage> Totals, (string Title, IReadOnlyList<IMessage> Rows)? More = null)
{
    public static ReportPage Of<T>(RepeatedField<T> rows)
        where T : IMessage => new([.. rows.Cast<IMessage>()], []);

    public static ReportPage Of<TRow, TTotal>(RepeatedField<TRow> rows, RepeatedField<TTotal> totals)
        where TRow : IMessage
        where TTotal : IMessage => new([.. rows.Cast<IMessage>()], [.. totals.Cast<IMessage>()]);
}

/// <summary>The typed answers of all reports, page by page, so that a long one does not wait for its end.</summary>
internal sealed class ReportAnswers(GrpcChannel channel, Metadata headers)
{
    private const int PageSize = 1000;
    private readonly ReportService.ReportServiceClient _reports = new(channel);
    private readonly LedgerService.LedgerServiceClient _ledger = new(channel);

    public IAsyncEnumerable<ReportPage> GetAsync(ReportQuery query, CancellationToken cancellationToken) => query.Kind.Report switch
    {
        ExportReportRequest.Types.Report.ContributionDetail => PagesAsync(async token =>
        {
            var page = await _reports.ListContributionDetailsAsync(
                new() { Interval = query.Interval, Currency = query.Currency, Campaign = query.Campaign, PageSize = PageSize, PageToken = token }, headers, cancellationToken: cancellationToken);
            return (ReportPage.Of(page.ContributionDetails), page.NextPageToken);
        }),
        ExportReportRequest.Types.Report.GeneralLedger => PagesAsync(async token =>
        {
            var page = await _reports.ListGeneralLedgerLinesAsync(
                new() { Interval = query.Interval, Currency = query.Currency, PageSize = PageSize, PageToken = token }, headers, cancellationToken: cancellationToken);
            return (ReportPage.Of(page.GeneralLedgerLines), page.NextPageToken);
        }),
        ExportReportRequest.Types.Report.Returns => PagesAsync(async token =>
        {
            var page = await _reports.ListReturnsAsync(
                new() { Interval = query.Interval, Currency = query.Currency, PageSize = PageSize, PageToken = token }, headers, cancellationToken: cancellationToken);
            return (ReportPage.Of(page.GiftReturns), page.NextPageToken);
        }),
        ExportReportRequest.Types.Report.PayoutTransactions => PayoutTransactionsAsync(query, cancellationToken),
        ExportReportRequest.Types.Report.Exceptions => PagesAsync(async token =>
        {
            var page = await _ledger.ListExceptionsAsync(new() { Interval = query.Interval, PageSize = PageSize, PageToken = token }, headers, cancellationToken: cancellationToken);
            return (ReportPage.Of(page.Exceptions), page.NextPageToken);
        }),
        _ => OneAsync(() => OfPledgesAsync(query, cancellationToken)),
    };

    private async Task<ReportPage> OfPledgesAsync(ReportQuery query, CancellationToken cancellationToken)
    {
        switch (query.Kind.Report)
        {
            case ExportReportRequest.Types.Report.MrrMovements:
                return ReportPage.Of((await _reports.GetMrrMovementsAsync(
                    new() { Interval = query.Interval, TimeZone = query.AskedZone, Campaign = query.Campaign, Currency = query.Currency }, headers, cancellationToken: cancellationToken)).Rows);
            case ExportReportRequest.Types.Report.Dunning:
                return ReportPage.Of((await _reports.GetDunningAsync(new() { Currency = query.Currency }, headers, cancellationToken: cancellationToken)).Rows);
            case ExportReportRequest.Types.Report.Retention:
                return ReportPage.Of((await _reports.GetRetentionAsync(
                    new() { Interval = query.Interval, TimeZone = query.AskedZone, Currency = query.Currency }, headers, cancellationToken: cancellationToken)).Cohorts);
            case ExportReportRequest.Types.Report.DonorLifecycle:
                return ReportPage.Of((await _reports.GetDonorLifecycleAsync(new() { StartYear = query.StartYear, EndYear = query.EndYear }, headers, cancellationToken: cancellationToken)).Rows);
            case ExportReportRequest.Types.Report.CampaignPerformance:
                var performance = await _reports.GetCampaignPerformanceAsync(
                    new()
                    {
                        Interval = query.Interval,
                        TimeZone = query.AskedZone,
                        Campaign = query.Campaign,
                        Currency = query.Currency,
                        GroupByAppeal = query.IsGroupedBy("appeal"),
                        GroupByPlacement = query.IsGroupedBy("placement"),
                    },
                    headers,
                    cancellationToken: cancellationToken);
                return ReportPage.Of(performance.Rows, performance.Totals);
            case ExportReportRequest.Types.Report.Experiment:
                var experiment = await _reports.GetExperimentReportAsync(
                    new() { Interval = query.Interval, TimeZone = query.AskedZone, Campaign = query.Campaign, Currency = query.Currency, Placement = query.Placement }, headers, cancellationToken: cancellationToken);
                return experiment.Rows.Count == 0 ? new([], []) : ReportPage.Of(experiment.Rows, experiment.Totals) with { More = ("Treatment less control", [experiment.Lift]) };
            default:
                return await OfBooksAsync(query, cancellationToken);
        }
    }

    private async Task<ReportPage> OfBooksAsync(ReportQuery query, CancellationToken cancellationToken)
    {
        switch (query.Kind.Report)
        {
            case ExportReportRequest.Types.Report.PeriodSummary:
                var summary = await _reports.GetPeriodSummaryAsync(SummaryRequest(query), headers, cancellationToken: cancellationToken);
                return ReportPage.Of(summary.Rows, summary.Totals);
            case ExportReportRequest.Types.Report.PeriodComparison:
                var comparison = await _reports.GetPeriodComparisonAsync(
                    new() { Interval = query.Interval, ComparedInterval = query.Compared, Currency = query.Currency, GroupByCampaign = query.IsGroupedBy("campaign"), GroupByFund = query.IsGroupedBy("fund") },
                    headers,
                    cancellationToken: cancellationToken);
                return ReportPage.Of(comparison.Rows, comparison.Totals);
            case ExportReportRequest.Types.Report.BalanceSummary:
                return ReportPage.Of((await _reports.GetBalanceSummaryAsync(
                    new() { Interval = query.Interval, TimeZone = query.AskedZone, Currency = query.Currency }, headers, cancellationToken: cancellationToken)).Currencies);
            case ExportReportRequest.Types.Report.PayoutReconciliation:
                var payouts = await PayoutsAsync(query, cancellationToken);
                return ReportPage.Of(payouts.Payouts, payouts.Totals);
            case ExportReportRequest.Types.Report.UnsettledBalance:
                var unsettled = await _reports.GetUnsettledBalanceAsync(
                    new() { AsOfTime = query.IsToGiven ? query.Interval.EndTime : null, Currency = query.Currency }, headers, cancellationToken: cancellationToken);
                return ReportPage.Of(unsettled.Rows, unsettled.Totals);
            case ExportReportRequest.Types.Report.GeneralLedgerSummary:
                var ledger = await _reports.GetGeneralLedgerSummaryAsync(
                    new() { Interval = query.Interval, JournalBy = query.JournalBy, Currency = query.Currency }, headers, cancellationToken: cancellationToken);
                return ReportPage.Of(ledger.Rows, ledger.Totals);
            case ExportReportRequest.Types.Report.Fees:
                var fees = await _reports.GetFeesAsync(new() { Interval = query.Interval, TimeZone = query.AskedZone, Currency = query.Currency }, headers, cancellationToken: cancellationToken);
                return ReportPage.Of(fees.Rows, fees.Totals);
            case ExportReportRequest.Types.Report.TrialBalance:
                return await TrialBalanceAsync(query, cancellationToken);
            case ExportReportRequest.Types.Report.CloseLog:
                var log = await _reports.GetCloseLogAsync(new() { Interval = query.Interval }, headers, cancellationToken: cancellationToken);
                return ReportPage.Of(log.Entries) with { More = ("Exceptions found", [.. log.Exceptions]) };
            default:
                throw new ArgumentException(query.Kind.Name, nameof(query));
        }
    }

    private static GetPeriodSummaryRequest SummaryRequest(ReportQuery query) => new()
    {
        Interval = query.Interval,
        TimeZone = query.AskedZone,
        Period = query.Period,
        Currency = query.Currency,
        GroupByCampaign = query.IsGroupedBy("campaign"),
        GroupByFund = query.IsGroupedBy("fund"),
        GroupByPlacement = query.IsGroupedBy("placement"),
        GroupByMethod = query.IsGroupedBy("method"),
    };

    private async Task<ReportPage> TrialBalanceAsync(ReportQuery query, CancellationToken cancellationToken)
    {
        var asOf = query.IsToGiven ? Dates.ToDate(Dates.Show(query.Interval.StartTime, query.Zone), "--to") : null;
        var balance = await _ledger.GetTrialBalanceAsync(new() { AsOfDate = asOf }, headers, cancellationToken: cancellationToken);
        // The typed method has all currencies; they do not depend on each other.
        return new(
            [.. balance.Balances.Where(b => query.Currency.Length == 0 || b.Balance.CurrencyCode == query.Currency)],
            [.. balance.Totals.Where(t => query.Currency.Length == 0 || t.Debit.CurrencyCode == query.Currency)]);
    }

    private async Task<PayoutReconciliation> PayoutsAsync(ReportQuery query, CancellationToken cancellationToken) =>
        await _reports.GetPayoutReconciliationAsync(new() { Interval = query.Interval, Currency = query.Currency }, headers, cancellationToken: cancellationToken);

    /// <summary>Of one payout, or of each that was made in the interval.</summary>
    private async IAsyncEnumerable<ReportPage> PayoutTransactionsAsync(ReportQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var payouts = query.Payout.Length > 0 ? [query.Payout] : (await PayoutsAsync(query, cancellationToken)).Payouts.Select(p => p.Name).ToList();
        var any = false;
        foreach (var payout in payouts)
        {
            var pages = PagesAsync(async token =>
            {
                var page = await _reports.ListPayoutTransactionsAsync(new() { Payout = payout, PageSize = PageSize, PageToken = token }, headers, cancellationToken: cancellationToken);
                return (ReportPage.Of(page.BalanceTransactions), page.NextPageToken);
            });
            await foreach (var page in pages.WithCancellation(cancellationToken))
            {
                any |= page.Rows.Count > 0;
                if (page.Rows.Count > 0)
                    yield return page;
            }
        }

        if (!any)
            yield return new([], []);
    }

    private static async IAsyncEnumerable<ReportPage> OneAsync(Func<Task<ReportPage>> ask)
    {
        yield return await ask();
    }

    private static async IAsyncEnumerable<ReportPage> PagesAsync(Func<string, Task<(ReportPage Page, string Next)>> ask)
    {
        var next = "";
        do
        {
            (var page, next) = await ask(next);
            yield return page;
        }
        while (next.Length > 0);
    }
}
