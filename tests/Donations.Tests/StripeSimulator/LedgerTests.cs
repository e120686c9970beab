using Stripe;

namespace Donations.Tests.StripeSimulator;

public sealed class LedgerTests
{
    private static CancellationToken Ct => Simulator.Ct;

    [Fact]
    public async Task Refunds_are_partial_several_and_never_more_than_the_charge()
    {
        await using var sim = await Simulator.StartAsync();
        var intent = await sim.PayAsync(amount: 1000);
        var first = await sim.Stripe.V1.Refunds.CreateAsync(new() { PaymentIntent = intent.Id, Amount = 300, Reason = "requested_by_customer" }, null, Ct);
        Assert.Equal(("succeeded", intent.LatestChargeId), (first.Status, first.ChargeId));
        await sim.Stripe.V1.Refunds.CreateAsync(new() { Charge = intent.LatestChargeId, Amount = 300 }, null, Ct);
        await Assert.ThrowsAsync<StripeException>(() => sim.Stripe.V1.Refunds.CreateAsync(new() { PaymentIntent = intent.Id, Amount = 401 }, null, Ct));
        var rest = await sim.Stripe.V1.Refunds.CreateAsync(new() { PaymentIntent = intent.Id }, null, Ct);
        Assert.Equal(400, rest.Amount);
        var error = await Assert.ThrowsAsync<StripeException>(() => sim.Stripe.V1.Refunds.CreateAsync(new() { PaymentIntent = intent.Id }, null, Ct));
        Assert.Equal("charge_already_refunded", error.StripeError.Code);

        var charge = await sim.Stripe.V1.Charges.GetAsync(intent.LatestChargeId, new ChargeGetOptions { Expand = ["refunds"] }, null, Ct);
        Assert.Equal((true, 1000, 3), (charge.Refunded, charge.AmountRefunded, charge.Refunds.Count()));
        var transaction = await sim.Stripe.V1.BalanceTransactions.GetAsync(first.BalanceTransactionId, null, null, Ct);
        Assert.Equal((-300, 0, -300, "refund"), (transaction.Amount, transaction.Fee, transaction.Net, transaction.ReportingCategory));
        await CheckBooksAsync(sim);
    }

    [Fact]
    public async Task Refunds_of_special_cards_stay_pending_or_fail_later()
    {
        await using var sim = await Simulator.StartAsync();
        var slow = await sim.Stripe.V1.Refunds.CreateAsync(new() { PaymentIntent = (await sim.PayAsync("pm_card_pendingRefund")).Id }, null, Ct);
        var bad = await sim.Stripe.V1.Refunds.CreateAsync(new() { PaymentIntent = (await sim.PayAsync("pm_card_refundFail")).Id }, null, Ct);
        Assert.Equal(("pending", "succeeded"), (slow.Status, bad.Status));
        await sim.AdvanceAsync(TimeSpan.FromHours(1));
        slow = await sim.Stripe.V1.Refunds.GetAsync(slow.Id, null, null, Ct);
        bad = await sim.Stripe.V1.Refunds.GetAsync(bad.Id, null, null, Ct);
        Assert.Equal(("succeeded", "failed"), (slow.Status, bad.Status));
        Assert.NotNull(bad.FailureBalanceTransactionId);
        Assert.Equal(0, (await sim.Stripe.V1.Charges.GetAsync(bad.ChargeId, null, null, Ct)).AmountRefunded);
        Assert.Contains("refund.failed", await sim.EventTypesAsync());
        await CheckBooksAsync(sim);
    }

    [Fact]
    public async Task Money_waits_two_days_and_is_paid_out_with_a_list_of_where_it_came_from()
    {
        await using var sim = await Simulator.StartAsync();
        await sim.PayAsync(amount: 1000);
        await sim.PayAsync(amount: 2000, method: "pm_card_gb");
        await sim.AdvanceAsync(TimeSpan.Zero);
        await CheckBooksAsync(sim);
        var balance = await sim.Stripe.V1.Balance.GetAsync(null, null, Ct);
        const long net = 1000 - 59 + 2000 - 88 - 30;
        Assert.Equal((0, net), (balance.Available.Single().Amount, balance.Pending.Single().Amount));

        // Paid on 31 January at 10:00, available at the first midnight two days later.
        await sim.AdvanceToAsync(new DateTimeOffset(2026, 2, 2, 23, 59, 59, TimeSpan.Zero));
        Assert.Empty(await sim.Stripe.V1.Payouts.ListAsync(null, null, Ct));
        await sim.AdvanceAsync(TimeSpan.FromSeconds(1));
        var payout = (await sim.Stripe.V1.Payouts.ListAsync(null, null, Ct)).Single();
        Assert.Equal((net, "in_transit", true, "in_progress"), (payout.Amount, payout.Status, payout.Automatic, payout.ReconciliationStatus));
        await CheckBooksAsync(sim);

        await sim.AdvanceAsync(TimeSpan.FromDays(1));
        payout = await sim.Stripe.V1.Payouts.GetAsync(payout.Id, null, null, Ct);
        Assert.Equal(("paid", "completed"), (payout.Status, payout.ReconciliationStatus));
        var parts = await sim.Stripe.V1.BalanceTransactions.ListAsync(new() { Payout = payout.Id }, null, Ct);
        Assert.Equal(payout.Amount, parts.Where(b => b.Type != "payout").Sum(b => b.Net));
        Assert.Equal(0, parts.Sum(b => b.Net));
        var types = await sim.EventTypesAsync();
        foreach (var type in new[] { "payout.created", "payout.paid", "payout.reconciliation_completed" })
            Assert.Single(types, type);
    }

    [Theory]
    [InlineData(0, "in_transit")]
    [InlineData(2, "paid")]
    public async Task A_bank_returns_a_payout_and_the_next_one_carries_its_money(int days, string before)
    {
        await using var sim = await Simulator.StartAsync();
        await sim.PayAsync(amount: 1000);
        await sim.AdvanceToAsync(new DateTimeOffset(2026, 2, 3, 0, 0, 0, TimeSpan.Zero));
        await sim.AdvanceAsync(TimeSpan.FromDays(days));
        var payout = (await sim.Stripe.V1.Payouts.ListAsync(null, null, Ct)).Single();
        Assert.Equal(before, payout.Status);
        var path = $"/_simulator/payouts/{payout.Id}/return";
        using (var returned = await sim.PostAsync(path, []))
            Assert.True(returned.IsSuccessStatusCode);
        using (var again = await sim.PostAsync(path, []))
            Assert.Equal(System.Net.HttpStatusCode.BadRequest, again.StatusCode);
        payout = await sim.Stripe.V1.Payouts.GetAsync(payout.Id, new() { Expand = ["failure_balance_transaction"] }, null, Ct);
        Assert.Equal(("failed", "account_closed"), (payout.Status, payout.FailureCode));
        Assert.Equal((payout.Amount, "payout_failure", "payout_reversal", payout.Id), (payout.FailureBalanceTransaction.Net, payout.FailureBalanceTransaction.Type, payout.FailureBalanceTransaction.ReportingCategory, payout.FailureBalanceTransaction.SourceId));
        await CheckBooksAsync(sim);
        await sim.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.Equal(payout.Amount, (await sim.Stripe.V1.Payouts.ListAsync(null, null, Ct)).First().Amount);
        Assert.Contains("payout.failed", await sim.EventTypesAsync());
        await CheckBooksAsync(sim);
    }

    [Fact]
    public async Task The_books_balance_at_every_step_of_a_busy_year()
    {
        await using var sim = await Simulator.StartAsync(o => o.SettlementCurrency = "usd");
        await sim.ActiveAsync();
        await sim.ActiveAsync("pm_card_fr", interval: "week");
        for (var week = 0; week < 52; week++)
        {
            var paid = await sim.PayAsync("pm_card_bypassPending", 3000 + week, week % 2 == 0 ? "eur" : "usd");
            if (week % 3 == 0)
                await sim.Stripe.V1.Refunds.CreateAsync(new() { PaymentIntent = paid.Id, Amount = 1000 }, null, Ct);
            await CheckBooksAsync(sim);
            await sim.AdvanceAsync(TimeSpan.FromDays(7));
            await CheckBooksAsync(sim);
        }
        var converted = (await sim.Stripe.V1.BalanceTransactions.ListAsync(new() { Limit = 100 }, null, Ct)).First(b => b.ExchangeRate is not null && b.Type == "charge");
        Assert.Equal("usd", converted.Currency);
        Assert.Contains(converted.FeeDetails, fee => fee.Description == "Currency conversion fee");
    }

    [Fact]
    public async Task Rates_move_and_each_movement_of_money_is_at_the_rate_of_its_own_day()
    {
        await using var sim = await Simulator.StartAsync(o => o.SettlementCurrency = "usd");
        var paid = await sim.PayAsync(amount: 1000, currency: "eur");
        await sim.AdvanceAsync(TimeSpan.FromMinutes(1));
        using (var set = await sim.PostAsync("/_simulator/exchange_rates", new() { ["currency"] = "eur", ["rate"] = "1.2" }))
            Assert.Contains("\"eur\":1.2", await set.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
        using (var wrong = await sim.PostAsync("/_simulator/exchange_rates", new() { ["currency"] = "eur", ["rate"] = "0" }))
            Assert.Equal(System.Net.HttpStatusCode.BadRequest, wrong.StatusCode);
        var refund = await sim.Stripe.V1.Refunds.CreateAsync(new() { PaymentIntent = paid.Id, Amount = 500 }, null, Ct);
        var back = await sim.Stripe.V1.BalanceTransactions.GetAsync(refund.BalanceTransactionId, null, null, Ct);
        Assert.Equal((-600, 1.2m), (back.Amount, back.ExchangeRate));
        var charged = (await sim.Stripe.V1.BalanceTransactions.ListAsync(new() { Source = paid.LatestChargeId }, null, Ct)).Single();
        Assert.Equal((1080, 1.08m), (charged.Amount, charged.ExchangeRate));
        await CheckBooksAsync(sim);
    }

    [Fact]
    public async Task A_manual_payout_takes_what_is_there_and_no_more()
    {
        await using var sim = await Simulator.StartAsync(o => o.AutomaticPayouts = false);
        await sim.PayAsync("pm_card_bypassPending", amount: 5000);
        await sim.AdvanceAsync(TimeSpan.FromSeconds(1));
        var error = await Assert.ThrowsAsync<StripeException>(() => sim.Stripe.V1.Payouts.CreateAsync(new() { Amount = 4826, Currency = "usd" }, null, Ct));
        Assert.Equal("balance_insufficient", error.StripeError.Code);
        var payout = await sim.Stripe.V1.Payouts.CreateAsync(new() { Amount = 4825, Currency = "usd" }, null, Ct);
        Assert.Equal((false, "not_applicable"), (payout.Automatic, payout.ReconciliationStatus));
        Assert.Equal(0, (await sim.Stripe.V1.Balance.GetAsync(null, null, Ct)).Available.Single().Amount);
        await CheckBooksAsync(sim);
    }

    /// <summary>Per currency, all that ever came and went is what is there now.</summary>
    internal static async Task CheckBooksAsync(Simulator sim)
    {
        var sums = new Dictionary<string, long>();
        await foreach (var b in sim.Stripe.V1.BalanceTransactions.ListAutoPagingAsync(new() { Limit = 100 }, null, Ct))
        {
            Assert.Equal(b.Amount - b.Fee, b.Net);
            Assert.Equal(b.Fee, b.FeeDetails.Sum(fee => fee.Amount));
            sums[b.Currency] = sums.GetValueOrDefault(b.Currency) + b.Net;
        }
        var balance = await sim.Stripe.V1.Balance.GetAsync(null, null, Ct);
        foreach (var (currency, sum) in sums)
            Assert.Equal(sum, balance.Available.Single(a => a.Currency == currency).Amount + balance.Pending.Single(a => a.Currency == currency).Amount);
    }
}
