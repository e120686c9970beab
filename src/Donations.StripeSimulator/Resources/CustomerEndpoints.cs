using System.Text.Json.Nodes;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Payments;

namespace Donations.StripeSimulator.Resources;

internal static class CustomerEndpoints
{
    public static void Map(ApiRouter router)
    {
        router.Post("/v1/customers", Create);
        router.Get("/v1/customers", List);
        router.Get("/v1/customers/*", request => Read(request));
        router.Post("/v1/customers/*", Update);
        router.Delete("/v1/customers/*", Delete);
        router.Get("/v1/customers/*/payment_methods", PaymentMethodEndpoints.ListOfCustomer);
    }

    private static JsonNode Create(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var customer = new Customer { Metadata = MetadataRules.Merge(p, null) };
        Fill(customer, p);
        var method = p.Text("payment_method");
        var defaultMethod = p.Hash("invoice_settings")?.Text("default_payment_method");
        // A token is an alias of a card, which as a source was the default by itself.
        if (p.Text("source") is { } source)
            method = defaultMethod = TestCards.IdOfToken(source) ?? throw StripeError.NoSuch("token", source, "source");
        customer.TestClock = request.Named<TestClock>("test_clock", "test clock")?.Id;
        p.Finish();
        if (method is not null)
            world.Charges.Check(method, "payment_method");
        if (defaultMethod is not null && defaultMethod != method)
            throw NotAttached(defaultMethod);

        customer.Id = world.Ids.Next("cus_", 14);
        customer.InvoicePrefix = world.Ids.Stable(customer.Id, 8).ToUpperInvariant();
        customer.Created = world.Store.Find<TestClock>(customer.TestClock)?.FrozenTime ?? world.Now;
        var card = method is null ? null : world.Charges.Resolve(method, "payment_method");
        if (card is not null)
            world.Charges.Attach(card, customer.Id);
        if (defaultMethod is not null)
            customer.DefaultPaymentMethod = card!.Id;
        world.Store.Add(customer);
        world.Events.Emit("customer.created", customer);
        return request.Render(customer);
    }

    private static JsonNode Read(ApiRequest request)
    {
        request.Params.Finish();
        return request.Render(request.Target<Customer>("customer"));
    }

    private static JsonNode Update(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var customer = Live(request);
        var before = world.Render.Snapshot(customer);
        var metadata = MetadataRules.Merge(p, customer.Metadata);
        var settings = p.Hash("invoice_settings");
        var setsDefault = settings?.Has("default_payment_method") ?? false;
        var defaultMethod = settings?.Text("default_payment_method");
        var probe = new Customer();
        Fill(probe, p);
        p.Finish();
        if (defaultMethod is not null && world.Store.Find<PaymentMethod>(defaultMethod)?.Customer != customer.Id)
            throw NotAttached(defaultMethod);

        customer.Metadata = metadata;
        Fill(customer, p);
        if (setsDefault)
            customer.DefaultPaymentMethod = defaultMethod;
        world.Store.Touch(customer);
        world.Events.EmitChange("customer.updated", customer, before);
        return request.Render(customer);
    }

    private static JsonNode Delete(ApiRequest request)
    {
        var world = request.World;
        var customer = Live(request);
        request.Params.Finish();
        foreach (var subscription in world.Store.SubscriptionsByCustomer[customer.Id].ToList())
            world.Subscriptions.Cancel(subscription, reason: null);
        foreach (var method in world.Store.PaymentMethodsByCustomer[customer.Id].ToList())
            world.Charges.Detach(method);
        world.Events.Emit("customer.deleted", customer);
        customer.Deleted = true;
        (customer.Email, customer.Name, customer.Phone, customer.Address, customer.Metadata) = (null, null, null, null, null);
        world.Store.Touch(customer);
        return request.Render(customer);
    }

    private static JsonNode List(ApiRequest request)
    {
        var store = request.World.Store;
        var rows = request.Params.Text("email") is { } email ? store.CustomersByEmail.NewestFirst(email)
            : request.Named<TestClock>("test_clock", "test clock") is { } clock ? store.CustomersByTestClock.NewestFirst(clock.Id)
            : store.Customers.NewestFirst();
        return ApiList.Page(request, rows.Where(c => !c.Deleted), "customer");
    }

    private static void Fill(Customer customer, ApiParams p)
    {
        customer.Email = p.TextOr("email", customer.Email);
        customer.Name = p.TextOr("name", customer.Name);
        customer.Phone = p.TextOr("phone", customer.Phone);
        customer.Description = p.TextOr("description", customer.Description);
        customer.Address = p.Has("address") ? CommonParams.Address(p.Hash("address")) : customer.Address;
        customer.Shipping = p.Has("shipping") ? CommonParams.Shipping(p.Hash("shipping")) : customer.Shipping;
        customer.PreferredLocales = p.Texts("preferred_locales")?.ToList() ?? customer.PreferredLocales;
        p.Choice("tax_exempt", "none");
    }

    private static Customer Live(ApiRequest request)
    {
        var customer = request.Target<Customer>("customer");
        return customer.Deleted ? throw StripeError.NotFound("customer", customer.Id) : customer;
    }

    private static StripeError NotAttached(string method) => StripeError.Invalid(
        $"The customer does not have a payment method with the ID {method}. The payment method must be attached to the customer.",
        "invoice_settings[default_payment_method]", "resource_missing");
}
