using System.IO.Pipelines;
using Donations.Server.Storage;
using Donations.V1;

namespace Donations.Server.Reports;

/// <summary>
/// Writes a report as a file: a page of rows on one snapshot, then its bytes to the caller, then the next page. So memory stays flat
/// whatever the interval, and no snapshot waits for a slow reader.
/// </summary>
internal sealed class ReportExporter(Database database)
{
    private const int PageRows = 2000;
    private const int PieceBytes = 64 * 1024;

    // Writers must not block on a reader that only runs after them; a page bounds what lies in between.
    private static readonly PipeOptions Pieces = new(pauseWriterThreshold: 0, minimumSegmentSize: PieceBytes, useSynchronizationContext: false);

    public static string ContentType(ExportReportRequest.Types.Format format) => format == ExportReportRequest.Types.Format.Xlsx
        ? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        : "text/csv; charset=utf-8; header=present";

    public static string Extension(ExportReportRequest.Types.Format format) => format == ExportReportRequest.Types.Format.Xlsx ? "xlsx" : "csv";

    public async Task WriteAsync(ReportExport report, ExportReportRequest.Types.Format format, TimeZoneInfo zone, Func<ReadOnlyMemory<byte>, Task> write, CancellationToken cancellationToken)
    {
        var pipe = new Pipe(Pieces);
        var bytes = pipe.Writer.AsStream();
        using CellWriter cells = format == ExportReportRequest.Types.Format.Xlsx ? new XlsxCells(bytes, report.Name, zone) : new CsvCells(bytes, zone);
        cells.Header(report.Columns);
        var more = true;
        while (more)
        {
            more = database.Read(c => report.WritePage(c, cells, PageRows), cancellationToken);
            if (more)
                cells.Flush();
            else
                cells.End();
            await PassOnAsync(pipe.Reader, write);
        }
    }

    private static async Task PassOnAsync(PipeReader reader, Func<ReadOnlyMemory<byte>, Task> write)
    {
        if (!reader.TryRead(out var read))
            return;
        foreach (var piece in read.Buffer)
        {
            if (!piece.IsEmpty)
                await write(piece);
        }

        reader.AdvanceTo(read.Buffer.End);
    }
}
