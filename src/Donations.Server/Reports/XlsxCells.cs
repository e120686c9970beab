using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Donations.Server.Money;

namespace Donations.Server.Reports;

/// <summary>
/// An Office Open XML workbook (ECMA-376), written front to back: the sheets row by row, then the parts that name them. Texts are inline
/// strings, which are never formulas, whatever they begin with.
/// </summary>
internal sealed class XlsxCells : CellWriter
{
    /// <summary>What a sheet holds at most, by the format.</summary>
    public const int MaxSheetRows = 1_048_576;

    /// <summary>What a cell holds at most, by the format.</summary>
    private const int MaxText = 32_767;

    /// <summary>Rows are gathered so far before they are compressed.</summary>
    private const int BlockBytes = 32 * 1024;

    private static readonly DateTime Epoch = new(1899, 12, 30);
    private readonly ArrayBufferWriter<byte> _block = new(BlockBytes * 2);
    private readonly XlsxPackage _package;
    private readonly TimeZoneInfo _zone;
    private readonly int _maxRows;
    private IReadOnlyList<(string Name, CellKind Kind)> _columns = [];
    private Stream? _sheet;
    private int _rows;
    private bool _inRow;

    public XlsxCells(Stream stream, string name, TimeZoneInfo zone, int maxSheetRows = MaxSheetRows) =>
        (_package, _zone, _maxRows) = (new(stream, name, zone), zone, maxSheetRows);

    public override void Header(IReadOnlyList<(string Name, CellKind Kind)> columns)
    {
        _columns = columns;
        StartSheet();
    }

    public override void Text(string? value) => Text(value, XlsxPackage.Plain);

    public override void WholeNumber(long? value)
    {
        if (value is not { } number)
        {
            Empty();
            return;
        }

        Span<byte> ascii = stackalloc byte[20];
        Utf8Formatter.TryFormat(number, ascii, out var length);
        Number(ascii[..length], XlsxPackage.Plain);
    }

    public override void Amount(MinorAmount? value)
    {
        if (value is not { } amount)
        {
            Empty();
            return;
        }

        Span<byte> ascii = stackalloc byte[MinorAmount.MaxDecimalLength];
        Number(ascii[..amount.WriteDecimal(ascii)], XlsxPackage.AmountStyle(Currencies.Get(amount.Currency).Exponent));
    }

    public override void Rate(string? value)
    {
        if (value is not null && IsPlainDecimal(value))
            Number(Encoding.ASCII.GetBytes(value), XlsxPackage.Plain);
        else
            Text(value);
    }

    public override void Date(DateOnly? value)
    {
        if (value is { } date)
            Serial(date.ToDateTime(TimeOnly.MinValue), XlsxPackage.Date);
        else
            Empty();
    }

    public override void Time(long? micros)
    {
        if (micros is { } instant)
            Serial(Local(instant, _zone, out _), XlsxPackage.Time);
        else
            Empty();
    }

    public override void EndRow()
    {
        Raw("</row>"u8);
        _inRow = false;
        _rows++;
        if (_block.WrittenCount >= BlockBytes)
            Flush();
    }

    public override void Flush()
    {
        _sheet!.Write(_block.WrittenSpan);
        _block.ResetWrittenCount();
    }

    public override void End()
    {
        EndSheet();
        _package.End();
    }

    public override void Dispose() => _sheet?.Dispose();

    private void StartSheet()
    {
        _sheet = _package.NewSheet();
        _rows = 0;
        // The first row stays in sight. Numbers that do not fit their column would show as ####.
        Raw("""<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>"""u8);
        foreach (var (i, column) in _columns.Index())
            Raw(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"<col min=\"{i + 1}\" max=\"{i + 1}\" width=\"{Width(column.Kind)}\" customWidth=\"1\"/>")));
        Raw("</cols><sheetData>"u8);
        foreach (var (name, _) in _columns)
            Text(name, XlsxPackage.Header);
        EndRow();
    }

    private void EndSheet()
    {
        Raw("</sheetData></worksheet>"u8);
        Flush();
        _sheet!.Dispose();
        _sheet = null;
    }

    private int Width(CellKind kind) => kind switch
    {
        CellKind.Text => 22,
        CellKind.Time => 21 + _zone.Id.Length,
        _ => 15,
    };

    private void Text(string? value, int style)
    {
        if (string.IsNullOrEmpty(value))
        {
            Empty();
            return;
        }

        StartRow();
        Raw(style == XlsxPackage.Plain ? "<c t=\"inlineStr\"><is><t xml:space=\"preserve\">"u8 : "<c t=\"inlineStr\" s=\"1\"><is><t xml:space=\"preserve\">"u8);
        XlsxText.Write(_block, value.AsSpan(0, Math.Min(value.Length, MaxText)));
        Raw("</t></is></c>"u8);
    }

    private void Serial(DateTime local, int style)
    {
        Span<byte> ascii = stackalloc byte[32];
        Utf8Formatter.TryFormat((local - Epoch).TotalDays, ascii, out var length);
        Number(ascii[..length], style);
    }

    private void Number(ReadOnlySpan<byte> ascii, int style)
    {
        StartRow();
        Raw("<c s=\""u8);
        Raw([(byte)('0' + style)]);
        Raw("\"><v>"u8);
        Raw(ascii);
        Raw("</v></c>"u8);
    }

    private void Empty()
    {
        StartRow();
        Raw("<c/>"u8);
    }

    /// <summary>Only a row that has cells needs room, so a full sheet is left when the next row begins.</summary>
    private void StartRow()
    {
        if (_inRow)
            return;
        if (_rows == _maxRows)
        {
            EndSheet();
            StartSheet();
        }

        _inRow = true;
        Raw("<row>"u8);
    }

    private void Raw(ReadOnlySpan<byte> bytes) => _block.Write(bytes);
}
