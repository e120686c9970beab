using System.IO.Compression;
using System.Text;
using System.Xml.Linq;
using Donations.Server.Reports;

namespace Donations.Tests.Reports;

/// <summary>Workbooks: what LibreOffice reads in them, and of what type each cell is.</summary>
public sealed class XlsxCellsTests
{
    private static readonly XNamespace Main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

    [Fact]
    public async Task Values_arrive_as_they_were()
    {
        string?[] texts = ["=1+1", "@SUM(A1)", "-5", "<b>&amp;", "_x0041_ _x", " spaces ", "two\nlines", "Žurnāls 🗞", "tab\tand\u0001", null];
        var book = Write(texts.Length, (c, i) =>
        {
            c.Text(texts[i]);
            c.WholeNumber(i);
            c.Amount(new(-1_234_567 - i, "USD"));
            c.Amount(new(5, "KWD"));
            c.Amount(i == 0 ? new(700, "JPY") : null);
            c.Rate("0.92315");
            c.Date(new(2026, 2, 3));
            c.Time(1_795_510_800_000_000);
        }, columns: 8);
        Assert.Equal(["inlineStr", "n", "n", "n", "n", "n", "n", "n"], Cells(book, 1)[1].Select(Type));
        Assert.DoesNotContain("<f", Part(book, "xl/worksheets/sheet1.xml"));
        Assert.Equal(46056m, decimal.Parse(Cells(book, 1)[1][6].Value));

        var sheet = (await LibreOffice.ReadAsync(book))["test"];
        Assert.Equal("=1+1,0,-12345.67,0.005,700,0.92315,2026-02-03,2026-11-24 11:00:00", sheet[1].Replace("\"", ""));
        var shown = string.Join("\n", sheet);
        Assert.All(texts.Where(t => t is not null), t => Assert.Contains(t!.Replace("\u0001", ""), shown.Replace("\u0001", "")));
    }

    [Fact]
    public async Task A_full_sheet_goes_on_in_the_next_one()
    {
        var book = Write(7, (c, i) => c.WholeNumber(i), maxSheetRows: 4);
        Assert.Equal([4, 4, 2], Enumerable.Range(1, 3).Select(n => Cells(book, n).Count));
        var sheets = await LibreOffice.ReadAsync(book);
        // Raw values come quoted, all of them.
        Assert.Equal(["column0", "0", "1", "2"], sheets["test"].Select(l => l.Trim('"')));
        Assert.Equal(["column0", "3", "4", "5"], sheets["test 2"].Select(l => l.Trim('"')));
        Assert.Equal(["column0", "6"], sheets["test 3"].Select(l => l.Trim('"')));
    }

    [Fact]
    public void A_sheet_that_is_just_full_has_no_empty_one_after_it() =>
        Assert.DoesNotContain(new ZipArchive(new MemoryStream(Write(3, (c, i) => c.WholeNumber(i), maxSheetRows: 4))).Entries, e => e.FullName.EndsWith("sheet2.xml", StringComparison.Ordinal));

    [Fact]
    public void The_same_rows_are_the_same_bytes() => Assert.Equal(Write(100, (c, i) => c.WholeNumber(i)), Write(100, (c, i) => c.WholeNumber(i)));

    [Theory]
    [InlineData("a_b", "a_b")]
    [InlineData("_x0041_", "_x005F_x0041_")]
    [InlineData("a\rb\0", "a_x000D_b_x0000_")]
    [InlineData("<&>", "&lt;&amp;&gt;")]
    [InlineData("\uFFFE", "_xFFFE_")]
    public void What_xml_cannot_hold_is_escaped(string text, string expected)
    {
        var target = new System.Buffers.ArrayBufferWriter<byte>();
        XlsxText.Write(target, text);
        Assert.Equal(expected, Encoding.UTF8.GetString(target.WrittenSpan));
    }

    internal static List<List<XElement>> Cells(byte[] book, int sheet) =>
        [.. XDocument.Parse(Part(book, $"xl/worksheets/sheet{sheet}.xml")).Descendants(Main + "row").Select(r => r.Elements(Main + "c").ToList())];

    internal static string Type(XElement cell) => (string?)cell.Attribute("t") ?? "n";

    private static string Part(byte[] book, string name)
    {
        using var reader = new StreamReader(new ZipArchive(new MemoryStream(book)).GetEntry(name)!.Open());
        return reader.ReadToEnd();
    }

    private static byte[] Write(int rows, Action<CellWriter, int> row, int columns = 1, int maxSheetRows = XlsxCells.MaxSheetRows)
    {
        var stream = new MemoryStream();
        var cells = new XlsxCells(stream, "test", TimeZoneInfo.FindSystemTimeZoneById("Europe/Riga"), maxSheetRows);
        cells.Header([.. Enumerable.Range(0, columns).Select(i => ($"column{i}", CellKind.Text))]);
        for (var i = 0; i < rows; i++)
        {
            row(cells, i);
            cells.EndRow();
        }

        cells.End();
        return stream.ToArray();
    }
}
