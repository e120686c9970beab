using System.Globalization;
using Donations.Server.Money;
using Donations.Server.Storage;

namespace Donations.Server.Reports;

/// <summary>What a column's cells are.</summary>
internal enum CellKind
{
    Text,
    WholeNumber,
    Amount,
    Rate,
    Date,
    Time,
}

/// <summary>
/// A file in the making: takes a report's cells from left to right, row by row, and writes the bytes of its format to a stream. Null is
/// an empty cell.
/// </summary>
internal abstract class CellWriter : IDisposable
{
    /// <summary>The names above the columns; comes first.</summary>
    public abstract void Header(IReadOnlyList<(string Name, CellKind Kind)> columns);

    public abstract void Text(string? value);

    public abstract void WholeNumber(long? value);

    /// <summary>The number alone: its currency is a column of its own.</summary>
    public abstract void Amount(MinorAmount? value);

    /// <summary>A plain decimal; a text that is none is written as text.</summary>
    public abstract void Rate(string? value);

    public abstract void Date(DateOnly? value);

    /// <summary>An instant, in microseconds, shown in the file's zone.</summary>
    public abstract void Time(long? micros);

    public abstract void EndRow();

    /// <summary>Passes on to the stream what is still held back.</summary>
    public abstract void Flush();

    /// <summary>Writes what belongs after the last row.</summary>
    public abstract void End();

    public abstract void Dispose();

    protected static DateTime Local(long micros, TimeZoneInfo zone, out TimeSpan offset)
    {
        var time = TimeZoneInfo.ConvertTime(UnixMicros.ToDateTimeOffset(micros), zone);
        offset = time.Offset;
        return time.DateTime;
    }

    protected static bool IsPlainDecimal(string text) => decimal.TryParse(
        text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _) && text[0] != '+';
}
