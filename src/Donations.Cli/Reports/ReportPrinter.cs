using Donations.V1;
using Google.Protobuf;
using Spectre.Console;

namespace Donations.Cli.Reports;

/// <summary>Writes a report for people: tables as wide as the terminal, and below them a plot.</summary>
internal sealed class ReportPrinter(IAnsiConsole console, ReportQuery query, bool plot)
{
    /// <summary>A plot for a file or a pipe has no terminal to fill.</summary>
    private const int PlotWidth = 100;

    private readonly List<string> _leftOut = [];
    private bool _any;

    private int Width => console.Profile.Width;

    public async Task WriteAsync(IAsyncEnumerable<ReportPage> pages, CancellationToken cancellationToken)
    {
        var (series, last) = (new List<IMessage>(), default(ReportPage));
        await foreach (var page in pages.WithCancellation(cancellationToken))
        {
            // An empty first page is told, an empty last one of many not.
            if (page.Rows.Count > 0 || last is null)
                WritePage(page);
            last = page;
            if (plot)
                series.AddRange(page.Rows);
        }

        if (_any)
            WriteFooter(last!);
        foreach (var one in Series.Of(series))
            Bars.Write(console, one, Math.Min(Width, PlotWidth));
    }

    private void WritePage(ReportPage page)
    {
        _any |= page.Rows.Count > 0;
        if (query.Kind.Report == ExportReportRequest.Types.Report.Experiment && query.Columns.Length == 0 && page.Rows.Count > 0)
        {
            ExperimentTable.Write(console, page, Math.Min(Width, PlotWidth), plot);
            return;
        }

        if (page.Rows.Count == 0)
            console.WriteLine($"Nothing found {query.Describe()}".TrimEnd());
        else if (query.Kind.Report == ExportReportRequest.Types.Report.Retention && query.Columns.Length == 0)
            WriteRetention([.. page.Rows.Cast<RetentionCohort>()]);
        else if (query.Kind.Report == ExportReportRequest.Types.Report.BalanceSummary && query.Columns.Length == 0)
            console.Write(BalanceTable.Of([.. page.Rows.Cast<BalanceSummaryOfCurrency>()]));
        else
            WriteTable(page.Rows, page.Totals, query.Columns.Length > 0 ? query.Columns : query.Kind.Columns ?? []);
        if (page.More is not { Rows.Count: > 0 } more)
            return;
        console.WriteLine();
        console.WriteLine(more.Title);
        WriteTable(more.Rows, [], []);
    }

    private void WriteTable(IReadOnlyList<IMessage> rows, IReadOnlyList<IMessage> totals, IReadOnlyList<string> columns)
    {
        var table = new MessageTable(rows, totals, columns, query.TimeZone, [.. query.Kind.Keep ?? [], .. query.GroupBy]);
        console.Write(table.Fit(Width));
        _leftOut.AddRange(table.LeftOut.Except(_leftOut));
    }

    private void WriteRetention(IReadOnlyList<RetentionCohort> cohorts)
    {
        var (table, leftOut) = RetentionTable.Of(cohorts, Width, plot);
        console.Write(table);
        if (leftOut > 0)
            _leftOut.Add($"{leftOut} later months");
    }

    /// <summary>Once, below all pages.</summary>
    private void WriteFooter(ReportPage last)
    {
        if (Caption(last) is { Length: > 0 } caption)
            console.WriteLine(caption);
        if (_leftOut.Count > 0)
            console.WriteLine($"Not shown for want of room: {string.Join(", ", _leftOut)} (--columns, a wider terminal, or --format csv)");
    }

    private string Caption(ReportPage page) => query.Kind.Report switch
    {
        ExportReportRequest.Types.Report.TrialBalance => $"{(page.Totals.OfType<TrialBalanceTotal>().All(t => t.Debit.Equals(t.Credit)) ? "Debits equal credits" : "WRONG: debits and credits differ, the books are broken")} {query.Describe()}".TrimEnd(),
        ExportReportRequest.Types.Report.Retention => $"Pledges that began {query.Describe()}, in percent: at the end of their month and of those after it",
        ExportReportRequest.Types.Report.PeriodComparison => $"{query.Describe()}, compared with {Dates.Show(query.Compared!, query.Zone)}",
        _ => query.Describe(),
    };
}
