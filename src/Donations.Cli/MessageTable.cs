using Google.Protobuf;
using Spectre.Console;

namespace Donations.Cli;

/// <summary>
/// Messages as a table that keeps to the terminal's width: figures are never cut. Columns that say nothing are left out first, then
/// texts from the right; what was left out is told.
/// </summary>
internal sealed class MessageTable
{
    private const int MaxText = 60;

    // Wider than any terminal: a file or a pipe, where nothing is wrapped.
    private const int WideEnough = 1000;
    private const int MinText = 16;
    private const int MaxWord = 40;

    // What an amount of nothing looks like in any currency.
    private static readonly string[] Nothing = ["", "0", "0.00"];

    private readonly List<Column> _columns;
    private readonly List<string> _leftOut = [];
    private readonly IReadOnlyCollection<string> _keep;
    private readonly IReadOnlyList<IMessage> _rows;
    private readonly IReadOnlyList<IMessage> _totals;

    private sealed record Column(MessageColumn Source, string[] Cells, string[] Totals)
    {
        public int Longest => Cells.Concat(Totals).Select(c => c.Length).Append(0).Max();

        /// <summary>Headings break at spaces, figures never.</summary>
        public int Width => Math.Max(Longest, Source.Heading.Split(' ').Max(w => w.Length));

        public bool IsProse => !Source.IsNumber && Longest > MinText && Cells.Any(c => c.Contains(' ', StringComparison.Ordinal)) && Source.Heading.IndexOf('(') < 0;

        public bool IsEmpty => Cells.All(c => c.Length == 0);

        public bool IsNothing => Cells.All(c => Nothing.Contains(c));
    }

    /// <param name="rows">Of one type.</param>
    /// <param name="totals">Sums below them; what they lack is empty.</param>
    /// <param name="names">Columns wanted, in this order; none: those that have something in them.</param>
    /// <param name="zone">For times.</param>
    /// <param name="keep">Columns that a narrow terminal shows before all others.</param>
    /// <param name="dropEmpty">Also of the columns named, those that have nothing in them.</param>
    /// <exception cref="CliException">A column does not exist.</exception>
    public MessageTable(IReadOnlyList<IMessage> rows, IReadOnlyList<IMessage> totals, IReadOnlyList<string> names, TimeZoneInfo zone, IReadOnlyCollection<string>? keep = null, bool dropEmpty = false)
    {
        (_rows, _totals, _keep) = (rows, totals, keep ?? []);
        if ((rows.Count > 0 ? rows[0] : null) is not { } first)
        {
            _columns = [];
            return;
        }

        var all = MessageColumns.Of(first.Descriptor, zone);
        var sums = totals.Count > 0 ? MessageColumns.Of(totals[0].Descriptor, zone) : [];
        if (names.FirstOrDefault(n => !all.Any(c => c.Name == n)) is { } unknown)
            throw new CliException($"There is no column {unknown}: {string.Join(", ", all.Select(c => c.Name))}", CliException.Usage);
        var chosen = names.Count == 0 ? all : [.. names.Select(n => all.First(c => c.Name == n))];
        _columns = [.. chosen.Select(c => new Column(c, [.. rows.Select(c.Cell)], [.. totals.Select(t => sums.FirstOrDefault(s => s.Name == c.Name)?.Cell(t) ?? "")]))];
        if (names.Count == 0 || dropEmpty)
            _columns.RemoveAll(c => c.IsEmpty);
    }

    /// <summary>Columns that the width has no room for, told under the table.</summary>
    public IReadOnlyList<string> LeftOut => _leftOut;

    public Table Fit(int width)
    {
        MakeRoom(width);
        var widths = Widths(width);
        var table = new Table { Border = TableBorder.Simple };
        foreach (var (i, column) in _columns.Index())
        {
            var shown = new TableColumn(Markup.Escape(column.Source.Heading)) { Padding = new(0, 0, 1, 0), Width = widths[i] };
            table.AddColumn(column.Source.IsNumber ? shown.RightAligned() : shown);
        }

        for (var i = 0; i < _rows.Count; i++)
            table.AddRow(_columns.Select(c => new Text(c.Cells[i])));
        if (_totals.Count > 0 && _columns.Count > 0)
        {
            table.AddEmptyRow();
            for (var i = 0; i < _totals.Count; i++)
                table.AddRow(_columns.Select((c, n) => new Text(n == 0 && c.Totals[i].Length == 0 ? "total" : c.Totals[i])));
        }

        return table;
    }

    private static int Frame(int columns) => (2 * columns) + 1;

    private int Needed(Func<Column, int> of) => _columns.Sum(of) + Frame(_columns.Count);

    /// <summary>Texts break at spaces; only what is longer than any id breaks elsewhere.</summary>
    private static int Least(Column column) => column.IsProse ? Math.Clamp(column.Cells.SelectMany(c => c.Split(' ')).Max(w => w.Length), MinText, MaxWord) : column.Width;

    /// <summary>What is left out first: figures of nothing, then texts, then figures, each from the right; then what is to be kept, the last named first.</summary>
    private (int Kept, int Kind, int Place) Rank(Column column)
    {
        var named = _keep.TakeWhile(k => k != column.Source.Name).Count();
        var kept = column == _columns[0] ? int.MaxValue : column.Source.Name == "currency" ? int.MaxValue - 1 : _keep.Count - named;
        return (kept, column.Source.IsNumber ? (column.IsNothing ? 0 : 2) : 1, -_columns.IndexOf(column));
    }

    private void MakeRoom(int width)
    {
        while (_columns.Count > 2 && Needed(Least) > width)
        {
            var least = _columns.IndexOf(_columns.MinBy(Rank)!);
            _leftOut.Add(_columns[least].Source.Name);
            _columns.RemoveAt(least);
        }
    }

    /// <summary>What is left over goes to headings that would be broken, then to texts that would be wrapped.</summary>
    private int[] Widths(int width)
    {
        int[] widths = [.. _columns.Select(Least)];
        var spare = width - Needed(Least);
        foreach (var wanted in (Func<Column, int>[])[c => c.Source.Heading.Length, c => c.IsProse ? Math.Min(c.Longest, width < WideEnough ? MaxText : int.MaxValue) : 0])
        {
            for (var i = 0; i < widths.Length; i++)
            {
                var more = Math.Clamp(wanted(_columns[i]) - widths[i], 0, Math.Max(0, spare));
                widths[i] += more;
                spare -= more;
            }
        }

        return widths;
    }
}
