using Donations.Server.Appeals;
using MathNet.Numerics.Distributions;

namespace Donations.Server.Reports;

/// <summary>Ends of an interval.</summary>
internal readonly record struct Bounds(double Low, double High);

/// <summary>
/// Intervals for what views bring. Few views bring anything, and of those a few bring much, so that the usual interval (mean ± 1.96 errors)
/// holds the truth far less often than it says: the mean leans to the right, and a small group that happens to hold none of the large gifts
/// does not know that there are any. Against the first, means are taken by their logarithm, with Student's t of as many degrees of freedom as
/// there are gifts. Against the second, gifts are taken to spread at least as far as those of all groups together. Differences are put together
/// from the intervals of both sides (Zou and Donner's MOVER). docs/experiments.md tells what simulations say of each. No clock, no I/O.
/// </summary>
/// <param name="all">All groups and appeals together, for how far gifts spread.</param>
/// <param name="confidence">How often an interval of value is to hold the truth, such as 0.95.</param>
internal sealed class ExperimentMath(ViewSample all, double confidence)
{
    /// <summary>Wilson's interval of a proportion, good down to none of few.</summary>
    public static Bounds Wilson(long successes, long trials, double confidence)
    {
        if (trials == 0)
            return new(0, 1);
        var z = Normal.InvCDF(0, 1, (1 + confidence) / 2);
        var (n, p) = ((double)trials, Math.Min(1, (double)successes / trials));
        var middle = (p + (z * z / (2 * n))) / (1 + (z * z / n));
        var half = z / (1 + (z * z / n)) * Math.Sqrt((p * (1 - p) / n) + (z * z / (4 * n * n)));
        return new(Math.Max(0, middle - half), Math.Min(1, middle + half));
    }

    /// <summary>Of a mean per view. Where it is not above zero (net of fees, it may be), it has no logarithm: then the usual interval.</summary>
    public Bounds Mean(ViewSample sample)
    {
        var deviate = Deviate(sample.Conversions);
        if (sample.Mean <= 0)
            return new(sample.Mean - (deviate * sample.Error), sample.Mean + (deviate * sample.Error));
        var factor = Math.Exp(deviate * RelativeError(sample));
        return new(sample.Mean / factor, sample.Mean * factor);
    }

    /// <summary>Of a mean less another.</summary>
    public Bounds Difference(ViewSample sample, ViewSample from)
    {
        var (a, b) = (Mean(sample), Mean(from));
        var difference = sample.Mean - from.Mean;
        return new(difference - Length(sample.Mean - a.Low, b.High - from.Mean), difference + Length(a.High - sample.Mean, from.Mean - b.Low));
    }

    /// <summary>Of a mean as a part of another, both above zero.</summary>
    public Bounds Ratio(ViewSample sample, ViewSample to)
    {
        var factor = Math.Exp(Deviate(Math.Min(sample.Conversions, to.Conversions)) * Length(RelativeError(sample), RelativeError(to)));
        var ratio = sample.Mean / to.Mean;
        return new(ratio / factor, ratio * factor);
    }

    /// <summary>Standard error of the mean as a part of it.</summary>
    private double RelativeError(ViewSample sample) => Math.Sqrt(Math.Max(0, (Math.Max(sample.Spread, all.Spread) / sample.Conversions) - (1.0 / sample.Views)));

    private double Deviate(long conversions) => StudentT.InvCDF(0, 1, Math.Max(1, conversions - 1), (1 + confidence) / 2);

    private static double Length(double a, double b) => Math.Sqrt((a * a) + (b * b));
}
