using Dapper;
using Donations.Server.Ledger;
using Donations.Server.Payments;
using Donations.Testing;
using Donations.V1;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Donations.Tests.Ledger;

/// <summary>Books that notice what was done to them, with or without SQL, and say up to where they are good.</summary>
public sealed class LedgerChainTests : IAsyncLifetime
{
    private Scenario _scenario = null!;

    public async ValueTask InitializeAsync()
    {
        _scenario = await Scenario.StartAsync();
        for (var i = 0; i < 3; i++)
        {
            await _scenario.PledgeAsync("one-time-10", Scenario.Usd(10));
            await _scenario.SettleAsync();
            Assert.True(await Chain.SealAsync());
        }
    }

    public ValueTask DisposeAsync() => _scenario.DisposeAsync();

    private LedgerChain Chain => _scenario.Server.Services.GetRequiredService<LedgerChain>();

    private string Head => Path.Combine(_scenario.Server.DataDirectory, "ledger-head.txt");

    [Fact]
    public async Task Books_that_nobody_touched_verify_in_steps_sealed_or_not()
    {
        await _scenario.PledgeAsync("one-time-10", Scenario.Usd(10));
        await _scenario.SettleAsync();
        var finance = _scenario.Server.As("finance");
        var first = await _scenario.Ledger.VerifyLedgerAsync(new() { MaxBlocks = 2 }, finance);
        Assert.Equal(("", 3L, 3L), (first.Failure, first.NextBlock, first.BlockCount));
        var last = await _scenario.Ledger.VerifyLedgerAsync(new() { Block = first.NextBlock }, finance);
        Assert.Equal(("", 0L, ""), (last.Failure, last.NextBlock, last.HaltReason));
        Assert.Equal(_scenario.Count("SELECT count(*) FROM journal_entries"), first.EntryCount + last.EntryCount);
        Assert.False(await Chain.SealAsync() && await Chain.SealAsync());
        Assert.StartsWith("4 ", await File.ReadAllTextAsync(Head, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Posting_and_sealing_while_it_is_verified_halts_nothing()
    {
        var (store, database) = (_scenario.Server.Services.GetRequiredService<LedgerStore>(), _scenario.Server.Services.GetRequiredService<Donations.Server.Storage.Database>());
        var guard = _scenario.Server.Services.GetRequiredService<LedgerGuard>();
        var posting = Task.Run(async () =>
        {
            for (var i = 0; i < 300; i++)
            {
                await database.WriteAsync(c => store.Post(c, new JournalDraft("test", $"t{i}", "posted", "USD", 0, false, "").Add(Account.OperatingBank, 1).Add(Account.OpeningBalances, -1)));
                await Chain.SealAsync();
            }
        });
        while (!posting.IsCompleted)
            Assert.Null((await _scenario.Server.Services.GetRequiredService<LedgerWatch>().VerifyAllAsync(CancellationToken.None)).Failure);
        await posting;
        Assert.Null(guard.Why);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    public async Task A_block_that_never_was_is_the_caller_s_mistake_and_halts_nothing(long block)
    {
        Assert.Equal("FIELD_INVALID", (await Errors.OfAsync(() => _scenario.Ledger.VerifyLedgerAsync(new() { Block = block }, _scenario.Server.As("finance")))).Reason());
        Assert.Null(_scenario.Server.Services.GetRequiredService<LedgerGuard>().Why);
    }

    public static TheoryData<string, string> Forgeries => new()
    {
        { "an amount", "UPDATE journal_lines SET debit_minor = debit_minor + 1 WHERE entry_id = 2 AND line = 1" },
        { "an account", "UPDATE journal_lines SET account = '6020' WHERE entry_id = 2 AND account = '6000'" },
        { "a campaign", "UPDATE journal_lines SET campaign_id = 'other' WHERE entry_id = 2 AND campaign_id IS NOT NULL" },
        { "a memo", "UPDATE journal_entries SET memo = memo || '.' WHERE entry_id = 2" },
        { "a time", "UPDATE journal_entries SET fact_time_us = fact_time_us + 1 WHERE entry_id = 2" },
        { "a line taken out", "DELETE FROM journal_lines WHERE entry_id = 2 AND line = 1" },
        { "an entry taken out", "DELETE FROM journal_lines WHERE entry_id = 2; DELETE FROM journal_hashes WHERE entry_id = 2; DELETE FROM journal_entries WHERE entry_id = 2" },
        { "its hash with it", "UPDATE journal_lines SET debit_minor = debit_minor + 1 WHERE entry_id = 2 AND line = 1; UPDATE journal_hashes SET hash = zeroblob(32) WHERE entry_id = 2" },
        { "a block", "UPDATE journal_blocks SET hash = zeroblob(32) WHERE block_id = 2" },
        { "the last block taken out", "DELETE FROM journal_blocks WHERE block_id = 3" },
    };

    [Theory]
    [MemberData(nameof(Forgeries))]
    public async Task A_forger_with_the_database_in_hand_is_noticed_and_money_writes_stop(string what, string sql)
    {
        _scenario.Server.BooksAreDamaged = true;
        await ForgeAsync(sql);
        var found = await _scenario.Server.Services.GetRequiredService<LedgerWatch>().VerifyAllAsync(CancellationToken.None);
        Assert.True(found.Failure is not null, what);
        Assert.Equal("LEDGER_HALTED", (await Errors.OfAsync(() => _scenario.Pledges.CreatePledgeAsync(_scenario.RequestAsync().Result))).Reason());
        Assert.NotEmpty((await _scenario.Ledger.VerifyLedgerAsync(new(), _scenario.Server.As("finance"))).HaltReason);
        if (what != "the last block taken out" && what != "a block")
            Assert.Equal(1, found.LastGoodEntryId);
    }

    [Fact]
    public async Task While_halted_webhooks_are_kept_cancelling_works_and_nothing_is_lost()
    {
        var made = await _scenario.PledgeAsync();
        _scenario.Server.Services.GetRequiredService<LedgerGuard>().Halt("a test");
        // The charge's settlement comes now, and must wait.
        await _scenario.Simulator.TickAsync();
        await _scenario.Server.Services.GetRequiredService<InboxWorker>().RunOnceAsync(CancellationToken.None);
        Assert.Equal(0, _scenario.Count("SELECT count(*) FROM inbox_events WHERE state = 4"));
        Assert.Equal(Pledge.Types.State.Cancelled, (await _scenario.Pledges.CancelPledgeAsync(new() { Name = made.Pledge.Name }, Scenario.Donor(made))).State);
        var payment = (await _scenario.PaymentsAsync(made))[0];
        Assert.Equal("LEDGER_HALTED", (await Errors.OfAsync(() => _scenario.Payments.RefundPaymentAsync(new() { Name = payment.Name, RequestId = Scenario.NewRequestId() }, _scenario.Server.As("finance")))).Reason());
        Assert.Null(payment.Settlement);
    }

    [Fact]
    public async Task A_database_behind_the_head_halts_at_start_and_one_ahead_of_it_does_not()
    {
        // A crash between the commit and the head leaves the head behind.
        var behind = await File.ReadAllTextAsync(Head, TestContext.Current.CancellationToken);
        await _scenario.PledgeAsync("one-time-10", Scenario.Usd(10));
        await _scenario.SettleAsync();
        await Chain.SealAsync();
        var ahead = await File.ReadAllTextAsync(Head, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Head, behind, TestContext.Current.CancellationToken);
        await _scenario.Server.RestartAsync();
        Assert.Null(_scenario.Server.Services.GetRequiredService<LedgerGuard>().Why);

        // A restored backup: the database ends before the head.
        await File.WriteAllTextAsync(Head, ahead.Replace("4 ", "9 ", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        await _scenario.Server.RestartAsync();
        Assert.Contains("restored backup", _scenario.Server.Services.GetRequiredService<LedgerGuard>().Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bits_that_flip_in_the_file_are_noticed_at_the_next_start()
    {
        await _scenario.Server.StopAsync();
        var path = Path.Combine(_scenario.Server.DataDirectory, "donations.db");
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        var at = bytes.AsSpan().LastIndexOf("Stripe charge ch_"u8);
        Assert.True(at > 0);
        bytes[at + 14] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
        await _scenario.Server.RestartAsync();
        Assert.NotNull(_scenario.Server.Services.GetRequiredService<LedgerGuard>().Why);
    }

    private async Task ForgeAsync(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(_scenario.Server.DataDirectory, "donations.db")};Pooling=False");
        await connection.OpenAsync();
        foreach (var trigger in connection.Query<string>("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'journal%'").ToList())
            await connection.ExecuteAsync($"DROP TRIGGER {trigger}");
        await connection.ExecuteAsync("PRAGMA foreign_keys = OFF; " + sql);
    }
}
