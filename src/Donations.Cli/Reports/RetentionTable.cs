using System.Globalization;
using Donations.V1;
using Spectre.Console;

namespace Donations.Cli.Reports;

/// <summary>Cohorts by month as percentages, warmer where more stayed.</summary>
internal static class RetentionTable
{
    /// <summary>"100%" and the space before it.</summary>
    private const int CellWidth = 5;

    private const int FixedWidth = 24;

    // Black on a colour, so that it reads on dark and light grounds.
    private static readonly (int From, string Style)[] Heat = [(95, "black on green"), (80, "black on lime"), (60, "black on yellow"), (40, "black on darkorange"), (1, "black on red"), (0, "grey")];

    /// <returns>The table, and how many months it has no room for.</returns>
    public static (Table Table, int LeftOut) Of(IReadOnlyList<RetentionCohort> cohorts, int width, bool heat)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (var heading in (string[])["cohort", "cur.", "began"])
            table.AddColumn(new TableColumn(heading) { Padding = new(0, 0, 1, 0) });
        table.Columns[2].RightAligned();
        var all = cohorts.Count == 0 ? 0 : cohorts.Max(c => c.RetainedCounts.Count);
        var months = Math.Min(all, Math.Max(1, (width - FixedWidth) / (CellWidth + 1)));
        for (var i = 0; i < months; i++)
            table.AddColumn(new TableColumn(i == 0 ? "end" : $"+{i}") { Padding = new(0), Width = CellWidth, Alignment = Justify.Right });
        foreach (var cohort in cohorts)
        {
            table.AddRow(
                [
                    new Markup(Series.Month(cohort.MonthStartDate)), new Markup(Markup.Escape(cohort.Currency)), new Markup(cohort.PledgeCount.ToString(CultureInfo.InvariantCulture)),
                    .. Enumerable.Range(0, months).Select(i => i < cohort.RetainedCounts.Count ? Cell(cohort.RetainedCounts[i], cohort.PledgeCount, heat) : new Markup("")),
                ]);
        }

        return (table, all - months);
    }

    private static Markup Cell(long retained, long began, bool heat)
    {
        var percent = began == 0 ? 0 : retained * 100 / began;
        var text = $"{percent}%".PadLeft(CellWidth);
        return new(heat ? $"[{Heat.First(h => percent >= h.From).Style}]{text}[/]" : text);
    }
}
