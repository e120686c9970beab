using System.CommandLine;
using Donations.V1;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Spectre.Console;

namespace Donations.Cli;

/// <summary>`donations report`: what finance staff pull.</summary>
internal static class ReportCommand
{
    private static readonly string[] Names = ["contributions", "summary", "ledger", "trial-balance"];

    private sealed record Query(string Name, string? From, string? To, string TimeZone, string Period, string Currency, string Campaign, string Format, string? Output);

    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = string.Join(", ", Names) };
        name.AcceptOnlyFromAmong(Names);
        var from = new Option<string?>("--from") { Description = "First day, yyyy-MM-dd; default: the first of this month" };
        var to = new Option<string?>("--to") { Description = "Day after the last one, yyyy-MM-dd; default: tomorrow" };
        var zone = new Option<string>("--time-zone") { Description = "IANA zone; summaries exist in the book time zone only", DefaultValueFactory = _ => "UTC" };
        var period = new Option<string>("--period") { Description = "Rows of the summary: day, month or year", DefaultValueFactory = _ => "day" };
        period.AcceptOnlyFromAmong("day", "month", "year");
        var currency = new Option<string>("--currency") { Description = "ISO 4217 code; default: all", DefaultValueFactory = _ => "" };
        var campaign = new Option<string>("--campaign") { Description = "Campaign id, for contributions", DefaultValueFactory = _ => "" };
        var format = new Option<string>("--format") { Description = "table, csv or json", DefaultValueFactory = _ => "table" };
        format.AcceptOnlyFromAmong("table", "csv", "json");
        var output = new Option<string?>("--output") { Description = "File to write; default: standard output" };
        var server = new ServerOptions("finance");
        var command = new Command("report", "Pull a report. Examples: donations report summary --from 2026-01-01 --to 2027-01-01 --period month; donations report contributions --format csv --output gifts.csv")
        {
            name, from, to, zone, period, currency, campaign, format, output,
        };
        server.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var query = new Query(
                parsed.GetValue(name)!, parsed.GetValue(from), parsed.GetValue(to), parsed.GetValue(zone)!, parsed.GetValue(period)!,
                parsed.GetValue(currency)!, parsed.GetValue(campaign)!, parsed.GetValue(format)!, parsed.GetValue(output));
            await server.RunAsync(parsed, (channel, headers) => RunAsync(channel, query, headers, Terminal.Out(parsed), Terminal.Error(parsed), cancellationToken));
        });
        return command;
    }

    private static async Task RunAsync(GrpcChannel channel, Query query, Metadata headers, IAnsiConsole terminal, IAnsiConsole progress, CancellationToken cancellationToken)
    {
        var interval = Dates.Interval(query.From, query.To, query.TimeZone, TimeProvider.System.GetUtcNow());
        var reports = new ReportService.ReportServiceClient(channel);
        if (query.Format == "csv")
        {
            var request = new ExportReportRequest { Interval = interval, Currency = query.Currency, TimeZone = query.Name == "contributions" ? query.TimeZone : "", Format = ExportReportRequest.Types.Format.Csv, Report = ToReport(query.Name) };
            await ExportAsync(reports, request, headers, query.Output, progress, cancellationToken);
            return;
        }

        // Pages are fetched as they are shown, so that a long report does not wait for its end.
        IAsyncEnumerable<IMessage> pages = query.Name switch
        {
            "contributions" => ReportPages.ContributionsAsync(reports, interval, query.Currency, query.Campaign, headers),
            "ledger" => ReportPages.LedgerAsync(reports, interval, query.Currency, headers),
            "summary" => ReportPages.OneAsync(async () => await reports.GetPeriodSummaryAsync(
                new() { Interval = interval, TimeZone = query.TimeZone == "UTC" ? "" : query.TimeZone, Currency = query.Currency, Period = ToPeriod(query.Period), GroupByCampaign = true }, headers, cancellationToken: cancellationToken)),
            _ => ReportPages.OneAsync(async () => await new LedgerService.LedgerServiceClient(channel).GetTrialBalanceAsync(new(), headers, cancellationToken: cancellationToken)),
        };
        await using var file = query.Output is null ? null : new StreamWriter(query.Output);
        var console = file is null ? terminal : Terminal.Plain(file);
        var first = true;
        await foreach (var page in pages.WithCancellation(cancellationToken))
        {
            if (query.Format == "json")
                await console.Profile.Out.Writer.WriteLineAsync(JsonFormatter.Default.Format(page));
            else
                console.Write(ReportTables.For(page, first, Dates.Show(interval, query.TimeZone)));
            first = false;
        }
    }

    private static async Task ExportAsync(ReportService.ReportServiceClient reports, ExportReportRequest request, Metadata headers, string? output, IAnsiConsole progress, CancellationToken cancellationToken)
    {
        await using var target = output is null ? Console.OpenStandardOutput() : File.Create(output);
        using var call = reports.ExportReport(request, headers, cancellationToken: cancellationToken);
        await progress.Status().StartAsync("Exporting…", async status =>
        {
            var bytes = 0L;
            await foreach (var piece in call.ResponseStream.ReadAllAsync(cancellationToken))
            {
                await target.WriteAsync(piece.Data.Memory, cancellationToken);
                bytes += piece.Data.Length;
                status.Status($"Exporting… {bytes / 1024:N0} KiB");
            }
        });
    }

    private static ExportReportRequest.Types.Report ToReport(string name) => name switch
    {
        "contributions" => ExportReportRequest.Types.Report.ContributionDetail,
        "summary" => ExportReportRequest.Types.Report.PeriodSummary,
        "ledger" => ExportReportRequest.Types.Report.GeneralLedger,
        _ => throw new CliException("The trial balance has no CSV; use --format json", CliException.Usage),
    };

    private static GetPeriodSummaryRequest.Types.Period ToPeriod(string period) => period switch
    {
        "month" => GetPeriodSummaryRequest.Types.Period.Month,
        "year" => GetPeriodSummaryRequest.Types.Period.Year,
        _ => GetPeriodSummaryRequest.Types.Period.Day,
    };
}
