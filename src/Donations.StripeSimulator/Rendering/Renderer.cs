using System.Text.Json.Nodes;
using Donations.StripeSimulator.Billing;
using Donations.StripeSimulator.Checkout;
using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Disputes;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Payments;
using Donations.StripeSimulator.Resources;
using Donations.StripeSimulator.Webhooks;

namespace Donations.StripeSimulator.Rendering;

/// <summary>
/// Entities as Stripe shows them: required fields always, nullable ones as null, optional ones only when set or expanded. A date that the
/// official clients read into a non-nullable type is never null.
/// </summary>
internal sealed partial class Renderer(World world)
{
    public JsonObject Any(Entity entity, Expansion x) => entity switch
    {
        Customer customer => Customer(customer, x),
        Product product => Product(product, x),
        Price price => Price(price, x),
        PaymentMethod method => PaymentMethod(method, x),
        ConfirmationToken token => ConfirmationToken(token),
        PaymentIntent intent => PaymentIntent(intent, x),
        SetupIntent intent => SetupIntent(intent, x),
        Subscription subscription => Subscription(subscription, x),
        SubscriptionSchedule schedule => Schedule(schedule, x),
        Invoice invoice => Invoice(invoice, x),
        InvoiceItem item => InvoiceItem(item, x),
        InvoicePayment payment => InvoicePayment(payment, x),
        Charge charge => Charge(charge, x),
        Refund refund => Refund(refund, x),
        BalanceTransaction transaction => BalanceTransaction(transaction, x),
        Payout payout => Payout(payout, x),
        CheckoutSession session => CheckoutSession(session, x),
        PortalSession session => PortalSession(session),
        EphemeralKey key => EphemeralKey(key),
        Dispute dispute => Dispute(dispute, x),
        EarlyFraudWarning warning => FraudWarning(warning, x),
        Review review => Review(review, x),
        StripeEvent stripeEvent => Event(stripeEvent),
        WebhookEndpoint endpoint => WebhookEndpoint(endpoint),
        TestClock clock => TestClock(clock),
        _ => throw new InvalidOperationException($"{entity.GetType().Name} has no place in the API."),
    };

    /// <summary>The object as its events show it.</summary>
    public JsonObject Snapshot(Entity entity) => Any(entity, Expansion.None);

    public JsonNode? ById(string id) => world.Store.Find(id) is { } entity ? Snapshot(entity) : null;

    /// <summary>An id, or the object itself where that was asked for.</summary>
    private JsonNode? Ref(Expansion x, string property, string? id)
    {
        var expand = x.Take(property);
        if (id is null)
            expand?.TakeAll();
        if (id is null || expand is null)
            return id;
        if (world.Store.Find(id) is { } entity)
            return Any(entity, expand);
        expand.TakeAll();
        return id;
    }

    private static JsonObject List(Expansion x, string url, IEnumerable<Entity> rows, Func<Entity, Expansion, JsonObject> render)
    {
        var expand = x.Take("data");
        var data = rows.Select(row => (JsonNode)render(row, expand ?? Expansion.None)).ToArray();
        if (data.Length == 0)
            expand?.TakeAll();
        return ApiList.Nested(url, data);
    }

    private static JsonObject Metadata(Dictionary<string, string>? metadata)
    {
        var json = new JsonObject();
        foreach (var (key, value) in metadata ?? [])
            json[key] = value;
        return json;
    }

    private static JsonArray? Texts(IEnumerable<string>? values) => values is null ? null : new JsonArray([.. values.Select(value => (JsonNode)value)]);

    private static JsonObject? AddressOf(Address? address) => address is null ? null : new JsonObject
    {
        ["city"] = address.City,
        ["country"] = address.Country,
        ["line1"] = address.Line1,
        ["line2"] = address.Line2,
        ["postal_code"] = address.PostalCode,
        ["state"] = address.State,
    };

    private static JsonObject? ShippingOf(Shipping? shipping) => shipping is null ? null : new JsonObject
    {
        ["address"] = AddressOf(shipping.Address),
        ["name"] = shipping.Name,
        ["phone"] = shipping.Phone,
    };

    private static JsonObject BillingDetailsOf(BillingDetails? details) => new()
    {
        ["address"] = AddressOf(details?.Address) ?? AddressOf(new Address()),
        ["email"] = details?.Email,
        ["name"] = details?.Name,
        ["phone"] = details?.Phone,
        ["tax_id"] = null,
    };

    private static JsonObject Event(StripeEvent e) => Event(e, Catalogue.ApiVersion);

    /// <summary>The event as an endpoint of this API version gets it.</summary>
    public static JsonObject Event(StripeEvent e, string apiVersion)
    {
        var data = new JsonObject { ["object"] = JsonNode.Parse(e.Object) };
        if (e.PreviousAttributes is not null)
            data["previous_attributes"] = JsonNode.Parse(e.PreviousAttributes);
        return new JsonObject
        {
            ["id"] = e.Id,
            ["object"] = "event",
            ["api_version"] = apiVersion,
            ["created"] = e.Created,
            ["data"] = data,
            ["livemode"] = false,
            ["pending_webhooks"] = e.PendingWebhooks,
            ["request"] = new JsonObject { ["id"] = e.RequestId, ["idempotency_key"] = e.IdempotencyKey },
            ["type"] = e.Type,
        };
    }

    private static JsonObject WebhookEndpoint(WebhookEndpoint endpoint) => new()
    {
        ["id"] = endpoint.Id,
        ["object"] = "webhook_endpoint",
        ["api_version"] = endpoint.ApiVersion,
        ["application"] = null,
        ["created"] = endpoint.Created,
        ["description"] = endpoint.Description,
        ["enabled_events"] = Texts(endpoint.EnabledEvents),
        ["livemode"] = false,
        ["metadata"] = Metadata(endpoint.Metadata),
        ["status"] = endpoint.Disabled ? "disabled" : "enabled",
        ["url"] = endpoint.Url,
    };

    private static JsonObject TestClock(TestClock clock)
    {
        var details = new JsonObject();
        if (clock.Target is { } target)
            details["advancing"] = new JsonObject { ["target_frozen_time"] = target };
        return new JsonObject
        {
            ["id"] = clock.Id,
            ["object"] = "test_helpers.test_clock",
            ["created"] = clock.Created,
            ["deletes_after"] = clock.DeletesAfter,
            ["frozen_time"] = clock.FrozenTime,
            ["livemode"] = false,
            ["name"] = clock.Name,
            ["status"] = clock.Target is null ? "ready" : "advancing",
            ["status_details"] = details,
        };
    }
}
