using System.Globalization;
using System.Text.Json.Nodes;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Rendering;

/// <summary>Customers, products and prices.</summary>
internal sealed partial class Renderer
{
    private JsonObject Customer(Customer c, Expansion x)
    {
        if (c.Deleted)
        {
            x.TakeAll();
            return new JsonObject { ["id"] = c.Id, ["object"] = "customer", ["deleted"] = true };
        }
        var settings = x.Take("invoice_settings") ?? Expansion.None;
        var json = new JsonObject
        {
            ["id"] = c.Id,
            ["object"] = "customer",
            ["address"] = AddressOf(c.Address),
            ["balance"] = c.Balance,
            ["created"] = c.Created,
            ["currency"] = c.Currency,
            ["customer_account"] = null,
            ["default_source"] = null,
            ["delinquent"] = world.Store.InvoicesByCustomer[c.Id].Any(i => i is { Status: "open", AttemptCount: > 0 }),
            ["description"] = c.Description,
            ["discount"] = null,
            ["email"] = c.Email,
            ["invoice_prefix"] = c.InvoicePrefix,
            ["invoice_settings"] = new JsonObject
            {
                ["custom_fields"] = null,
                ["default_payment_method"] = Ref(settings, "default_payment_method", c.DefaultPaymentMethod),
                ["footer"] = null,
                ["rendering_options"] = null,
            },
            ["livemode"] = false,
            ["metadata"] = Metadata(c.Metadata),
            ["name"] = c.Name,
            ["next_invoice_sequence"] = c.NextInvoiceSequence,
            ["phone"] = c.Phone,
            ["preferred_locales"] = Texts(c.PreferredLocales) ?? [],
            ["shipping"] = ShippingOf(c.Shipping),
            ["tax_exempt"] = "none",
            ["test_clock"] = Ref(x, "test_clock", c.TestClock),
        };
        if (x.Take("subscriptions") is { } subscriptions)
        {
            var live = world.Store.SubscriptionsByCustomer.NewestFirst(c.Id).Where(s => !s.Ended);
            json["subscriptions"] = List(subscriptions, $"/v1/customers/{c.Id}/subscriptions", live, Any);
        }
        return json;
    }

    private JsonObject Product(Product p, Expansion x) => new()
    {
        ["id"] = p.Id,
        ["object"] = "product",
        ["active"] = p.Active,
        ["created"] = p.Created,
        ["default_price"] = Ref(x, "default_price", p.DefaultPrice),
        ["description"] = p.Description,
        ["images"] = Texts(p.Images),
        ["livemode"] = false,
        ["marketing_features"] = new JsonArray(),
        ["metadata"] = Metadata(p.Metadata),
        ["name"] = p.Name,
        ["package_dimensions"] = null,
        ["shippable"] = null,
        ["statement_descriptor"] = p.StatementDescriptor,
        ["tax_code"] = null,
        ["tax_details"] = null,
        ["type"] = "service",
        ["unit_label"] = p.UnitLabel,
        ["updated"] = p.Updated,
        ["url"] = p.Url,
    };

    private JsonObject Price(Price p, Expansion x) => new()
    {
        ["id"] = p.Id,
        ["object"] = "price",
        ["active"] = p.Active,
        ["billing_scheme"] = "per_unit",
        ["created"] = p.Created,
        ["currency"] = p.Currency,
        ["custom_unit_amount"] = null,
        ["livemode"] = false,
        ["lookup_key"] = p.LookupKey,
        ["metadata"] = Metadata(p.Metadata),
        ["nickname"] = p.Nickname,
        ["product"] = Ref(x, "product", p.Product),
        ["recurring"] = p.Interval is null ? null : new JsonObject
        {
            ["interval"] = p.Interval,
            ["interval_count"] = p.IntervalCount,
            ["meter"] = null,
            ["trial_period_days"] = null,
            ["usage_type"] = "licensed",
        },
        ["tax_behavior"] = "unspecified",
        ["tiers_mode"] = null,
        ["transform_quantity"] = null,
        ["type"] = p.Interval is null ? "one_time" : "recurring",
        ["unit_amount"] = p.UnitAmount,
        ["unit_amount_decimal"] = Decimal(p.UnitAmount),
    };

    /// <summary>The legacy view of a recurring price that subscription items still carry.</summary>
    private static JsonObject Plan(Price p) => new()
    {
        ["id"] = p.Id,
        ["object"] = "plan",
        ["active"] = p.Active,
        ["amount"] = p.UnitAmount,
        ["amount_decimal"] = Decimal(p.UnitAmount),
        ["billing_scheme"] = "per_unit",
        ["created"] = p.Created,
        ["currency"] = p.Currency,
        ["interval"] = p.Interval,
        ["interval_count"] = p.IntervalCount,
        ["livemode"] = false,
        ["metadata"] = Metadata(p.Metadata),
        ["meter"] = null,
        ["nickname"] = p.Nickname,
        ["product"] = p.Product,
        ["tiers_mode"] = null,
        ["transform_usage"] = null,
        ["trial_period_days"] = null,
        ["usage_type"] = "licensed",
    };

    private static string Decimal(long amount) => amount.ToString(CultureInfo.InvariantCulture);
}
