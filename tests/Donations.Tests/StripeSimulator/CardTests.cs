using System.Net;
using System.Text.Json;
using Stripe;

namespace Donations.Tests.StripeSimulator;

public sealed class CardTests
{
    private static CancellationToken Ct => Simulator.Ct;

    [Fact]
    public async Task A_card_that_has_expired_is_declined_at_renewal_and_an_automatic_update_saves_the_next_attempt()
    {
        await using var sim = await Simulator.StartAsync();
        var subscription = await sim.ActiveAsync();
        await sim.Stripe.V1.PaymentMethods.UpdateAsync(subscription.DefaultPaymentMethodId, new() { Card = new() { ExpMonth = 2, ExpYear = 2026 } }, null, Ct);
        var end = subscription.Items.Data[0].CurrentPeriodEnd;
        await sim.AdvanceToAsync(end.AddHours(2));
        Assert.Equal("active", (await sim.GetAsync(subscription.Id)).Status);
        // Good to the end of February, the second renewal is in March.
        await sim.AdvanceToAsync(end.AddMonths(1).AddDays(3).AddHours(2));
        Assert.Equal("past_due", (await sim.GetAsync(subscription.Id)).Status);
        var failed = (await sim.Stripe.V1.Charges.ListAsync(new() { Limit = 1 }, null, Ct)).Single();
        Assert.Equal(("failed", "expired_card"), (failed.Status, failed.FailureCode));

        using var response = await sim.PostAsync($"/_simulator/cards/{subscription.DefaultPaymentMethodId}/update", []);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await sim.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.Equal("active", (await sim.GetAsync(subscription.Id)).Status);
        var updated = Assert.Single(await sim.Stripe.V1.Events.ListAsync(new() { Type = "payment_method.automatically_updated" }, null, Ct));
        Assert.Equal(2030, ((PaymentMethod)updated.Data.Object).Card.ExpYear);
    }

    [Fact]
    public async Task An_automatic_update_can_bring_a_card_from_another_country()
    {
        await using var sim = await Simulator.StartAsync();
        var subscription = await sim.ActiveAsync();
        using var response = await sim.PostAsync($"/_simulator/cards/{subscription.DefaultPaymentMethodId}/update", new() { ["card"] = "pm_card_ru", ["exp_month"] = "3", ["exp_year"] = "2031" });
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Ct));
        Assert.Equal("RU", json.RootElement.GetProperty("card").GetProperty("country").GetString());
        var e = Assert.Single(await sim.Stripe.V1.Events.ListAsync(new() { Type = "payment_method.automatically_updated" }, null, Ct));
        Assert.Equal("US", (string)e.Data.PreviousAttributes.card.country);
        using var unsaved = await sim.PostAsync("/_simulator/cards/pm_none/update", []);
        Assert.Equal(HttpStatusCode.NotFound, unsaved.StatusCode);
    }

    [Fact]
    public async Task A_deleted_customer_takes_subscriptions_and_cards_along_and_can_not_be_used()
    {
        await using var sim = await Simulator.StartAsync();
        var subscription = await sim.ActiveAsync();
        await sim.Stripe.V1.SubscriptionSchedules.CreateAsync(new() { FromSubscription = subscription.Id }, null, Ct);
        await sim.Stripe.V1.Customers.DeleteAsync(subscription.CustomerId, null, null, Ct);
        Assert.True((await sim.Stripe.V1.Customers.GetAsync(subscription.CustomerId, null, null, Ct)).Deleted);
        Assert.Equal("canceled", (await sim.GetAsync(subscription.Id)).Status);
        Assert.Null((await sim.Stripe.V1.PaymentMethods.GetAsync(subscription.DefaultPaymentMethodId, null, null, Ct)).CustomerId);
        var types = await sim.EventTypesAsync();
        foreach (var type in new[] { "customer.subscription.deleted", "payment_method.detached", "customer.deleted", "subscription_schedule.canceled" })
            Assert.Single(types, type);
        var error = await Assert.ThrowsAsync<StripeException>(() => sim.PayAsync(more: o => o.Customer = subscription.CustomerId));
        Assert.Equal("resource_missing", error.StripeError.Code);
        await sim.AdvanceAsync(TimeSpan.FromDays(60));
        Assert.Single(await sim.InvoicesAsync(subscription.Id));
    }
}
