using Stripe;

namespace Donations.Tests.StripeSimulator;

/// <summary>Invoices and invoice items that the caller makes.</summary>
public sealed class ManualInvoiceTests
{
    private static CancellationToken Ct => Simulator.Ct;

    [Fact]
    public async Task Items_wait_for_an_invoice_which_is_finalised_and_paid()
    {
        await using var sim = await Simulator.StartAsync();
        var customer = await WithCardAsync(sim, "pm_card_visa");
        await ItemAsync(sim, customer, 1200);
        var gone = await ItemAsync(sim, customer, 1);
        await sim.Stripe.V1.InvoiceItems.DeleteAsync(gone.Id, null, null, Ct);
        var draft = await sim.Stripe.V1.Invoices.CreateAsync(new() { Customer = customer, PendingInvoiceItemsBehavior = "include" }, null, Ct);
        Assert.Equal(("draft", "manual", 1200L, false), (draft.Status, draft.BillingReason, draft.AmountDue, draft.AutoAdvance));
        Assert.Null(draft.Parent);
        var added = await sim.Stripe.V1.InvoiceItems.CreateAsync(new() { Customer = customer, Invoice = draft.Id, Amount = 300, Currency = "usd" }, null, Ct);
        Assert.Equal(draft.Id, added.InvoiceId);

        var paid = await sim.Stripe.V1.Invoices.PayAsync(draft.Id, null, null, Ct);
        Assert.Equal(("paid", 1500L, 2), (paid.Status, paid.AmountPaid, paid.Lines.Data.Count));
        Assert.Equal(added.Id, paid.Lines.Data[1].Parent.InvoiceItemDetails.InvoiceItem);
        var refused = await Assert.ThrowsAsync<StripeException>(() => sim.Stripe.V1.InvoiceItems.DeleteAsync(added.Id, null, null, Ct));
        Assert.Equal("invoice_not_editable", refused.StripeError.Code);
        Assert.Superset(new HashSet<string> { "invoiceitem.created", "invoiceitem.deleted", "invoice.created", "invoice.finalized", "invoice.paid" }, (await sim.EventTypesAsync()).ToHashSet());
    }

    [Fact]
    public async Task Without_being_asked_to_an_invoice_takes_no_items_and_does_not_move_by_itself()
    {
        await using var sim = await Simulator.StartAsync();
        var customer = await WithCardAsync(sim, "pm_card_visa");
        await ItemAsync(sim, customer, 1200);
        var empty = await sim.Stripe.V1.Invoices.CreateAsync(new() { Customer = customer }, null, Ct);
        Assert.Equal(0, empty.Total);
        await sim.Stripe.V1.Invoices.DeleteAsync(empty.Id, null, null, Ct);
        var left = await sim.Stripe.V1.Invoices.CreateAsync(new() { Customer = customer, PendingInvoiceItemsBehavior = "include" }, null, Ct);
        await sim.AdvanceAsync(TimeSpan.FromDays(2));
        Assert.Equal("draft", (await sim.Stripe.V1.Invoices.GetAsync(left.Id, null, null, Ct)).Status);
        await sim.Stripe.V1.Invoices.DeleteAsync(left.Id, null, null, Ct);

        var moving = await sim.Stripe.V1.Invoices.CreateAsync(new() { Customer = customer, PendingInvoiceItemsBehavior = "include", AutoAdvance = true }, null, Ct);
        await sim.AdvanceAsync(TimeSpan.FromHours(2));
        Assert.Equal(("paid", 1200L), ((await sim.Stripe.V1.Invoices.GetAsync(moving.Id, null, null, Ct)).Status, moving.Total));
    }

    [Fact]
    public async Task An_invoice_can_be_sent_voided_written_off_and_fail()
    {
        await using var sim = await Simulator.StartAsync();
        var customer = await WithCardAsync(sim, "pm_card_chargeCustomerFail");
        await ItemAsync(sim, customer, 700);
        var sent = await sim.Stripe.V1.Invoices.CreateAsync(
            new() { Customer = customer, PendingInvoiceItemsBehavior = "include", CollectionMethod = "send_invoice", DaysUntilDue = 7 }, null, Ct);
        sent = await sim.Stripe.V1.Invoices.SendInvoiceAsync(sent.Id, null, null, Ct);
        Assert.Equal(("open", Simulator.Start.AddDays(7).UtcDateTime), (sent.Status, sent.DueDate));
        await Assert.ThrowsAsync<StripeException>(() => sim.Stripe.V1.Invoices.PayAsync(sent.Id, null, null, Ct));
        Assert.Equal("uncollectible", (await sim.Stripe.V1.Invoices.MarkUncollectibleAsync(sent.Id, null, null, Ct)).Status);
        Assert.Equal("void", (await sim.Stripe.V1.Invoices.VoidInvoiceAsync(sent.Id, null, null, Ct)).Status);
        Assert.Superset(new HashSet<string> { "invoice.sent", "invoice.payment_failed", "invoice.voided" }, (await sim.EventTypesAsync()).ToHashSet());
    }

    [Fact]
    public async Task Items_of_a_customer_go_onto_the_next_invoice_of_a_subscription()
    {
        await using var sim = await Simulator.StartAsync();
        var subscription = await sim.ActiveAsync();
        await ItemAsync(sim, subscription.CustomerId, 250);
        await sim.AdvanceAsync(TimeSpan.FromDays(29));
        Assert.Equal(750, (await sim.InvoicesAsync(subscription.Id))[0].AmountPaid);
        var upcoming = (await sim.Stripe.V1.Events.ListAsync(new() { Type = "invoice.upcoming" }, null, Ct)).Data.Single();
        Assert.Equal(750, ((Invoice)upcoming.Data.Object).AmountDue);
        Assert.Null(((Invoice)upcoming.Data.Object).Id);
    }

    [Fact]
    public async Task Items_have_prices_and_quantities_and_a_preview_takes_them_along()
    {
        await using var sim = await Simulator.StartAsync();
        var customer = await WithCardAsync(sim, "pm_card_visa");
        var price = await sim.Stripe.V1.Prices.CreateAsync(new() { ProductData = new() { Name = "Mug" }, Currency = "eur", UnitAmount = 900 }, null, Ct);
        var item = await sim.Stripe.V1.InvoiceItems.CreateAsync(new() { Customer = customer, Pricing = new() { Price = price.Id }, Quantity = 3 }, null, Ct);
        Assert.Equal((2700, "eur", "Mug", price.Id), (item.Amount, item.Currency, item.Description, item.Pricing.PriceDetails.PriceId));
        var preview = await sim.Stripe.V1.Invoices.CreatePreviewAsync(new() { Customer = customer, InvoiceItems = [new() { Price = price.Id, Quantity = 2 }] }, null, Ct);
        Assert.Equal([1800, 2700], preview.Lines.Data.Select(l => l.Amount));
        await Assert.ThrowsAsync<StripeException>(() => sim.Stripe.V1.InvoiceItems.CreateAsync(new() { Customer = customer, Amount = 5, Currency = "usd", Pricing = new() { Price = price.Id } }, null, Ct));
    }

    [Fact]
    public async Task Sent_invoices_are_charged_to_nobody()
    {
        await using var sim = await Simulator.StartAsync();
        var customer = await WithCardAsync(sim, "pm_card_visa");
        await ItemAsync(sim, customer, 900);
        var invoice = await sim.Stripe.V1.Invoices.CreateAsync(
            new() { Customer = customer, PendingInvoiceItemsBehavior = "include", CollectionMethod = "send_invoice", DaysUntilDue = 3, AutoAdvance = true }, null, Ct);
        await sim.AdvanceAsync(TimeSpan.FromDays(5));
        Assert.Equal("open", (await sim.Stripe.V1.Invoices.GetAsync(invoice.Id, null, null, Ct)).Status);
    }

    private static Task<InvoiceItem> ItemAsync(Simulator sim, string customer, long amount) =>
        sim.Stripe.V1.InvoiceItems.CreateAsync(new() { Customer = customer, Amount = amount, Currency = "usd", Description = "Tote bag" }, null, Ct);

    private static async Task<string> WithCardAsync(Simulator sim, string card) =>
        (await sim.Stripe.V1.Customers.CreateAsync(new() { PaymentMethod = card, InvoiceSettings = new() { DefaultPaymentMethod = card } }, null, Ct)).Id;
}
