using Donations.Server.Ledger;
using Donations.Server.Rpc;
using Donations.V1;
using Dimension = Donations.V1.ExportReportRequest.Types.Dimension;
using Report = Donations.V1.ExportReportRequest.Types.Report;

namespace Donations.Server.Reports;

/// <summary>What an export is asked for, checked.</summary>
internal sealed record ReportScope(
    long FromUs, long ToUs, int FromDay, int ToDay, string? Currency, string? CampaignId, string? PayoutId, Periods Periods, IReadOnlySet<Dimension> Dimensions,
    GetGeneralLedgerSummaryRequest.Types.JournalBy JournalBy, (int From, int To) ComparedDays, ExperimentScope? Experiment = null)
{
    public Grouping Grouping => new(Dimensions.Contains(Dimension.Campaign), Dimensions.Contains(Dimension.Fund), Dimensions.Contains(Dimension.Placement), Dimensions.Contains(Dimension.Method));

    /// <summary>Reads of what each report needs; what a report has no use for is refused, so that nobody believes it was heeded.</summary>
    public static ReportScope From(ExportReportRequest request, BookCalendar calendar, LedgerOptions options, Violations violations)
    {
        var ends = ReportValidation.Ends(request.Interval, violations);
        var experiment = request.Report == Report.Experiment ? ExperimentScope.From(ends, request.TimeZone, request.Campaign, request.Currency, request.Placement, violations) : null;
        // Details are read by instants, experiments by UTC days, all else by whole days of the books.
        var days = request.Report is Report.ContributionDetail or Report.PayoutReconciliation or Report.PayoutTransactions or Report.Returns or Report.Dunning or Report.UnsettledBalance or Report.Exceptions or Report.CloseLog
            or Report.Experiment
            ? default : ReportValidation.BookDays(ends, request.Report == Report.GeneralLedger ? "" : request.TimeZone, calendar, violations);
        var compared = default((int, int));
        if (request.Report == Report.PeriodComparison)
        {
            var two = ReportValidation.Ends(request.ComparedInterval, violations, "compared_interval");
            compared = ReportValidation.BookDays(two, "", calendar, violations, "compared_interval");
            if (violations.None)
                ReportValidation.Apart(ends, two, violations);
        }

        Unused(request.ComparedInterval is not null, "compared_interval", Report.PeriodComparison);
        Unused(request.Campaign.Length > 0, "campaign", Report.ContributionDetail, Report.MrrMovements, Report.CampaignPerformance, Report.Experiment);
        Unused(request.Placement != 0, "placement", Report.Experiment);
        Unused(request.Payout.Length > 0, "payout", Report.PayoutTransactions);
        Unused(request.Period != 0, "period", Report.PeriodSummary);
        Unused(request.JournalBy != 0, "journal_by", Report.GeneralLedgerSummary);
        Unused(request.GroupBy.Count > 0, "group_by", Report.PeriodSummary, Report.PeriodComparison, Report.CampaignPerformance);
        violations.Require(System.Enum.IsDefined(request.Period), "period", "is not a known period");
        violations.Require(System.Enum.IsDefined(request.JournalBy), "journal_by", "is not a known way to make journals");
        for (var i = 0; i < request.GroupBy.Count; i++)
            violations.Require(Groups(request.Report).Contains(request.GroupBy[i]), $"group_by[{i}]", "must be one of " + string.Join(", ", Groups(request.Report).Select(ReportMapping.Word)));
        // A day, campaign and fund each, where nothing is asked for.
        var plain = request.Report == Report.PeriodSummary && request.Period == 0 && request.GroupBy.Count == 0;
        return new(
            ends.FromUs, ends.ToUs, days.FromDay, days.ToDay, ReportValidation.Currency(request.Currency, violations), ReportValidation.Campaign(request.Campaign, violations),
            request.Payout.Length == 0 ? null : ReportValidation.Payout(request.Payout, violations),
            new(plain ? GetPeriodSummaryRequest.Types.Period.Day : request.Period, options.FiscalYearStartMonth),
            plain ? new HashSet<Dimension> { Dimension.Campaign, Dimension.Fund } : request.GroupBy.ToHashSet(), request.JournalBy, compared, experiment);

        void Unused(bool isSet, string path, params ReadOnlySpan<Report> users) => violations.Require(!isSet || users.Contains(request.Report), path, "is not used by this report");
    }

    private static Dimension[] Groups(Report report) => report switch
    {
        Report.PeriodSummary => [Dimension.Campaign, Dimension.Fund, Dimension.Placement, Dimension.Method],
        Report.PeriodComparison => [Dimension.Campaign, Dimension.Fund],
        Report.CampaignPerformance => [Dimension.Appeal, Dimension.Placement],
        _ => [],
    };
}
