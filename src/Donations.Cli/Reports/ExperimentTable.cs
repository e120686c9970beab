using System.Globalization;
using Donations.V1;
using Spectre.Console;
using Verdict = Donations.V1.ExperimentLift.Types.Verdict;

namespace Donations.Cli.Reports;

/// <summary>The experiment report for people: sums, what can be said of them, and in words what cannot.</summary>
internal static class ExperimentTable
{
    private const string NotYet = "not enough data yet";
    private const decimal Millionths = 1_000_000;
    private const decimal PerPercent = 10_000;

    public static void Write(IAnsiConsole console, ReportPage page, int width, bool plot)
    {
        var (rows, totals, lift) = (page.Rows.Cast<ExperimentRow>().ToList(), page.Totals.Cast<ExperimentRow>().ToList(), page.More!.Value.Rows.OfType<ExperimentLift>().Single());
        var table = Cells.Columns(["appeal", "group"], ["views", "gifts", "% of views", "value/view", "from", "to", "best %"]);
        foreach (var row in rows)
            Add(row, Cells.Last(row.Appeal));
        table.AddEmptyRow();
        foreach (var row in totals)
            Add(row, "total");
        console.Write(table);
        console.WriteLine($"Value is of a first year, in minor units of {totals[0].Amount.CurrencyCode}. {Tell(lift)}");
        if (!plot)
            return;
        IntervalBars.Write(
            console,
            $"value per view, {totals[0].Amount.CurrencyCode}",
            [
                .. rows.Concat(totals).Where(r => r.EnoughData).Select(r => (
                    $"{(r.Appeal.Length == 0 ? "total" : Cells.Last(r.Appeal))} {Group(r)}", (decimal)r.ValuePerViewLowMicros, (decimal)r.ValuePerViewMicros, (decimal)r.ValuePerViewHighMicros, Minor(r.ValuePerViewMicros))),
            ],
            width);

        void Add(ExperimentRow row, string name) => table.AddRow(
            new Text(name), new Text(Group(row)), Cells.Number(row.ViewCount), Cells.Number(row.ConversionCount), new Text(Percent(row.ConversionRatePpm)), new Text(Minor(row.ValuePerViewMicros)),
            new Text(row.EnoughData ? Minor(row.ValuePerViewLowMicros) : ""), new Text(row.EnoughData ? Minor(row.ValuePerViewHighMicros) : ""),
            new Text(!row.EnoughData ? NotYet : row.BestPpm == 0 ? "" : Percent(row.BestPpm)));
    }

    private static string Tell(ExperimentLift lift) => lift.Verdict switch
    {
        Verdict.NotEnoughData => $"Treatment against control: {NotYet}.",
        Verdict.Better => $"Treatment brings more than control: {Interval(lift)}.",
        Verdict.Worse => $"Treatment brings less than control: {Interval(lift)}.",
        _ => $"Treatment may bring more than control or less: {Interval(lift)}.",
    };

    private static string Interval(ExperimentLift lift) =>
        $"{Minor(lift.ValuePerViewMicros)} per view ({Minor(lift.ValuePerViewLowMicros)} to {Minor(lift.ValuePerViewHighMicros)}), {Percent(lift.RelativePpm)} % ({Percent(lift.RelativeLowPpm)} to {Percent(lift.RelativeHighPpm)})";

    private static string Group(ExperimentRow row) => row.ExperimentGroup == 0 ? "all" : row.ExperimentGroup.ToString().ToLowerInvariant();

    private static string Minor(long micros) => (micros / Millionths).ToString("0.00", CultureInfo.InvariantCulture);

    private static string Percent(long ppm) => (ppm / PerPercent).ToString("0.00", CultureInfo.InvariantCulture);
}
