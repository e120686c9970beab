using Donations.Server.Ledger;
using Donations.Server.Payments;
using Donations.Testing;
using Donations.V1;
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

        await scenario.LiveAsync(TimeSpan.FromDays(10), TimeSpan.FromHours(12));
        await scenario.CheckBooksAsync();
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

    private static async Task ChargeAsync(Scenario scenario, long minor)
    {
        await scenario.Stripe.PaymentIntents.CreateAsync(new() { Amount = minor, Currency = "usd", Confirm = true, PaymentMethod = "pm_card_visa", AutomaticPaymentMethods = new() { Enabled = true, AllowRedirects = "never" } });
        await scenario.Simulator.TickAsync();
    }
}
