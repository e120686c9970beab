using System.Text;
using Donations.Server.Reports;
using Donations.Server.Rpc;
using Donations.Tests.Storage;
using Format = Donations.V1.ExportReportRequest.Types.Format;

namespace Donations.Tests.Reports;

/// <summary>The engine under the exports: pages follow each other without a gap, whatever their rows are.</summary>
public sealed class ExporterTests
{
    private static readonly ReportTable<Row> Table = new ReportTable<Row>("numbers").WholeNumber("number", r => r.Number).Text("parity", r => r.Number % 2 == 0 ? "even" : "odd");

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1999)]
    [InlineData(2000)]
    [InlineData(2001)]
    [InlineData(6000)]
    public async Task Every_row_is_written_once_and_in_order(int count)
    {
        var expected = string.Concat(Enumerable.Range(0, count).Select(n => $"{n},{(n % 2 == 0 ? "even" : "odd")}\r\n").Prepend("number,parity\r\n"));
        var pages = new List<long?>();
        Assert.Equal(expected, await CsvAsync(Table.Paged((_, after, limit) =>
        {
            pages.Add(after?.Number);
            return Enumerable.Range((int)(after?.Number ?? -1) + 1, count).TakeWhile(n => n < count).Take(limit).Select(n => new Row(n));
        })));
        Assert.Equal(Enumerable.Range(0, (count / 2000) + 1).Select(p => p == 0 ? null : (long?)((p * 2000) - 1)), pages);
        Assert.Equal(expected, await CsvAsync(Table.Whole(_ => [.. Enumerable.Range(0, count).Select(n => new Row(n))])));
    }

    [Fact]
    public async Task A_column_alone_may_be_asked_for() =>
        Assert.Equal("parity\r\neven\r\nodd\r\n", await CsvAsync(Table.Whole(_ => [new(0), new(1)]).Select(["parity"], new Violations())));

    private static async Task<string> CsvAsync(ReportExport report)
    {
        await using var files = new TemporaryDatabase();
        var text = new MemoryStream();
        await new ReportExporter(files.Database).WriteAsync(report, Format.Csv, TimeZoneInfo.Utc, piece => text.WriteAsync(piece).AsTask(), CancellationToken.None);
        return Encoding.UTF8.GetString(text.ToArray());
    }

    private sealed record Row(long Number);
}
