using System.Text.Json.Nodes;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Billing;

/// <summary>Invoices that the caller makes, sends and discards.</summary>
internal static class ManualInvoices
{
    private const long Day = 86400;

    public static void Map(ApiRouter router)
    {
        router.Post("/v1/invoices", Create);
        router.Post("/v1/invoices/create_preview", InvoicePreview.Handle);
        router.Post("/v1/invoices/*/send", Send);
        router.Delete("/v1/invoices/*", Delete);
    }

    private static JsonNode Create(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var subscription = request.Named<Subscription>("subscription", "subscription");
        if (subscription is null)
            p.RequiredText("customer");
        var customer = request.Named<Customer>("customer", "customer") ?? world.Store.Get<Customer>(subscription!.Customer);
        var given = p.Has("currency") ? CommonParams.Currency(p) : null;
        var includes = (p.Choice("pending_invoice_items_behavior", "exclude|include") ?? "exclude") == "include";
        var method = p.Choice("collection_method", "charge_automatically|send_invoice") ?? "charge_automatically";
        var days = p.Integer("days_until_due");
        var due = p.Integer("due_date");
        var advance = p.Flag("auto_advance") ?? false;
        var (metadata, description) = (MetadataRules.Merge(p, null), p.Text("description"));
        var card = p.Has("default_payment_method") ? SubscriptionParams.DefaultMethod(request, customer.Id) : null;
        p.Hash("automatic_tax")?.Choice("enabled", "false");
        p.Finish();
        if (method == "charge_automatically" ? days is not null || due is not null : days is null && due is null)
        {
            throw StripeError.Invalid(
                "If invoices are sent, one of `days_until_due` and `due_date` must be given, and neither otherwise.", days is null ? "due_date" : "days_until_due");
        }
        if (subscription is not null && subscription.Customer != customer.Id)
            throw StripeError.NoSuch("subscription", subscription.Id, "subscription");
        var currency = given ?? subscription?.Currency ?? customer.Currency ?? "usd";
        var waiting = includes || subscription is not null
            ? world.Drafts.Pending(customer.Id, currency, subscription?.Id).Where(item => includes || item.Subscription == subscription!.Id).ToList() : [];
        if (subscription is not null && waiting.Count == 0)
            throw StripeError.State("Nothing to invoice for subscription", "invoice_no_subscription_line_items");

        var now = world.NowFor(customer.Id);
        var invoice = subscription is null
            ? world.Drafts.Draft(customer, currency, "manual", waiting)
            : world.Drafts.Draft(subscription, "manual", (now, now), waiting, withItems: false);
        (invoice.Metadata, invoice.Description, invoice.DefaultPaymentMethod) = (metadata, description, card);
        (invoice.CollectionMethod, invoice.AutoAdvance) = (method, false);
        invoice.DueDate = due ?? (days is null ? null : now + (days * Day));
        if (advance)
            InvoiceEndpoints.Resume(world, invoice, schedule: false);
        world.Drafts.File(invoice);
        if (advance)
            InvoiceEndpoints.Resume(world, invoice, schedule: true);
        return request.Render(invoice);
    }

    /// <summary>Finalises a draft and marks the invoice as sent; no mail leaves.</summary>
    private static JsonNode Send(ApiRequest request)
    {
        request.Params.Finish();
        var world = request.World;
        var invoice = request.Target<Invoice>("invoice");
        if (invoice.Status == "draft")
            world.Invoices.Finalize(invoice);
        if (invoice.Status is "void" or "uncollectible")
            throw StripeError.State($"You can't send an invoice that is {invoice.Status}.", "invoice_not_editable");
        world.Events.Emit("invoice.sent", invoice);
        return request.Render(invoice);
    }

    private static JsonNode Delete(ApiRequest request)
    {
        request.Params.Finish();
        var invoice = request.Target<Invoice>("invoice");
        if (invoice.Status != "draft" || invoice.BillingReason != "manual")
            throw StripeError.State("You can only delete draft invoices that do not belong to a subscription's billing.", "invoice_not_editable");
        request.World.Drafts.Delete(invoice);
        return new JsonObject { ["id"] = invoice.Id, ["object"] = "invoice", ["deleted"] = true };
    }
}
