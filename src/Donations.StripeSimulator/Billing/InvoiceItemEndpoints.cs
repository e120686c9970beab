using System.Text.Json.Nodes;
using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Billing;

/// <summary>Invoice items: what is to be on a customer's next invoice, or on one of his drafts.</summary>
internal static class InvoiceItemEndpoints
{
    public static void Map(ApiRouter router)
    {
        router.Post("/v1/invoiceitems", Create);
        router.Get("/v1/invoiceitems", List);
        router.Get("/v1/invoiceitems/*", Read);
        router.Post("/v1/invoiceitems/*", Update);
        router.Delete("/v1/invoiceitems/*", Delete);
    }

    /// <summary>The item that parameters describe, not yet part of the account.</summary>
    /// <param name="request">The call.</param>
    /// <param name="p">Where the item's parameters are.</param>
    /// <param name="customer">Whose item.</param>
    /// <param name="bare">A price is named directly, as previews and older versions do.</param>
    public static InvoiceItem Describe(ApiRequest request, ApiParams p, Customer customer, bool bare)
    {
        var world = request.World;
        var now = world.NowFor(customer.Id);
        var pricing = bare ? p : p.Hash("pricing");
        var price = pricing is null ? null : request.Named<Price>(pricing, "price", "price");
        if (price is { Interval: not null })
            throw StripeError.Invalid("The price specified is set to `type=recurring` but this field only accepts prices with `type=one_time`.", pricing!.PathOf("price"));
        var amount = p.Integer("amount");
        var unit = price?.UnitAmount ?? p.Integer("unit_amount_decimal");
        if (amount is not null && unit is not null)
            throw StripeError.Invalid("You may only specify one of these parameters: amount, pricing.", p.PathOf("amount"));
        var quantity = p.Integer("quantity") ?? 1;
        if (amount is not null && p.Has("quantity") && quantity != 1)
            throw StripeError.Invalid("You may not pass `quantity` together with `amount`.", p.PathOf("quantity"));
        var period = p.Hash("period");
        var currency = p.Has("currency") ? CommonParams.Currency(p) : price?.Currency ?? customer.Currency ?? throw StripeError.Missing(p.PathOf("currency"));
        if (price is not null && price.Currency != currency)
            throw StripeError.Invalid($"The price specified only supports `{price.Currency}`. This doesn't match the expected currency: `{currency}`.", p.PathOf("currency"));
        return new InvoiceItem
        {
            Id = world.Ids.Next("ii_"),
            Created = now,
            Customer = customer.Id,
            Currency = currency,
            Amount = amount ?? (unit * quantity) ?? throw StripeError.Missing(p.PathOf("amount")),
            Quantity = quantity,
            Price = price?.Id,
            Description = p.Text("description") ?? (price is null ? null : world.Store.Get<Product>(price.Product).Name),
            Discountable = p.Flag("discountable") ?? true,
            Metadata = MetadataRules.Merge(p, null),
            PeriodStart = period?.RequiredInteger("start") ?? now,
            PeriodEnd = period?.RequiredInteger("end") ?? now,
        };
    }

    private static JsonNode Create(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        p.RequiredText("customer");
        var customer = request.Named<Customer>("customer", "customer")!;
        var invoice = request.Named<Invoice>("invoice", "invoice");
        var subscription = request.Named<Subscription>("subscription", "subscription");
        var item = Describe(request, p, customer, request.Legacy);
        p.Finish();
        if (invoice is not null && invoice.Customer != customer.Id)
            throw StripeError.Invalid($"The invoice {invoice.Id} does not belong to the customer.", "invoice");
        if (invoice is { Status: not "draft" })
            throw NotEditable();
        if (invoice is not null && invoice.Currency != item.Currency)
            throw StripeError.Invalid($"The currency of the item must be that of the invoice: {invoice.Currency}.", "currency");
        if (subscription is { Ended: true })
            throw StripeError.State("You cannot add invoice items to a canceled subscription.", param: "subscription");
        item.Subscription = subscription?.Id;
        customer.Currency ??= item.Currency;
        world.Store.Touch(customer);
        world.Store.Add(item);
        world.Events.Emit("invoiceitem.created", item);
        if (invoice is not null)
            world.Drafts.Append(invoice, item);
        return request.Render(item);
    }

    private static JsonNode Read(ApiRequest request)
    {
        request.Params.Finish();
        return request.Render(Target(request));
    }

    private static JsonNode Update(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var item = Target(request);
        var metadata = MetadataRules.Merge(p, item.Metadata);
        var description = p.TextOr("description", item.Description);
        var amount = p.Integer("amount") ?? item.Amount;
        p.Finish();
        if (Draft(world, item) is { Status: not "draft" })
            throw NotEditable();
        (item.Metadata, item.Description, item.Amount) = (metadata, description, amount);
        world.Store.Touch(item);
        if (Draft(world, item) is { } invoice)
        {
            world.Drafts.Strike(invoice, item);
            world.Drafts.Append(invoice, item);
        }
        return request.Render(item);
    }

    private static JsonNode Delete(ApiRequest request)
    {
        request.Params.Finish();
        var world = request.World;
        var item = Target(request);
        if (Draft(world, item) is { Status: not "draft" })
            throw NotEditable();
        if (Draft(world, item) is { } invoice)
            world.Drafts.Strike(invoice, item);
        world.Store.Remove(item);
        world.Events.Emit("invoiceitem.deleted", item);
        return new JsonObject { ["id"] = item.Id, ["object"] = "invoiceitem", ["deleted"] = true };
    }

    private static JsonNode List(ApiRequest request)
    {
        var (store, p) = (request.World.Store, request.Params);
        var customer = p.Text("customer");
        var invoice = p.Text("invoice");
        var pending = p.Flag("pending");
        var rows = customer is null ? store.InvoiceItems.NewestFirst() : store.InvoiceItemsByCustomer.NewestFirst(customer);
        return ApiList.Page(request, rows.Where(i => (invoice is null || i.Invoice == invoice) && (pending is null || pending == (i.Invoice is null))), "invoice item");
    }

    private static Invoice? Draft(World world, InvoiceItem item) => world.Store.Find<Invoice>(item.Invoice);

    private static StripeError NotEditable() => StripeError.State("The invoice item is part of an invoice that is no longer editable.", "invoice_not_editable");

    private static InvoiceItem Target(ApiRequest request) => request.Target<InvoiceItem>("invoiceitem");
}
