using Stripe;

namespace Donations.Tests.StripeSimulator;

public sealed class ScheduleTests
{
    private static CancellationToken Ct => Simulator.Ct;

    [Fact]
    public async Task A_schedule_of_phases_makes_its_subscription_when_it_begins()
    {
        await using var sim = await Simulator.StartAsync();
        using var made = await sim.PostAsync("/v1/customers", new() { ["source"] = "tok_visa" });
        var customer = (await sim.Stripe.V1.Customers.ListAsync(null, null, Ct)).Data.Single();
        Assert.NotNull(customer.InvoiceSettings.DefaultPaymentMethodId);
        var price = await sim.Stripe.V1.Prices.CreateAsync(new() { ProductData = new() { Name = "Paper" }, Currency = "usd", UnitAmount = 400, Recurring = new() { Interval = "month" } }, null, Ct);
        var begins = Simulator.Start.AddDays(3);
        var schedule = await sim.Stripe.V1.SubscriptionSchedules.CreateAsync(
            new()
            {
                Customer = customer.Id,
                StartDate = begins.UtcDateTime,
                EndBehavior = "cancel",
                Phases = [new() { Items = [new() { Price = price.Id, Quantity = 1 }] }, new() { Items = [new() { Price = price.Id, Quantity = 2 }] }],
            }, null, Ct);
        Assert.Equal(("not_started", null), (schedule.Status, schedule.SubscriptionId));
        await sim.AdvanceToAsync(begins.AddHours(2));
        schedule = await sim.Stripe.V1.SubscriptionSchedules.GetAsync(schedule.Id, null, null, Ct);
        Assert.Equal("active", (await sim.GetAsync(schedule.SubscriptionId)).Status);
        await sim.AdvanceToAsync(begins.AddMonths(2).AddDays(-6));
        Assert.Contains("subscription_schedule.expiring", await sim.EventTypesAsync());
        await sim.AdvanceToAsync(begins.AddMonths(3));
        Assert.Equal([800, 400], (await sim.InvoicesAsync(schedule.SubscriptionId)).Select(i => i.AmountPaid));
        Assert.Equal("canceled", (await sim.GetAsync(schedule.SubscriptionId)).Status);

        var never = await sim.Stripe.V1.SubscriptionSchedules.CreateAsync(
            new() { Customer = customer.Id, StartDate = begins.AddYears(1).UtcDateTime, Phases = [new() { Items = [new() { Price = price.Id }] }] }, null, Ct);
        Assert.Equal("canceled", (await sim.Stripe.V1.SubscriptionSchedules.CancelAsync(never.Id, null, null, Ct)).Status);
    }

    [Fact]
    public async Task The_interval_changes_at_the_period_s_end_with_one_bill_and_no_proration()
    {
        await using var sim = await Simulator.StartAsync();
        var (subscription, schedule) = await ScheduledAsync(sim, "year", 5000);
        Assert.Equal(("active", subscription.Id, 2), (schedule.Status, schedule.SubscriptionId, schedule.Phases.Count));
        Assert.Equal(
            ["subscription_schedule.created", "subscription_schedule.updated"],
            (await sim.EventTypesAsync()).Where(type => type.StartsWith("subscription_schedule", StringComparison.Ordinal)));
        var end = subscription.Items.Data[0].CurrentPeriodEnd;
        Assert.Equal((end, end, end.AddYears(1)), (schedule.Phases[0].EndDate, schedule.Phases[1].StartDate, schedule.Phases[1].EndDate));
        await sim.AdvanceToAsync(end.AddSeconds(-1));
        Assert.Equal(500, (await sim.GetAsync(subscription.Id)).Items.Data[0].Price.UnitAmount);
        var upcoming = (Invoice)(await sim.Stripe.V1.Events.ListAsync(new() { Type = "invoice.upcoming" }, null, Ct)).Single().Data.Object;
        Assert.Equal((5000, end.AddYears(1)), (upcoming.AmountDue, upcoming.Lines.Data[0].Period.End));

        await sim.AdvanceToAsync(end.AddHours(2));
        var changed = await sim.GetAsync(subscription.Id);
        Assert.Equal((subscription.Items.Data[0].Id, "year", end.AddYears(1), end),
            (changed.Items.Data[0].Id, changed.Items.Data[0].Price.Recurring.Interval, changed.Items.Data[0].CurrentPeriodEnd, changed.BillingCycleAnchor));
        var invoices = await sim.InvoicesAsync(subscription.Id);
        Assert.Equal([(5000, "paid", "subscription_cycle"), (500, "paid", "subscription_create")], invoices.Select(i => (i.AmountPaid, i.Status, i.BillingReason)));

        await sim.AdvanceToAsync(end.AddYears(1).AddHours(2));
        Assert.Equal([5000L, 5000, 500], (await sim.InvoicesAsync(subscription.Id)).Select(i => i.AmountPaid));
        schedule = await sim.Stripe.V1.SubscriptionSchedules.GetAsync(schedule.Id, null, null, Ct);
        Assert.Equal(("released", null, subscription.Id), (schedule.Status, schedule.SubscriptionId, schedule.ReleasedSubscription));
        Assert.Null((await sim.GetAsync(subscription.Id)).ScheduleId);
        Assert.Contains("subscription_schedule.released", await sim.EventTypesAsync());
    }

    [Fact]
    public async Task Released_in_time_the_schedule_changes_nothing()
    {
        await using var sim = await Simulator.StartAsync();
        var (subscription, schedule) = await ScheduledAsync(sim, "year", 5000);
        await Assert.ThrowsAsync<StripeException>(() => sim.Stripe.V1.Subscriptions.UpdateAsync(subscription.Id, new() { CancelAtPeriodEnd = true }, null, Ct));
        await Assert.ThrowsAsync<StripeException>(() => sim.Stripe.V1.SubscriptionSchedules.CreateAsync(new() { FromSubscription = subscription.Id }, null, Ct));
        await sim.Stripe.V1.SubscriptionSchedules.ReleaseAsync(schedule.Id, null, null, Ct);
        await Assert.ThrowsAsync<StripeException>(() => sim.Stripe.V1.SubscriptionSchedules.ReleaseAsync(schedule.Id, null, null, Ct));
        await sim.AdvanceToAsync(subscription.Items.Data[0].CurrentPeriodEnd.AddHours(2));
        Assert.Equal([500L, 500], (await sim.InvoicesAsync(subscription.Id)).Select(i => i.AmountPaid));
    }

    [Fact]
    public async Task A_schedule_and_its_subscription_end_together()
    {
        await using var sim = await Simulator.StartAsync();
        var (first, schedule) = await ScheduledAsync(sim, "year", 5000);
        Assert.Equal("canceled", (await sim.Stripe.V1.SubscriptionSchedules.CancelAsync(schedule.Id, null, null, Ct)).Status);
        Assert.Equal("canceled", (await sim.GetAsync(first.Id)).Status);
        var (second, other) = await ScheduledAsync(sim, "year", 5000);
        await sim.Stripe.V1.Subscriptions.CancelAsync(second.Id, null, null, Ct);
        Assert.Equal("canceled", (await sim.Stripe.V1.SubscriptionSchedules.GetAsync(other.Id, null, null, Ct)).Status);
        var (third, ending) = await ScheduledAsync(sim, "month", 900, o => o.EndBehavior = "cancel");
        await sim.AdvanceAsync(TimeSpan.FromDays(90));
        Assert.Equal("canceled", (await sim.GetAsync(third.Id)).Status);
        Assert.Equal([900L, 500], (await sim.InvoicesAsync(third.Id)).Select(i => i.AmountPaid));
        Assert.Equal("completed", (await sim.Stripe.V1.SubscriptionSchedules.GetAsync(ending.Id, null, null, Ct)).Status);
        Assert.Equal(3, (await sim.Stripe.V1.SubscriptionSchedules.ListAsync(null, null, Ct)).Count());
    }

    [Fact]
    public async Task Phases_must_follow_each_other_and_keep_the_current_one()
    {
        await using var sim = await Simulator.StartAsync();
        var subscription = await sim.ActiveAsync();
        var schedule = await sim.Stripe.V1.SubscriptionSchedules.CreateAsync(new() { FromSubscription = subscription.Id }, null, Ct);
        var options = await PhasesAsync(sim, schedule, "year", 5000);
        options.Phases[1].StartDate = schedule.Phases[0].EndDate.AddDays(1);
        await Assert.ThrowsAsync<StripeException>(() => sim.Stripe.V1.SubscriptionSchedules.UpdateAsync(schedule.Id, options, null, Ct));
        options = await PhasesAsync(sim, schedule, "year", 5000);
        options.Phases[0].Items[0].Quantity = 2;
        await Assert.ThrowsAsync<StripeException>(() => sim.Stripe.V1.SubscriptionSchedules.UpdateAsync(schedule.Id, options, null, Ct));
        options = await PhasesAsync(sim, schedule, "year", 5000);
        options.Phases.RemoveAt(0);
        await Assert.ThrowsAsync<StripeException>(() => sim.Stripe.V1.SubscriptionSchedules.UpdateAsync(schedule.Id, options, null, Ct));
    }

    private static async Task<(Subscription Subscription, SubscriptionSchedule Schedule)> ScheduledAsync(
        Simulator sim, string interval, long amount, Action<SubscriptionScheduleUpdateOptions>? more = null)
    {
        var subscription = await sim.ActiveAsync();
        var schedule = await sim.Stripe.V1.SubscriptionSchedules.CreateAsync(new() { FromSubscription = subscription.Id }, null, Ct);
        var options = await PhasesAsync(sim, schedule, interval, amount);
        more?.Invoke(options);
        return (subscription, await sim.Stripe.V1.SubscriptionSchedules.UpdateAsync(schedule.Id, options, null, Ct));
    }

    /// <summary>The current phase as it is, then one with another price.</summary>
    private static async Task<SubscriptionScheduleUpdateOptions> PhasesAsync(Simulator sim, SubscriptionSchedule schedule, string interval, long amount)
    {
        var price = await sim.Stripe.V1.Prices.GetAsync(schedule.Phases[0].Items[0].PriceId, null, null, Ct);
        return new()
        {
            Phases =
            [
                new()
                {
                    StartDate = schedule.Phases[0].StartDate,
                    EndDate = schedule.Phases[0].EndDate,
                    Items = [new() { Price = price.Id, Quantity = schedule.Phases[0].Items[0].Quantity }],
                },
                new()
                {
                    Items = [new() { PriceData = new() { Currency = price.Currency, Product = price.ProductId, UnitAmount = amount, Recurring = new() { Interval = interval } }, Quantity = 1 }],
                    ProrationBehavior = "none",
                },
            ],
        };
    }
}
