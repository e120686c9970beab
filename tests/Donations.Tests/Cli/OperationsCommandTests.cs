using System.Text.Json;
using Donations.Cli;
using Donations.Server.Payments;
using Donations.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Donations.Tests.Cli;

/// <summary>What staff at a terminal do when something went wrong, on the composed server.</summary>
public sealed class OperationsCommandTests : IAsyncLifetime
{
    private Scenario _scenario = null!;

    public async ValueTask InitializeAsync() => _scenario = await Scenario.StartAsync();

    public ValueTask DisposeAsync() => _scenario.DisposeAsync();

    [Fact]
    public async Task Poisoned_events_are_shown_and_applied_again()
    {
        await PledgedAsync();
        await _scenario.ExecuteAsync("UPDATE inbox_events SET state = 4, attempts = 12, failure = 'SomeException' WHERE type LIKE 'invoice.%'");
        var poisoned = _scenario.Query<string>("SELECT event_id FROM inbox_events WHERE state = 4 ORDER BY receive_time_us DESC, event_id DESC");
        Assert.True(poisoned.Count > 1);

        var listed = await InboxAsync("list", "--state", "poisoned", "--format", "json");
        Assert.Equal(poisoned, listed.Lines.Select(l => JsonDocument.Parse(l).RootElement.GetProperty("name").GetString()!["inboxEvents/".Length..]));
        var table = await InboxAsync("list", "--type", "invoice.paid", "--limit", "1");
        Assert.Contains("SomeException", table.Output, StringComparison.Ordinal);
        Assert.Contains($"{poisoned.Count} poisoned in all", table.Output, StringComparison.Ordinal);

        // One by its id, the others together.
        Assert.Equal(0, (await InboxAsync("replay", poisoned[0])).ExitCode);
        Assert.Equal(poisoned.Count - 1, _scenario.Count("SELECT count(*) FROM inbox_events WHERE state = 4"));
        var replayed = await InboxAsync("replay", "--poisoned");
        Assert.Contains($"{poisoned.Count - 1} of {poisoned.Count - 1} are applied again", replayed.Error, StringComparison.Ordinal);
        await _scenario.SettleAsync();
        Assert.Equal(poisoned.Count, _scenario.Count("SELECT count(*) FROM inbox_events WHERE type LIKE 'invoice.%' AND state IN (2, 3)"));
        Assert.Contains("Nothing found", (await InboxAsync("list", "--state", "poisoned")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_than_a_page_is_listed_to_its_limit_and_replayed_to_its_end()
    {
        await _scenario.ExecuteAsync(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
            INSERT INTO inbox_events (event_id, type, object_id, projection, event_time_us, receive_time_us, state, next_try_time_us, update_time_us)
            SELECT 'evt_' || i, 'customer.updated', 'cus_1', '{}', i, i, 4, i, i FROM n
            """);
        Assert.Equal(1100, (await InboxAsync("list", "--limit", "1100", "--format", "json")).Lines.Length);
        await InboxAsync("replay", "--poisoned");
        Assert.Equal(0, _scenario.Count("SELECT count(*) FROM inbox_events WHERE state = 4"));
    }

    [Fact]
    public async Task The_ledger_verifies_until_somebody_touches_it()
    {
        _scenario.Server.BooksAreDamaged = true;
        await PledgedAsync();
        var chain = _scenario.Server.Services.GetRequiredService<Donations.Server.Ledger.LedgerChain>();
        await chain.SealAsync();
        var sound = await LedgerAsync("verify");
        Assert.Equal(0, sound.ExitCode);
        Assert.Contains("are sound", sound.Output, StringComparison.Ordinal);
        await _scenario.ExecuteAsync("DROP TRIGGER journal_lines_no_update; UPDATE journal_lines SET debit_minor = debit_minor + 1 WHERE debit_minor > 0 AND entry_id = 1");
        var wrong = await LedgerAsync("verify");
        Assert.Equal(CliException.Failed, wrong.ExitCode);
        Assert.Contains("entry 1 is not what it was", wrong.Output, StringComparison.Ordinal);
        Assert.Contains("Money writes have stopped", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_event_is_told_and_the_known_ones_are_replayed()
    {
        await PledgedAsync();
        var known = _scenario.Query<string>("SELECT event_id FROM inbox_events LIMIT 1")[0];
        var run = await InboxAsync("replay", "evt_unknown", "inboxEvents/" + known);
        Assert.Equal(CliException.Failed, run.ExitCode);
        Assert.Contains("Not in the inbox: evt_unknown", run.Error, StringComparison.Ordinal);
        Assert.Equal(1, _scenario.Count($"SELECT count(*) FROM inbox_events WHERE event_id = '{known}' AND state = 1"));
    }

    [Theory]
    [InlineData("replay")]
    [InlineData("replay", "evt_1", "--poisoned")]
    [InlineData("list", "--state", "unspecified")]
    [InlineData("list", "--limit", "0")]
    public async Task A_wrong_command_line_is_2(params string[] arguments) => Assert.Equal(CliException.Usage, (await InboxAsync(arguments)).ExitCode);

    [Fact]
    public async Task The_development_token_of_the_data_directory_has_the_role_that_is_needed()
    {
        // Tokens of the command line are of the machine's time.
        await using var server = await TestServer.StartAsync();
        string[] where = ["--server", server.GrpcAddress.ToString(), "--data", server.DataDirectory];
        Assert.Equal(0, (await CliRun.OfAsync(InboxCommand.Create(), ["list", .. where])).ExitCode);
        Assert.Equal(0, (await CliRun.OfAsync(ExceptionsCommand.Create(), where)).ExitCode);
        Assert.Equal(0, (await CliRun.OfAsync(DisputesCommand.Create(), where)).ExitCode);
        var refused = await CliRun.OfAsync(InboxCommand.Create(), [.. where, "list", "--token", server.Token("finance")]);
        Assert.Equal(CliException.Failed, refused.ExitCode);
        Assert.StartsWith("PERMISSION_DENIED", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reconciliation_is_waited_for_and_what_it_healed_is_listed()
    {
        _scenario.Simulator.Webhooks.DropRate = 1;
        var made = await PledgedAsync();
        _scenario.Pass(TimeSpan.FromDays(32));
        await _scenario.SettleAsync();
        Assert.Single(await _scenario.PaymentsAsync(made));

        var run = await ReconcileAsync("--since", "2026-11-01");
        Assert.Equal(0, run.ExitCode);
        Assert.Matches("^reconciliations/\\w+ done: [1-9]\\d* objects, ([1-9]\\d*) differences, \\1 healed\\s*$", run.Output);
        Assert.Equal(2, (await _scenario.PaymentsAsync(made)).Count);
        var listed = JsonDocument.Parse(Assert.Single((await ReconcileAsync("list", "--format", "json")).Lines)).RootElement;
        Assert.Equal(("STATE_DONE", "2026-11-01T00:00:00Z"), (listed.GetProperty("state").GetString(), listed.GetProperty("sinceTime").GetString()));
        Assert.Contains("done", (await ReconcileAsync("list")).Output, StringComparison.Ordinal);

        var healed = (await ExceptionsAsync("--state", "healed", "--format", "json")).Lines;
        Assert.Contains(healed, l => l.Contains("KIND_PAYMENT", StringComparison.Ordinal));
        Assert.Contains("healed", (await ExceptionsAsync("--kind", "payment")).Output, StringComparison.Ordinal);
        Assert.Empty((await ExceptionsAsync("--kind", "balance-transaction", "--state", "open", "--format", "json")).Output);
        Assert.Equal(CliException.Usage, (await ExceptionsAsync("--kind", "nonsense")).ExitCode);
    }

    [Fact]
    public async Task A_reconciliation_that_stopped_is_1_and_one_that_is_not_waited_for_is_0()
    {
        var network = _scenario.Server.Services.GetRequiredService<StripeNetwork>();
        network.BeforeSend = _ => throw new HttpRequestException("lost");
        var run = await ReconcileAsync();
        Assert.Equal(CliException.Failed, run.ExitCode);
        Assert.Contains(" failed: ", run.Output, StringComparison.Ordinal);

        var arrived = new TaskCompletionSource();
        network.BeforeSend = _ => arrived.Task;
        run = await ReconcileAsync("--no-wait");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains(" running: ", run.Output, StringComparison.Ordinal);
        network.BeforeSend = null;
        arrived.SetResult();
        await _scenario.Server.Services.GetRequiredService<Reconciler>().WhenIdleAsync();
        Assert.Equal(CliException.Usage, (await ReconcileAsync("--since", "1.11.2026")).ExitCode);
        Assert.Equal(CliException.Usage, (await ReconcileAsync("--since", "2030-01-01")).ExitCode);
    }

    [Fact]
    public async Task A_dispute_is_listed_answered_once_and_won()
    {
        await PledgedAsync("pm_card_createDispute");
        await _scenario.AdvanceAsync(TimeSpan.FromMinutes(5));
        var name = JsonDocument.Parse(Assert.Single((await DisputesAsync("--state", "needs-response", "--format", "json")).Lines)).RootElement.GetProperty("name").GetString()!;
        Assert.Contains("10.00 USD", (await DisputesAsync("list")).Output, StringComparison.Ordinal);
        Assert.Contains("1 of these need a response", (await DisputesAsync()).Output, StringComparison.Ordinal);

        using var file = new TemporaryFile("winning_evidence\n");
        var submitted = await DisputesAsync("submit-evidence", name, "--file", file.Path);
        Assert.Equal((0, $"{name} under-review"), (submitted.ExitCode, submitted.Output.Trim()));
        // The try with the id that was told has the same answer, another one none.
        var id = submitted.Error.Trim().Split(' ')[^1];
        Assert.Equal(submitted.Output, (await DisputesAsync("submit-evidence", name, "--file", file.Path, "--request-id", id)).Output);
        var again = await DisputesAsync("submit-evidence", name.Split('/')[1], "--file", file.Path);
        Assert.Equal(CliException.Failed, again.ExitCode);
        Assert.Contains("EVIDENCE_CLOSED", again.Error, StringComparison.Ordinal);
        await _scenario.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.Contains(name, (await DisputesAsync("--state", "won")).Output, StringComparison.Ordinal);
        Assert.Equal(CliException.Usage, (await DisputesAsync("submit-evidence", name, "--file", file.Path + ".none")).ExitCode);
        Assert.Equal(CliException.Usage, (await DisputesAsync("submit-evidence", name)).ExitCode);
    }

    private async Task<V1.CreatePledgeResponse> PledgedAsync(string paymentMethod = "pm_card_visa")
    {
        var made = await _scenario.PledgeAsync("monthly-10", Scenario.Usd(10), paymentMethod);
        await _scenario.SettleAsync();
        return made;
    }

    private Task<CliRun> LedgerAsync(params string[] arguments) => CliRun.OfAsync(_scenario, "finance", LedgerCommand.Create(), arguments);

    private Task<CliRun> InboxAsync(params string[] arguments) => CliRun.OfAsync(_scenario, "admin", InboxCommand.Create(), arguments);

    private Task<CliRun> ReconcileAsync(params string[] arguments) => CliRun.OfAsync(_scenario, "admin", ReconcileCommand.Create(TimeProvider.System), arguments);

    private Task<CliRun> ExceptionsAsync(params string[] arguments) => CliRun.OfAsync(_scenario, "finance", ExceptionsCommand.Create(), arguments);

    private Task<CliRun> DisputesAsync(params string[] arguments) => CliRun.OfAsync(_scenario, "support", DisputesCommand.Create(), arguments);
}
