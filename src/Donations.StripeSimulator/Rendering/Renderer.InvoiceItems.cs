using System.Globalization;
using System.Text.Json.Nodes;
using Donations.StripeSimulator.Billing;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Rendering;

/// <summary>Invoice items and the lines of invoices.</summary>
internal sealed partial class Renderer
{
    private JsonObject InvoiceItem(InvoiceItem i, Expansion x)
    {
        var json = new JsonObject
        {
            ["id"] = i.Id,
            ["object"] = "invoiceitem",
            ["amount"] = i.Amount,
            ["currency"] = i.Currency,
            ["customer"] = Ref(x, "customer", i.Customer),
            ["customer_account"] = null,
            ["date"] = i.Created,
            ["description"] = i.Description,
            ["discountable"] = i.Discountable,
            ["discounts"] = new JsonArray(),
            ["invoice"] = Ref(x, "invoice", i.Invoice),
            ["livemode"] = false,
            ["metadata"] = Metadata(i.Metadata),
            ["net_amount"] = i.Amount,
            ["parent"] = i.Subscription is null ? null : new JsonObject
            {
                ["subscription_details"] = SubscriptionDetails(i),
                ["type"] = "subscription_details",
            },
            ["period"] = new JsonObject { ["end"] = i.PeriodEnd, ["start"] = i.PeriodStart },
            ["pricing"] = Pricing(i.Price, i.Amount, i.Quantity, i.Proration, x),
            ["proration"] = i.Proration,
            ["quantity"] = i.Quantity,
            ["quantity_decimal"] = Decimal(i.Quantity),
            ["tax_rates"] = new JsonArray(),
            ["test_clock"] = Ref(x, "test_clock", world.ClockOf(i.Customer)),
        };
        if (i.Proration)
            json["proration_details"] = new JsonObject { ["credited_items"] = CreditedLines(i.Credited), ["discount_amounts"] = new JsonArray() };
        return json;

        static JsonObject SubscriptionDetails(InvoiceItem i)
        {
            var details = new JsonObject { ["subscription"] = i.Subscription };
            if (i.SubscriptionItem is not null)
                details["subscription_item"] = i.SubscriptionItem;
            return details;
        }

        static JsonObject? CreditedLines(CreditedItems? credited) => credited is null ? null : new JsonObject
        {
            ["invoice_line_item_details"] = new JsonObject { ["invoice"] = credited.Invoice, ["invoice_line_items"] = Texts(credited.Lines) },
            ["type"] = "invoice_line_items",
        };
    }

    private JsonObject Line(Invoice i, InvoiceLine line, Expansion x) => new()
    {
        ["id"] = line.Id,
        ["object"] = "line_item",
        ["amount"] = line.Amount,
        ["currency"] = i.Currency,
        ["description"] = line.Description,
        ["discount_amounts"] = new JsonArray(),
        ["discountable"] = !line.Proration,
        ["discounts"] = new JsonArray(),
        ["invoice"] = i.Id,
        ["livemode"] = false,
        ["metadata"] = Metadata(line.Metadata ?? (line.InvoiceItem is null ? i.SubscriptionMetadata : null)),
        ["parent"] = LineParent(i, line),
        ["period"] = new JsonObject { ["end"] = line.PeriodEnd, ["start"] = line.PeriodStart },
        ["pretax_credit_amounts"] = new JsonArray(),
        ["pricing"] = Pricing(line.Price, line.Amount, line.Quantity, line.Proration, x),
        ["quantity"] = line.Quantity,
        ["quantity_decimal"] = Decimal(line.Quantity),
        ["subscription"] = Ref(x, "subscription", i.Subscription),
        ["subtotal"] = line.Amount,
        ["taxes"] = new JsonArray(),
    };

    /// <summary>A subscription's item, or an invoice item that belongs to none.</summary>
    private static JsonObject LineParent(Invoice i, InvoiceLine line)
    {
        var ofItem = line.SubscriptionItem is not null;
        var details = new JsonObject
        {
            ["invoice_item"] = line.InvoiceItem,
            ["proration"] = line.Proration,
            ["proration_details"] = new JsonObject
            {
                ["credited_items"] = line.Credited is not { } credited ? null : new JsonObject { ["invoice"] = credited.Invoice, ["invoice_line_items"] = Texts(credited.Lines) },
            },
            ["subscription"] = i.Subscription,
        };
        if (ofItem)
            details["subscription_item"] = line.SubscriptionItem;
        return new JsonObject
        {
            ["invoice_item_details"] = ofItem ? null : details,
            ["subscription_item_details"] = ofItem ? details : null,
            ["type"] = ofItem ? "subscription_item_details" : "invoice_item_details",
        };
    }

    private JsonObject? Pricing(string? id, long amount, long quantity, bool proration, Expansion x)
    {
        if (id is null)
            return null;
        var price = world.Store.Get<Price>(id);
        var details = x.Take("pricing")?.Take("price_details") ?? Expansion.None;
        var unit = !proration ? price.UnitAmount : quantity == 0 ? 0m : Math.Round((decimal)amount / quantity, 12);
        return new JsonObject
        {
            ["price_details"] = new JsonObject { ["price"] = Ref(details, "price", id), ["product"] = price.Product },
            ["type"] = "price_details",
            ["unit_amount_decimal"] = unit.ToString(CultureInfo.InvariantCulture),
        };
    }
}
