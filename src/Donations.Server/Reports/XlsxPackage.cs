using System.IO.Compression;
using System.Text;

namespace Donations.Server.Reports;

/// <summary>The ZIP around a workbook's sheets, with the few parts that a workbook must have. It is written once, front to back, and never sought in.</summary>
internal sealed class XlsxPackage(Stream stream, string name, TimeZoneInfo zone)
{
    // Numbers of the cell formats in Styles.
    public const int Plain = 0;
    public const int Header = 1;
    public const int Date = 5;
    public const int Time = 6;
    private const string Main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    private const string Relationships = "http://schemas.openxmlformats.org/package/2006/relationships";
    private const string Office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    private const string Spreadsheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.";

    // The least that ZIP knows: an export that is made again is the same bytes.
    private static readonly DateTimeOffset EntryTime = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly ZipArchive _archive = new(stream, ZipArchiveMode.Create);
    private int _sheets;

    /// <summary>The cell format of amounts with so many decimals.</summary>
    public static int AmountStyle(int exponent) => exponent switch { 0 => 2, 3 => 4, _ => 3 };

    /// <summary>A part for the next sheet; the one before must be closed.</summary>
    public Stream NewSheet() => Open($"xl/worksheets/sheet{++_sheets}.xml");

    public void End()
    {
        Write("xl/styles.xml", Styles());
        Write("xl/workbook.xml", $"""<workbook xmlns="{Main}" xmlns:r="{Office}"><sheets>{Each(i => $"<sheet name=\"{SheetName(i)}\" sheetId=\"{i}\" r:id=\"rId{i}\"/>")}</sheets></workbook>""");
        Write("xl/_rels/workbook.xml.rels", $"""<Relationships xmlns="{Relationships}">{Each(i => $"<Relationship Id=\"rId{i}\" Type=\"{Office}/worksheet\" Target=\"worksheets/sheet{i}.xml\"/>")}<Relationship Id="rId{_sheets + 1}" Type="{Office}/styles" Target="styles.xml"/></Relationships>""");
        Write("_rels/.rels", $"""<Relationships xmlns="{Relationships}"><Relationship Id="rId1" Type="{Office}/officeDocument" Target="xl/workbook.xml"/></Relationships>""");
        Write(
            "[Content_Types].xml",
            $"""<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="{Spreadsheet}sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="{Spreadsheet}styles+xml"/>{Each(i => $"<Override PartName=\"/xl/worksheets/sheet{i}.xml\" ContentType=\"{Spreadsheet}worksheet+xml\"/>")}</Types>""");
        _archive.Dispose();
    }

    private string SheetName(int number) => number == 1 ? name : $"{name} {number}";

    private string Each(Func<int, string> part) => string.Concat(Enumerable.Range(1, _sheets).Select(part));

    /// <summary>Formats 3 and 4 come with every spreadsheet (#,##0 and #,##0.00). A time has no zone in a workbook, so its format says which it is.</summary>
    private string Styles() =>
        $"""
        <styleSheet xmlns="{Main}"><numFmts count="3"><numFmt numFmtId="164" formatCode="#,##0.000"/><numFmt numFmtId="165" formatCode="yyyy\-mm\-dd"/><numFmt numFmtId="166" formatCode="yyyy\-mm\-dd\ hh:mm:ss\ &quot;{zone.Id}&quot;"/></numFmts>
        <fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>
        <fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>
        <cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>
        <cellXfs count="7">{Format(0)}<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>{Format(3)}{Format(4)}{Format(164)}{Format(165)}{Format(166)}</cellXfs>
        <cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>
        """;

    private static string Format(int number) => $"<xf numFmtId=\"{number}\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>";

    private void Write(string part, string xml)
    {
        using var target = Open(part);
        target.Write(Encoding.UTF8.GetBytes("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n" + xml));
    }

    private Stream Open(string part)
    {
        var entry = _archive.CreateEntry(part, CompressionLevel.Fastest);
        entry.LastWriteTime = EntryTime;
        return entry.Open();
    }
}
