using Donations.Testing;
using Donations.V1;
using State = Donations.V1.Pledge.Types.State;

namespace Donations.StripeTests;

/// <summary>A pledge that runs: changed, renewed, ended.</summary>
public sealed class ChangeTests(TestAccount account) : IClassFixture<TestAccount>
{
    [Fact]
    public async Task A_renewal_comes_with_the_clock_and_has_the_new_amount()
    {
        var (clock, made) = await account.OnClockAsync(() => account.PledgeAsync());
        Assert.Equal(State.Active, made.Pledge.State);
        await account.Pledges().ChangePledgeAmountAsync(new() { Name = made.Pledge.Name, RequestId = Scenario.NewRequestId(), Amount = Scenario.Usd(5) }, Scenario.Donor(made));
        Assert.Equal(500, (await account.SubscriptionAsync(made)).Items.Data[0].Price.UnitAmount);
        Assert.Equal(clock, (await account.SubscriptionAsync(made)).TestClockId);
        await account.AdvanceAsync(clock, TimeSpan.FromDays(32));
        await account.EventuallyAsync("The renewal is known", async () => (await account.PaymentsAsync(made)).Count == 2);
        Assert.Equal([5, 2], (await account.PaymentsAsync(made)).OrderByDescending(p => p.PayTime).Select(p => p.Amount.Units));
        await account.CheckAgainstStripeAsync();
    }

    [Fact]
    public async Task A_change_of_interval_is_planned_for_the_period_s_end()
    {
        var made = await account.PledgeAsync();
        var planned = await account.Pledges().ChangePledgeIntervalAsync(
            new() { Name = made.Pledge.Name, RequestId = Scenario.NewRequestId(), Interval = PledgeInterval.Annual, Amount = Scenario.Usd(24) }, Scenario.Donor(made));
        Assert.Equal((PledgeInterval.Monthly, PledgeInterval.Annual), (planned.Interval, planned.ScheduledChange.Interval));
        var schedule = await account.Stripe.SubscriptionSchedules.GetAsync((await account.SubscriptionAsync(made)).ScheduleId, new() { Expand = ["phases.items.price"] });
        Assert.Equal("release", schedule.EndBehavior);
        Assert.Equal(["month", "year"], schedule.Phases.Select(p => p.Items[0].Price.Recurring.Interval));
        Assert.Single(await account.PaymentsAsync(made));
        await account.CheckAgainstStripeAsync();
    }

    [Fact]
    public async Task A_new_card_is_the_one_that_is_charged_next()
    {
        var made = await account.PledgeAsync();
        var updated = await account.Pledges().UpdatePaymentMethodAsync(
            new() { Name = made.Pledge.Name, RequestId = Scenario.NewRequestId(), ConfirmationToken = await account.TokenAsync("pm_card_mastercard"), ReturnUrl = "https://paper.example/account" }, Scenario.Donor(made));
        Assert.Null(updated.Action);
        Assert.Equal("mastercard", (await account.SubscriptionAsync(made)).DefaultPaymentMethod.Card.Brand);
        await account.CheckAgainstStripeAsync();
    }

    [Fact]
    public async Task Cancelling_ends_it_at_stripe_now_or_with_its_period()
    {
        var (now, later) = (await account.PledgeAsync(), await account.PledgeAsync());
        var ended = await account.Pledges().CancelPledgeAsync(new() { Name = now.Pledge.Name, Reason = Pledge.Types.CancelReason.TooExpensive }, Scenario.Donor(now));
        Assert.Equal(State.Cancelled, ended.State);
        Assert.Equal("canceled", (await account.SubscriptionAsync(now)).Status);
        var ending = await account.Pledges().CancelPledgeAsync(new() { Name = later.Pledge.Name, AtPeriodEnd = true }, Scenario.Donor(later));
        Assert.Equal((State.Active, true), (ending.State, ending.CancelAtPeriodEnd));
        Assert.True((await account.SubscriptionAsync(later)).CancelAtPeriodEnd);
        await account.CheckAgainstStripeAsync();
    }
}
