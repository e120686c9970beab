using CsCheck;
using Donations.Server.Appeals;
using MathNet.Numerics.Distributions;

namespace Donations.Tests.Appeals;

/// <summary>The bandit's weights: probabilities of being the best, made of counts alone.</summary>
public sealed class BanditWeightsTests
{
    private static readonly Gen<ViewSample> Samples =
        from views in Gen.Long[BanditWeights.MinViews, 1_000_000]
        from conversions in Gen.Long[0, 1_000]
        from mean in Gen.Double[100, 100_000]
        from spread in Gen.Double[1, 20]
        select new ViewSample(views, conversions, conversions * mean, conversions * mean * mean * spread);

    [Fact]
    public void They_make_up_the_whole_and_leave_every_variant_its_least() => Samples.List[2, BanditWeights.MaxVariants].Sample(samples =>
    {
        var weights = BanditWeights.Allot([.. samples.Select((_, i) => i + 1)], samples);
        Assert.Equal(BanditWeights.Whole, weights.Sum());
        if (samples.Sum(s => s.Conversions) >= BanditWeights.MinConversions)
            Assert.All(weights, w => Assert.InRange(w, BanditWeights.Least, BanditWeights.Whole));
    });

    [Fact]
    public void They_do_not_depend_on_the_order_of_variants() => Samples.List[2, 6].Sample(samples =>
    {
        var there = BanditWeights.ProbabilitiesOfBest(samples);
        var back = BanditWeights.ProbabilitiesOfBest([.. Enumerable.Reverse(samples)]);
        foreach (var (a, b) in there.Zip(back.Reverse()))
            Assert.Equal(a, b, 9);
        Assert.Equal(BanditWeights.Allot([.. samples.Select(_ => 1)], samples), BanditWeights.Allot([.. samples.Select(_ => 1)], samples));
    });

    [Theory]
    [InlineData(999, 100)]
    [InlineData(5_000, 14)]
    public void The_editors_weights_hold_below_the_sample_floor(long views, long conversions)
    {
        var known = new ViewSample(5_000, 15, 90_000, 9e8);
        var weights = BanditWeights.Allot([3, 1, 0], [known, new(views, conversions, conversions * 1e6, conversions * 1e12), known with { Conversions = 0, Sum = 0, SumOfSquares = 0 }]);
        Assert.Equal([7_500, 2_500, 0], weights);
    }

    [Fact]
    public void At_the_floor_the_bandit_begins() =>
        Assert.NotEqual([5_000, 5_000], BanditWeights.Allot([1, 1], [new(1_000, 20, 40_000, 1e8), new(1_000, 10, 20_000, 5e7)]));

    /// <summary>Between two normal beliefs the probability has a closed form.</summary>
    [Theory]
    [InlineData(10_000, 200, 10_000, 230)]
    [InlineData(1_000, 40, 500_000, 9_000)]
    [InlineData(50_000, 1_000, 50_000, 1_000)]
    public void Two_variants_are_weighed_as_the_formula_says(long views, long gifts, long otherViews, long otherGifts)
    {
        const double Value = 2_400;
        ViewSample one = new(views, gifts, gifts * Value, gifts * Value * Value), other = new(otherViews, otherGifts, otherGifts * Value, otherGifts * Value * Value);
        var pooled = (one + other).Mean;
        var variance = (one.Deviation + other.Deviation) / (views + otherViews - 2);
        double Mean(ViewSample s) => (s.Sum + (200 * pooled)) / (s.Views + 200);
        var expected = Normal.CDF(0, Math.Sqrt((variance / (views + 200)) + (variance / (otherViews + 200))), Mean(one) - Mean(other));
        Assert.Equal(expected, BanditWeights.ProbabilitiesOfBest([one, other])[0], 6);
    }

    [Fact]
    public void Fewer_gifts_of_more_value_are_better_than_many_of_little()
    {
        // 200 gifts of 2 dollars a month against 100 of 10.
        var weights = BanditWeights.Allot([1, 1], [new(10_000, 200, 200 * 2_400, 200 * 2_400.0 * 2_400), new(10_000, 100, 100 * 12_000, 100 * 12_000.0 * 12_000)]);
        Assert.True(weights[1] > 9_800, $"{weights[1]}");
    }

    [Fact]
    public void Where_nothing_was_given_none_is_better() =>
        Assert.Equal([0.25, 0.25, 0.25, 0.25], BanditWeights.ProbabilitiesOfBest([.. Enumerable.Repeat(new ViewSample(5_000, 0, 0, 0), 4)]));
}
