using Donations.Server.Appeals;
using Donations.Server.Reports;
using MathNet.Numerics.Distributions;

namespace Donations.SimulationTests.Experiments;

/// <summary>How often an interval of 95 % for one difference holds the truth, treatment having nine times the views of control. docs/experiments.md has the table.</summary>
public sealed class IntervalTests(ITestOutputHelper output)
{
    private const int Runs = 4_000;
    private const double Confidence = 0.95;
    private const double ControlRate = 0.02;
    private const double TreatmentRate = 0.024;
    private const int TreatmentShare = 9;

    public static TheoryData<bool, int> Cases => [.. from patrons in (bool[])[false, true] from gifts in (int[])[30, 60, 125, 250] select (patrons, gifts)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_interval_holds_as_often_as_it_says(bool patrons, int controlGifts)
    {
        var (ours, usual) = Coverage(patrons ? Gifts.WithPatrons : Gifts.Usual, controlGifts);
        output.WriteLine($"{(patrons ? "with patrons" : "usual gifts")}, {controlGifts} gifts in control: {ours:P1}; the usual interval {usual:P1}");
        // The noise of so many runs is a third of a percent, so that this is three of it.
        Assert.InRange(ours, 0.94, 0.99);
    }

    /// <summary>Why the method is what it is.</summary>
    [Fact]
    public void The_usual_interval_does_not_where_gifts_are_few()
    {
        Assert.InRange(Coverage(Gifts.Usual, 60).Usual, 0, 0.92);
        Assert.InRange(Coverage(Gifts.WithPatrons, 60).Usual, 0, 0.85);
    }

    private static (double Ours, double Usual) Coverage(Gifts gifts, int controlGifts)
    {
        var random = new Random(controlGifts);
        var views = (long)(controlGifts / ControlRate);
        var truth = (TreatmentRate - ControlRate) * gifts.Mean;
        var z = Normal.InvCDF(0, 1, (1 + Confidence) / 2);
        var (ours, usual) = (0, 0);
        for (var run = 0; run < Runs; run++)
        {
            var (control, treatment) = (Draw(views, ControlRate), Draw(TreatmentShare * views, TreatmentRate));
            var bounds = new ExperimentMath(control + treatment, Confidence).Difference(treatment, control);
            ours += bounds.Low <= truth && truth <= bounds.High ? 1 : 0;
            var half = z * Math.Sqrt((control.Error * control.Error) + (treatment.Error * treatment.Error));
            usual += Math.Abs(treatment.Mean - control.Mean - truth) <= half ? 1 : 0;
        }

        return ((double)ours / Runs, (double)usual / Runs);

        ViewSample Draw(long n, double rate)
        {
            // So many views that the normal approximation of the binomial is as good as it.
            var count = (long)Math.Round(Normal.Sample(random, n * rate, Math.Sqrt(n * rate * (1 - rate))));
            var (sum, squares) = (0.0, 0.0);
            for (var i = 0L; i < count; i++)
            {
                var value = (double)gifts.Draw(random);
                (sum, squares) = (sum + value, squares + (value * value));
            }

            return new(n, count, sum, squares);
        }
    }
}
