using CsCheck;
using Donations.Server.Appeals;
using Donations.Server.Reports;

namespace Donations.Tests.Reports;

/// <summary>The intervals themselves; how often they hold is a matter of the simulations.</summary>
public sealed class ExperimentMathTests
{
    private static readonly Gen<ViewSample> Samples =
        from views in Gen.Long[1_000, 1_000_000]
        from conversions in Gen.Long[2, 1_000]
        from mean in Gen.Double[10, 100_000]
        from spread in Gen.Double[1, 20]
        select new ViewSample(views, conversions, conversions * mean, conversions * mean * mean * spread);

    /// <summary>Against the values of the formula as R's binom.wilson gives them.</summary>
    [Theory]
    [InlineData(0, 10, 0, 0.2775)]
    [InlineData(10, 100, 0.0552, 0.1744)]
    [InlineData(50, 50, 0.9287, 1)]
    [InlineData(20, 1000, 0.0130, 0.0307)]
    // Views were lost on their way.
    [InlineData(70, 50, 0.9287, 1)]
    [InlineData(0, 0, 0, 1)]
    public void A_proportion_is_known_as_well_as_Wilson_says(long successes, long trials, double low, double high)
    {
        var bounds = ExperimentMath.Wilson(successes, trials, 0.95);
        Assert.Equal(low, bounds.Low, 4);
        Assert.Equal(high, bounds.High, 4);
    }

    [Fact]
    public void An_interval_holds_its_estimate_and_more_confidence_is_a_wider_one() => Gen.Select(Samples, Samples).Sample((a, b) =>
    {
        var (narrow, wide) = (new ExperimentMath(a + b, 0.95), new ExperimentMath(a + b, 0.99));
        foreach (var (of, estimate) in (((Func<ExperimentMath, Bounds>, double)[])[(m => m.Mean(a), a.Mean), (m => m.Difference(a, b), a.Mean - b.Mean), (m => m.Ratio(a, b), a.Mean / b.Mean)]))
        {
            Assert.InRange(estimate, of(narrow).Low, of(narrow).High);
            Assert.True(of(wide).Low < of(narrow).Low && of(narrow).High < of(wide).High);
        }
    });

    [Fact]
    public void A_difference_turned_round_is_the_same_interval_turned_round() => Gen.Select(Samples, Samples).Sample((a, b) =>
    {
        var math = new ExperimentMath(a + b, 0.95);
        var (there, back) = (math.Difference(a, b), math.Difference(b, a));
        Assert.Equal(there.Low, -back.High, Math.Abs(there.High) * 1e-9);
        Assert.Equal(there.High, -back.Low, Math.Abs(there.High) * 1e-9);
    });

    /// <summary>A group that happens to hold none of the large gifts knows of them from the others.</summary>
    [Fact]
    public void Gifts_are_taken_to_spread_as_far_as_those_of_all_together()
    {
        var small = new ViewSample(2_000, 40, 40 * 2_400, 40 * 2_400.0 * 2_400);
        var large = new ViewSample(2_000, 4, 4 * 240_000, 4 * 240_000.0 * 240_000);
        var (alone, together) = (new ExperimentMath(small, 0.95).Mean(small), new ExperimentMath(small + large, 0.95).Mean(small));
        Assert.True(together.High > 1.5 * alone.High && together.Low < 0.7 * alone.Low, $"{alone} {together}");
    }

    [Fact]
    public void A_mean_below_zero_has_an_interval_too()
    {
        var loss = new ViewSample(5_000, 50, -500, 50 * 15.0 * 15);
        var bounds = new ExperimentMath(loss, 0.95).Mean(loss);
        Assert.True(bounds.Low < -0.1 && -0.1 < bounds.High, $"{bounds}");
    }
}
