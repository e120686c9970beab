using System.Globalization;
using Donations.Server.Ledger;
using Donations.Server.Payments;
using Donations.Testing;
using Donations.V1;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.DependencyInjection;

namespace Donations.Tests.Ledger;

/// <summary>Books that begin in the middle of an account's life.</summary>
public sealed class OpeningTests
{
    [Fact]
    public async Task An_opening_entry_stands_for_everything_before_and_the_books_equal_Stripe_from_then_on()
    {
        await using var scenario = await Scenario.StartAsync(new() { ["Ledger:OpeningDate"] = "2026-11-28" });
        // Charges of another system, before these books: 1,000 and 2,000, one paid out on the way, one not settled.
        await ChargeAsync(scenario, 1000);
        scenario.Pass(TimeSpan.FromDays(2.2));
        await scenario.SettleAsync();
        await ChargeAsync(scenario, 2000);
        scenario.Pass(TimeSpan.FromDays(1));
        await scenario.SettleAsync();
        Assert.Equal(0, scenario.Count("SELECT count(*) FROM journal_entries"));

        // The books open on the 28th.
        scenario.Pass(TimeSpan.FromDays(1));
        await scenario.SettleAsync();
        var gift = await scenario.PledgeAsync("one-time-10", Scenario.Usd(10));
        await scenario.SettleAsync();
        await scenario.Server.Services.GetRequiredService<BooksSync>().SweepAsync(CancellationToken.None);
        var opening = Assert.Single((await scenario.Ledger.ListJournalEntriesAsync(new(), scenario.Server.As("finance"))).JournalEntries, e => e.SourceKind == PostingRules.Opening);
        Assert.Equal("2026-11-28", $"{opening.BookDate.Year}-{opening.BookDate.Month}-{opening.BookDate.Day}");
        Assert.Equal("opened", opening.Transition);
        // Of the 20.00 from before, 19.12 wait at Stripe beside the gift of these books.
        Assert.Equal(["charge 9.41", "opening 19.12"], await UnsettledAsync(scenario));

        await scenario.LiveAsync(TimeSpan.FromDays(10), TimeSpan.FromHours(12));
        await scenario.CheckBooksAsync();
        Assert.Empty(await UnsettledAsync(scenario));
        // Looked back at, it is what it was.
        Assert.Equal(["charge 9.41", "opening 19.12"], await UnsettledAsync(scenario, new DateTimeOffset(2026, 11, 28, 23, 0, 0, TimeSpan.Zero)));
        Assert.Empty(await UnsettledAsync(scenario, new DateTimeOffset(2026, 11, 27, 23, 0, 0, TimeSpan.Zero)));
        Assert.Equal(0, scenario.Count("SELECT count(*) FROM balance_transactions WHERE fact_date < 20261128"));
        Assert.All((await scenario.Ledger.ListPayoutsAsync(new(), scenario.Server.As("finance"))).Payouts, p => Assert.Equal((p.Name, Payout.Types.BatchState.TotalVerified, ""), (p.Name, p.BatchState, p.OpenReason)));
        // All of it has reached the bank: nothing is left in transit, and nothing of it is made up.
        Assert.Equal(0, scenario.Count("SELECT sum(debit_minor - credit_minor) FROM journal_lines WHERE account = '1020'"));
        Assert.NotNull(gift);
    }

    [Fact]
    public async Task A_payout_that_was_on_its_way_and_has_arrived_before_the_first_start_is_at_the_bank()
    {
        await using var scenario = await Scenario.StartAsync(new() { ["Ledger:OpeningDate"] = "2026-11-28" });
        await ChargeAsync(scenario, 1000);
        // Paid out on the 27th, at the bank on the 28th; nothing looks before the 2nd.
        await scenario.Simulator.AdvanceAsync(TimeSpan.FromDays(8));
        scenario.Pass(TimeSpan.FromDays(8));
        await scenario.ExecuteAsync("DELETE FROM inbox_events");
        await scenario.Server.Services.GetRequiredService<BooksSync>().SweepAsync(CancellationToken.None);
        await scenario.CheckBooksAsync();
        Assert.Equal(0, scenario.Count("SELECT coalesce(sum(debit_minor - credit_minor), 0) FROM journal_lines WHERE account = '1020'"));
        Assert.Equal(941, scenario.Count("SELECT sum(debit_minor - credit_minor) FROM journal_lines WHERE account = '1000'"));
    }

    [Fact]
    public async Task A_wrong_opening_date_refuses_to_start() =>
        Assert.Contains("OpeningDate", (await Assert.ThrowsAnyAsync<InvalidOperationException>(() => Scenario.StartAsync(new() { ["Ledger:OpeningDate"] = "28.11.2026" }))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Codes_of_accounts_are_fixed_with_the_first_start()
    {
        await using var scenario = await Scenario.StartAsync(new() { ["Ledger:Accounts:Refunds"] = "R-1" });
        var database = scenario.Server.Services.GetRequiredService<Donations.Server.Storage.Database>();
        var options = new LedgerOptions();
        options.Accounts[Account.Refunds] = "R-1";
        await database.WriteAsync(new ChartOfAccounts(options).Fix);
        Assert.Contains("R-1", (await Assert.ThrowsAsync<InvalidOperationException>(() => database.WriteAsync(new ChartOfAccounts(new()).Fix))).Message, StringComparison.Ordinal);
    }

    /// <summary>What the report says is not settled; now it must come to Stripe's balance.</summary>
    private static async Task<List<string>> UnsettledAsync(Scenario scenario, DateTimeOffset? at = null)
    {
        var report = await scenario.Reports.GetUnsettledBalanceAsync(new() { AsOfTime = at is { } time ? Timestamp.FromDateTimeOffset(time) : null }, scenario.Server.As("finance"));
        var balance = await scenario.Stripe.Balance.GetAsync();
        if (at is null)
            Assert.Equal(balance.Available.Concat(balance.Pending.Select(p => new Stripe.BalanceAmount { Amount = p.Amount })).Sum(a => a.Amount), report.Totals.Sum(t => (t.Net.Units * 100) + (t.Net.Nanos / 10_000_000)));
        return [.. report.Rows.Where(r => r.Net.Units != 0).Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Category} {r.Net.Units + (r.Net.Nanos / 1_000_000_000m):0.00}"))];
    }

    private static async Task ChargeAsync(Scenario scenario, long minor)
    {
        await scenario.Stripe.PaymentIntents.CreateAsync(new() { Amount = minor, Currency = "usd", Confirm = true, PaymentMethod = "pm_card_visa", AutomaticPaymentMethods = new() { Enabled = true, AllowRedirects = "never" } });
        await scenario.Simulator.TickAsync();
    }
}
