using Stripe;

namespace Donations.Tests.StripeSimulator;

/// <summary>Changes in the middle of a period: what they cost, when that is billed, and how a preview foretells it.</summary>
public sealed class ProrationTests
{
    private static CancellationToken Ct => Simulator.Ct;

    [Fact]
    public async Task A_higher_price_is_charged_for_the_rest_of_the_period_with_the_next_invoice()
    {
        await using var sim = await Simulator.StartAsync();
        var subscription = await sim.ActiveAsync();
        await sim.AdvanceAsync(TimeSpan.FromDays(7));
        var changed = await sim.Stripe.V1.Subscriptions.UpdateAsync(subscription.Id, Change(subscription, 900), null, Ct);
        Assert.Equal((subscription.Items.Data[0].CurrentPeriodEnd, 900L), (changed.Items.Data[0].CurrentPeriodEnd, changed.Items.Data[0].Price.UnitAmount));
        var items = await sim.Stripe.V1.InvoiceItems.ListAsync(new() { Customer = subscription.CustomerId, Pending = true }, null, Ct);
        // 21 of 28 days are left of the period.
        Assert.Equal([675, -375], items.Data.Select(i => i.Amount));
        Assert.All(items.Data, i => Assert.True(i.Proration));
        Assert.Equal(["Remaining time on Campaign after 7 Feb 2026", "Unused time on Campaign after 7 Feb 2026"], items.Data.Select(i => i.Description));

        await sim.AdvanceAsync(TimeSpan.FromDays(22));
        var renewal = (await sim.InvoicesAsync(subscription.Id))[0];
        Assert.Equal(("subscription_cycle", "paid", 1200L), (renewal.BillingReason, renewal.Status, renewal.AmountPaid));
        Assert.Equal([675, -375, 900], renewal.Lines.Data.Select(l => l.Amount));
        Assert.Equal([true, true, false], renewal.Lines.Data.Select(l => l.Parent.SubscriptionItemDetails.Proration));
        var credited = renewal.Lines.Data[1].Parent.SubscriptionItemDetails.ProrationDetails.CreditedItems;
        Assert.Equal(subscription.LatestInvoiceId, credited.Invoice);
        Assert.Single(credited.InvoiceLineItems);
        Assert.Empty((await sim.Stripe.V1.InvoiceItems.ListAsync(new() { Customer = subscription.CustomerId, Pending = true }, null, Ct)).Data);
    }

    [Fact]
    public async Task Prorations_count_to_the_second_from_their_date()
    {
        await using var sim = await Simulator.StartAsync();
        var subscription = await sim.ActiveAsync();
        await sim.AdvanceAsync(TimeSpan.FromDays(10));
        var options = Change(subscription, 100_000);
        options.ProrationBehavior = "always_invoice";
        options.ProrationDate = Simulator.Start.UtcDateTime.AddDays(1).AddSeconds(1);
        var changed = await sim.Stripe.V1.Subscriptions.UpdateAsync(subscription.Id, options, null, Ct);

        var invoice = await sim.Stripe.V1.Invoices.GetAsync(changed.LatestInvoiceId, null, null, Ct);
        const decimal Share = (27 * 86400 - 1) / (28m * 86400);
        Assert.Equal([(long)Math.Round(100_000 * Share), -(long)Math.Round(500 * Share)], invoice.Lines.Data.Select(l => l.Amount));
        Assert.Equal(("subscription_update", "paid"), (invoice.BillingReason, invoice.Status));
        Assert.Equal(options.ProrationDate, invoice.Parent.SubscriptionDetails.SubscriptionProrationDate);
        Assert.Equal(options.ProrationDate, invoice.Lines.Data[0].Period.Start);

        options.ProrationDate = Simulator.Start.UtcDateTime.AddDays(-1);
        await Assert.ThrowsAsync<StripeException>(() => sim.Stripe.V1.Subscriptions.UpdateAsync(subscription.Id, options, null, Ct));
    }

    [Fact]
    public async Task A_lower_price_at_once_is_credit_that_later_invoices_use_up()
    {
        await using var sim = await Simulator.StartAsync();
        var subscription = await sim.ActiveAsync();
        var options = Change(subscription, 100);
        options.ProrationBehavior = "always_invoice";
        var changed = await sim.Stripe.V1.Subscriptions.UpdateAsync(subscription.Id, options, null, Ct);
        var invoice = await sim.Stripe.V1.Invoices.GetAsync(changed.LatestInvoiceId, null, null, Ct);
        Assert.Equal((-400, 0, "paid", 0, -400), (invoice.Total, invoice.AmountDue, invoice.Status, invoice.StartingBalance, invoice.EndingBalance));
        Assert.Equal(-400, (await sim.Stripe.V1.Customers.GetAsync(subscription.CustomerId, null, null, Ct)).Balance);

        await sim.AdvanceToAsync(new DateTimeOffset(2026, 6, 30, 12, 0, 0, TimeSpan.Zero));
        Assert.Equal([100, 0, 0, 0, 0, 0, 500], (await sim.InvoicesAsync(subscription.Id)).Select(i => i.AmountPaid));
        Assert.Equal(0, (await sim.Stripe.V1.Customers.GetAsync(subscription.CustomerId, null, null, Ct)).Balance);
    }

    [Fact]
    public async Task Quantities_and_added_items_are_prorated_as_a_whole()
    {
        await using var sim = await Simulator.StartAsync();
        var subscription = await sim.ActiveAsync();
        await sim.AdvanceAsync(TimeSpan.FromDays(14));
        var price = await sim.Stripe.V1.Prices.CreateAsync(new() { Product = subscription.Items.Data[0].Price.ProductId, Currency = "usd", UnitAmount = 300, Recurring = new() { Interval = "month" } }, null, Ct);
        await sim.Stripe.V1.Subscriptions.UpdateAsync(
            subscription.Id, new() { Items = [new() { Id = subscription.Items.Data[0].Id, Quantity = 3 }, new() { Price = price.Id, Quantity = 2 }] }, null, Ct);
        var items = await sim.Stripe.V1.InvoiceItems.ListAsync(new() { Customer = subscription.CustomerId }, null, Ct);
        Assert.Equal([300, 750, -250], items.Data.Select(i => i.Amount));
        Assert.Equal("Remaining time on 3 × Campaign after 14 Feb 2026", items.Data[1].Description);
    }

    [Fact]
    public async Task What_was_never_charged_is_not_given_back()
    {
        await using var sim = await Simulator.StartAsync();
        var subscription = await sim.ActiveAsync();
        var options = Change(subscription, 10_000);
        options.ProrationBehavior = "none";
        await sim.Stripe.V1.Subscriptions.UpdateAsync(subscription.Id, options, null, Ct);
        await sim.Stripe.V1.Subscriptions.CancelAsync(subscription.Id, new() { Prorate = true, InvoiceNow = true }, null, Ct);
        Assert.Equal(-500, (await sim.Stripe.V1.Customers.GetAsync(subscription.CustomerId, null, null, Ct)).Balance);
        Assert.Equal("canceled", (await sim.GetAsync(subscription.Id)).Status);
    }

    [Fact]
    public async Task A_new_interval_begins_now_and_credits_the_rest_of_the_old_one()
    {
        await using var sim = await Simulator.StartAsync();
        var subscription = await sim.ActiveAsync();
        await sim.AdvanceAsync(TimeSpan.FromDays(14));
        var changed = await sim.Stripe.V1.Subscriptions.UpdateAsync(subscription.Id, Change(subscription, 5000, "year"), null, Ct);
        Assert.Equal(Simulator.Start.AddDays(14).AddYears(1).UtcDateTime, changed.Items.Data[0].CurrentPeriodEnd);
        var invoice = await sim.Stripe.V1.Invoices.GetAsync(changed.LatestInvoiceId, null, null, Ct);
        Assert.Equal([-250, 5000], invoice.Lines.Data.Select(l => l.Amount));
        Assert.Equal(4750, invoice.AmountPaid);
    }

    [Fact]
    public async Task A_proration_that_cannot_be_paid_leaves_the_subscription_past_due_or_as_it_was()
    {
        await using var sim = await Simulator.StartAsync();
        var subscription = await sim.ActiveAsync();
        var card = await sim.Stripe.V1.PaymentMethods.AttachAsync("pm_card_chargeCustomerFail", new() { Customer = subscription.CustomerId }, null, Ct);
        var options = Change(subscription, 900);
        (options.ProrationBehavior, options.DefaultPaymentMethod, options.PaymentBehavior) = ("always_invoice", card.Id, "error_if_incomplete");
        var error = await Assert.ThrowsAsync<StripeException>(() => sim.Stripe.V1.Subscriptions.UpdateAsync(subscription.Id, options, null, Ct));
        Assert.Equal("card_declined", error.StripeError.Code);
        Assert.Equal(500, (await sim.GetAsync(subscription.Id)).Items.Data[0].Price.UnitAmount);

        options.PaymentBehavior = "allow_incomplete";
        Assert.Equal("past_due", (await sim.Stripe.V1.Subscriptions.UpdateAsync(subscription.Id, options, null, Ct)).Status);
    }

    [Theory]
    [InlineData("create_prorations")]
    [InlineData("always_invoice")]
    [InlineData("none")]
    public async Task A_preview_says_what_then_happens_and_changes_nothing(string behavior)
    {
        await using var sim = await Simulator.StartAsync();
        var subscription = await sim.ActiveAsync();
        await sim.AdvanceAsync(TimeSpan.FromDays(3));
        var events = (await sim.EventTypesAsync()).Count;
        var item = subscription.Items.Data[0];
        var preview = await sim.Stripe.V1.Invoices.CreatePreviewAsync(
            new()
            {
                Subscription = subscription.Id,
                SubscriptionDetails = new()
                {
                    Items = [new() { Id = item.Id, PriceData = new() { Currency = "usd", Product = item.Price.ProductId, UnitAmount = 777, Recurring = new() { Interval = "month" } } }],
                    ProrationBehavior = behavior,
                },
            }, null, Ct);
        Assert.StartsWith("upcoming_in_", preview.Id, StringComparison.Ordinal);
        Assert.Equal("upcoming", preview.BillingReason);
        Assert.Equal(events, (await sim.EventTypesAsync()).Count);
        Assert.Equal(500, (await sim.GetAsync(subscription.Id)).Items.Data[0].Price.UnitAmount);

        var options = Change(subscription, 777);
        options.ProrationBehavior = behavior;
        await sim.Stripe.V1.Subscriptions.UpdateAsync(subscription.Id, options, null, Ct);
        if (behavior != "always_invoice")
            await sim.AdvanceAsync(TimeSpan.FromDays(28));
        var real = (await sim.InvoicesAsync(subscription.Id))[0];
        Assert.Equal(preview.Total, real.Total);
        Assert.Equal(preview.Lines.Data.Select(l => (l.Amount, l.Description, l.Period.End)), real.Lines.Data.Select(l => (l.Amount, l.Description, l.Period.End)));
    }

    [Fact]
    public async Task Previews_of_renewals_ends_and_new_subscriptions()
    {
        await using var sim = await Simulator.StartAsync();
        var subscription = await sim.ActiveAsync();
        var renewal = await sim.Stripe.V1.Invoices.CreatePreviewAsync(new() { Customer = subscription.CustomerId, Subscription = subscription.Id }, null, Ct);
        Assert.Equal((500, subscription.Items.Data[0].CurrentPeriodEnd), (renewal.AmountDue, renewal.Lines.Data[0].Period.Start));
        var ended = await sim.Stripe.V1.Invoices.CreatePreviewAsync(new() { Subscription = subscription.Id, SubscriptionDetails = new() { CancelNow = true } }, null, Ct);
        Assert.Equal(-500, ended.Total);
        var made = await sim.Stripe.V1.Invoices.CreatePreviewAsync(
            new() { Customer = subscription.CustomerId, SubscriptionDetails = new() { Items = [new() { Price = subscription.Items.Data[0].Price.Id, Quantity = 2 }] } }, null, Ct);
        Assert.Equal(1000, made.Total);
        await sim.Stripe.V1.Subscriptions.UpdateAsync(subscription.Id, new() { CancelAtPeriodEnd = true }, null, Ct);
        var none = await Assert.ThrowsAsync<StripeException>(() => sim.Stripe.V1.Invoices.CreatePreviewAsync(new() { Subscription = subscription.Id }, null, Ct));
        Assert.Equal("invoice_upcoming_none", none.StripeError.Code);
    }

    private static SubscriptionUpdateOptions Change(Subscription subscription, long amount, string interval = "month")
    {
        var item = subscription.Items.Data[0];
        return new()
        {
            Items = [new() { Id = item.Id, PriceData = new() { Currency = "usd", Product = item.Price.ProductId, UnitAmount = amount, Recurring = new() { Interval = interval } } }],
        };
    }
}
