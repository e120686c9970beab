using Donations.Server.Payments;
using Donations.Testing;
using Donations.V1;
using Microsoft.Extensions.DependencyInjection;

namespace Donations.Tests.Ledger;

/// <summary>
/// A gift of 10.00 EUR, settled as 10.80 USD, goes back when a euro is worth 1.20: the books take out what they took in, and what the rate did since is on
/// 7000. Stripe's own amounts are at the rate of the day.
/// </summary>
public sealed class ForeignExchangeTests : IAsyncLifetime
{
    private const string Evidence = "winning_evidence";
    private Scenario _scenario = null!;

    public async ValueTask InitializeAsync()
    {
        _scenario = await Scenario.StartAsync();
        _scenario.Simulator.World.Options.SettlementCurrency = "usd";
        _scenario.Simulator.SetExchangeRate("eur", 1.08m);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _scenario.CheckAgainstStripeAsync();
        }
        finally
        {
            await _scenario.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_partial_refund_leaves_the_drift_of_its_part()
    {
        await GiveAsync();
        await RefundAsync(4);
        Assert.Equal("4000 -1080, 4900 432, 7000 48", Balances());
    }

    [Fact]
    public async Task Partial_refunds_at_different_rates_come_to_the_gift()
    {
        await GiveAsync();
        await RefundAsync(4);
        _scenario.Simulator.SetExchangeRate("eur", 1m);
        await RefundAsync(6);
        // 480 and 600 went, 432 and 648 had come.
        Assert.Equal("4000 -1080, 4900 1080", Balances());
        Assert.Equal(2, _scenario.Count("SELECT count(*) FROM journal_lines WHERE account = '7000'"));
    }

    [Fact]
    public async Task A_full_refund_takes_out_the_gift_as_it_was_settled()
    {
        await GiveAsync();
        await RefundAsync(null);
        Assert.Equal("4000 -1080, 4900 1080, 7000 120", Balances());
    }

    [Fact]
    public async Task A_refund_that_fails_is_owed_at_the_gift_s_rate()
    {
        await GiveAsync("pm_card_refundFail");
        await RefundAsync(null);
        _scenario.Simulator.SetExchangeRate("eur", 1.25m);
        await _scenario.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.Equal("2100 -1080, 4000 -1080, 4900 1080, 7000 -50", Balances());
    }

    [Fact]
    public async Task A_lost_dispute_is_a_chargeback_of_the_gift_as_it_was_settled()
    {
        await GiveAsync("pm_card_createDispute", disputed: true);
        Assert.Equal("1200 1080, 4000 -1080, 6010 1500, 7000 120", Balances());
        _scenario.Simulator.SetExchangeRate("eur", 1.3m);
        await DecideAsync("losing_evidence");
        Assert.Equal("4000 -1080, 4910 1080, 6010 1500, 7000 120", Balances());
    }

    [Fact]
    public async Task A_won_dispute_leaves_what_the_rate_did_while_it_lasted()
    {
        await GiveAsync("pm_card_createDispute", disputed: true);
        _scenario.Simulator.SetExchangeRate("eur", 1.25m);
        await DecideAsync(Evidence);
        // 1200 went, 1250 came back.
        Assert.Equal("4000 -1080, 7000 -50", Balances());
    }

    [Fact]
    public async Task A_lost_dispute_that_is_reversed_later_takes_the_chargeback_back()
    {
        await GiveAsync("pm_card_createDispute", disputed: true);
        await DecideAsync("losing_evidence");
        _scenario.Simulator.SetExchangeRate("eur", 0.9m);
        Assert.True(_scenario.Simulator.ReverseLostDispute(_scenario.Query<string>("SELECT stripe_dispute_id FROM disputes").Single()));
        await _scenario.SettleAsync();
        // 1200 went, 900 came back; the fee came back with it.
        Assert.Equal("4000 -1080, 7000 300", Balances());
        Assert.Equal(0, _scenario.Count("SELECT count(*) FROM disputes WHERE state <> 3"));
    }

    private async Task GiveAsync(string card = "pm_card_visa", bool disputed = false)
    {
        await _scenario.PledgeAsync("one-time-10", new() { CurrencyCode = "EUR", Units = 10 }, card);
        if (!disputed)
            await _scenario.SettleAsync();
        _scenario.Simulator.SetExchangeRate("eur", disputed ? 1.08m : 1.2m);
        if (!disputed)
            return;
        // The charge at its rate, then the dispute at its own.
        _scenario.Simulator.Exclusive(() =>
        {
            var world = _scenario.Simulator.World;
            world.Ledger.SettleCharge(world.Store.Charges.NewestFirst().Single());
            return true;
        });
        _scenario.Simulator.SetExchangeRate("eur", 1.2m);
        await _scenario.AdvanceAsync(TimeSpan.FromMinutes(1));
    }

    private async Task RefundAsync(int? units)
    {
        var payment = (await _scenario.Payments.ListPaymentsAsync(new(), _scenario.Server.As("finance"))).Payments.Single();
        await _scenario.Payments.RefundPaymentAsync(
            new() { Name = payment.Name, RequestId = Scenario.NewRequestId(), Amount = units is { } u ? new() { CurrencyCode = "EUR", Units = u } : null, Reason = Refund.Types.Reason.RequestedByDonor },
            _scenario.Server.As("finance"));
        await _scenario.SettleAsync();
    }

    private async Task DecideAsync(string evidence)
    {
        var dispute = (await _scenario.Payments.ListDisputesAsync(new(), _scenario.Server.As("finance"))).Disputes.Single();
        await _scenario.Payments.SubmitDisputeEvidenceAsync(new() { Name = dispute.Name, RequestId = Scenario.NewRequestId(), Text = evidence }, _scenario.Server.As("support"));
        await _scenario.AdvanceAsync(TimeSpan.FromDays(1));
        await _scenario.Server.Services.GetRequiredService<BooksSync>().SweepAsync(CancellationToken.None);
    }

    /// <summary>Accounts that are not empty, but for Stripe's balance, payouts and the processing fee of the one gift.</summary>
    private string Balances() => string.Join(", ", _scenario.Query<(string Account, long Minor)>(
        """
        SELECT account, sum(debit_minor - credit_minor) AS minor FROM journal_lines WHERE account NOT IN ('1000', '1010', '1020', '6000') AND currency = 'USD'
        GROUP BY account HAVING minor <> 0 ORDER BY account
        """).Select(b => $"{b.Account} {b.Minor}"));
}
