using System.CommandLine;
using System.Diagnostics;
using Donations.Cli;
using Donations.Cli.Reports;
using Donations.V1;
using Spectre.Console;
using WireMoney = Google.Type.Money;

namespace Donations.Tests.Cli;

/// <summary>Help, completion, and tables that fit: nothing here needs a server.</summary>
public sealed class CommandLineTests
{
    [Fact]
    public void Every_command_shows_an_example()
    {
        var leaves = Leaves(Donations.Cli.Root.Create(TimeProvider.System)).ToList();
        Assert.True(leaves.Count > 30);
        // What prints a fixed list needs none.
        Assert.All(leaves.Where(c => c.Name is not "events"), c => Assert.Contains("donations ", c.Description, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Help_has_examples_on_lines_of_their_own_and_is_brief_about_what_is_below()
    {
        var root = await CliRun.OfAsync(Donations.Cli.Root.Create(TimeProvider.System), "--help");
        Assert.Equal(0, root.ExitCode);
        Assert.Contains(root.Lines, l => l.Trim().StartsWith("payouts ", StringComparison.Ordinal));
        Assert.DoesNotContain("donations payouts", root.Output, StringComparison.Ordinal);
        var payouts = await CliRun.OfAsync(Donations.Cli.Root.Create(TimeProvider.System), "payouts", "--help");
        Assert.Contains("    donations payouts close po_1AbC", payouts.Lines);
    }

    [Theory]
    [InlineData("rep", "report")]
    [InlineData("journal re", "reject", "reverse")]
    [InlineData("report trial", "trial-balance")]
    [InlineData("report mrr --format ", "csv", "json", "table", "xlsx")]
    [InlineData("exceptions --state ", "open", "healed", "resolved")]
    public async Task Shells_are_told_what_can_follow(string typed, params string[] expected)
    {
        var run = await CliRun.OfAsync(Donations.Cli.Root.Create(TimeProvider.System), $"[suggest:{typed.Length}]", typed);
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(expected.Order(), run.Lines.Select(l => l.Trim()).Order());
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    [InlineData("pwsh")]
    public async Task Each_shell_has_a_script_that_asks(string shell) =>
        Assert.Contains("[suggest:", (await CliRun.OfAsync(Donations.Cli.Root.Create(TimeProvider.System), "completion", shell)).Output, StringComparison.Ordinal);

    /// <summary>Real shells, as a reader's: what follows the tab key.</summary>
    [Theory]
    // As bash calls it: the words, and the line with the cursor at its end.
    [InlineData("bash", """
        source <(donations completion bash)
        complete_line() { COMP_LINE="$1"; COMP_POINT=${#1}; read -ra COMP_WORDS <<< "$1"; [[ "$1" == *" " ]] && COMP_WORDS+=(""); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _donations_complete; echo "${COMPREPLY[*]}"; }
        complete_line "donations payouts rec"
        complete_line "donations report mrr --format x"
        """)]
    // An interactive shell behind a pseudo-terminal, with the script where the help says; nothing but the completion writes what is waited for.
    [InlineData("zsh", """
        zmodload zsh/zpty
        functions_directory=$(mktemp -d)
        donations completion zsh > "$functions_directory/_donations"
        complete_line() {
          zpty shell zsh -f -i
          zpty -w shell "PS1=; fpath=($functions_directory \$fpath); autoload -Uz compinit && compinit -u -D; print rea\"\"dy"
          zpty -r shell seen '*ready*'
          zpty -w -n shell "$1"$'\t'
          zpty -r shell seen "*$2*" && print -r -- "$2"
          zpty -d shell
        }
        complete_line "donations payouts rec" reconcile
        complete_line "true && donations report mrr --format x" xlsx
        rm -r "$functions_directory"
        """)]
    [InlineData("fish", """
        donations completion fish | source
        complete -C "donations payouts rec"
        complete -C "true; donations report mrr --format x"
        """)]
    public async Task A_shell_completes_with_its_script(string shell, string script)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "donations");
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(d => Path.Combine(d, shell)).FirstOrDefault(File.Exists);
        Assert.SkipUnless(OperatingSystem.IsLinux() && path is not null && File.Exists(program), $"There is no {shell} here, or no program");
        var start = new ProcessStartInfo(path!, ["-c", script]) { RedirectStandardOutput = true };
        start.Environment["PATH"] = AppContext.BaseDirectory + ":" + Environment.GetEnvironmentVariable("PATH");
        using var process = Process.Start(start)!;
        try
        {
            Assert.Equal("reconcile\nxlsx\n", await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    [Theory]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(160)]
    public void Tables_keep_to_the_width_and_cut_no_figures(int width)
    {
        var row = new PeriodComparisonRow { Campaign = "campaigns/a-rather-long-name-of-a-campaign", Fund = "general", PaymentCount = 1_234_567, ComparedPaymentCount = 1_234_567 };
        foreach (var field in PeriodComparisonRow.Descriptor.Fields.InDeclarationOrder().Where(f => f.FieldType == Google.Protobuf.Reflection.FieldType.Message))
            field.Accessor.SetValue(row, new WireMoney { CurrencyCode = "USD", Units = 12_345_678, Nanos = 900_000_000 });
        var table = new MessageTable([row], [], [], TimeZoneInfo.Utc, ["net"]);
        var lines = Render(console => console.Write(table.Fit(width)), width);
        Assert.All(lines, l => Assert.True(l.Length <= width, l));
        Assert.Contains(lines, l => l.Contains("12345678.90", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, l => l.Contains('…', StringComparison.Ordinal));
        Assert.Equal(width < 160, table.LeftOut.Count > 0);
        Assert.DoesNotContain("net", table.LeftOut);
    }

    [Fact]
    public void Amounts_of_another_currency_name_it()
    {
        var detail = new ContributionDetail { Amount = new() { CurrencyCode = "EUR", Units = 5 }, Settlement = new() { Net = new() { CurrencyCode = "USD", Units = 4, Nanos = 500_000_000 } } };
        var columns = MessageColumns.Of(ContributionDetail.Descriptor, TimeZoneInfo.Utc);
        Assert.Equal(["EUR", "5.00", "4.50 USD"], new[] { "currency", "amount", "net" }.Select(n => columns.Single(c => c.Name == n).Cell(detail)));
    }

    [Fact]
    public void Retention_is_a_table_of_percentages_as_wide_as_there_is_room()
    {
        var cohort = new RetentionCohort { MonthStartDate = new() { Year = 2026, Month = 1, Day = 1 }, Currency = "USD", PledgeCount = 8, RetainedCounts = { Enumerable.Range(0, 24).Select(i => Math.Max(0L, 8 - i)) } };
        var (table, leftOut) = RetentionTable.Of([cohort], 80, heat: true);
        var lines = Render(c => c.Write(table), 80);
        Assert.All(lines, l => Assert.True(l.Length <= 80, l));
        Assert.Contains(lines, l => l.Contains("100%", StringComparison.Ordinal) && l.Contains("87%", StringComparison.Ordinal));
        Assert.True(leftOut > 10);
        Assert.Equal(0, RetentionTable.Of([cohort], 10_000, heat: false).LeftOut);
    }

    [Theory]
    [InlineData("0", "")]
    [InlineData("0.0001", "▏")]
    [InlineData("0.5", "████")]
    [InlineData("0.55", "████▍")]
    [InlineData("1", "████████")]
    public void A_bar_is_as_long_as_its_part(string part, string bar) =>
        Assert.Equal(bar, Bars.Bar(decimal.Parse(part, System.Globalization.CultureInfo.InvariantCulture), 8, unicode: true));

    private static string[] Render(Action<IAnsiConsole> write, int width)
    {
        using var writer = new StringWriter();
        var console = Terminal.Plain(writer);
        console.Profile.Width = width;
        write(console);
        return writer.ToString().Split('\n');
    }

    private static IEnumerable<Command> Leaves(Command command) => command.Subcommands.Count == 0 ? [command] : command.Subcommands.SelectMany(Leaves);
}
