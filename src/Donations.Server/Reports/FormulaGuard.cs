using System.Buffers;
using System.Globalization;

namespace Donations.Server.Reports;

/// <summary>
/// Makes texts inert that a spreadsheet would take for a formula when it opens a CSV file: an apostrophe goes in front
/// (OWASP, CSV injection). A text is judged as a whole, and also each part of it that would be a cell of its own to a
/// spreadsheet that splits at semicolons, tabs or line ends.
/// </summary>
internal static class FormulaGuard
{
    private const char Apostrophe = '\'';
    private static readonly SearchValues<char> Breaks = SearchValues.Create(";\t\r\n");

    // Also the full-width and small forms, which some input methods and spreadsheets take for the plain ones.
    private static readonly SearchValues<char> Starts = SearchValues.Create("=+-@\uFF1D\uFF0B\uFF0D\uFF20\uFE66\uFE62\uFE63\uFE6B");
    private static readonly SearchValues<char> Quotes = SearchValues.Create("\"'`\u2018\u2019\u201C\u201D\u00AB\u00BB");

    public static string Inert(string text) =>
        text.Length == 0 || (char.IsAsciiLetterOrDigit(text[0]) && !text.AsSpan().ContainsAny(Breaks)) ? text : Guard(text);

    private static string Guard(string text)
    {
        // Backwards, so that each place knows whether what follows would start a formula there.
        var guarded = new char[text.Length * 2];
        var (next, starts) = (guarded.Length, false);
        for (var i = text.Length - 1; i >= 0; i--)
        {
            guarded[--next] = text[i];
            starts = Starts.Contains(text[i]) || (starts && IsPassedOver(text[i]));
            var first = i == 0;
            if ((first || Breaks.Contains(text[i - 1])) && (starts || (first && text[i] is '\t' or '\r' or '\n')))
                guarded[--next] = Apostrophe;
        }

        return new(guarded.AsSpan(next));
    }

    /// <summary>What a spreadsheet may drop before it looks for a formula.</summary>
    private static bool IsPassedOver(char c) =>
        char.IsWhiteSpace(c) || char.IsControl(c) || c == ';' || Quotes.Contains(c) || char.GetUnicodeCategory(c) == UnicodeCategory.Format;
}
