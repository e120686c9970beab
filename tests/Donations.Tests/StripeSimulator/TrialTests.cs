using Stripe;

namespace Donations.Tests.StripeSimulator;

/// <summary>Trials and pauses that show in the status of a subscription.</summary>
public sealed class TrialTests
{
    private static CancellationToken Ct => Simulator.Ct;

    [Fact]
    public async Task A_trial_is_free_announces_its_end_and_becomes_a_paid_period()
    {
        await using var sim = await Simulator.StartAsync();
        var trial = await StartAsync(sim, "pm_card_visa", days: 10);
        Assert.Equal(("trialing", Simulator.Start.AddDays(10).UtcDateTime), (trial.Status, trial.TrialEnd));
        Assert.Equal(("paid", 0L, "Trial period for Paper"), ((await sim.InvoicesAsync(trial.Id))[0].Status, (await sim.InvoicesAsync(trial.Id))[0].Total, (await sim.InvoicesAsync(trial.Id))[0].Lines.Data[0].Description));
        await sim.AdvanceAsync(TimeSpan.FromDays(7) - TimeSpan.FromSeconds(1));
        Assert.DoesNotContain("customer.subscription.trial_will_end", await sim.EventTypesAsync());
        await sim.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Contains("customer.subscription.trial_will_end", await sim.EventTypesAsync());
        Assert.Contains("invoice.upcoming", await sim.EventTypesAsync());

        await sim.AdvanceAsync(TimeSpan.FromDays(4));
        var active = await sim.GetAsync(trial.Id);
        Assert.Equal(("active", Simulator.Start.AddDays(10).AddMonths(1).UtcDateTime), (active.Status, active.Items.Data[0].CurrentPeriodEnd));
        Assert.Equal((2, 800L), ((await sim.InvoicesAsync(trial.Id)).Count, (await sim.InvoicesAsync(trial.Id))[0].AmountPaid));
    }

    [Theory]
    [InlineData("cancel", "canceled")]
    [InlineData("pause", "paused")]
    [InlineData("create_invoice", "past_due")]
    public async Task Without_a_card_a_trial_ends_as_its_settings_say(string behavior, string status)
    {
        await using var sim = await Simulator.StartAsync();
        var trial = await StartAsync(sim, null, days: 5, behavior);
        await sim.AdvanceAsync(TimeSpan.FromDays(5) + TimeSpan.FromHours(2));
        Assert.Equal(status, (await sim.GetAsync(trial.Id)).Status);
    }

    [Fact]
    public async Task A_trial_can_end_now_or_later_and_a_card_be_set_up_meanwhile()
    {
        await using var sim = await Simulator.StartAsync();
        var trial = await StartAsync(sim, null, days: 5);
        Assert.NotNull(trial.PendingSetupIntentId);
        await sim.Stripe.V1.SetupIntents.ConfirmAsync(trial.PendingSetupIntentId, new() { PaymentMethod = "pm_card_visa" }, null, Ct);
        Assert.NotNull((await sim.GetAsync(trial.Id)).DefaultPaymentMethodId);
        var later = Simulator.Start.AddDays(20).UtcDateTime;
        await sim.Stripe.V1.Subscriptions.UpdateAsync(trial.Id, new() { TrialEnd = later }, null, Ct);
        await sim.AdvanceAsync(TimeSpan.FromDays(15));
        Assert.Equal(("trialing", later), ((await sim.GetAsync(trial.Id)).Status, (await sim.GetAsync(trial.Id)).Items.Data[0].CurrentPeriodEnd));
        var ended = await sim.Stripe.V1.Subscriptions.UpdateAsync(trial.Id, new() { TrialEnd = SubscriptionTrialEnd.Now }, null, Ct);
        Assert.Equal(("active", 800L), (ended.Status, (await sim.InvoicesAsync(trial.Id))[0].AmountPaid));
    }

    [Fact]
    public async Task A_paused_subscription_charges_nothing_until_it_is_resumed()
    {
        await using var sim = await Simulator.StartAsync();
        var subscription = await sim.ActiveAsync();
        await sim.AdvanceAsync(TimeSpan.FromDays(7));
        Assert.Equal("paused", (await sim.Stripe.V1.Subscriptions.PauseAsync(subscription.Id, new(), null, Ct)).Status);
        await sim.AdvanceAsync(TimeSpan.FromDays(28));
        Assert.Single(await sim.InvoicesAsync(subscription.Id));
        var resumed = await sim.Stripe.V1.Subscriptions.ResumeAsync(subscription.Id, new(), null, Ct);
        Assert.Equal("active", resumed.Status);
        // Three of the four weeks were paid for and not had.
        Assert.Equal((125, 2), ((await sim.InvoicesAsync(subscription.Id))[0].AmountPaid, (await sim.InvoicesAsync(subscription.Id)).Count));
        Assert.Superset(new HashSet<string> { "customer.subscription.paused", "customer.subscription.resumed" }, (await sim.EventTypesAsync()).ToHashSet());
    }

    private static async Task<Subscription> StartAsync(Simulator sim, string? card, int days, string behavior = "create_invoice")
    {
        var v1 = sim.Stripe.V1;
        var customer = await v1.Customers.CreateAsync(card is null ? new() : new() { PaymentMethod = card, InvoiceSettings = new() { DefaultPaymentMethod = card } }, null, Ct);
        var price = await v1.Prices.CreateAsync(new() { ProductData = new() { Name = "Paper" }, Currency = "usd", UnitAmount = 800, Recurring = new() { Interval = "month" } }, null, Ct);
        return await v1.Subscriptions.CreateAsync(
            new()
            {
                Customer = customer.Id,
                Items = [new() { Price = price.Id }],
                TrialPeriodDays = days,
                PaymentBehavior = "default_incomplete",
                TrialSettings = new() { EndBehavior = new() { MissingPaymentMethod = behavior } },
            }, null, Ct);
    }
}
