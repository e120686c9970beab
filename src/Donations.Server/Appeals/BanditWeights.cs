using System.Collections.Immutable;
using MathNet.Numerics.Distributions;

namespace Donations.Server.Appeals;

/// <summary>
/// How often the bandit shows each variant: as often as it is probably the best by value per view. That is what Thompson sampling does on
/// average, found by integration instead of by drawing, so that the same counts give the same weights. No clock, no I/O, no chance.
/// </summary>
internal static class BanditWeights
{
    /// <summary>Weights are parts of this.</summary>
    public const int Whole = 10_000;

    /// <summary>Every variant is shown at least so often (1 %), or what changes in readers would never be seen.</summary>
    public const int Least = 100;

    /// <summary>Views that every variant needs before the bandit starts.</summary>
    public const long MinViews = 1_000;

    /// <summary>Gifts that the variants need together.</summary>
    public const long MinConversions = 30;

    /// <summary>More variants than this are not for a bandit: the least share alone would take a fifth, and the sample floor months.</summary>
    public const int MaxVariants = 20;

    /// <summary>Weight of the prior, in views: variants are believed alike until they have shown more than this.</summary>
    private const double PriorViews = 200;

    /// <summary>The normal density is integrated so many standard deviations to each side, where 10^-15 of it is left out, at so many points.</summary>
    private const double Reach = 8;
    private const int Points = 256;

    /// <summary>Parts of 10,000, in the order of the samples: the editor's fixed weights below the sample floor.</summary>
    /// <param name="fixedWeights">The editor's, of which at least one is above zero.</param>
    /// <param name="samples">What is known of each variant, in one currency.</param>
    public static ImmutableArray<int> Allot(IReadOnlyList<int> fixedWeights, IReadOnlyList<ViewSample> samples)
    {
        if (samples.Any(s => s.Views < MinViews) || samples.Sum(s => s.Conversions) < MinConversions)
            return Apportion(fixedWeights.Select(w => (double)w / fixedWeights.Sum()), 0);
        return Apportion(ProbabilitiesOfBest(samples), Least);
    }

    /// <summary>
    /// The probability of each variant that its true value per view is the highest. Beliefs are normal, with one variance of a view pooled
    /// from all variants (one that has few gifts says too little of its own), and begin at the pooled mean.
    /// </summary>
    public static double[] ProbabilitiesOfBest(IReadOnlyList<ViewSample> samples)
    {
        var all = samples.Aggregate(default(ViewSample), (sum, s) => sum + s);
        var variance = samples.Sum(s => s.Deviation) / Math.Max(1, all.Views - samples.Count);
        if (variance == 0)
            return [.. samples.Select(_ => 1.0 / samples.Count)];
        var beliefs = samples.Select(s => (Mean: (s.Sum + (PriorViews * all.Mean)) / (s.Views + PriorViews), Error: Math.Sqrt(variance / (s.Views + PriorViews)))).ToArray();
        var best = new double[samples.Count];
        for (var i = 0; i < best.Length; i++)
        {
            // The trapezoid rule, which is exact to rounding for what falls to nothing at both ends.
            for (var point = 0; point <= Points; point++)
            {
                var deviate = Reach * ((2.0 * point / Points) - 1);
                var density = Normal.PDF(0, 1, deviate);
                for (var j = 0; j < best.Length; j++)
                {
                    if (j != i)
                        density *= Normal.CDF(beliefs[j].Mean, beliefs[j].Error, beliefs[i].Mean + (beliefs[i].Error * deviate));
                }

                best[i] += density;
            }
        }

        var sum = best.Sum();
        return [.. best.Select(b => b / sum)];
    }

    /// <summary>Shares as whole parts that make up the whole, each at least so large: largest remainders first, then the first of the list.</summary>
    private static ImmutableArray<int> Apportion(IEnumerable<double> shares, int least)
    {
        var exact = shares.ToArray();
        exact = [.. exact.Select(s => least + (s * (Whole - (least * exact.Length))))];
        var parts = exact.Select(e => (int)Math.Floor(e)).ToArray();
        foreach (var i in exact.Index().OrderByDescending(e => e.Item - parts[e.Index]).Select(e => e.Index).Take(Whole - parts.Sum()).ToList())
            parts[i]++;
        return [.. parts];
    }
}
