using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;
using Grpc.Core;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Reports;

/// <summary>Summaries: each reads roll-ups on one snapshot.</summary>
internal sealed partial class ReportService
{
    [Access(Roles.Readers)]
    public override Task<PeriodSummary> GetPeriodSummary(GetPeriodSummaryRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        var (fromDay, toDay) = Days(request.Interval, request.TimeZone, violations);
        var currency = ReportValidation.Currency(request.Currency, violations);
        violations.Require(System.Enum.IsDefined(request.Period), "period", "is not a known period");
        violations.ThrowIfAny();
        var periods = new Periods(request.Period, options.FiscalYearStartMonth);
        var grouping = new Grouping(request.GroupByCampaign, request.GroupByFund, request.GroupByPlacement, request.GroupByMethod);
        return Read(
            c =>
            {
                var answer = new PeriodSummary { TimeZone = calendar.ZoneId };
                answer.Rows.AddRange(store.Summary(c, fromDay, toDay, periods, currency, grouping).Select(r => ReportMapping.ToSummary(r, total: false)));
                answer.Totals.AddRange(store.Summary(c, fromDay, toDay, Periods.All, currency, new()).Select(r => ReportMapping.ToSummary(r, total: true)));
                return answer;
            },
            context);
    }

    [Access(Roles.Readers)]
    public override Task<BalanceSummary> GetBalanceSummary(GetBalanceSummaryRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        var (fromDay, toDay) = Days(request.Interval, request.TimeZone, violations);
        var currency = ReportValidation.Currency(request.Currency, violations);
        violations.ThrowIfAny();
        return Read(c => balances.Summary(c, fromDay, toDay, calendar.StartOf(toDay), currency, calendar.ZoneId), context);
    }

    [Access(Roles.Readers)]
    public override Task<PayoutReconciliation> GetPayoutReconciliation(GetPayoutReconciliationRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        var (from, to) = ReportValidation.Ends(request.Interval, violations);
        var currency = ReportValidation.Currency(request.Currency, violations);
        violations.ThrowIfAny();
        return Read(c => BalanceReports.PayoutReconciliation(c, from, to, currency), context);
    }

    [Access(Roles.Readers)]
    public override Task<UnsettledBalance> GetUnsettledBalance(GetUnsettledBalanceRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        var currency = ReportValidation.Currency(request.Currency, violations);
        violations.ThrowIfAny();
        long? at = request.AsOfTime is { } time ? UnixMicros.FromTimestamp(time) : null;
        return Read(c => balances.Unsettled(c, at, currency), context);
    }

    [Access(Roles.Readers)]
    public override Task<GeneralLedgerSummary> GetGeneralLedgerSummary(GetGeneralLedgerSummaryRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        var days = Days(request.Interval, "", violations);
        var currency = ReportValidation.Currency(request.Currency, violations);
        violations.Require(System.Enum.IsDefined(request.JournalBy), "journal_by", "is not a known way to make journals");
        violations.ThrowIfAny();
        return Read(c => ledger.Summary(c, days, (calendar.StartOf(days.FromDay), calendar.StartOf(days.ToDay)), request.JournalBy, currency), context);
    }

    [Access(Roles.Readers)]
    public override Task<Fees> GetFees(GetFeesRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        var (fromDay, toDay) = Days(request.Interval, request.TimeZone, violations);
        var currency = ReportValidation.Currency(request.Currency, violations);
        violations.ThrowIfAny();
        return Read(c => BalanceReports.Fees(c, fromDay, toDay, currency), context);
    }

    [Access(Roles.Readers)]
    public override Task<MrrMovements> GetMrrMovements(GetMrrMovementsRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        var (fromDay, toDay) = Days(request.Interval, request.TimeZone, violations);
        var campaignId = ReportValidation.Campaign(request.Campaign, violations);
        var currency = ReportValidation.Currency(request.Currency, violations);
        violations.ThrowIfAny();
        return Read(c => PledgeReports.Mrr(c, fromDay, toDay, campaignId, currency), context);
    }

    [Access(Roles.Readers)]
    public override Task<Dunning> GetDunning(GetDunningRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        var currency = ReportValidation.Currency(request.Currency, violations);
        violations.ThrowIfAny();
        return Read(c => pledges.Dunning(c, currency), context);
    }

    [Access(Roles.Readers)]
    public override Task<Retention> GetRetention(GetRetentionRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        var (fromDay, toDay) = Days(request.Interval, request.TimeZone, violations);
        var currency = ReportValidation.Currency(request.Currency, violations);
        violations.ThrowIfAny();
        return Read(c => pledges.Retention(c, fromDay, toDay, currency), context);
    }

    [Access(Roles.Readers)]
    public override Task<DonorLifecycle> GetDonorLifecycle(GetDonorLifecycleRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        ReportValidation.Year(request.StartYear, "start_year", violations);
        ReportValidation.Year(request.EndYear, "end_year", violations);
        violations.Require(request.StartYear == 0 || request.EndYear == 0 || request.StartYear <= request.EndYear, "end_year", "must not be before start_year");
        violations.ThrowIfAny();
        return Read(c => pledges.Lifecycle(c, request.StartYear, request.EndYear), context);
    }

    [Access(Roles.Readers)]
    public override Task<PeriodComparison> GetPeriodComparison(GetPeriodComparisonRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        var one = ReportValidation.Ends(request.Interval, violations);
        var two = ReportValidation.Ends(request.ComparedInterval, violations, "compared_interval");
        var days = ReportValidation.BookDays(one, "", calendar, violations);
        var compared = ReportValidation.BookDays(two, "", calendar, violations, "compared_interval");
        var currency = ReportValidation.Currency(request.Currency, violations);
        if (violations.None)
            ReportValidation.Apart(one, two, violations);
        violations.ThrowIfAny();
        return Read(c => ledger.Compare(c, days, compared, currency, new(request.GroupByCampaign, request.GroupByFund)), context);
    }

    [Access(Roles.Readers)]
    public override Task<CampaignPerformance> GetCampaignPerformance(GetCampaignPerformanceRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        var (fromDay, toDay) = Days(request.Interval, request.TimeZone, violations);
        var campaignId = ReportValidation.Campaign(request.Campaign, violations);
        var currency = ReportValidation.Currency(request.Currency, violations);
        violations.ThrowIfAny();
        return Read(c => PledgeReports.Performance(c, fromDay, toDay, campaignId, currency, request.GroupByAppeal, request.GroupByPlacement), context);
    }

    [Access(Roles.Readers | Roles.Editor)]
    public override Task<ExperimentReport> GetExperimentReport(GetExperimentReportRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        var scope = ExperimentScope.From(ReportValidation.Ends(request.Interval, violations), request.TimeZone, request.Campaign, request.Currency, request.Placement, violations);
        violations.ThrowIfAny();
        return Read(c => ExperimentReports.Of(c, scope), context);
    }

    [Access(Roles.Readers)]
    public override Task<CloseLog> GetCloseLog(GetCloseLogRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        var (from, to) = ReportValidation.Ends(request.Interval, violations);
        violations.ThrowIfAny();
        return Read(c => ledger.CloseLog(c, from, to), context);
    }

    private Task<T> Read<T>(Func<SqliteConnection, T> report, ServerCallContext context) => Task.FromResult(database.Read(report, context.CancellationToken));

    private (int FromDay, int ToDay) Days(Google.Type.Interval interval, string zone, Violations violations) =>
        ReportValidation.BookDays(ReportValidation.Ends(interval, violations), zone, calendar, violations);
}
