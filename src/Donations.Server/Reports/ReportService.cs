using System.Globalization;
using Donations.Server.Campaigns;
using Donations.Server.Ledger;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;
using Google.Api;
using Google.Protobuf;
using Grpc.Core;

namespace Donations.Server.Reports;

internal sealed class ReportService(Database database, ReportStore store, ReportTables tables, ReportExporter exporter, ChartOfAccounts chart, BookCalendar calendar, PageTokens pageTokens) : V1.ReportService.ReportServiceBase
{
    private const int DefaultPage = 100;
    private const int MaxPage = 1000;

    [Access(Roles.Finance)]
    public override Task<ListContributionDetailsResponse> ListContributionDetails(ListContributionDetailsRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        var (from, to) = ReportValidation.Ends(request.Interval, violations);
        var currency = ReportValidation.Currency(request.Currency, violations);
        string? campaignId = null;
        violations.Require(request.Campaign.Length == 0 || CampaignNames.TryParseCampaign(request.Campaign, out campaignId), "campaign", "must look like campaigns/{campaign}");
        violations.ThrowIfAny();

        var size = PageTokens.Size(request.PageSize, DefaultPage, MaxPage);
        var after = pageTokens.Read(request, request.PageToken)?.Split(' ') is [var time, var id] ? (long.Parse(time, CultureInfo.InvariantCulture), id) : (from, "");
        var rows = database.Read(c => ReportStore.Contributions(c, to, currency, campaignId, after, size + 1).ToList(), context.CancellationToken);
        var response = new ListContributionDetailsResponse();
        response.ContributionDetails.AddRange(rows.Take(size).Select(ReportMapping.ToDetail));
        if (rows.Count > size)
            response.NextPageToken = pageTokens.Make(request, string.Create(CultureInfo.InvariantCulture, $"{rows[size - 1].PayTimeUs} {rows[size - 1].PaymentId}"));
        return Task.FromResult(response);
    }

    [Access(Roles.Finance)]
    public override Task<PeriodSummary> GetPeriodSummary(GetPeriodSummaryRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        var ends = ReportValidation.Ends(request.Interval, violations);
        var currency = ReportValidation.Currency(request.Currency, violations);
        violations.Require(System.Enum.IsDefined(request.Period), "period", "is not a known period");
        var (fromDay, toDay) = ReportValidation.BookDays(ends, request.TimeZone, calendar, violations);
        violations.ThrowIfAny();

        var (divisor, start) = Divide(request.Period, fromDay);
        var (rows, totals) = database.Read(
            c => (store.Summary(c, fromDay, toDay, divisor, currency, request.GroupByCampaign, request.GroupByFund), store.Summary(c, fromDay, toDay, int.MaxValue, currency, false, false)),
            context.CancellationToken);
        var answer = new PeriodSummary { TimeZone = calendar.ZoneId };
        answer.Rows.AddRange(rows.Select(r => ReportMapping.ToSummary(r, start(r.Period))));
        answer.Totals.AddRange(totals.Select(r => ReportMapping.ToSummary(r, null)));
        return Task.FromResult(answer);
    }

    [Access(Roles.Finance)]
    public override Task<ListGeneralLedgerLinesResponse> ListGeneralLedgerLines(ListGeneralLedgerLinesRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        var (from, to) = ReportValidation.Ends(request.Interval, violations);
        var currency = ReportValidation.Currency(request.Currency, violations);
        violations.ThrowIfAny();

        var size = PageTokens.Size(request.PageSize, DefaultPage, MaxPage);
        var after = pageTokens.Read(request, request.PageToken)?.Split(' ') is [var time, var entry, var line]
            ? (long.Parse(time, CultureInfo.InvariantCulture), long.Parse(entry, CultureInfo.InvariantCulture), long.Parse(line, CultureInfo.InvariantCulture))
            : (from, 0L, 0L);
        var rows = database.Read(c => ReportStore.Lines(c, to, currency, after, size + 1).ToList(), context.CancellationToken);
        var response = new ListGeneralLedgerLinesResponse();
        response.GeneralLedgerLines.AddRange(rows.Take(size).Select(r => ReportMapping.ToLine(r, chart)));
        if (rows.Count > size)
            response.NextPageToken = pageTokens.Make(request, string.Create(CultureInfo.InvariantCulture, $"{rows[size - 1].FactTimeUs} {rows[size - 1].EntryId} {rows[size - 1].Line}"));
        return Task.FromResult(response);
    }

    [Access(Roles.Finance)]
    public override async Task ExportReport(ExportReportRequest request, IServerStreamWriter<HttpBody> responseStream, ServerCallContext context)
    {
        var violations = new Violations();
        var ends = ReportValidation.Ends(request.Interval, violations);
        var currency = ReportValidation.Currency(request.Currency, violations);
        violations.Require(System.Enum.IsDefined(request.Report), "report", "is not a known report");
        violations.Require(System.Enum.IsDefined(request.Format), "format", "is not a known format");
        var zone = ReportValidation.Zone(request.TimeZone, calendar, violations);
        if (request.Report == ExportReportRequest.Types.Report.PeriodSummary)
            ReportValidation.BookDays(ends, request.TimeZone, calendar, violations);
        var report = tables.Of(request.Report, new(ends.FromUs, ends.ToUs, currency)).Select(request.Columns, violations);
        violations.ThrowIfAny();
        await exporter.WriteAsync(report, request.Format, zone, Target(request, FileName(report, request, ends, zone), responseStream, context), context.CancellationToken);
    }

    /// <summary>
    /// Where pieces go. JSON transcoding puts a line feed between the messages of a stream, which would break the file: there the
    /// pieces go straight into the response's body.
    /// </summary>
    private static Func<ReadOnlyMemory<byte>, Task> Target(ExportReportRequest request, string fileName, IServerStreamWriter<HttpBody> stream, ServerCallContext context)
    {
        var contentType = ReportExporter.ContentType(request.Format);
        var http = context.GetHttpContext();
        if (http.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) == true)
            // The message is serialized before the write ends, and the bytes are let go of after it.
            return piece => stream.WriteAsync(new() { ContentType = contentType, Data = UnsafeByteOperations.UnsafeWrap(piece) }, context.CancellationToken);
        return piece =>
        {
            if (!http.Response.HasStarted)
            {
                http.Response.ContentType = contentType;
                http.Response.Headers.ContentDisposition = $"attachment; filename=\"{fileName}\"";
            }

            return http.Response.Body.WriteAsync(piece, context.CancellationToken).AsTask();
        };
    }

    /// <summary>Such as `general_ledger_2026-01-01_2027-01-01.csv`: the days of both ends.</summary>
    private static string FileName(ReportExport report, ExportReportRequest request, (long FromUs, long ToUs) ends, TimeZoneInfo zone)
    {
        string Day(long micros) => TimeZoneInfo.ConvertTime(UnixMicros.ToDateTimeOffset(micros), zone).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return $"{report.Name}_{Day(ends.FromUs)}_{Day(ends.ToUs)}.{ReportExporter.Extension(request.Format)}";
    }

    private static (int Divisor, Func<long, int> Start) Divide(GetPeriodSummaryRequest.Types.Period period, int fromDay) => period switch
    {
        GetPeriodSummaryRequest.Types.Period.Day => (1, p => (int)p),
        GetPeriodSummaryRequest.Types.Period.Month => (100, p => ((int)p * 100) + 1),
        GetPeriodSummaryRequest.Types.Period.Year => (10_000, p => ((int)p * 10_000) + 101),
        _ => (int.MaxValue, _ => fromDay),
    };
}
