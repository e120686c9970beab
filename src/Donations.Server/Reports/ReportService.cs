using System.Globalization;
using Donations.Server.Ledger;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;
using Google.Api;
using Google.Protobuf;
using Grpc.Core;

namespace Donations.Server.Reports;

/// <summary>Details, page by page, and files; summaries are in the other part.</summary>
internal sealed partial class ReportService(
    Database database, ReportStore store, BalanceReports balances, LedgerReports ledger, PledgeReports pledges, ReportTables tables, ReportExporter exporter, ChartOfAccounts chart, BookCalendar calendar,
    LedgerOptions options, PageTokens pageTokens) : V1.ReportService.ReportServiceBase
{
    private const int DefaultPage = 100;
    private const int MaxPage = 1000;

    [Access(Roles.Readers)]
    public override Task<ListContributionDetailsResponse> ListContributionDetails(ListContributionDetailsRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        var (from, to) = ReportValidation.Ends(request.Interval, violations);
        var currency = ReportValidation.Currency(request.Currency, violations);
        var campaignId = ReportValidation.Campaign(request.Campaign, violations);
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

    [Access(Roles.Readers)]
    public override Task<ListGeneralLedgerLinesResponse> ListGeneralLedgerLines(ListGeneralLedgerLinesRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        var (fromDay, toDay) = ReportValidation.BookDays(ReportValidation.Ends(request.Interval, violations), "", calendar, violations);
        var currency = ReportValidation.Currency(request.Currency, violations);
        violations.ThrowIfAny();

        var size = PageTokens.Size(request.PageSize, DefaultPage, MaxPage);
        var after = pageTokens.Read(request, request.PageToken)?.Split(' ') is [var day, var entry, var line]
            ? (long.Parse(day, CultureInfo.InvariantCulture), long.Parse(entry, CultureInfo.InvariantCulture), long.Parse(line, CultureInfo.InvariantCulture))
            : (fromDay, 0L, 0L);
        var rows = database.Read(c => ReportStore.Lines(c, toDay, currency, after, size + 1).ToList(), context.CancellationToken);
        var response = new ListGeneralLedgerLinesResponse();
        response.GeneralLedgerLines.AddRange(rows.Take(size).Select(r => ReportMapping.ToLine(r, chart)));
        if (rows.Count > size)
            response.NextPageToken = pageTokens.Make(request, string.Create(CultureInfo.InvariantCulture, $"{rows[size - 1].BookDate} {rows[size - 1].EntryId} {rows[size - 1].Line}"));
        return Task.FromResult(response);
    }

    [Access(Roles.Readers)]
    public override Task<ListPayoutTransactionsResponse> ListPayoutTransactions(ListPayoutTransactionsRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        var payoutId = ReportValidation.Payout(request.Payout, violations);
        violations.ThrowIfAny();

        var size = PageTokens.Size(request.PageSize, DefaultPage, MaxPage);
        var after = pageTokens.Read(request, request.PageToken) ?? "";
        var (known, rows) = database.Read(c => (PayoutStore.Find(c, payoutId), BalanceReports.PayoutTransactions(c, payoutId, default, (payoutId, after), size + 1).ToList()), context.CancellationToken);
        if (known is null)
            throw RpcErrors.NotFound(request.Payout);
        var response = new ListPayoutTransactionsResponse();
        response.BalanceTransactions.AddRange(rows.Take(size).Select(LedgerMapping.ToTransaction));
        if (rows.Count > size)
            response.NextPageToken = pageTokens.Make(request, rows[size - 1].BalanceTransactionId);
        return Task.FromResult(response);
    }

    [Access(Roles.Readers)]
    public override Task<ListReturnsResponse> ListReturns(ListReturnsRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        var ends = ReportValidation.Ends(request.Interval, violations);
        var currency = ReportValidation.Currency(request.Currency, violations);
        violations.ThrowIfAny();

        var size = PageTokens.Size(request.PageSize, DefaultPage, MaxPage);
        var after = pageTokens.Read(request, request.PageToken)?.Split(' ') is [var time, var name] ? (long.Parse(time, CultureInfo.InvariantCulture), name) : (long.MinValue, "");
        var rows = database.Read(c => LedgerReports.Returns(c, ends, currency, after, size + 1).ToList(), context.CancellationToken);
        var response = new ListReturnsResponse();
        response.GiftReturns.AddRange(rows.Take(size).Select(ReportMapping.ToReturn));
        if (rows.Count > size)
            response.NextPageToken = pageTokens.Make(request, string.Create(CultureInfo.InvariantCulture, $"{rows[size - 1].TimeUs} {rows[size - 1].Name}"));
        return Task.FromResult(response);
    }

    [Access(Roles.Readers)]
    public override async Task ExportReport(ExportReportRequest request, IServerStreamWriter<HttpBody> responseStream, ServerCallContext context)
    {
        var violations = new Violations();
        violations.Require(System.Enum.IsDefined(request.Report), "report", "is not a known report");
        violations.Require(System.Enum.IsDefined(request.Format), "format", "is not a known format");
        var zone = request.Report == ExportReportRequest.Types.Report.Experiment ? TimeZoneInfo.Utc : ReportValidation.Zone(request.TimeZone, calendar, violations);
        var scope = ReportScope.From(request, calendar, options, violations);
        violations.ThrowIfAny();
        var report = tables.Of(request.Report, scope).Select(request.Columns, violations);
        violations.ThrowIfAny();
        await exporter.WriteAsync(report, request.Format, zone, Target(request, FileName(report, request, (scope.FromUs, scope.ToUs), zone), responseStream, context), context.CancellationToken);
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
}
