using System.CommandLine;
using System.Text;
using Donations.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Spectre.Console;

namespace Donations.Cli.Reports;

/// <summary>A report as CSV or XLSX, as the server streams it, with progress on standard error.</summary>
internal static class ReportFile
{
    private const int BytesPerKibibyte = 1024;

    public static ExportReportRequest Request(ReportQuery query)
    {
        var uses = query.Kind.Uses;
        var request = new ExportReportRequest
        {
            Report = query.Kind.Report,
            Interval = uses.HasFlag(Uses.Years) ? Dates.Years(query.StartYear, query.EndYear, query.Zone, TimeProvider.System.GetUtcNow()) : query.Interval,
            Format = query.Format == "xlsx" ? ExportReportRequest.Types.Format.Xlsx : ExportReportRequest.Types.Format.Csv,
            Currency = query.Currency,
            TimeZone = query.Kind.IsDetail ? query.Zone : query.AskedZone,
            Campaign = query.Campaign,
            Placement = query.Placement,
            Payout = query.Payout,
            ComparedInterval = query.Compared,
            Columns = { query.Columns },
            GroupBy = { query.GroupBy.Select(ReportKind.Dimension) },
        };
        if (uses.HasFlag(Uses.Period))
            request.Period = query.Period;
        if (uses.HasFlag(Uses.JournalBy))
            request.JournalBy = query.JournalBy;
        // What is not paid out now, unless another time is asked for: the interval only has to reach now.
        if (query.Kind.Report == ExportReportRequest.Types.Report.UnsettledBalance && !query.IsToGiven)
            request.Interval.EndTime = Timestamp.FromDateTimeOffset(query.Interval.EndTime.ToDateTimeOffset().AddDays(1));
        return request;
    }

    /// <exception cref="CliException">It cannot be written there.</exception>
    public static async Task WriteAsync(ReportService.ReportServiceClient reports, ReportQuery query, Metadata headers, ParseResult parsed, CancellationToken cancellationToken)
    {
        var request = Request(query);
        var terminal = parsed.InvocationConfiguration.Output;
        if (query.Output is null)
        {
            if (request.Format == ExportReportRequest.Types.Format.Xlsx && !(ReferenceEquals(terminal, Console.Out) && Console.IsOutputRedirected))
                throw new CliException("A workbook is not for a terminal: name a file with --output", CliException.Usage);
            await using Stream target = ReferenceEquals(terminal, Console.Out) ? Console.OpenStandardOutput() : new WriterStream(terminal);
            await CopyAsync(reports, request, headers, target, _ => { }, cancellationToken);
            return;
        }

        var console = Terminal.Error(parsed);
        var count = new Count(request.Format == ExportReportRequest.Types.Format.Csv);
        await AtomicFile.WriteAsync(query.Output, target => console.Progress()
            .Columns(new SpinnerColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }, new TransferSpeedColumn(), new ElapsedTimeColumn())
            .StartAsync(async progress =>
            {
                // Its length is not known before its end.
                var task = progress.AddTask(Markup.Escape($"{query.Output}…"), maxValue: double.MaxValue);
                await CopyAsync(
                    reports,
                    request,
                    headers,
                    target,
                    piece =>
                    {
                        count.Add(piece.Span);
                        task.Increment(piece.Length);
                        task.Description = Markup.Escape($"{query.Output}: {count.Show()}");
                    },
                    cancellationToken);
                task.MaxValue = Math.Max(1, count.Bytes);
                task.Value = task.MaxValue;
            }));
        console.WriteLine($"{query.Output}: {count.Show()}");
    }

    private static async Task CopyAsync(
        ReportService.ReportServiceClient reports, ExportReportRequest request, Metadata headers, Stream target, Action<ReadOnlyMemory<byte>> tell, CancellationToken cancellationToken)
    {
        using var call = reports.ExportReport(request, headers, cancellationToken: cancellationToken);
        await foreach (var piece in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            await target.WriteAsync(piece.Data.Memory, cancellationToken);
            tell(piece.Data.Memory);
        }

        await target.FlushAsync(cancellationToken);
    }

    /// <summary>Bytes, and of CSV rows: ends of lines that are not within quotes, the header's aside. A workbook is packed.</summary>
    public sealed class Count(bool isCsv)
    {
        private bool _quoted;
        private long _lines;

        public long Bytes { get; private set; }

        public long Rows => Math.Max(0, _lines - 1);

        public void Add(ReadOnlySpan<byte> piece)
        {
            Bytes += piece.Length;
            if (!isCsv)
                return;
            foreach (var b in piece)
            {
                _quoted ^= b == '"';
                if (b == '\n' && !_quoted)
                    _lines++;
            }
        }

        public string Show() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{(isCsv ? $"{Rows:N0} rows, " : "")}{(Bytes < BytesPerKibibyte ? $"{Bytes} bytes" : $"{Bytes / BytesPerKibibyte:N0} KiB")}");
    }

    /// <summary>Bytes of UTF-8 into a writer of text; pieces may end within a character.</summary>
    private sealed class WriterStream(TextWriter writer) : MemoryStream
    {
        private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var characters = new char[Encoding.UTF8.GetMaxCharCount(buffer.Length)];
            var count = _decoder.GetChars(buffer.Span, characters, flush: false);
            return new(writer.WriteAsync(characters.AsMemory(0, count), cancellationToken));
        }
    }
}
