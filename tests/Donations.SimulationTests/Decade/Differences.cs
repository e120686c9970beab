using System.Globalization;

namespace Donations.SimulationTests.Decade;

/// <summary>What the server answers, beside what the checker has: both as rows of text, each row as often as it is there.</summary>
internal sealed class Differences
{
    private const int Shown = 12;

    public List<string> Found { get; } = [];

    /// <summary>How many rows were compared, by report.</summary>
    public SortedDictionary<string, int> Compared { get; } = new(StringComparer.Ordinal);

    public void Compare(string report, IEnumerable<string> plain, IEnumerable<string> server)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        var rows = 0;
        foreach (var row in plain)
        {
            counts[row] = counts.GetValueOrDefault(row) + 1;
            rows++;
        }

        foreach (var row in server)
            counts[row] = counts.GetValueOrDefault(row) - 1;
        Compared[report] = Compared.GetValueOrDefault(report) + rows;
        var wrong = counts.Where(c => c.Value != 0).OrderBy(c => c.Key, StringComparer.Ordinal).ToList();
        foreach (var (row, count) in wrong.Take(Shown))
            Found.Add($"{report}: {(count > 0 ? "missing" : "extra")} {Math.Abs(count)} × {row}");
        if (wrong.Count > Shown)
            Found.Add($"{report}: and {wrong.Count - Shown} more");
    }

    public static string Row(params object?[] values) => string.Join(" | ", values.Select(v => Convert.ToString(v, CultureInfo.InvariantCulture)));
}
