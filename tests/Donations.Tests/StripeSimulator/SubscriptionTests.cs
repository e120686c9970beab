using Donations.StripeSimulator.Billing;
using Stripe;
using Subscription = Stripe.Subscription;

namespace Donations.Tests.StripeSimulator;

public sealed class SubscriptionTests
{
    private static CancellationToken Ct => Simulator.Ct;

    [Fact]
    public async Task Token_first_the_subscription_waits_for_its_first_invoice_and_becomes_active_with_it()
    {
        await using var sim = await Simulator.StartAsync();
        var customer = await sim.CustomerAsync();
        var subscription = await sim.SubscribeAsync(customer.Id, metadata: new() { ["pledge"] = "p7" });
        Assert.Equal("incomplete", subscription.Status);
        Assert.Equal(("open", "subscription_create"), (subscription.LatestInvoice.Status, subscription.LatestInvoice.BillingReason));
        Assert.Equal("p7", subscription.LatestInvoice.Parent.SubscriptionDetails.Metadata["pledge"]);
        var payment = subscription.LatestInvoice.Payments.Data[0].Payment;
        Assert.StartsWith(payment.PaymentIntentId, subscription.LatestInvoice.ConfirmationSecret.ClientSecret, StringComparison.Ordinal);

        await sim.Stripe.V1.PaymentIntents.ConfirmAsync(payment.PaymentIntentId, new PaymentIntentConfirmOptions { ConfirmationToken = await sim.TokenAsync() }, null, Ct);
        var active = await sim.Stripe.V1.Subscriptions.GetAsync(
            subscription.Id, new SubscriptionGetOptions { Expand = ["default_payment_method", "latest_invoice"] }, null, Ct);
        Assert.Equal("active", active.Status);
        Assert.Equal("4242", active.DefaultPaymentMethod.Card.Last4);
        Assert.Equal(customer.Id, active.DefaultPaymentMethod.CustomerId);
        Assert.Equal("paid", active.LatestInvoice.Status);
        Assert.Equal(new DateTime(2026, 2, 28, 10, 0, 0, DateTimeKind.Utc), active.Items.Data[0].CurrentPeriodEnd);
        Assert.Null(active.LatestInvoice.Payments);
        Assert.Null(active.LatestInvoice.ConfirmationSecret);

        var links = await sim.Stripe.V1.InvoicePayments.ListAsync(
            new InvoicePaymentListOptions { Payment = new() { Type = "payment_intent", PaymentIntent = payment.PaymentIntentId } }, null, Ct);
        Assert.Equal(("paid", active.LatestInvoiceId), (links.Single().Status, links.Single().InvoiceId));
        var types = await sim.EventTypesAsync();
        foreach (var type in new[] { "customer.subscription.created", "invoice.finalized", "payment_method.attached", "charge.succeeded", "invoice_payment.paid", "invoice.paid", "customer.subscription.updated" })
            Assert.Contains(type, types);
    }

    [Fact]
    public async Task A_month_later_it_renews_exactly_once_through_a_draft()
    {
        await using var sim = await Simulator.StartAsync();
        var subscription = await sim.ActiveAsync();
        var end = subscription.Items.Data[0].CurrentPeriodEnd;

        await sim.AdvanceToAsync(end.AddMinutes(30));
        var draft = (await sim.InvoicesAsync(subscription.Id))[0];
        Assert.Equal(("draft", "subscription_cycle"), (draft.Status, draft.BillingReason));
        await sim.AdvanceToAsync(end.AddMinutes(90));
        await sim.AdvanceAsync(TimeSpan.FromHours(5));

        var invoices = await sim.InvoicesAsync(subscription.Id);
        Assert.Equal(["paid", "paid"], invoices.Select(i => i.Status));
        Assert.Equal(end.AddHours(1), invoices[0].StatusTransitions.PaidAt);
        Assert.Equal((end, end.AddMonths(1).AddDays(3)), (invoices[0].Lines.Data[0].Period.Start, invoices[0].Lines.Data[0].Period.End));
        var renewed = await sim.Stripe.V1.Events.ListAsync(new EventListOptions { Type = "invoice.created", Limit = 100 }, null, Ct);
        Assert.Equal(end, renewed.First().Created);
        Assert.Contains("invoice.upcoming", await sim.EventTypesAsync());
    }

    [Fact]
    public async Task An_anchor_on_the_31st_keeps_to_month_ends_over_two_years()
    {
        await using var sim = await Simulator.StartAsync();
        var subscription = await sim.ActiveAsync();
        await sim.AdvanceToAsync(new DateTimeOffset(2028, 2, 1, 0, 0, 0, TimeSpan.Zero));

        var starts = (await sim.InvoicesAsync(subscription.Id)).Select(i => i.Lines.Data[0].Period.Start).Reverse().ToList();
        Assert.Equal(Enumerable.Range(0, 25).Select(n => Simulator.Start.AddMonths(n).UtcDateTime), starts);
        Assert.Contains(new DateTime(2026, 2, 28, 10, 0, 0, DateTimeKind.Utc), starts);
        Assert.Contains(new DateTime(2026, 3, 31, 10, 0, 0, DateTimeKind.Utc), starts);
        Assert.Equal("active", (await sim.GetAsync(subscription.Id)).Status);
    }

    [Theory]
    [InlineData("year", 1, "2024-02-29", "2024-02-29", "2025-02-28")]
    [InlineData("year", 1, "2024-02-29", "2027-02-28", "2028-02-29")]
    [InlineData("month", 3, "2025-11-30", "2025-11-30", "2026-02-28")]
    [InlineData("week", 2, "2026-01-01", "2026-01-15", "2026-01-29")]
    public void Periods_count_from_the_anchor(string interval, int count, string anchor, string after, string end)
    {
        static long Unix(string date) => DateTimeOffset.Parse(date + "T00:00:00Z", System.Globalization.CultureInfo.InvariantCulture).ToUnixTimeSeconds();
        Assert.Equal(Unix(end), Periods.NextEnd(Unix(anchor), interval, count, Unix(after)));
    }

    [Fact]
    public async Task An_unpaid_first_invoice_expires_after_23_hours()
    {
        await using var sim = await Simulator.StartAsync();
        var subscription = await sim.SubscribeAsync((await sim.CustomerAsync()).Id);
        await sim.AdvanceAsync(TimeSpan.FromHours(23) - TimeSpan.FromSeconds(1));
        Assert.Equal("incomplete", (await sim.GetAsync(subscription.Id)).Status);
        await sim.AdvanceAsync(TimeSpan.FromSeconds(1));

        Assert.Equal("incomplete_expired", (await sim.GetAsync(subscription.Id)).Status);
        Assert.Equal("void", (await sim.InvoicesAsync(subscription.Id)).Single().Status);
        var intent = await sim.Stripe.V1.PaymentIntents.GetAsync(subscription.LatestInvoice.Payments.Data[0].Payment.PaymentIntentId, null, null, Ct);
        Assert.Equal("canceled", intent.Status);
        await sim.AdvanceAsync(TimeSpan.FromDays(70));
        Assert.Single(await sim.InvoicesAsync(subscription.Id));
    }

    [Fact]
    public async Task A_failing_renewal_is_retried_past_due_and_ends_canceled()
    {
        await using var sim = await Simulator.StartAsync();
        var subscription = await WithCardAsync(sim, "pm_card_chargeCustomerFail");
        var end = subscription.Items.Data[0].CurrentPeriodEnd;
        await sim.AdvanceToAsync(end.AddHours(2));
        Assert.Equal("past_due", (await sim.GetAsync(subscription.Id)).Status);
        var open = (await sim.InvoicesAsync(subscription.Id))[0];
        Assert.Equal(("open", 1L), (open.Status, open.AttemptCount));
        Assert.Equal(end.AddHours(1).AddDays(1), open.NextPaymentAttempt);

        await sim.AdvanceToAsync(end.AddDays(6));
        Assert.Equal("past_due", (await sim.GetAsync(subscription.Id)).Status);
        await sim.AdvanceToAsync(end.AddDays(8));
        var canceled = await sim.GetAsync(subscription.Id);
        Assert.Equal(("canceled", "payment_failed"), (canceled.Status, canceled.CancellationDetails.Reason));
        var left = (await sim.InvoicesAsync(subscription.Id))[0];
        Assert.Equal(("open", 5L), (left.Status, left.AttemptCount));
        Assert.Null(left.NextPaymentAttempt);
        var failures = await sim.Stripe.V1.Events.ListAsync(new EventListOptions { Type = "invoice.payment_failed", Limit = 100 }, null, Ct);
        Assert.Equal([5, 4, 3, 2, 1], failures.Select(e => ((Stripe.Invoice)e.Data.Object).AttemptCount));
        var updates = await sim.Stripe.V1.Events.ListAsync(new EventListOptions { Type = "customer.subscription.updated", Limit = 100 }, null, Ct);
        Assert.Equal("active", (string?)updates.First(e => ((Subscription)e.Data.Object).Status == "past_due").Data.PreviousAttributes["status"]);
    }

    [Fact]
    public async Task A_new_card_ends_the_dunning_and_a_hard_decline_is_not_tried_again()
    {
        await using var sim = await Simulator.StartAsync();
        var subscription = await WithCardAsync(sim, "pm_card_authenticationRequired");
        var end = subscription.Items.Data[0].CurrentPeriodEnd;
        await sim.AdvanceToAsync(end.AddHours(2));
        var types = await sim.EventTypesAsync();
        Assert.Contains("invoice.payment_action_required", types);
        Assert.Equal("past_due", (await sim.GetAsync(subscription.Id)).Status);

        var good = await sim.Stripe.V1.PaymentMethods.AttachAsync("pm_card_visa", new PaymentMethodAttachOptions { Customer = subscription.CustomerId }, null, Ct);
        await sim.Stripe.V1.Subscriptions.UpdateAsync(subscription.Id, new SubscriptionUpdateOptions { DefaultPaymentMethod = good.Id }, null, Ct);
        await sim.AdvanceToAsync(end.AddDays(2));
        Assert.Equal("active", (await sim.GetAsync(subscription.Id)).Status);
        Assert.Equal(("paid", 2L), ((await sim.InvoicesAsync(subscription.Id))[0].Status, (await sim.InvoicesAsync(subscription.Id))[0].AttemptCount));
    }

    [Fact]
    public async Task Auto_advance_false_stops_the_retries()
    {
        await using var sim = await Simulator.StartAsync();
        var subscription = await WithCardAsync(sim, "pm_card_chargeCustomerFail");
        await sim.AdvanceToAsync(subscription.Items.Data[0].CurrentPeriodEnd.AddHours(2));
        var invoice = (await sim.InvoicesAsync(subscription.Id))[0];
        await sim.Stripe.V1.Invoices.UpdateAsync(invoice.Id, new InvoiceUpdateOptions { AutoAdvance = false }, null, Ct);
        await sim.AdvanceAsync(TimeSpan.FromDays(20));
        Assert.Equal(1, (await sim.Stripe.V1.Invoices.GetAsync(invoice.Id, null, null, Ct)).AttemptCount);
    }

    [Fact]
    public async Task Cancel_at_period_end_ends_without_another_invoice_and_can_be_taken_back()
    {
        await using var sim = await Simulator.StartAsync();
        var kept = await sim.ActiveAsync();
        var ended = await sim.ActiveAsync();
        foreach (var id in new[] { kept.Id, ended.Id })
        {
            var set = await sim.Stripe.V1.Subscriptions.UpdateAsync(
                id, new SubscriptionUpdateOptions { CancelAtPeriodEnd = true, CancellationDetails = new() { Feedback = "too_expensive", Comment = "bye" } }, null, Ct);
            Assert.Equal((true, "active", "too_expensive"), (set.CancelAtPeriodEnd, set.Status, set.CancellationDetails.Feedback));
            Assert.Equal(set.Items.Data[0].CurrentPeriodEnd, set.CancelAt);
        }
        var back = await sim.Stripe.V1.Subscriptions.UpdateAsync(kept.Id, new SubscriptionUpdateOptions { CancelAtPeriodEnd = false }, null, Ct);
        Assert.Null(back.CancelAt);
        await sim.AdvanceAsync(TimeSpan.FromDays(32));

        Assert.Equal(("active", 2), ((await sim.GetAsync(kept.Id)).Status, (await sim.InvoicesAsync(kept.Id)).Count));
        var gone = await sim.GetAsync(ended.Id);
        Assert.Equal(("canceled", 1), (gone.Status, (await sim.InvoicesAsync(ended.Id)).Count));
        Assert.Equal(ended.Items.Data[0].CurrentPeriodEnd, gone.EndedAt);
    }

    [Fact]
    public async Task A_pause_voids_invoices_until_it_resumes()
    {
        await using var sim = await Simulator.StartAsync();
        var subscription = await sim.ActiveAsync();
        await sim.Stripe.V1.Subscriptions.UpdateAsync(
            subscription.Id, new SubscriptionUpdateOptions { PauseCollection = new() { Behavior = "void", ResumesAt = new DateTime(2026, 4, 15, 0, 0, 0, DateTimeKind.Utc) } }, null, Ct);
        await sim.AdvanceToAsync(new DateTimeOffset(2026, 5, 10, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal(["paid", "void", "void", "paid"], (await sim.InvoicesAsync(subscription.Id)).Select(i => i.Status));
        var resumed = await sim.GetAsync(subscription.Id);
        Assert.Equal("active", resumed.Status);
        Assert.Null(resumed.PauseCollection);
    }

    [Fact]
    public async Task A_new_amount_without_proration_counts_from_the_next_period()
    {
        await using var sim = await Simulator.StartAsync();
        var subscription = await sim.ActiveAsync();
        var item = subscription.Items.Data[0];
        var options = new SubscriptionUpdateOptions
        {
            Items = [new() { Id = item.Id, PriceData = new() { Currency = "usd", Product = item.Price.ProductId, UnitAmount = 900, Recurring = new() { Interval = "month" } } }],
            ProrationBehavior = "none",
        };
        var changed = await sim.Stripe.V1.Subscriptions.UpdateAsync(subscription.Id, options, null, Ct);
        Assert.Equal((item.Id, item.CurrentPeriodEnd, 900), (changed.Items.Data[0].Id, changed.Items.Data[0].CurrentPeriodEnd, changed.Items.Data[0].Price.UnitAmount));
        Assert.Single(await sim.InvoicesAsync(subscription.Id));
        await sim.AdvanceAsync(TimeSpan.FromDays(30));
        Assert.Equal([900, 500], (await sim.InvoicesAsync(subscription.Id)).Select(i => i.AmountPaid));
    }

    [Fact]
    public async Task A_test_clock_moves_its_own_customers_only()
    {
        await using var sim = await Simulator.StartAsync();
        var frozen = new DateTime(2030, 1, 31, 0, 0, 0, DateTimeKind.Utc);
        var clock = await sim.Stripe.V1.TestHelpers.TestClocks.CreateAsync(new() { FrozenTime = frozen }, null, Ct);
        var clocked = await sim.ActiveAsync(testClock: clock.Id);
        var other = await sim.ActiveAsync();
        Assert.Equal(frozen, clocked.StartDate);

        var moving = await sim.Stripe.V1.TestHelpers.TestClocks.AdvanceAsync(clock.Id, new() { FrozenTime = frozen.AddDays(40) }, null, Ct);
        Assert.Equal("advancing", moving.Status);
        await sim.Host.Engine.TickAsync(Ct);
        Assert.Equal("ready", (await sim.Stripe.V1.TestHelpers.TestClocks.GetAsync(clock.Id, null, null, Ct)).Status);
        Assert.Equal(2, (await sim.InvoicesAsync(clocked.Id)).Count);
        Assert.Single(await sim.InvoicesAsync(other.Id));
    }

    /// <summary>An active subscription that will be charged to another card from the next period on.</summary>
    private static async Task<Subscription> WithCardAsync(Simulator sim, string card)
    {
        var subscription = await sim.ActiveAsync();
        var method = await sim.Stripe.V1.PaymentMethods.AttachAsync(card, new PaymentMethodAttachOptions { Customer = subscription.CustomerId }, null, Ct);
        return await sim.Stripe.V1.Subscriptions.UpdateAsync(subscription.Id, new SubscriptionUpdateOptions { DefaultPaymentMethod = method.Id }, null, Ct);
    }
}
