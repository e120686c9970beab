using System.CommandLine;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Donations.Cli.Reports;

/// <summary>`donations report`: what finance staff pull.</summary>
internal static class ReportCommand
{
    /// <summary>Zeros too, so that every row has every column.</summary>
    private static readonly JsonFormatter Json = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true));

    public static Command Create(TimeProvider time)
    {
        var options = new ReportOptions();
        var server = new ServerOptions("finance");
        var command = new Command(
            "report",
            $"""
            Pull a report: {string.Join(", ", ReportKind.Names)}.
            Intervals are half-open: --to is the day after the last one.
            Examples:
              donations report summary --from 2026-01-01 --to 2027-01-01 --period month --group-by campaign,method
              donations report contributions --from 2026-11-01 --format csv --output gifts.csv --columns pay_time,currency,amount,fee,net
              donations report balance --from 2026-11-01 --to 2026-12-01
              donations report comparison --from 2026-01-01 --to 2027-01-01 --compare-from 2025-01-01 --compare-to 2026-01-01
              donations report experiment --campaign press-in-exile --currency USD --from 2026-11-01
              donations report payout-transactions --payout po_1AbC --format xlsx --output payout.xlsx
              donations report returns --format json | jq -r .name
            """);
        options.AddTo(command);
        server.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var query = options.Read(parsed, time.GetUtcNow());
            await server.RunAsync(parsed, async (channel, headers) =>
            {
                try
                {
                    await RunAsync(channel, query, headers, parsed, cancellationToken);
                }
                catch (RpcException e) when (Server.WantsOtherZone(e))
                {
                    // The server names the zone; what to do about it is known here.
                    throw new CliException($"{Server.Tell(e)}. Name that zone with --time-zone, or for good with DONATIONS_TIME_ZONE", CliException.Usage);
                }
            });
        });
        return command;
    }

    private static async Task RunAsync(GrpcChannel channel, ReportQuery query, Metadata headers, ParseResult parsed, CancellationToken cancellationToken)
    {
        if (query.Format is "csv" or "xlsx")
        {
            await ReportFile.WriteAsync(new(channel), query, headers, parsed, cancellationToken);
            return;
        }

        var pages = new ReportAnswers(channel, headers).GetAsync(query, cancellationToken);
        if (query.Output is null)
        {
            await WriteAsync(pages, query, parsed.InvocationConfiguration.Output, query.Plot ?? Terminal.IsTerminal(parsed), cancellationToken);
            return;
        }

        await AtomicFile.WriteAsync(query.Output, async file =>
        {
            await using var writer = new StreamWriter(file, leaveOpen: true);
            await WriteAsync(pages, query, writer, query.Plot ?? false, cancellationToken);
        });
    }

    private static async Task WriteAsync(IAsyncEnumerable<ReportPage> pages, ReportQuery query, TextWriter writer, bool plot, CancellationToken cancellationToken)
    {
        if (query.Format == "table")
        {
            await new ReportPrinter(Terminal.For(writer), query, plot && query.Kind.HasSeries).WriteAsync(pages, cancellationToken);
            return;
        }

        await foreach (var page in pages.WithCancellation(cancellationToken))
        {
            foreach (var row in page.Rows)
                await writer.WriteLineAsync(Json.Format(row));
        }
    }
}
