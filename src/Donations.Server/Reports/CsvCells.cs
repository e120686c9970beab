using System.Globalization;
using CsvHelper;
using Donations.Server.Money;

namespace Donations.Server.Reports;

/// <summary>RFC 4180 in UTF-8. Texts are made inert; numbers are written as numbers, the negative ones too.</summary>
internal sealed class CsvCells(Stream stream, TimeZoneInfo zone) : CellWriter
{
    private readonly CsvWriter _csv = CsvWriter.Create(stream, new(), leaveOpen: true);

    public override void Header(IReadOnlyList<(string Name, CellKind Kind)> columns)
    {
        foreach (var (name, _) in columns)
            Text(name);
        EndRow();
    }

    public override void Text(string? value) => _csv.WriteField(value is null ? null : FormulaGuard.Inert(value));

    public override void WholeNumber(long? value) => _csv.WriteField(value);

    public override void Amount(MinorAmount? value)
    {
        Span<byte> ascii = stackalloc byte[MinorAmount.MaxDecimalLength];
        _csv.WriteField(value is { } amount ? ascii[..amount.WriteDecimal(ascii)] : []);
    }

    public override void Rate(string? value)
    {
        if (value is null || IsPlainDecimal(value))
            _csv.WriteField(value);
        else
            Text(value);
    }

    public override void Date(DateOnly? value) => _csv.WriteField(value, "O");

    public override void Time(long? micros)
    {
        if (micros is not { } instant)
        {
            Text(null);
            return;
        }

        // As "yyyy-MM-ddTHH:mm:sszzz" would be, at a quarter of its time.
        Span<byte> ascii = stackalloc byte[32];
        Local(instant, zone, out var offset).TryFormat(ascii, out var length, "s", CultureInfo.InvariantCulture);
        ascii[length++] = offset < TimeSpan.Zero ? (byte)'-' : (byte)'+';
        offset.Duration().TryFormat(ascii[length..], out var written, @"hh\:mm", CultureInfo.InvariantCulture);
        _csv.WriteField((ReadOnlySpan<byte>)ascii[..(length + written)]);
    }

    public override void EndRow() => _csv.EndRecord();

    public override void Flush() => _csv.Flush();

    public override void End() => _csv.Flush();

    public override void Dispose() => _csv.Dispose();
}
