using System.Text.Json;
using Donations.Cli;
using Donations.Testing;

namespace Donations.Tests.Cli;

/// <summary>What finance does with the books at a terminal, where it takes two people.</summary>
public sealed class FinanceCommandTests : IAsyncLifetime
{
    private Scenario _scenario = null!;

    public async ValueTask InitializeAsync() => _scenario = await Scenario.StartAsync(new() { ["Refunds:Limits:USD"] = "500" });

    public ValueTask DisposeAsync() => _scenario.DisposeAsync();

    [Fact]
    public async Task A_month_is_closed_by_two_people()
    {
        await PaidAsync();
        var early = await AnnaAsync("close", "2026-11");
        Assert.Equal(CliException.Waiting, early.ExitCode);
        Assert.StartsWith("PERIOD_NOT_READY", early.Error, StringComparison.Ordinal);
        await _scenario.LiveAsync(TimeSpan.FromDays(9), TimeSpan.FromHours(12));

        var asked = await AnnaAsync("close", "2026-11");
        Assert.Equal(CliException.Waiting, asked.ExitCode);
        Assert.Contains("a second person runs `donations close 2026-11`", asked.Output, StringComparison.Ordinal);
        var again = await AnnaAsync("close", "periods/2026-11");
        Assert.Equal(CliException.Waiting, again.ExitCode);
        Assert.StartsWith("SECOND_PERSON_NEEDED", again.Error, StringComparison.Ordinal);
        Assert.Contains("closing", (await AnnaAsync("close", "list")).Output, StringComparison.Ordinal);
        Assert.Equal("periods/2026-11 is open again", (await BorisAsync("close", "reopen", "2026-11")).Output.Trim());
        await AnnaAsync("close", "2026-11");
        var closed = await BorisAsync("close", "2026-11");
        Assert.Equal(0, closed.ExitCode);
        Assert.Contains("asked for by staff/anna, closed by staff/boris", closed.Output, StringComparison.Ordinal);
        Assert.Equal(CliException.Failed, (await AnnaAsync("close", "2026-11")).ExitCode);
        Assert.Equal(CliException.Usage, (await AnnaAsync("close", "November")).ExitCode);
        Assert.Equal(CliException.Usage, (await AnnaAsync("close")).ExitCode);
    }

    [Fact]
    public async Task An_entry_by_hand_is_proposed_by_one_and_posted_by_another()
    {
        var made = await AnnaAsync(FinanceStory.JournalOpening);
        Assert.Equal(0, made.ExitCode);
        var name = made.Output.Split(' ')[0];
        var id = made.Error.Split('\n')[0].Trim().Split(' ')[^1];
        // The try with the id that was told has the same answer.
        Assert.Equal(made.Output, (await AnnaAsync([.. FinanceStory.JournalOpening, "--request-id", id])).Output);
        var listed = JsonDocument.Parse(Assert.Single((await BorisAsync("journal", "proposals", "--state", "proposed", "--format", "json")).Lines)).RootElement;
        Assert.Equal(name, listed.GetProperty("name").GetString());
        Assert.Contains("General fund", (await BorisAsync("journal", "show", Cells.Last(name))).Output, StringComparison.Ordinal);
        Assert.Equal(CliException.Waiting, (await AnnaAsync("journal", "approve", Cells.Last(name))).ExitCode);
        Assert.StartsWith($"{name} posted as journalEntries/1", (await BorisAsync("journal", "approve", Cells.Last(name), "--note", "seen")).Output, StringComparison.Ordinal);
        Assert.Equal(510, _scenario.Count("SELECT sum(debit_minor) FROM journal_lines WHERE account = '1000'"));

        var reversal = (await BorisAsync("journal", "reverse", "1", "--reason", "wrong bank")).Output.Split(' ')[0];
        Assert.StartsWith($"{reversal} rejected", (await AnnaAsync("journal", "reject", reversal, "--note", "it is right")).Output, StringComparison.Ordinal);
        Assert.Contains("bank opening", (await AnnaAsync("journal", "list")).Output, StringComparison.Ordinal);
        Assert.Contains("Operating bank", (await AnnaAsync("journal", "show", "1")).Output, StringComparison.Ordinal);
        // The second line is what the server refuses.
        var refused = await AnnaAsync("journal", "propose", "--reason", "odd", "--line", "1000 debit 5 USD", "--line", "3000 credit 4.99 USD");
        Assert.Equal((CliException.Usage, ""), (refused.ExitCode, refused.Output));
    }

    [Theory]
    [InlineData("1000 debit 0.10 usd", "1000", 0, 100_000_000, "", "")]
    [InlineData("3000 debit 19.99 USD fund=General fund campaign=press", "3000", 19, 990_000_000, "campaigns/press", "General fund")]
    [InlineData("R-1 debit 123456789012345678.000000001 USD campaign=campaigns/x fund=a", "R-1", 123_456_789_012_345_678, 1, "campaigns/x", "a")]
    public void Lines_are_read_digit_by_digit(string text, string account, long units, int nanos, string campaign, string fund)
    {
        var line = JournalLines.Parse(text);
        Assert.Equal((account, units, nanos, "USD", campaign, fund), (line.Account, line.Debit.Units, line.Debit.Nanos, line.Debit.CurrencyCode, line.Campaign, line.Fund));
        Assert.Null(line.Credit);
        Assert.Null(JournalLines.Parse(text.Replace("debit", "credit", StringComparison.Ordinal)).Debit);
    }

    [Fact]
    public void Lines_name_placement_and_method_in_any_order()
    {
        var line = JournalLines.Parse("1000 debit 5 USD method=card fund=General fund placement=article-end campaign=press");
        Assert.Equal(("campaigns/press", "General fund", V1.Placement.ArticleEnd, "card"), (line.Campaign, line.Fund, line.Placement, line.Method));
    }

    [Theory]
    [InlineData("1000 debit 5.00")]
    [InlineData("1000 debit 5 USD placement=nowhere")]
    [InlineData("1000 both 5.00 USD")]
    [InlineData("1000 debit 5,00 USD")]
    [InlineData("1000 debit -5 USD")]
    [InlineData("1000 debit 1e3 USD")]
    [InlineData("1000 debit 1.0000000001 USD")]
    [InlineData("1000 debit 5 USD whim=x")]
    public void What_is_no_line_is_a_usage_error(string text) => Assert.Equal(CliException.Usage, Assert.Throws<CliException>(() => JournalLines.Parse(text)).ExitCode);

    [Fact]
    public async Task A_large_refund_goes_with_the_second_person()
    {
        var names = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            var options = TestServer.Bearer(_scenario.Server.Token("finance", "anna"));
            names.Add((await _scenario.Payments.RefundPaymentAsync(new() { Name = await PaidAsync(), RequestId = Scenario.NewRequestId() }, options)).Name);
        }

        Assert.Contains("2 of these wait for a second person", (await BorisAsync("refunds", "list", "--state", "awaiting-approval")).Output, StringComparison.Ordinal);
        Assert.Equal(CliException.Waiting, (await AnnaAsync("refunds", "approve", names[0])).ExitCode);
        Assert.Equal($"{names[0]} 10.00 USD succeeded", (await BorisAsync("refunds", "approve", Cells.Last(names[0]))).Output.Trim());
        Assert.Equal($"{names[1]} 10.00 USD cancelled", (await AnnaAsync("refunds", "reject", names[1])).Output.Trim());
        Assert.Equal(CliException.Failed, (await BorisAsync("refunds", "approve", names[1])).ExitCode);
        Assert.Single((await _scenario.Stripe.Refunds.ListAsync(cancellationToken: TestContext.Current.CancellationToken)).Data);
    }

    [Fact]
    public async Task A_payout_is_looked_at_closed_and_exported()
    {
        await PaidAsync();
        await _scenario.LiveAsync(TimeSpan.FromDays(6), TimeSpan.FromHours(12));
        var name = JsonDocument.Parse(Assert.Single((await AnnaAsync("payouts", "list", "--format", "json")).Lines)).RootElement.GetProperty("name").GetString()!;
        var id = Cells.Last(name);
        Assert.Contains("total-verified", (await AnnaAsync("payouts", "show", id)).Output, StringComparison.Ordinal);
        Assert.Equal(CliException.Failed, (await AnnaAsync("payouts", "export", id, "--document", "GL-1")).ExitCode);
        Assert.Equal(0, (await AnnaAsync("payouts", "reconcile", name)).ExitCode);
        Assert.EndsWith("closed", (await AnnaAsync("payouts", "close", id)).Output.Trim(), StringComparison.Ordinal);
        Assert.EndsWith("exported as GL-1", (await AnnaAsync("payouts", "export", id, "--document", "GL-1")).Output.Trim(), StringComparison.Ordinal);
        Assert.Contains("GL-1", (await AnnaAsync("report", "payouts", "--from", "2026-11-01", "--to", "2027-01-01", "--columns", "document")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_audit_sample_is_shown_with_its_entry_and_payment()
    {
        var payment = await PaidAsync();
        var transaction = _scenario.Query<string>("SELECT source_id FROM journal_entries WHERE transition = 'charge'")[0];
        var shown = await AnnaAsync("transaction", transaction);
        foreach (var told in (string[])["Its entry:", "Stripe clearing", "Its payment:", Cells.Last(payment)])
            Assert.Contains(told, shown.Output, StringComparison.Ordinal);
        Assert.Equal(3, (await AnnaAsync("transaction", "balanceTransactions/" + transaction, "--format", "json")).Lines.Length);
        Assert.Equal(CliException.Failed, (await AnnaAsync("transaction", "txn_none")).ExitCode);
    }

    [Fact]
    public async Task The_books_are_checked_until_something_is_wrong_with_them()
    {
        _scenario.Server.BooksAreDamaged = true;
        await _scenario.Payments.RefundPaymentAsync(new() { Name = await PaidAsync(), RequestId = Scenario.NewRequestId(), Amount = Scenario.Usd(5) }, _scenario.Server.As("finance"));
        await _scenario.SettleAsync();
        Assert.Equal(0, (await AnnaAsync("ledger", "check")).ExitCode);
        Assert.Equal(0, (await AnnaAsync("ledger", "rollups", "verify")).ExitCode);
        await _scenario.ExecuteAsync("UPDATE ledger_sums SET debit_minor = debit_minor + 1");
        var wrong = await AnnaAsync("ledger", "rollups", "verify");
        Assert.Equal(CliException.Failed, wrong.ExitCode);
        Assert.Contains("WRONG ledger_sums", wrong.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await AnnaAsync("ledger", "rollups", "rebuild")).ExitCode);
        await _scenario.ExecuteAsync("UPDATE payments SET refunded_minor = 499");
        var broken = await AnnaAsync("ledger", "check");
        Assert.Equal(CliException.Failed, broken.ExitCode);
        Assert.Contains("WRONG refunds_add_up", broken.Output, StringComparison.Ordinal);
        var exception = JsonDocument.Parse((await AnnaAsync("exceptions", "--kind", "invariant", "--format", "json")).Lines[0]).RootElement.GetProperty("name").GetString()!;
        Assert.Empty((await AnnaAsync("exceptions", "--kind", "invariant", "--to", "2026-11-24", "--format", "json")).Output);
        Assert.NotEmpty((await AnnaAsync("exceptions", "--kind", "invariant", "--from", "2026-11-24", "--format", "json")).Output);
        Assert.Equal(CliException.Usage, (await AnnaAsync("exceptions", "--from", "yesterday")).ExitCode);
        Assert.Contains("resolved by staff/anna", (await AnnaAsync("exceptions", "resolve", Cells.Last(exception), "--note", "a test did it")).Output, StringComparison.Ordinal);
        Assert.Equal(CliException.Failed, (await AnnaAsync("exceptions", "resolve", exception, "--note", "a test did it")).ExitCode);
    }

    [Fact]
    public async Task A_receipt_is_issued_shown_and_made_anew()
    {
        var payment = Cells.Last(await PaidAsync());
        using var page = new TemporaryFile("");
        var issued = await SupportAsync("receipts", "issue", payment, "--output", page.Path);
        Assert.Matches(@"^R-2026-000001 version 1, 10\.00 USD\s*$", issued.Output);
        Assert.StartsWith("<!DOCTYPE html>", File.ReadAllText(page.Path), StringComparison.OrdinalIgnoreCase);
        var again = await SupportAsync("receipts", "reissue", "payments/" + payment, "--reason", "new address");
        Assert.Contains("version 2", again.Output, StringComparison.Ordinal);
        Assert.Contains("version 1", (await SupportAsync("receipts", "show", payment, "--version", "1")).Output, StringComparison.Ordinal);
        Assert.Equal(2, (await SupportAsync("receipts", "list", "--document", payment, "--format", "json")).Lines.Length);
        Assert.Contains("new address", (await SupportAsync("receipts", "list", "--number", "R-2026-000001")).Output, StringComparison.Ordinal);
        Assert.Equal(CliException.Failed, (await SupportAsync("receipts", "show", payment[..^1] + (payment[^1] == '0' ? '1' : '0'))).ExitCode);
    }

    private Task<CliRun> AnnaAsync(params string[] arguments) => FinanceStory.RunAsync(_scenario, "anna", arguments);

    private Task<CliRun> BorisAsync(params string[] arguments) => FinanceStory.RunAsync(_scenario, "boris", arguments);

    private Task<CliRun> SupportAsync(params string[] arguments) => CliRun.OfAsync(_scenario, "support", Root.Create(_scenario.Time), arguments);

    private async Task<string> PaidAsync()
    {
        var made = await _scenario.PledgeAsync("one-time-10", Scenario.Usd(10));
        await _scenario.SettleAsync();
        return Assert.Single(await _scenario.PaymentsAsync(made)).Name;
    }
}
