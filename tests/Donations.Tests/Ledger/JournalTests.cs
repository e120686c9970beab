using Dapper;
using Donations.Server.Ledger;
using Donations.Server.Storage;
using Donations.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Donations.Tests.Ledger;

public sealed class JournalTests : IAsyncLifetime
{
    private Scenario _scenario = null!;

    public async ValueTask InitializeAsync()
    {
        _scenario = await Scenario.StartAsync(new() { ["Ledger:BookTimeZone"] = "America/New_York" });
        // Entries are posted by hand, of facts that Stripe never told.
        _scenario.Server.BooksAreDamaged = true;
    }

    public ValueTask DisposeAsync() => _scenario.DisposeAsync();

    private Database Database => _scenario.Server.Services.GetRequiredService<Database>();

    private LedgerStore Store => _scenario.Server.Services.GetRequiredService<LedgerStore>();

    [Theory]
    [InlineData("UPDATE journal_entries SET memo = 'x'")]
    [InlineData("DELETE FROM journal_entries")]
    [InlineData("UPDATE journal_lines SET debit_minor = 1")]
    [InlineData("DELETE FROM journal_lines")]
    public async Task The_journal_is_insert_only(string sql)
    {
        await Database.WriteAsync(c => Store.Post(c, Draft("a", 100)));
        var error = await Assert.ThrowsAsync<SqliteException>(() => Database.WriteAsync(c => c.Execute(sql)));
        Assert.Contains("insert only", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fact_posts_once_and_an_entry_that_does_not_balance_never()
    {
        Assert.NotNull(await Database.WriteAsync(c => Store.Post(c, Draft("a", 100))));
        Assert.Null(await Database.WriteAsync(c => Store.Post(c, Draft("a", 100))));
        await Assert.ThrowsAsync<InvalidOperationException>(() => Database.WriteAsync(c => Store.Post(c, Draft("b", 100).Add(Account.Suspense, 1))));
        Assert.NotNull(await Database.WriteAsync(c => Store.Post(c, Draft("c", 100))));
        // Sequence numbers have no gaps.
        Assert.Equal([1, 2], Database.Read(c => c.Query<long>("SELECT entry_id FROM journal_entries ORDER BY entry_id").AsList()));
    }

    [Fact]
    public async Task A_facts_day_is_the_day_in_the_book_time_zone()
    {
        // 03:30 UTC on 25 November is still the 24th in New York.
        await Database.WriteAsync(c => Store.Post(c, Draft("a", 100, new DateTimeOffset(2026, 11, 25, 3, 30, 0, TimeSpan.Zero))));
        var entry = Assert.Single((await _scenario.Ledger.ListJournalEntriesAsync(new(), _scenario.Server.As("finance"))).JournalEntries);
        Assert.Equal((2026, 11, 24), (entry.BookDate.Year, entry.BookDate.Month, entry.BookDate.Day));
    }

    [Fact]
    public async Task The_trial_balance_is_even_on_every_day_and_pages_go_backwards()
    {
        for (var i = 0; i < 7; i++)
            await Database.WriteAsync(c => Store.Post(c, Draft($"txn_{i}", 100 + i, new DateTimeOffset(2026, 11, 20 + i, 12, 0, 0, TimeSpan.Zero))));
        var all = await _scenario.Ledger.GetTrialBalanceAsync(new(), _scenario.Server.As("finance"));
        Assert.Equal(all.Totals.Single().Debit, all.Totals.Single().Credit);
        Assert.Equal(Scenario.Usd(7, 21), all.Balances.Single(b => b.Account == "1010").Balance);
        var early = await _scenario.Ledger.GetTrialBalanceAsync(new() { AsOfDate = new() { Year = 2026, Month = 11, Day = 21 } }, _scenario.Server.As("finance"));
        Assert.Equal(Scenario.Usd(2, 1), early.Balances.Single(b => b.Account == "1010").Balance);

        var seen = new List<string>();
        var request = new V1.ListJournalEntriesRequest { PageSize = 3 };
        do
        {
            var page = await _scenario.Ledger.ListJournalEntriesAsync(request, _scenario.Server.As("finance"));
            seen.AddRange(page.JournalEntries.Select(e => e.SourceId));
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        Assert.Equal(Enumerable.Range(0, 7).Reverse().Select(i => $"txn_{i}"), seen);
    }

    private static JournalDraft Draft(string id, long minor, DateTimeOffset? at = null) =>
        new JournalDraft("balance_transaction", id, "charge", "USD", (at ?? DateTimeOffset.UnixEpoch).ToMicros(), false, "memo").Add(Account.StripeClearing, minor).Add(Account.DonationsOneTime, -minor);
}
