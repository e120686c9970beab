using System.Text;
using System.Text.Json;
using Donations.Cli;
using Donations.Cli.Reports;

namespace Donations.Tests.Cli;

/// <summary>Every report in every format, on one small story.</summary>
public sealed class ReportCommandTests(FinanceStory story) : IClassFixture<FinanceStory>
{
    private static readonly string[] Span = ["--from", FinanceStory.From, "--to", FinanceStory.To];

    /// <summary>What is asked beside the name, a text of the table, a column of the file, a field of the JSON.</summary>
    public static TheoryData<string, string, string, string, string> Reports => new()
    {
        { "contributions", "span", "press-in-exile", "settlement_currency", "payTime" },
        { "summary", "span --period month --group-by campaign,method", "card", "chargeback_count", "gross" },
        { "ledger", "span", "Stripe clearing", "exchange_rate", "journalEntry" },
        { "ledger-summary", "span --journal-by month", "2026-11", "journal", "account" },
        { "balance", "span", "Stripe's closing", "line", "ledgerClosing" },
        { "payouts", "span", "total-verified", "batch_state", "batchState" },
        { "payout-transactions", "span", "charge", "balance_transaction", "payout" },
        { "unsettled", "--to 2027-02-01", "of_next_year", "available", "category" },
        { "trial-balance", "--to 2027-02-01", "Debits equal credits", "account_name", "accountDisplayName" },
        { "trial-balance", "", "Debits equal credits", "account_name", "accountDisplayName" },
        { "fees", "span", "dispute", "effective_percent", "effectivePercent" },
        { "returns", "span", "succeeded", "gift_time", "eventTime" },
        { "mrr", "span --campaign press-in-exile", "closing", "failed_churn", "closing" },
        { "dunning", "", "past-due", "weeks_late", "weeksLate" },
        { "retention", "span", "100%", "retained_count", "retainedCounts" },
        { "lifecycle", "--start-year 2026 --end-year 2026", "2026", "lybunt_count", "donorCount" },
        { "comparison", "--from 2026-12-01 --to 2027-01-01 --compare-from 2026-11-01 --compare-to 2026-12-01 --group-by campaign", "compared with", "net_change_percent", "comparedNet" },
        { "performance", "span --group-by appeal,placement", "press-in-exile", "average_amount", "oneTimeCount" },
        { "experiment", "span --campaign press-in-exile --currency USD", "not enough data yet", "enough_data", "viewCount" },
        { "experiment", "span --campaign press-in-exile --currency USD --placement article-end", "brings more than control", "best_ppm", "bestPpm" },
        { "exceptions", "span", "unmapped", "resolution", "kind" },
        { "close-log", "span", "staff/anna", "person", "action" },
    };

    [Fact]
    public void Every_report_of_the_contract_is_there() =>
        Assert.Equal(Enum.GetValues<V1.ExportReportRequest.Types.Report>().Where(r => r != 0).Order(), ReportKind.All.Select(r => r.Report).Order());

    [Theory]
    [MemberData(nameof(Reports))]
    public async Task It_has_rows_in_every_format(string name, string options, string told, string column, string field)
    {
        string[] asked = ["report", name, .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries).SelectMany(o => o == "span" ? Span : [o])];
        var table = await RunAsync(asked);
        Assert.Equal((0, ""), (table.ExitCode, table.Error));
        Assert.Contains(told, table.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("…", table.Output, StringComparison.Ordinal);

        var json = await RunAsync([.. asked, "--format", "json"]);
        Assert.NotEmpty(json.Lines);
        Assert.Contains(json.Lines, l => JsonDocument.Parse(l).RootElement.TryGetProperty(field, out _));

        var csv = await RunAsync([.. asked, "--format", "csv"]);
        Assert.Equal(0, csv.ExitCode);
        Assert.Contains(column, csv.Lines[0].TrimStart('\uFEFF').TrimEnd('\r').Split(','));
        Assert.True(csv.Lines.Length > 1);

        using var file = new TemporaryFile("old");
        var xlsx = await RunAsync([.. asked, "--format", "xlsx", "--output", file.Path, "--columns", column]);
        Assert.Equal((0, ""), (xlsx.ExitCode, xlsx.Output));
        Assert.Equal("PK"u8.ToArray(), File.ReadAllBytes(file.Path)[..2]);
    }

    [Theory]
    [InlineData("no use for --period", "ledger", "--period", "day")]
    [InlineData("no use for --from", "trial-balance", "--from", "2026-11-01")]
    [InlineData("no use for --to", "dunning", "--to", "2026-11-01")]
    [InlineData("no use for --campaign", "summary", "--campaign", "press")]
    [InlineData("no use for --payout", "payouts", "--payout", "po_1")]
    [InlineData("no use for --placement", "performance", "--placement", "app")]
    [InlineData("campaign", "experiment", "--currency", "USD")]
    [InlineData("DONATIONS_TIME_ZONE", "experiment", "--campaign", "press-in-exile", "--currency", "USD", "--time-zone", "Europe/Riga")]
    [InlineData("no use for --group-by", "fees", "--group-by", "campaign")]
    [InlineData("not by appeal", "summary", "--group-by", "campaign,appeal")]
    [InlineData("no use for --journal-by", "ledger", "--journal-by", "month")]
    [InlineData("no use for --start-year", "retention", "--start-year", "2026")]
    [InlineData("no use for --compare-from", "summary", "--compare-from", "2026-01-01")]
    [InlineData("needs --compare-from", "comparison")]
    [InlineData(" report --help", "summary", "--period", "decade")]
    [InlineData("no series", "ledger", "--plot")]
    [InlineData("--plot goes with", "mrr", "--plot", "--format", "csv")]
    [InlineData("--columns goes with", "mrr", "--columns", "month", "--format", "json")]
    [InlineData("must be before --to", "mrr", "--from", "2026-11-02", "--to", "2026-11-01")]
    [InlineData("There is no column nonsense", "trial-balance", "--columns", "account,nonsense")]
    [InlineData("columns[0]", "trial-balance", "--columns", "nonsense", "--format", "csv")]
    [InlineData("name a file with --output", "mrr", "--format", "xlsx")]
    [InlineData("DONATIONS_TIME_ZONE", "mrr", "--time-zone", "Europe/Riga")]
    [InlineData("currency", "mrr", "--currency", "XXX")]
    public async Task What_a_report_cannot_heed_is_refused(string told, params string[] arguments)
    {
        var run = await RunAsync(["report", .. arguments]);
        Assert.Equal((CliException.Usage, ""), (run.ExitCode, run.Output));
        Assert.Contains(told, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Details_are_told_in_any_zone()
    {
        var run = await RunAsync("report", "contributions", "--from", "2026-11-01", "--to", "2027-01-01", "--time-zone", "Asia/Tokyo");
        Assert.Contains("pay time (Asia/Tokyo)", run.Output, StringComparison.Ordinal);
        Assert.Contains("2026-11-24 18:00", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Columns_are_those_asked_for_in_their_order_in_tables_and_files()
    {
        string[] asked = ["report", "trial-balance", "--currency", "usd", "--columns", "balance,account"];
        var table = await RunAsync(asked);
        Assert.Matches(@"^\s+balance\s+account\s*$", table.Lines.First(l => l.Trim().Length > 0));
        Assert.DoesNotContain("EUR", table.Output, StringComparison.Ordinal);
        Assert.Equal("balance,account", (await RunAsync([.. asked, "--format", "csv"])).Lines[0].TrimStart('\uFEFF').TrimEnd('\r'));
    }

    [Fact]
    public async Task A_series_is_plotted_where_it_is_asked_for_and_nowhere_else()
    {
        string[] asked = ["report", "summary", .. Span, "--period", "month"];
        Assert.DoesNotContain("net, USD", (await RunAsync(asked)).Output, StringComparison.Ordinal);
        var run = await RunAsync([.. asked, "--plot"]);
        Assert.Matches(@"net, EUR\s+2026-11-01 4.51 [█#]+\s+2026-12-01 4.51 [█#]+\s+net, USD", run.Output);
        foreach (var report in ReportKind.All.Where(r => r.HasSeries && r.Name is not ("retention" or "lifecycle" or "experiment")))
            Assert.Contains(", USD", (await RunAsync(["report", report.Name, .. Span, "--plot"])).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Intervals_are_plotted_on_one_scale()
    {
        var run = await RunAsync(["report", "experiment", .. Span, "--campaign", "press-in-exile", "--currency", "USD", "--placement", "article-end", "--plot"]);
        Assert.Matches(@"value per view, USD\s+article-end all +\S+ +[│|][─-]*[●o][─-]*[│|]\s+article-end control +\S+ [│|][─-]*[●o][─-]*[│|]\s+article-end treatment", run.Output);
        Assert.Equal("  │──●───│", IntervalBars.Bar(30, 60, 100, (10, 100), 10, unicode: true));
        Assert.Equal("|--o--|   ", IntervalBars.Bar(10, 40, 70, (10, 100), 10, unicode: false).PadRight(10));
    }

    [Fact]
    public async Task A_file_is_there_whole_or_not_at_all()
    {
        using var file = new TemporaryFile("the one before");
        // The server refuses after the file would have been opened.
        Assert.Equal(CliException.Usage, (await RunAsync("report", "mrr", "--format", "csv", "--columns", "nonsense", "--output", file.Path)).ExitCode);
        await Assert.ThrowsAsync<InvalidDataException>(() => AtomicFile.WriteAsync(file.Path, async stream =>
        {
            await stream.WriteAsync("half of"u8.ToArray());
            throw new InvalidDataException("it breaks off");
        }));
        Assert.Equal("the one before", File.ReadAllText(file.Path));
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(file.Path)!, Path.GetFileName(file.Path) + ".*.partial"));

        // Where there was none before, as well.
        File.Delete(file.Path);
        var run = await RunAsync(["report", "contributions", .. Span, "--format", "csv", "--output", file.Path]);
        Assert.Equal((0, ""), (run.ExitCode, run.Output));
        var rows = File.ReadAllLines(file.Path).Length - 1;
        Assert.Contains($": {rows} rows, ", run.Error, StringComparison.Ordinal);
        Assert.Equal(CliException.Usage, (await RunAsync("report", "dunning", "--output", Path.Combine(file.Path, "under-a-file"))).ExitCode);
    }

    [Fact]
    public void Rows_are_counted_by_their_ends_and_not_within_quotes()
    {
        var count = new ReportFile.Count(isCsv: true);
        foreach (var piece in (string[])["a,b\r\n1,\"two\nli", "nes \"\"quoted\"\"\n\"\r\n", "3,4\r\n"])
            count.Add(Encoding.UTF8.GetBytes(piece));
        Assert.Equal(2, count.Rows);
    }

    private Task<CliRun> RunAsync(params string[] arguments) => story.RunAsync("anna", arguments);
}
