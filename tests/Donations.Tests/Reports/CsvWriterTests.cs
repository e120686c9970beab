using System.Text;
using Donations.Server.Reports;

namespace Donations.Tests.Reports;

public sealed class CsvWriterTests
{
    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData("\r=1", "\"'\r=1\"")]
    [InlineData("\uFF1D1", "'\uFF1D1")]
    [InlineData("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\"")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("plain", "plain")]
    [InlineData(null, "")]
    public void Texts_are_inert_and_quoted(string? text, string expected) => Assert.Equal(expected + "\r\n", Take(new CsvWriter().Text(text)));

    [Fact]
    public void Negative_numbers_stay_numbers() => Assert.Equal("-4.00,a\r\n", Take(new CsvWriter().Number("-4.00").Text("a")));

    private static string Take(CsvWriter csv) => Encoding.UTF8.GetString(csv.EndRow().Take());
}
