using System.Numerics;
using Dapper;
using Donations.Server.Storage;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Ledger;

/// <summary>
/// A table of sums of other rows, by day, month and year (<c>period</c>: 20261124, 202611, 2026), each in several cuts: a cut keeps some of the dimensions and
/// sums over the others, so that what is asked for is read in as few rows as it has, however many dimensions there are. <c>cut</c> has one bit for each dimension
/// that is kept. Units of work only say which row is new; what a commit adds is summed once, at its end and in its transaction.
/// </summary>
internal sealed class Sums : IRollUp, ICommitStep
{
    private const int Ratio = 100;

    /// <summary>Spans outside of these would take one grain for another.</summary>
    private const long FirstDay = 1000_01_01, EndDay = 9999_12_32;
    private readonly string[] _columns;
    private readonly string _values;
    private readonly string _add;
    private readonly string _flush;
    private readonly Level[] _levels;

    /// <param name="table">Its columns are cut, period, the keys, the dimensions and the values, all but the values its primary key.</param>
    /// <param name="source">The rows that are summed.</param>
    /// <param name="id">Column by which a row of the source is named.</param>
    /// <param name="day">Column with the day, such as 20261124.</param>
    /// <param name="keys">What every cut keeps: a column and the expression for it.</param>
    /// <param name="values">What is summed: a column and the sum.</param>
    /// <param name="dimensions">What a cut may keep: a column and what stands for "none" or "all", which says its type too.</param>
    /// <param name="cuts">The cuts; the one that keeps everything is among them.</param>
    /// <param name="grains">What a day is divided by: 1 keeps days, 100 months, 10000 years; ascending.</param>
    public Sums(string table, string source, string id, string day, (string Column, string Of)[] keys, (string Column, string Of)[] values, (string Column, string None)[]? dimensions = null, int[]? cuts = null, int[]? grains = null)
    {
        (Table, Dimensions, Cuts, Grains) = (table, dimensions ?? [], cuts ?? [0], grains ?? [1, Ratio, Ratio * Ratio]);
        _columns = [.. keys.Select(k => k.Column), .. Dimensions.Select(d => d.Column)];
        _values = string.Join(", ", values.Select(v => v.Column));
        var group = "GROUP BY " + string.Join(", ", Enumerable.Range(1, _columns.Length + 2));
        string Kept(string cut, Func<(string Column, string None), string> of) => string.Concat(Dimensions.Select((d, i) => $", CASE WHEN {cut} & {1 << i} THEN {of(d)} ELSE {d.None} END"));
        string FromRows(IEnumerable<(int Cut, int Grain)> levels, string rows) =>
            $"""
            SELECT l.column1, {day} / l.column2, {string.Join(", ", keys.Select(k => k.Of))}{Kept("l.column1", d => $"coalesce({d.Column}, {d.None})")}, {string.Join(", ", values.Select(v => v.Of))}
            FROM {rows} CROSS JOIN (VALUES {string.Join(", ", levels.Select(l => $"({l.Cut}, {l.Grain})"))}) l {group}
            """;
        var all = Cuts.Max();
        var levels = (from cut in Cuts orderby cut descending from grain in Grains select (Cut: cut, Grain: grain)).ToArray();
        _levels = [.. levels.Select((l, i) => i == 0 ? new Level(l.Cut, l.Grain, FromRows([l], $"{source} r"))
            // The other cuts of the finest grain are summed from the one that keeps everything, coarser grains from the next finer one of their own cut.
            : l.Grain == Grains[0] ? new(l.Cut, l.Grain, FromLevel(l.Cut, all, l.Grain, 1))
            : new(l.Cut, l.Grain, FromLevel(l.Cut, l.Cut, l.Grain / Ratio, Ratio)))];
        _add = $"INSERT INTO temp.fresh_{table} (id) VALUES (@id)";
        _flush =
            $"""
            INSERT INTO {table} {FromRows(levels, $"temp.fresh_{table} f CROSS JOIN {source} r ON r.{id} = f.id")}
            ON CONFLICT DO UPDATE SET {string.Join(", ", values.Select(v => $"{v.Column} = {v.Column} + excluded.{v.Column}"))}
            """;

        string FromLevel(int cut, int parentCut, int parentGrain, int ratio)
        {
            var (low, high) = PeriodsOf(parentGrain);
            return $"""
                SELECT {cut}, period / {ratio}, {string.Join(", ", keys.Select(k => k.Column))}{Kept($"{cut}", d => d.Column)}, {string.Join(", ", values.Select(v => $"sum({v.Column})"))}
                FROM {table} WHERE cut = {parentCut} AND period >= {low} AND period < {high} {group}
                """;
        }
    }

    /// <summary>One cut at one grain, with the query that computes it.</summary>
    private sealed record Level(int Cut, int Grain, string Query);

    public string Table { get; }

    private (string Column, string None)[] Dimensions { get; }

    private int[] Cuts { get; }

    private int[] Grains { get; }

    /// <summary>The cut with the fewest rows that keeps these dimensions, named by their columns.</summary>
    public int Cut(params ReadOnlySpan<string> dimensions)
    {
        var wanted = 0;
        foreach (var dimension in dimensions)
            wanted |= dimension.Length == 0 ? 0 : 1 << Array.FindIndex(Dimensions, d => d.Column == dimension);
        return Cuts.Where(c => (c & wanted) == wanted).MinBy(c => BitOperations.PopCount((uint)c));
    }

    /// <summary>
    /// A subquery with the sums of an interval, in as few rows as there can be: years in the middle, months and days towards its ends. Its columns are those of
    /// the table, but <c>day</c>, the first day of each sum, for cut and period. Needs the parameters of <see cref="Range"/>.
    /// </summary>
    public string Between =>
        $"""
        (SELECT CASE WHEN period < 10000 THEN period * 10000 + 101 WHEN period < 1000000 THEN period * 100 + 1 ELSE period END AS day, {string.Join(", ", _columns)}, {_values}
         FROM (VALUES (@From0, @To0), (@From1, @To1), (@From2, @To2), (@From3, @To3), (@From4, @To4)) CROSS JOIN {Table} ON cut = @Cut AND period >= column1 AND period < column2)
        """;

    /// <summary>Parameters of <see cref="Between"/>.</summary>
    /// <param name="cut">See <see cref="Cut"/>.</param>
    /// <param name="fromDay">First day, such as 20261124; 0: from the beginning.</param>
    /// <param name="toDay">The day after the last; 20261132 is as good as 20261201.</param>
    /// <param name="coarsest">What days may be summed to: 1 only days, 100 months, more than that years.</param>
    /// <param name="others">What the query needs beside them.</param>
    public static DynamicParameters Range(int cut, long fromDay, long toDay, int coarsest, object? others = null)
    {
        var spans = new List<(long From, long To)>();
        toDay = Math.Min(toDay, EndDay);
        Split(Math.Max(fromDay, FirstDay), toDay % Ratio > 31 ? (After(toDay / Ratio) * Ratio) + 1 : toDay, coarsest);
        var range = new DynamicParameters(new { Cut = cut });
        for (var i = 0; i < 5; i++)
        {
            range.Add($"From{i}", i < spans.Count ? spans[i].From : 0);
            range.Add($"To{i}", i < spans.Count ? spans[i].To : 0);
        }

        range.AddDynamicParams(others);
        return range;

        void Split(long from, long to, int coarser)
        {
            // The next grain's periods that lie wholly inside; both their numbers and those within them begin with 1.
            var (headless, tailless) = (from % Ratio <= 1, to % Ratio <= 1);
            var (first, end) = (headless ? from / Ratio : After(from / Ratio), to / Ratio);
            if (coarser < Ratio || first >= end)
            {
                spans.Add((from, to));
                return;
            }

            if (!headless)
                spans.Add((from, (first * Ratio) + 1));
            Split(first, end, coarser >= Ratio * Ratio ? Ratio : 1);
            if (!tailless)
                spans.Add(((end * Ratio) + 1, to));
        }

        static long After(long period) => period > 9999 && period % Ratio == 12 ? period + 89 : period + 1;
    }

    /// <summary>Notes a row of the source: its commit adds it.</summary>
    public void Add(SqliteConnection connection, object id) => connection.Execute(_add, new { id });

    /// <summary>Adds what this commit noted so far: for a unit of work that reads sums itself.</summary>
    public void Run(SqliteConnection connection)
    {
        if (connection.ExecuteScalar<long>($"SELECT EXISTS (SELECT 1 FROM temp.fresh_{Table})") == 0)
            return;
        connection.Execute(_flush);
        Forget(connection);
    }

    public void Prepare(SqliteConnection connection) => connection.Execute($"CREATE TEMP TABLE IF NOT EXISTS fresh_{Table} (id)");

    public void Rebuild(SqliteConnection connection)
    {
        connection.Execute($"DELETE FROM {Table}");
        foreach (var level in _levels)
            connection.Execute($"INSERT INTO {Table} {level.Query}");
        Forget(connection);
    }

    public long Differences(SqliteConnection connection) => _levels.Sum(level =>
    {
        var (low, high) = PeriodsOf(level.Grain);
        return RollUps.Differences(connection, level.Query, $"SELECT * FROM {Table} WHERE cut = {level.Cut} AND period >= {low} AND period < {high}");
    });

    private void Forget(SqliteConnection connection) => connection.Execute($"DELETE FROM temp.fresh_{Table}");

    /// <summary>Half-open: days have eight digits, months six, years four.</summary>
    private static (long Low, long High) PeriodsOf(int grain) => (10_000_000 / grain, 1_000_000_000 / grain);
}
