using Donations.Testing;
using Payout = Donations.StripeSimulator.Payments.Payout;

namespace Donations.Tests.Ledger;

/// <summary>
/// What was under way when the books were opened, and what became of it: payouts that a bank returned, disputes that were decided. Each ends on the account that
/// the opening entry has it on. The books open at the start of 28 November 2026; 10.00 USD came in on the 24th, of which 9.41 are paid out.
/// </summary>
public sealed class OpeningItemTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Opening = new(2026, 11, 28, 0, 0, 0, TimeSpan.Zero);

    private Scenario _scenario = null!;

    public async ValueTask InitializeAsync() => _scenario = await Scenario.StartAsync(new() { ["Ledger:OpeningDate"] = "2026-11-28" });

    public async ValueTask DisposeAsync() => await _scenario.DisposeAsync();

    [Theory]
    [InlineData(1.5, 1.6)]
    [InlineData(1.5, 0.5)]
    public async Task A_payout_on_its_way_that_came_back_was_in_transit(double returnedAfter, double firstSeenAfter)
    {
        var payout = await PayOutAsync(transitDays: 3);
        await OpenAsync(firstSeenAfter, returnedAfter, () => ReturnAsync(payout));
        Assert.Equal("1020 941, 3000 -941", Entry("opened"));
        Assert.Equal("1010 941, 1020 -941", Entry("payout_reversal"));
        await EndAsync();
    }

    [Fact]
    public async Task A_payout_on_its_way_that_arrived_and_then_came_back_left_the_bank_again()
    {
        var payout = await PayOutAsync(transitDays: 3);
        await OpenAsync(0.5, 4, () => ReturnAsync(payout));
        Assert.Equal("1000 941, 1020 -941", Entry("paid"));
        Assert.Equal("1000 -941, 1010 941", Entry("payout_reversal"));
        await EndAsync();
    }

    [Theory]
    [InlineData(0.4, 0.5)]
    [InlineData(1.5, 0.5)]
    public async Task A_payout_that_had_arrived_before_comes_back_from_the_bank(double returnedAfter, double firstSeenAfter)
    {
        _scenario.Simulator.World.Options.SettlementDelay = TimeSpan.Zero;
        var payout = await PayOutAsync(transitDays: 1);
        await OpenAsync(firstSeenAfter, returnedAfter, () => ReturnAsync(payout));
        Assert.Equal("", Entry("opened"));
        Assert.Equal("1000 -941, 1010 941", Entry("payout_reversal"));
        await EndAsync();
    }

    [Fact]
    public async Task A_payout_that_came_back_before_is_no_news()
    {
        var payout = await PayOutAsync(transitDays: 3);
        Assert.True(_scenario.Simulator.ReturnPayout(payout));
        await OpenAsync(0.5);
        Assert.Equal("1010 941, 3000 -941", Entry("opened"));
        Assert.Equal("", Entry("payout_reversal"));
        await EndAsync();
    }

    [Fact]
    public async Task A_payout_that_was_late_arrives_in_these_books()
    {
        var payout = await PayOutAsync(transitDays: 3);
        _scenario.Simulator.World.Store.Get<Payout>(payout).ArrivalDate = new DateTimeOffset(2026, 11, 27, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds();
        await OpenAsync(0.5);
        await _scenario.LiveAsync(TimeSpan.FromDays(3), TimeSpan.FromHours(12));
        Assert.Equal("1000 941, 1020 -941", Entry("paid"));
        Assert.Equal(20261128, _scenario.Count("SELECT book_date FROM journal_entries WHERE transition = 'paid'"));
        Assert.Equal(0, _scenario.Count("SELECT count(*) FROM exceptions"));
        await EndAsync();
    }

    [Theory]
    [InlineData(0.4)]
    [InlineData(2)]
    public async Task A_dispute_that_was_open_is_receivable_and_comes_back_when_it_is_won(double decidedAfter)
    {
        var dispute = await DisputeAsync();
        await OpenAsync(0.5, decidedAfter, () => SubmitAsync(dispute, "winning_evidence"));
        Assert.Contains("1200 1000", Entry("opened"), StringComparison.Ordinal);
        Assert.Equal("1010 2500, 1200 -1000, 6010 -1500", Entry("dispute_reversal"));
        await EndAsync();
    }

    [Theory]
    [InlineData(0.4)]
    [InlineData(2)]
    public async Task A_dispute_that_was_open_is_written_off_when_it_is_lost(double decidedAfter)
    {
        var dispute = await DisputeAsync();
        await OpenAsync(0.5, decidedAfter, () => _scenario.Stripe.Disputes.CloseAsync(dispute));
        Assert.Contains("1200 1000", Entry("opened"), StringComparison.Ordinal);
        Assert.Equal("1200 -1000, 4910 1000", Entry("lost"));
        Assert.Equal(Opening.AddDays(decidedAfter).ToUnixTimeSeconds(), _scenario.Count("SELECT fact_time_us / 1000000 FROM journal_entries WHERE transition = 'lost'"));
        await EndAsync();
    }

    [Theory]
    [InlineData("pm_card_createDispute", false, "1010 2500, 2200 -1000, 6010 -1500")]
    [InlineData("pm_card_createDispute", true, "1010 2500, 4910 -1000, 6010 -1500")]
    public async Task A_dispute_that_had_been_lost_is_nothing_until_it_is_won_after_all(string card, bool ours, string expected)
    {
        var dispute = await DisputeAsync(card, ours);
        await _scenario.Stripe.Disputes.CloseAsync(dispute);
        await OpenAsync(0.5);
        Assert.DoesNotContain("1200", Entry("opened"), StringComparison.Ordinal);
        Assert.Equal("", Entry("lost"));
        Assert.True(_scenario.Simulator.ReverseLostDispute(dispute));
        await _scenario.LiveAsync(TimeSpan.FromHours(1), TimeSpan.FromHours(1));
        Assert.Equal(expected, Entry("dispute_reversal"));
        await EndAsync();
    }

    [Fact]
    public async Task A_dispute_that_was_open_leaves_at_what_it_was_taken_over_as()
    {
        _scenario.Simulator.World.Options.SettlementCurrency = "usd";
        _scenario.Simulator.SetExchangeRate("eur", 1.08m);
        var dispute = await DisputeAsync(currency: "eur");
        _scenario.Simulator.SetExchangeRate("eur", 1.2m);
        await OpenAsync(0.5, 2, () => SubmitAsync(dispute, "winning_evidence"));
        Assert.Contains("1200 1080", Entry("opened"), StringComparison.Ordinal);
        Assert.Equal("1010 2700, 1200 -1080, 6010 -1500, 7000 -120", Entry("dispute_reversal"));
        await EndAsync();
    }

    /// <summary>Ten dollars of another system, paid out; answers with the payout, as it is on 27 November at noon.</summary>
    private async Task<string> PayOutAsync(double transitDays)
    {
        _scenario.Simulator.World.Options.PayoutTransit = TimeSpan.FromDays(transitDays);
        await ChargeAsync("pm_card_visa", 1000, "usd");
        await PassToAsync(Opening.AddHours(-12));
        return Assert.Single((await _scenario.Stripe.Payouts.ListAsync()).Data).Id;
    }

    /// <summary>Ten of a currency, of another system's or a pledge of ours, that its holder disputes at once.</summary>
    private async Task<string> DisputeAsync(string card = "pm_card_createDispute", bool ours = false, string currency = "usd")
    {
        await ChargeAsync("pm_card_visa", 900_000, "usd");
        if (ours)
            await _scenario.PledgeAsync("one-time-10", Scenario.Usd(10), card);
        else
            await ChargeAsync(card, 1000, currency);
        await PassToAsync(Opening.AddHours(-12));
        return Assert.Single((await _scenario.Stripe.Disputes.ListAsync()).Data).Id;
    }

    private Task SubmitAsync(string dispute, string evidence) => _scenario.Stripe.Disputes.UpdateAsync(dispute, new() { Evidence = new() { UncategorizedText = evidence }, Submit = true });

    private Task ReturnAsync(string payout)
    {
        Assert.True(_scenario.Simulator.ReturnPayout(payout));
        return Task.CompletedTask;
    }

    /// <summary>The server first looks some days after the opening; what happens to what was under way, happens before that or after it. Events come at once, always.</summary>
    private async Task OpenAsync(double firstSeenAfter, double happensAfter = 0, Func<Task>? happens = null)
    {
        if (happens is not null && happensAfter <= firstSeenAfter)
            await HappenAsync(happensAfter, happens);
        await PassToAsync(Opening.AddDays(firstSeenAfter));
        Assert.Equal("", Entry("opened"));
        await _scenario.RunChoresAsync();
        if (happens is not null && happensAfter > firstSeenAfter)
            await HappenAsync(happensAfter, happens);
        await _scenario.RunChoresAsync();
    }

    private async Task HappenAsync(double after, Func<Task> happens)
    {
        await PassToAsync(Opening.AddDays(after));
        await happens();
        await _scenario.SettleAsync();
    }

    private async Task PassToAsync(DateTimeOffset to)
    {
        // Half a day at a time, as events come.
        while (_scenario.Time.GetUtcNow() < to)
        {
            _scenario.Pass(TimeSpan.FromTicks(Math.Min((to - _scenario.Time.GetUtcNow()).Ticks, TimeSpan.FromHours(12).Ticks)));
            await _scenario.SettleAsync();
        }
    }

    /// <summary>Ten days later all of it is over: nothing is in transit or receivable, and 1010 is Stripe's balance.</summary>
    private async Task EndAsync()
    {
        _scenario.Simulator.World.Options.PayoutTransit = TimeSpan.FromDays(1);
        await _scenario.LiveAsync(TimeSpan.FromDays(10), TimeSpan.FromHours(12));
        await _scenario.CheckBooksAsync();
        Assert.Equal(0, _scenario.Count("SELECT coalesce(sum(debit_minor - credit_minor), 0) FROM journal_lines WHERE account IN ('1020', '1200')"));
        Assert.Equal(0, _scenario.Count("SELECT count(*) FROM payouts WHERE batch_state = 1"));
    }

    private async Task ChargeAsync(string card, long minor, string currency)
    {
        await _scenario.Stripe.PaymentIntents.CreateAsync(new() { Amount = minor, Currency = currency, Confirm = true, PaymentMethod = card, AutomaticPaymentMethods = new() { Enabled = true, AllowRedirects = "never" } });
        await _scenario.SettleAsync();
    }

    /// <summary>Lines of the entries of a transition, debits positive, by account; empty where there is none.</summary>
    private string Entry(string transition) => string.Join(", ", _scenario.Query<string>(
        $"SELECT account || ' ' || sum(debit_minor - credit_minor) FROM journal_entries JOIN journal_lines USING (entry_id) WHERE transition = '{transition}' GROUP BY account ORDER BY account"));
}
