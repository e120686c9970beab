using System.Text;

namespace Donations.Server.Reports;

/// <summary>
/// RFC 4180, UTF-8. Texts that a spreadsheet would take for a formula get an apostrophe in front (OWASP, CSV injection);
/// numbers are written as numbers, the negative ones too.
/// </summary>
internal sealed class CsvWriter
{
    private readonly StringBuilder _text = new();
    private bool _startOfRow = true;

    public int Length => _text.Length;

    public CsvWriter Text(string? value)
    {
        var cell = value ?? "";
        if (cell.Length > 0 && cell[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n' or '\uFF1D' or '\uFF0B' or '\uFF0D' or '\uFF20')
            cell = "'" + cell;
        return Cell(cell);
    }

    /// <summary>A number that is known to be one: never touched.</summary>
    public CsvWriter Number(string value) => Cell(value);

    public CsvWriter EndRow()
    {
        _text.Append("\r\n");
        _startOfRow = true;
        return this;
    }

    /// <summary>What was written since the last time.</summary>
    public byte[] Take()
    {
        var bytes = Encoding.UTF8.GetBytes(_text.ToString());
        _text.Clear();
        return bytes;
    }

    private CsvWriter Cell(string cell)
    {
        if (!_startOfRow)
            _text.Append(',');
        _startOfRow = false;
        if (cell.AsSpan().IndexOfAny(",\"\r\n") < 0)
            _text.Append(cell);
        else
            _text.Append('"').Append(cell.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
        return this;
    }
}
