using Donations.Testing;
using Donations.V1;
using State = Donations.V1.Pledge.Types.State;

namespace Donations.Tests.Stories;

/// <summary>Donors change their minds: amount, interval, pause, end.</summary>
public sealed class ChangeStories : Story
{
    [Fact]
    public async Task The_amount_raised_mid_period_counts_from_the_next_one_and_nothing_is_charged_now()
    {
        var made = await PledgedAsync();
        await Scenario.AdvanceAsync(TimeSpan.FromDays(15));
        await Scenario.Pledges.ChangePledgeAmountAsync(new() { Name = made.Pledge.Name, RequestId = Scenario.NewRequestId(), Amount = Scenario.Usd(7) }, Scenario.Donor(made));
        await Scenario.SettleAsync();
        Assert.Single(await Scenario.PaymentsAsync(made));
        await Scenario.AdvanceAsync(TimeSpan.FromDays(31));
        Assert.Equal([7, 2], (await Scenario.PaymentsAsync(made)).Select(p => p.Amount.Units));
    }

    [Fact]
    public async Task The_interval_changes_with_the_paid_period_and_is_charged_once_then()
    {
        var made = await PledgedAsync();
        var request = new ChangePledgeIntervalRequest { Name = made.Pledge.Name, RequestId = Scenario.NewRequestId(), Interval = PledgeInterval.Annual, Amount = Scenario.Usd(24), FeeCoverAmount = Scenario.Usd(1) };
        var planned = await Scenario.Pledges.ChangePledgeIntervalAsync(request, Scenario.Donor(made));
        Assert.Equal((PledgeInterval.Monthly, PledgeInterval.Annual, 24L), (planned.Interval, planned.ScheduledChange.Interval, planned.ScheduledChange.Amount.Units));
        Assert.Equal(planned.NextPaymentTime, planned.ScheduledChange.EffectiveTime);
        Assert.Equal(planned, await Scenario.Pledges.ChangePledgeIntervalAsync(request, Scenario.Donor(made)));
        await Scenario.SettleAsync();
        Assert.Single(await Scenario.PaymentsAsync(made));

        await Scenario.AdvanceAsync(TimeSpan.FromDays(32));
        var changed = await Scenario.GetAsync(made);
        Assert.Equal((PledgeInterval.Annual, 24L, 1L, null), (changed.Interval, changed.Amount.Units, changed.FeeCoverAmount.Units, changed.ScheduledChange));
        await Scenario.AdvanceAsync(TimeSpan.FromDays(300));
        Assert.Equal([24, 2], (await Scenario.PaymentsAsync(made)).Select(p => p.Amount.Units));
        await Scenario.AdvanceAsync(TimeSpan.FromDays(70));
        Assert.Equal([24, 24, 2], (await Scenario.PaymentsAsync(made)).Select(p => p.Amount.Units));
    }

    [Theory]
    [InlineData("keep")]
    [InlineData("amount")]
    [InlineData("cancel")]
    [InlineData("dashboard")]
    public async Task A_planned_interval_is_dropped_by(string what)
    {
        var made = await PledgedAsync();
        await PlanAsync(made, PledgeInterval.Annual, 24);
        switch (what)
        {
            case "keep":
                await PlanAsync(made, PledgeInterval.Monthly, 2);
                break;
            case "amount":
                await Scenario.Pledges.ChangePledgeAmountAsync(new() { Name = made.Pledge.Name, RequestId = Scenario.NewRequestId(), Amount = Scenario.Usd(3) }, Scenario.Donor(made));
                break;
            case "cancel":
                await Scenario.Pledges.CancelPledgeAsync(new() { Name = made.Pledge.Name, AtPeriodEnd = true }, Scenario.Donor(made));
                break;
            default:
                await Scenario.Stripe.SubscriptionSchedules.ReleaseAsync((await Scenario.SubscriptionAsync(made)).ScheduleId);
                break;
        }

        await Scenario.SettleAsync();
        Assert.Null((await Scenario.GetAsync(made)).ScheduledChange);
        await Scenario.AdvanceAsync(TimeSpan.FromDays(32));
        var expected = what switch { "cancel" => new long[] { 2 }, "amount" => [3, 2], _ => [2, 2] };
        Assert.Equal(expected, (await Scenario.PaymentsAsync(made)).Select(p => p.Amount.Units));
    }

    [Fact]
    public async Task A_card_that_changes_before_the_planned_interval_pays_it_and_the_interval_can_change_again()
    {
        var made = await PledgedAsync();
        await PlanAsync(made, PledgeInterval.Annual, 24);
        await Scenario.Pledges.UpdatePaymentMethodAsync(await NewCardAsync(made), Scenario.Donor(made));
        var card = (await Scenario.SubscriptionAsync(made)).DefaultPaymentMethodId;
        await Scenario.AdvanceAsync(TimeSpan.FromDays(32));
        Assert.Equal(card, (await Scenario.SubscriptionAsync(made)).DefaultPaymentMethodId);
        Assert.Equal([24, 2], (await Scenario.PaymentsAsync(made)).Select(p => p.Amount.Units));
        // The schedule is in its last phase now, and gives way to a new one.
        Assert.Equal(PledgeInterval.Monthly, (await PlanAsync(made, PledgeInterval.Monthly, 3)).ScheduledChange.Interval);
        await Scenario.AdvanceAsync(TimeSpan.FromDays(366));
        Assert.Equal([3, 24, 2], (await Scenario.PaymentsAsync(made)).Select(p => p.Amount.Units));
    }

    [Fact]
    public async Task A_late_pledge_that_is_paused_is_not_charged_for_what_was_overdue()
    {
        var made = await PledgedAsync();
        await Scenario.ReplaceCardAsync(made, "pm_card_chargeCustomerFail");
        await Scenario.AdvanceAsync(TimeSpan.FromDays(32));
        Assert.Equal(State.PastDue, await StateAsync(made));
        Assert.Equal(State.Paused, (await Scenario.Pledges.PausePledgeAsync(new() { Name = made.Pledge.Name }, Scenario.Donor(made))).State);
        await Scenario.ReplaceCardAsync(made, "pm_card_visa");
        await Scenario.AdvanceAsync(TimeSpan.FromDays(20));
        Assert.Single(await Scenario.PaymentsAsync(made), p => p.State == Payment.Types.State.Succeeded);
        await Scenario.Pledges.ResumePledgeAsync(new() { Name = made.Pledge.Name }, Scenario.Donor(made));
        await Scenario.AdvanceAsync(TimeSpan.FromDays(12));
        Assert.Equal(State.Active, await StateAsync(made));
        Assert.Equal(2, (await Scenario.PaymentsAsync(made)).Count(p => p.State == Payment.Types.State.Succeeded));
    }

    [Fact]
    public async Task A_cancel_that_stripe_never_answered_is_sent_again_after_a_day()
    {
        var made = await PledgedAsync();
        using (StripeOutage.OfRequests(Scenario))
            Assert.Equal("PAYMENT_PROCESSOR_UNAVAILABLE", (await Errors.OfAsync(() => Scenario.Pledges.CancelPledgeAsync(new() { Name = made.Pledge.Name }, Scenario.Donor(made)))).Reason());
        Scenario.Pass(TimeSpan.FromHours(24));
        await Scenario.SettleAsync();
        Assert.Equal((State.Cancelled, "canceled"), (await StateAsync(made), (await Scenario.SubscriptionAsync(made)).Status));
    }

    [Fact]
    public async Task What_cannot_be_planned_says_why()
    {
        var made = await PledgedAsync();
        Assert.Equal("FIELD_INVALID", await ReasonAsync(made, PledgeInterval.OneTime, 24));
        Assert.Equal("FIELD_INVALID", await ReasonAsync(made, PledgeInterval.Annual, 2));
        Assert.Equal("FIELD_INVALID", await ReasonAsync(made, PledgeInterval.Monthly, 5));
        await Scenario.Pledges.CancelPledgeAsync(new() { Name = made.Pledge.Name, AtPeriodEnd = true }, Scenario.Donor(made));
        Assert.Equal("STATE_INVALID", await ReasonAsync(made, PledgeInterval.Annual, 24));
        Assert.Equal("STATE_INVALID", await ReasonAsync(await PledgedAsync("one-time-10", 10), PledgeInterval.Annual, 24));
    }

    [Fact]
    public async Task Cancelled_at_the_period_s_end_and_resumed_it_goes_on()
    {
        var made = await PledgedAsync();
        var ending = await Scenario.Pledges.CancelPledgeAsync(new() { Name = made.Pledge.Name, AtPeriodEnd = true, Reason = Pledge.Types.CancelReason.TooExpensive }, Scenario.Donor(made));
        Assert.True(ending.CancelAtPeriodEnd);
        var kept = await Scenario.Pledges.ResumePledgeAsync(new() { Name = made.Pledge.Name }, Scenario.Donor(made));
        Assert.Equal((State.Active, false, Pledge.Types.CancelReason.Unspecified), (kept.State, kept.CancelAtPeriodEnd, kept.CancelReason));
        await Scenario.AdvanceAsync(TimeSpan.FromDays(32));
        Assert.Equal(2, (await Scenario.PaymentsAsync(made)).Count);
    }

    [Fact]
    public async Task A_pledge_of_the_31st_is_charged_once_in_each_of_24_months_on_their_last_days_at_most()
    {
        await Scenario.Simulator.AdvanceToAsync(new DateTimeOffset(2027, 1, 31, 12, 0, 0, TimeSpan.Zero));
        var made = await PledgedAsync();
        for (var month = 1; month <= 24; month++)
        {
            var end = new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMonths(month + 1);
            await Scenario.AdvanceAsync(end - Scenario.Simulator.Now);
            var due = end.AddDays(-1).UtcDateTime;
            var newest = (await Scenario.PaymentsAsync(made))[0].PayTime.ToDateTime();
            Assert.Equal((due.Year, due.Month, Math.Min(31, DateTime.DaysInMonth(due.Year, due.Month))), (newest.Year, newest.Month, newest.Day));
        }

        Assert.Equal(25, (await Scenario.PaymentsAsync(made)).Count);
    }

    [Fact]
    public async Task A_customer_deleted_at_stripe_ends_the_pledge_and_its_payments_stay()
    {
        var made = await PledgedAsync();
        await Scenario.Stripe.Customers.DeleteAsync((await Scenario.SubscriptionAsync(made)).CustomerId);
        await Scenario.SettleAsync();
        var ended = await Scenario.GetAsync(made);
        Assert.Equal(State.Cancelled, ended.State);
        Assert.NotNull(ended.CancelTime);
        await Scenario.AdvanceAsync(TimeSpan.FromDays(40));
        Assert.Single(await Scenario.PaymentsAsync(made));
    }

    [Fact]
    public async Task The_same_card_minutes_later_is_asked_about_and_goes_through_when_it_is_meant()
    {
        var made = await PledgedAsync();
        var again = await Scenario.RequestAsync();
        again.AllowDuplicate = false;
        var error = await Errors.OfAsync(() => Scenario.Pledges.CreatePledgeAsync(again));
        Assert.Equal("ALREADY_PLEDGED", error.Reason());
        Assert.DoesNotContain(made.Pledge.Name, error.Status.Detail, StringComparison.Ordinal);
        // Another card, another time, a failed try and a confirmed second pledge are no mistakes.
        var other = await Scenario.RequestAsync(paymentMethod: "pm_card_amex");
        other.AllowDuplicate = false;
        await Scenario.Pledges.CreatePledgeAsync(other);
        again.AllowDuplicate = true;
        await Scenario.Pledges.CreatePledgeAsync(again);
        Scenario.Time.Advance(TimeSpan.FromMinutes(11));
        var later = await Scenario.RequestAsync();
        later.AllowDuplicate = false;
        await Scenario.Pledges.CreatePledgeAsync(later);
        await Scenario.RunChoresAsync();
        Assert.Equal(1, Scenario.Count("SELECT count(*) FROM recent_cards"));
    }

    [Fact]
    public async Task A_failed_try_does_not_stand_in_the_way_of_the_next()
    {
        var declined = await Scenario.RequestAsync(paymentMethod: "pm_card_visa_chargeDeclined");
        declined.AllowDuplicate = false;
        await Errors.OfAsync(() => Scenario.Pledges.CreatePledgeAsync(declined));
        var again = await Scenario.RequestAsync(paymentMethod: "pm_card_visa_chargeDeclined");
        again.AllowDuplicate = false;
        Assert.Equal("CARD_DECLINED", (await Errors.OfAsync(() => Scenario.Pledges.CreatePledgeAsync(again))).Reason());
    }

    private async Task<Pledge> PlanAsync(CreatePledgeResponse made, PledgeInterval interval, int dollars) => await Scenario.Pledges.ChangePledgeIntervalAsync(
        new() { Name = made.Pledge.Name, RequestId = Scenario.NewRequestId(), Interval = interval, Amount = Scenario.Usd(dollars) }, Scenario.Donor(made));

    private async Task<string> ReasonAsync(CreatePledgeResponse made, PledgeInterval interval, int dollars) => (await Errors.OfAsync(() => Scenario.Pledges.ChangePledgeIntervalAsync(
        new() { Name = made.Pledge.Name, RequestId = Scenario.NewRequestId(), Interval = interval, Amount = Scenario.Usd(dollars) }, Scenario.Donor(made)))).Reason();
}
