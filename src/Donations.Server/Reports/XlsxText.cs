using System.Buffers;
using System.Globalization;
using System.Text;

namespace Donations.Server.Reports;

/// <summary>Text inside a workbook's XML (ECMA-376, ST_Xstring): what XML cannot hold is written as `_xHHHH_`, and so is an underscore that would read as such.</summary>
internal static class XlsxText
{
    private static readonly SearchValues<char> Special = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(c => (char)c), '&', '<', '>', '_', '\uFFFE', '\uFFFF']);

    public static void Write(IBufferWriter<byte> target, ReadOnlySpan<char> text)
    {
        // Lone surrogates become U+FFFD.
        while (text.IndexOfAny(Special) is var at and >= 0)
        {
            Encoding.UTF8.GetBytes(text[..at], target);
            Encoding.UTF8.GetBytes(Escaped(text[at..]), target);
            text = text[(at + 1)..];
        }

        Encoding.UTF8.GetBytes(text, target);
    }

    private static string Escaped(ReadOnlySpan<char> text) => text[0] switch
    {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '\t' => "\t",
        '\n' => "\n",
        '_' when !(text.Length >= 7 && text[1] == 'x' && text[6] == '_') => "_",
        var other => string.Create(CultureInfo.InvariantCulture, $"_x{(int)other:X4}_"),
    };
}
