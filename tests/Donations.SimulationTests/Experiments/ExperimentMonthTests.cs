using System.Collections.Immutable;
using Donations.V1;
using Verdict = Donations.V1.ExperimentLift.Types.Verdict;

namespace Donations.SimulationTests.Experiments;

/// <summary>The promise of the experiments: a month of 100,000 readers, a better variant, and a hundred times the same honesty.</summary>
public sealed class ExperimentMonthTests(ITestOutputHelper output)
{
    private const int Readers = 100_000;
    private const int Seeds = 100;

    private static readonly ImmutableArray<TrueVariant> Variants = [new("plain", 0.015), new("better", 0.025), new("shorter", 0.017), new("louder", 0.013)];

    [Fact]
    public void The_bandit_finds_the_better_variant_and_goes_on_trying_the_others()
    {
        var month = ExperimentMonth.Run(Variants, Readers, seed: 1);
        var report = month.Report;
        output.WriteLine($"weights {string.Join(' ', month.Weights)}; late views {string.Join(' ', month.LateViews)}; true lift {month.TrueLift:F2}; {report.Lift}");

        Assert.True(month.LateViews[1] > 0.8 * month.LateViews.Sum(), "most of the last ten days' traffic must go to the better variant");
        Assert.All(month.LateViews, views => Assert.True(views > 0, "every variant goes on being shown"));
        Assert.InRange(month.TrueLift * 1e6, report.Lift.ValuePerViewLowMicros, report.Lift.ValuePerViewHighMicros);
        var all = report.Rows.Where(r => r.ExperimentGroup == ExperimentGroup.Unspecified).ToList();
        Assert.Equal("campaigns/month/appeals/better", all.MaxBy(r => r.BestPpm)!.Appeal);
        // The control group goes on being shown each alike.
        Assert.All(report.Rows.Where(r => r.ExperimentGroup == ExperimentGroup.Control), r => Assert.InRange(r.ViewCount, 5_000, 7_500));
    }

    [Fact]
    public void The_reports_interval_covers_the_truth_in_95_of_100_months()
    {
        var covered = new bool[Seeds];
        var found = new bool[Seeds];
        var errors = new double[Seeds];
        var verdicts = new Verdict[Seeds];
        Parallel.For(0, Seeds, seed =>
        {
            var month = ExperimentMonth.Run(Variants, Readers, seed);
            var lift = month.Report.Lift;
            (errors[seed], verdicts[seed]) = ((lift.ValuePerViewMicros / (month.TrueLift * 1e6)) - 1, lift.Verdict);
            covered[seed] = lift.ValuePerViewLowMicros <= month.TrueLift * 1e6 && month.TrueLift * 1e6 <= lift.ValuePerViewHighMicros;
            found[seed] = month.Weights[1] == month.Weights.Max();
        });
        output.WriteLine(
            $"{covered.Count(c => c)} of {Seeds} intervals hold the truth; the better variant leads in {found.Count(f => f)}; {verdicts.Count(v => v == Verdict.Better)} are called better, "
            + $"{verdicts.Count(v => v == Verdict.Worse)} worse; the lift is measured {errors.Average():P1} off on average");
        Assert.InRange(covered.Count(c => c), 95, Seeds);
        Assert.InRange(found.Count(f => f), 95, Seeds);
        // The control group measures it: without a bias, and mostly beyond doubt.
        Assert.InRange(errors.Average(), -0.1, 0.1);
        Assert.DoesNotContain(Verdict.Worse, verdicts);
        Assert.True(verdicts.Count(v => v == Verdict.Better) > Seeds / 2, "a month must mostly be enough to say so");
    }

    [Fact]
    public void Where_all_variants_are_alike_nothing_is_called_better()
    {
        var alike = Variants.Select(v => v with { Conversion = 0.018 }).ToImmutableArray();
        var wrong = 0;
        Parallel.For(0, Seeds / 2, seed =>
        {
            if (ExperimentMonth.Run(alike, Readers / 2, 1_000 + seed).Report.Lift.Verdict is Verdict.Better or Verdict.Worse)
                Interlocked.Increment(ref wrong);
        });
        output.WriteLine($"{wrong} of {Seeds / 2} months without a difference are called one");
        Assert.InRange(wrong, 0, Seeds / 2 / 20);
    }
}
