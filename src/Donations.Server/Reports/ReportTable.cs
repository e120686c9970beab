using Donations.Server.Money;
using Donations.Server.Rpc;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Reports;

/// <summary>One page of a report's rows: those after a row (null: from the first), in the report's order. Enumerated at once, on one snapshot.</summary>
internal delegate IEnumerable<TRow> ReportPage<TRow>(SqliteConnection connection, TRow? after, int limit)
    where TRow : class;

/// <summary>
/// The columns of a report: each has a name, a kind, and how its value is got from a row. Declared once; with rows from somewhere it
/// becomes an export.
/// </summary>
internal sealed class ReportTable<TRow>(string name)
    where TRow : class
{
    private readonly List<Column> _columns = [];

    public ReportTable<TRow> Text(string column, Func<TRow, string?> value) => Add(column, CellKind.Text, (cells, row) => cells.Text(value(row)));

    public ReportTable<TRow> WholeNumber(string column, Func<TRow, long?> value) => Add(column, CellKind.WholeNumber, (cells, row) => cells.WholeNumber(value(row)));

    public ReportTable<TRow> Amount(string column, Func<TRow, MinorAmount?> value) => Add(column, CellKind.Amount, (cells, row) => cells.Amount(value(row)));

    public ReportTable<TRow> Rate(string column, Func<TRow, string?> value) => Add(column, CellKind.Rate, (cells, row) => cells.Rate(value(row)));

    public ReportTable<TRow> Date(string column, Func<TRow, DateOnly?> value) => Add(column, CellKind.Date, (cells, row) => cells.Date(value(row)));

    /// <summary>An instant, in microseconds.</summary>
    public ReportTable<TRow> Time(string column, Func<TRow, long?> value) => Add(column, CellKind.Time, (cells, row) => cells.Time(value(row)));

    /// <summary>Rows by keyset, each page on a snapshot of its own: for what may be long.</summary>
    public ReportExport Paged(ReportPage<TRow> page) => new Export(name, _columns, page);

    /// <summary>Rows that are read once, as a whole: for summaries.</summary>
    public ReportExport Whole(Func<SqliteConnection, IReadOnlyList<TRow>> read)
    {
        var (rows, next) = (default(IReadOnlyList<TRow>), 0);
        return Paged((connection, _, limit) =>
        {
            rows ??= read(connection);
            var page = rows.Skip(next).Take(limit);
            next += limit;
            return page;
        });
    }

    private ReportTable<TRow> Add(string column, CellKind kind, Action<CellWriter, TRow> write)
    {
        _columns.Add(new(column, kind, write));
        return this;
    }

    private sealed record Column(string Name, CellKind Kind, Action<CellWriter, TRow> Write);

    private sealed class Export(string name, IReadOnlyList<Column> columns, ReportPage<TRow> page) : ReportExport(name, [.. columns.Select(c => (c.Name, c.Kind))])
    {
        private TRow? _last;

        public override ReportExport Select(IReadOnlyList<string> names, Violations violations)
        {
            if (names.Count == 0)
                return this;
            var chosen = new List<Column>();
            foreach (var (i, wanted) in names.Index())
            {
                if (columns.FirstOrDefault(c => c.Name == wanted) is not { } column)
                    violations.Add($"columns[{i}]", "must be one of " + string.Join(", ", columns.Select(c => c.Name)));
                else if (chosen.Contains(column))
                    violations.Add($"columns[{i}]", "is named twice");
                else
                    chosen.Add(column);
            }

            return new Export(Name, chosen, page);
        }

        public override bool WritePage(SqliteConnection connection, CellWriter cells, int limit)
        {
            var count = 0;
            foreach (var row in page(connection, _last, limit))
            {
                foreach (var column in columns)
                    column.Write(cells, row);
                cells.EndRow();
                _last = row;
                count++;
            }

            return count == limit;
        }
    }
}

/// <summary>A report that is ready to be written, once, whatever its rows are.</summary>
internal abstract class ReportExport(string name, IReadOnlyList<(string Name, CellKind Kind)> columns)
{
    /// <summary>Lower case, as in a file's name.</summary>
    public string Name => name;

    public IReadOnlyList<(string Name, CellKind Kind)> Columns => columns;

    /// <summary>The same with these columns only, in this order; none: all.</summary>
    public abstract ReportExport Select(IReadOnlyList<string> names, Violations violations);

    /// <summary>Writes the next rows. False when there are no more.</summary>
    public abstract bool WritePage(SqliteConnection connection, CellWriter cells, int limit);
}
