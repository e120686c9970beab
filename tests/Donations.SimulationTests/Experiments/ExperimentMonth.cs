using System.Collections.Immutable;
using Donations.Server.Appeals;
using Donations.Server.Reports;
using Donations.V1;

namespace Donations.SimulationTests.Experiments;

/// <summary>A variant as it truly is, which nobody in the service knows.</summary>
/// <param name="AppealId">Its id.</param>
/// <param name="Conversion">Probability that a view brings a gift, on an ordinary hour.</param>
internal sealed record TrueVariant(string AppealId, double Conversion);

/// <summary>
/// A month of readers and one trial: they come by day more than by night, some days more than others, are asked up to four times, and those who
/// gave are not asked again. Nine in ten see what the bandit allots, the others what the editor's weights say, each always the same variant as
/// long as the weights are. The bandit's weights and the report's
/// figures are the shipped code's; counts reach it as the counters would give them, an hour late.
/// </summary>
internal sealed class ExperimentMonth
{
    private const int Hours = 30 * 24;
    private const int MaxViews = 4;
    private const double ControlShare = 0.1;
    private static readonly int[] FixedWeights = [1, 1, 1, 1];

    private readonly ImmutableArray<TrueVariant> _variants;
    private readonly Random _random;
    private readonly ExperimentSums[,] _sums;

    /// <summary>What views were worth on average, by group: the truth of what was shown.</summary>
    private readonly double[] _expected = new double[3];

    private ExperimentMonth(ImmutableArray<TrueVariant> variants, int seed)
    {
        (_variants, _random) = (variants, new(seed));
        _sums = new ExperimentSums[3, variants.Length];
        for (var group = 1; group < 3; group++)
        {
            for (var v = 0; v < variants.Length; v++)
                _sums[group, v] = new() { AppealId = variants[v].AppealId, ExperimentGroup = (ExperimentGroup)group, Currency = "USD" };
        }
    }

    /// <summary>The last hour's weights.</summary>
    public ImmutableArray<int> Weights { get; private set; } = [];

    /// <summary>Views of the treatment group in the last ten days, by variant.</summary>
    public long[] LateViews { get; } = new long[4];

    public ExperimentReport Report => ExperimentReports.Of([.. _sums.Cast<ExperimentSums>().Where(s => s is not null)], "month", "USD");

    /// <summary>The true difference in value per view of what both groups were shown, in minor units.</summary>
    public double TrueLift => Expected(ExperimentGroup.Treatment) - Expected(ExperimentGroup.Control);

    public static ExperimentMonth Run(ImmutableArray<TrueVariant> variants, int readers, int seed)
    {
        var month = new ExperimentMonth(variants, seed);
        month.Live(readers);
        return month;
    }

    private double Expected(ExperimentGroup group) => _expected[(int)group] / Enumerable.Range(0, _variants.Length).Sum(v => _sums[(int)group, v].ViewCount);

    private void Live(int readers)
    {
        var visits = Visits(readers);
        var gave = new bool[readers];
        var place = Enumerable.Range(0, readers).Select(_ => _random.NextDouble()).ToArray();
        for (var hour = 0; hour < Hours; hour++)
        {
            Weights = BanditWeights.Allot(FixedWeights, [.. Enumerable.Range(0, _variants.Length).Select(v => _sums[1, v].Value + _sums[2, v].Value)]);
            var counts = new (long Views, List<long> Values)[3, _variants.Length];
            // News brings readers who give more, whatever they are shown.
            var mood = 1 + (0.3 * Math.Sin(hour / 24.0));
            foreach (var reader in visits[hour])
            {
                if (gave[reader])
                    continue;
                var group = place[reader] < ControlShare ? ExperimentGroup.Control : ExperimentGroup.Treatment;
                var variant = VariantOf(group, place[reader]);
                var probability = _variants[variant].Conversion * mood;
                _expected[(int)group] += probability * Gifts.Usual.Mean;
                ref var count = ref counts[(int)group, variant];
                count.Views++;
                if (group == ExperimentGroup.Treatment && hour >= Hours * 2 / 3)
                    LateViews[variant]++;
                if (_random.NextDouble() >= probability)
                    continue;
                gave[reader] = true;
                (count.Values ??= []).Add(Gifts.Usual.Draw(_random));
            }

            Count(counts);
        }
    }

    /// <summary>Who comes in which hour: each reader one to four times.</summary>
    private List<int>[] Visits(int readers)
    {
        var visits = Enumerable.Range(0, Hours).Select(_ => new List<int>()).ToArray();
        for (var reader = 0; reader < readers; reader++)
        {
            for (var visit = _random.Next(MaxViews); visit >= 0; visit--)
            {
                var hour = _random.Next(Hours);
                // The nights are quiet: who would have come then mostly comes by day.
                visits[hour % 24 < 7 && _random.Next(4) > 0 ? hour + 12 : hour].Add(reader);
            }
        }

        return visits;
    }

    /// <summary>By where a reader stands in their group, as the selection's hash does.</summary>
    private int VariantOf(ExperimentGroup group, double place)
    {
        var isControl = group == ExperimentGroup.Control;
        var within = isControl ? place / ControlShare : (place - ControlShare) / (1 - ControlShare);
        var weights = isControl ? FixedWeights : (IReadOnlyList<int>)Weights;
        var left = within * weights.Sum();
        for (var v = 0; v < weights.Count - 1; v++)
        {
            left -= weights[v];
            if (left < 0)
                return v;
        }

        return weights.Count - 1;
    }

    private void Count((long Views, List<long> Values)[,] counts)
    {
        for (var group = 1; group < 3; group++)
        {
            for (var v = 0; v < _variants.Length; v++)
            {
                var (views, values) = counts[group, v];
                _sums[group, v] += new ExperimentSums
                {
                    ViewCount = views,
                    ConversionCount = values?.Count ?? 0,
                    ValueMinor = values?.Sum() ?? 0,
                    ValueSquareLow = values?.Sum(g => g * g) ?? 0,
                    NetMinor = values?.Sum() ?? 0,
                    NetSquareLow = values?.Sum(g => g * g) ?? 0,
                };
            }
        }
    }
}
