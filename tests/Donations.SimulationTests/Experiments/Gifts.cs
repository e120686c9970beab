namespace Donations.SimulationTests.Experiments;

/// <summary>First-year values of gifts in cents, with how often each is given: one-time gifts, monthly ones for a year, and a few large ones.</summary>
internal sealed class Gifts((long ValueMinor, double Share)[] table)
{
    /// <summary>From 1 to 600 dollars; the standard deviation is 1.7 means.</summary>
    public static readonly Gifts Usual = new(
        [(100, 0.03), (500, 0.10), (1_000, 0.15), (2_400, 0.31), (2_500, 0.08), (5_000, 0.05), (6_000, 0.15), (12_000, 0.08), (18_000, 0.035), (60_000, 0.015)]);

    /// <summary>One in a hundred gives 2,400 dollars, a third of all that is given; the standard deviation is 3.4 means.</summary>
    public static readonly Gifts WithPatrons = new(
        [(100, 0.03), (500, 0.10), (1_000, 0.15), (2_400, 0.30), (2_500, 0.08), (5_000, 0.05), (6_000, 0.15), (12_000, 0.08), (18_000, 0.03), (60_000, 0.02), (240_000, 0.01)]);

    public double Mean { get; } = table.Sum(g => g.ValueMinor * g.Share);

    public long Draw(Random random)
    {
        var left = random.NextDouble();
        foreach (var (value, share) in table)
        {
            left -= share;
            if (left < 0)
                return value;
        }

        return table[^1].ValueMinor;
    }
}
