using System.Text.Json.Nodes;
using Donations.StripeSimulator.Billing;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Checkout;

/// <summary>What lets a customer's own device or browser in: portal sessions, ephemeral keys, customer sessions.</summary>
internal static class CustomerAccess
{
    private const long CustomerSessionLifetime = 1800;

    private static readonly string[] Components =
        ["active_entitlements", "buy_button", "customer_portal", "customer_sheet", "mobile_payment_element", "payment_element", "pricing_table"];

    public static void Map(ApiRouter router)
    {
        router.Post("/v1/billing_portal/sessions", CreatePortal);
        router.Post("/v1/ephemeral_keys", CreateKey);
        router.Delete("/v1/ephemeral_keys/*", DeleteKey);
        router.Post("/v1/customer_sessions", CreateCustomerSession);
    }

    private static JsonNode CreatePortal(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var session = new PortalSession { Customer = CustomerOf(request).Id, ReturnUrl = p.Text("return_url"), Locale = p.Text("locale") };
        p.Choice("configuration", PortalSession.Configuration);
        if (p.Hash("flow_data") is { } flow)
        {
            session.Flow = flow.Choice("type", "payment_method_update|subscription_cancel") ?? throw StripeError.Missing("flow_data[type]");
            if (session.Flow == "subscription_cancel")
            {
                var cancel = flow.Hash("subscription_cancel") ?? throw StripeError.Missing("flow_data[subscription_cancel]");
                var subscription = request.Named<Subscription>(cancel, "subscription", "subscription") ?? throw StripeError.Missing(cancel.PathOf("subscription"));
                session.Subscription = subscription.Customer == session.Customer ? subscription.Id : throw StripeError.NoSuch("subscription", subscription.Id, cancel.PathOf("subscription"));
            }
            var after = flow.Hash("after_completion");
            after?.Choice("type", "hosted_confirmation|portal_homepage|redirect");
            after?.Accept("hosted_confirmation");
            session.RedirectUrl = after?.Hash("redirect")?.RequiredText("return_url");
        }
        p.Finish();
        session.Id = world.Ids.Next("bps_");
        session.Created = world.Now;
        world.Store.Add(session);
        world.Events.Emit("billing_portal.session.created", session);
        return request.Render(session);
    }

    private static JsonNode CreateKey(ApiRequest request)
    {
        var world = request.World;
        var customer = CustomerOf(request);
        request.Params.Finish();
        var key = world.Store.Add(new EphemeralKey { Id = world.Ids.Next("ephkey_"), Created = world.Now, Customer = customer.Id });
        var json = (JsonObject)request.Render(key);
        json["secret"] = world.Ids.Next("ek_test_", 40);
        return json;
    }

    private static JsonNode DeleteKey(ApiRequest request)
    {
        request.Params.Finish();
        var key = request.Target<EphemeralKey>("ephemeral key");
        request.World.Store.Remove(key);
        return request.Render(key);
    }

    /// <summary>Customer sessions have no id and are never read again: only their secret matters.</summary>
    private static JsonNode CreateCustomerSession(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var customer = CustomerOf(request);
        var asked = p.Hash("components") ?? throw StripeError.Missing("components");
        var components = new JsonObject();
        foreach (var name in Components)
        {
            var component = asked.Hash(name);
            component?.Accept("features");
            components[name] = new JsonObject { ["enabled"] = component?.Flag("enabled") ?? false };
            if (name is "customer_sheet" or "mobile_payment_element" or "payment_element")
                components[name]!["features"] = null;
        }
        p.Finish();
        return new JsonObject
        {
            ["object"] = "customer_session",
            ["client_secret"] = world.Ids.Next("cuss_secret_", 40),
            ["components"] = components,
            ["created"] = world.Now,
            ["customer"] = customer.Id,
            ["customer_account"] = null,
            ["expires_at"] = world.Now + CustomerSessionLifetime,
            ["livemode"] = false,
        };
    }

    private static Customer CustomerOf(ApiRequest request)
    {
        request.Params.RequiredText("customer");
        var customer = request.Named<Customer>("customer", "customer")!;
        return customer.Deleted ? throw StripeError.NoSuch("customer", customer.Id, "customer") : customer;
    }
}
