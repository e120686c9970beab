using Donations.Server.Payments;
using Donations.Testing;
using Donations.V1;
using Microsoft.Extensions.DependencyInjection;
using State = Donations.V1.Pledge.Types.State;

namespace Donations.Tests.Pledges;

/// <summary>What can cross: a cancel and an unknown charge, two changes, a late event, an outage and the inbox, a refund and a lost day.</summary>
public sealed class RaceTests : IAsyncLifetime
{
    private Scenario _scenario = null!;

    public async ValueTask InitializeAsync() => _scenario = await Scenario.StartAsync(new() { ["Stripe:NetworkRetries"] = "0" });

    public async ValueTask DisposeAsync()
    {
        await _scenario.SettleAsync();
        await _scenario.CheckBooksAsync();
        await _scenario.DisposeAsync();
    }

    [Fact]
    public async Task Cancelling_a_pledge_whose_charge_is_unknown_finishes_the_charge_first_and_then_ends_it()
    {
        var request = await _scenario.RequestAsync();
        using (StripeOutage.OfAnswers(_scenario))
            await Errors.OfAsync(() => _scenario.Pledges.CreatePledgeAsync(request));
        var pending = Assert.Single((await _scenario.Pledges.ListPledgesAsync(new() { Parent = "donors/-" }, _scenario.Server.As("support"))).Pledges);
        Assert.Equal(State.Pending, pending.State);

        var cancelled = await _scenario.Pledges.CancelPledgeAsync(new() { Name = pending.Name }, _scenario.Server.As("support"));
        Assert.Equal(State.Cancelled, cancelled.State);
        await _scenario.AdvanceAsync(TimeSpan.FromDays(70));
        Assert.Single((await _scenario.Stripe.Charges.ListAsync()).Data);
        Assert.All((await _scenario.Stripe.Subscriptions.ListAsync(new() { Status = "all" })).Data, s => Assert.Equal("canceled", s.Status));
    }

    [Fact]
    public async Task An_older_change_that_was_put_off_never_overtakes_a_newer_one()
    {
        var made = await _scenario.PledgeAsync();
        await _scenario.SettleAsync();
        ChangePledgeAmountRequest To(long units) => new() { Name = made.Pledge.Name, RequestId = Scenario.NewRequestId(), Amount = Scenario.Usd(units) };
        using (StripeOutage.OfRequests(_scenario))
            Assert.Equal("PAYMENT_PROCESSOR_UNAVAILABLE", (await Errors.OfAsync(() => _scenario.Pledges.ChangePledgeAmountAsync(To(50), Scenario.Donor(made)))).Reason());
        await _scenario.Pledges.ChangePledgeAmountAsync(To(10), Scenario.Donor(made));
        _scenario.Time.Advance(TimeSpan.FromMinutes(5));
        await _scenario.SettleAsync();
        await _scenario.AdvanceAsync(TimeSpan.FromDays(31));
        Assert.Equal(Scenario.Usd(10), (await _scenario.PaymentsAsync(made))[0].Amount);
    }

    [Fact]
    public async Task A_late_event_about_the_first_payment_does_not_wake_a_paused_pledge()
    {
        var made = await _scenario.PledgeAsync();
        await _scenario.Pledges.PausePledgeAsync(new() { Name = made.Pledge.Name }, Scenario.Donor(made));
        // charge.updated with the balance transaction comes only now.
        await _scenario.SettleAsync();
        Assert.Equal(State.Paused, (await _scenario.GetAsync(made)).State);
        Assert.NotNull((await _scenario.PaymentsAsync(made))[0].Settlement);
    }

    [Fact]
    public async Task An_outage_of_stripe_poisons_no_event()
    {
        var made = await _scenario.PledgeAsync();
        await _scenario.Simulator.TickAsync();
        var network = _scenario.Server.Services.GetRequiredService<StripeNetwork>();
        network.BeforeSend = _ => throw new HttpRequestException("down");
        for (var i = 0; i < Inbox.MaxAttempts + 3; i++)
        {
            await _scenario.Server.Services.GetRequiredService<InboxWorker>().RunOnceAsync(CancellationToken.None);
            _scenario.Time.Advance(TimeSpan.FromHours(1.1));
        }

        network.BeforeSend = null;
        Assert.Equal(0, _scenario.Count("SELECT count(*) FROM inbox_events WHERE state = 4"));
        await _scenario.SettleAsync();
        Assert.NotNull((await _scenario.PaymentsAsync(made))[0].Settlement);
    }

    [Fact]
    public async Task A_refund_whose_answer_was_lost_a_day_ago_is_looked_for_and_not_called_failed()
    {
        var made = await _scenario.PledgeAsync("one-time-10", Scenario.Usd(10));
        await _scenario.SettleAsync();
        var payment = Assert.Single(await _scenario.PaymentsAsync(made));
        var refund = new RefundPaymentRequest { Name = payment.Name, RequestId = Scenario.NewRequestId(), Amount = Scenario.Usd(4) };
        using (StripeOutage.OfAnswers(_scenario))
            await Errors.OfAsync(() => _scenario.Payments.RefundPaymentAsync(refund, _scenario.Server.As("finance")));
        _scenario.Time.Advance(TimeSpan.FromHours(24));
        await _scenario.Server.Services.GetRequiredService<OperationsWorker>().RunDueAsync(evenLeased: true, CancellationToken.None);
        Assert.Equal(Refund.Types.State.Succeeded, (await _scenario.Payments.RefundPaymentAsync(refund, _scenario.Server.As("finance"))).State);
        Assert.Single((await _scenario.Stripe.Refunds.ListAsync()).Data);
    }

    [Fact]
    public async Task The_sweep_finds_a_foreign_fact_behind_a_page_of_known_ones()
    {
        await _scenario.Stripe.PaymentIntents.CreateAsync(new() { Amount = 777, Currency = "usd", Confirm = true, PaymentMethod = "pm_card_visa", ReturnUrl = "https://shop.example/" });
        for (var i = 0; i < 101; i++)
            await _scenario.PledgeAsync("one-time-10", Scenario.Usd(10));
        await _scenario.SettleAsync();
        Assert.Equal(0, _scenario.Count("SELECT count(*) FROM journal_lines WHERE account = '2200'"));
        await _scenario.RunChoresAsync();
        Assert.Equal(777, _scenario.Count("SELECT sum(credit_minor - debit_minor) FROM journal_lines WHERE account = '2200'"));
    }

    [Fact]
    public async Task A_subscription_that_is_gone_at_stripe_ends_its_pledge_instead_of_failing()
    {
        var made = await _scenario.PledgeAsync();
        await _scenario.SettleAsync();
        var customer = Assert.Single((await _scenario.Stripe.Customers.ListAsync()).Data).Id;
        await _scenario.Stripe.Customers.DeleteAsync(customer);
        var cancelled = await _scenario.Pledges.CancelPledgeAsync(new() { Name = made.Pledge.Name }, Scenario.Donor(made));
        Assert.Equal(State.Cancelled, cancelled.State);
    }
}
