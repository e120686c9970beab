using System.Text.Json.Nodes;
using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Http;

namespace Donations.StripeSimulator.Billing;

internal static class InvoiceEndpoints
{
    public static void Map(ApiRouter router)
    {
        router.Get("/v1/invoices", List);
        router.Get("/v1/invoices/*", Read);
        router.Post("/v1/invoices/*", Update);
        router.Get("/v1/invoices/*/lines", Lines);
        router.Post("/v1/invoices/*/finalize", Finalize);
        router.Post("/v1/invoices/*/pay", Pay);
        router.Post("/v1/invoices/*/void", Void);
        router.Post("/v1/invoices/*/mark_uncollectible", MarkUncollectible);
        router.Get("/v1/invoice_payments", ListPayments);
        router.Get("/v1/invoice_payments/*", ReadPayment);
    }

    private static JsonNode Read(ApiRequest request)
    {
        request.Params.Finish();
        return request.Render(Target(request));
    }

    private static JsonNode Update(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var invoice = Target(request);
        var metadata = MetadataRules.Merge(p, invoice.Metadata);
        var description = p.TextOr("description", invoice.Description);
        var advance = p.Flag("auto_advance");
        var method = p.Has("default_payment_method") ? SubscriptionParams.DefaultMethod(request, invoice.Customer) : invoice.DefaultPaymentMethod;
        p.Finish();
        if (invoice.Status is "paid" or "void" && advance is true)
            throw StripeError.State("Finalized invoices can't be updated in this way", "invoice_not_editable", "auto_advance");
        world.Events.Change("invoice.updated", invoice, () =>
        {
            (invoice.Metadata, invoice.Description, invoice.DefaultPaymentMethod) = (metadata, description, method);
            if (advance is false)
                world.Invoices.Stop(invoice);
            else if (advance is true && !invoice.AutoAdvance)
                Resume(world, invoice);
        });
        return request.Render(invoice);
    }

    /// <summary>Automatic steps again: a draft is finalised, an open invoice tried, after the usual hour.</summary>
    public static void Resume(World world, Invoice invoice, bool schedule = true)
    {
        var at = world.NowFor(invoice.Customer) + (long)world.Options.InvoiceDraftTime.TotalSeconds;
        invoice.AutoAdvance = true;
        invoice.NextPaymentAttempt = at;
        if (invoice.Status == "draft")
            invoice.AutomaticallyFinalizesAt = at;
        if (schedule)
            world.ScheduleFor(invoice.Customer, invoice.Status == "draft" ? JobKind.FinalizeInvoice : JobKind.RetryInvoice, invoice.Id, at);
    }

    private static JsonNode Lines(ApiRequest request)
    {
        var invoice = Target(request);
        request.Params.Integer("limit");
        request.Params.Finish();
        return request.World.Render.Lines(invoice, request.Expand);
    }

    private static JsonNode Finalize(ApiRequest request)
    {
        var invoice = Target(request);
        var advance = request.Params.Flag("auto_advance");
        request.Params.Finish();
        request.World.Invoices.Finalize(invoice);
        if (advance is false)
            request.World.Invoices.Stop(invoice);
        else if (invoice.AutoAdvance)
            Resume(request.World, invoice);
        return request.Render(invoice);
    }

    private static JsonNode Pay(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var invoice = Target(request);
        var method = p.Text("payment_method");
        var offSession = p.Flag("off_session") ?? true;
        p.Finish();
        if (method is not null)
            world.Charges.Check(method, "payment_method");
        world.Invoices.Pay(invoice, method is null ? null : world.Charges.Resolve(method, "payment_method"), offSession);
        return request.Render(invoice);
    }

    private static JsonNode Void(ApiRequest request)
    {
        request.Params.Finish();
        var invoice = Target(request);
        if (invoice.Status == "draft")
            throw StripeError.State("You can only pass in open or uncollectible invoices. This invoice isn't open: it is draft.", "invoice_not_editable");
        request.World.Invoices.Void(invoice);
        return request.Render(invoice);
    }

    private static JsonNode MarkUncollectible(ApiRequest request)
    {
        request.Params.Finish();
        var invoice = Target(request);
        request.World.Invoices.MarkUncollectible(invoice);
        return request.Render(invoice);
    }

    private static JsonNode List(ApiRequest request)
    {
        var (store, p) = (request.World.Store, request.Params);
        var customer = p.Text("customer");
        var subscription = p.Text("subscription");
        var status = p.Choice("status", "draft|open|paid|uncollectible|void");
        var collection = p.Choice("collection_method", "charge_automatically|send_invoice");
        var rows = subscription is not null ? store.InvoicesBySubscription.NewestFirst(subscription)
            : customer is not null ? store.InvoicesByCustomer.NewestFirst(customer)
            : store.Invoices.NewestFirst();
        return ApiList.Page(request, rows.Where(i => (status is null || i.Status == status) && (collection is null || i.CollectionMethod == collection) && (customer is null || i.Customer == customer)), "invoice");
    }

    private static JsonNode ListPayments(ApiRequest request)
    {
        var (store, p) = (request.World.Store, request.Params);
        var invoice = p.Text("invoice");
        var status = p.Choice("status", "canceled|open|paid");
        string? intent = null;
        if (p.Hash("payment") is { } payment)
        {
            if (payment.Choice("type", "payment_intent|payment_record") is null)
                throw StripeError.Missing("payment[type]");
            intent = payment.RequiredText("payment_intent");
        }
        var rows = invoice is not null ? store.InvoicePaymentsByInvoice.NewestFirst(invoice)
            : intent is not null ? store.InvoicePaymentsByIntent.NewestFirst(intent)
            : store.InvoicePayments.NewestFirst();
        return ApiList.Page(request, rows.Where(row => (status is null || row.Status == status) && (intent is null || row.PaymentIntent == intent)), "invoice_payment");
    }

    private static JsonNode ReadPayment(ApiRequest request)
    {
        request.Params.Finish();
        return request.Render(request.Target<InvoicePayment>("invoice_payment"));
    }

    private static Invoice Target(ApiRequest request) => request.Target<Invoice>("invoice");
}
