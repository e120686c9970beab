using System.Text.Json.Nodes;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Payments;

namespace Donations.StripeSimulator.Resources;

internal static class PaymentMethodEndpoints
{
    public static void Map(ApiRouter router)
    {
        router.Post("/v1/payment_methods", Create, browser: true);
        router.Get("/v1/payment_methods", List);
        router.Get("/v1/payment_methods/*", Read);
        router.Post("/v1/payment_methods/*", Update);
        router.Post("/v1/payment_methods/*/attach", Attach);
        router.Post("/v1/payment_methods/*/detach", Detach);
    }

    public static JsonNode ListOfCustomer(ApiRequest request)
    {
        var customer = request.Target<Customer>("customer");
        request.Params.Choice("type", "card");
        return ApiList.Page(request, request.World.Store.PaymentMethodsByCustomer.NewestFirst(customer.Id), "PaymentMethod");
    }

    private static JsonNode Create(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        if (!p.Has("type"))
            throw StripeError.Missing("type");
        var token = p.Hash("card")?.Text("token");
        PaymentMethod method;
        if (token is not null)
        {
            method = world.Charges.Draft(TestCards.FindById(TestCards.IdOfToken(token) ?? "") ?? throw StripeError.NoSuch("token", token, "card[token]"));
            method.BillingDetails = CommonParams.BillingDetails(p.Hash("billing_details"));
            p.Choice("type", "card");
        }
        else
        {
            method = CommonParams.Card(world, p);
        }
        method.Metadata = MetadataRules.Merge(p, null);
        p.Finish();
        world.Store.Add(method);
        return request.Render(method);
    }

    private static JsonNode Read(ApiRequest request)
    {
        request.Params.Finish();
        return request.Render(Target(request));
    }

    private static JsonNode Update(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var method = Target(request);
        var metadata = MetadataRules.Merge(p, method.Metadata);
        var details = p.Has("billing_details") ? CommonParams.BillingDetails(p.Hash("billing_details")) : method.BillingDetails;
        var card = p.Hash("card");
        var month = card?.Integer("exp_month") ?? method.ExpMonth;
        var year = card?.Integer("exp_year") ?? method.ExpYear;
        var redisplay = p.Choice("allow_redisplay", "always|limited|unspecified") ?? method.AllowRedisplay;
        p.Finish();
        if (method.Customer is null)
            throw StripeError.State("You must save this PaymentMethod to a customer before you can update it.");
        world.Events.Change("payment_method.updated", method, () =>
        {
            (method.Metadata, method.BillingDetails, method.AllowRedisplay) = (metadata, details, redisplay);
            (method.ExpMonth, method.ExpYear) = ((int)month, (int)year);
        });
        return request.Render(method);
    }

    private static JsonNode Attach(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        p.RequiredText("customer");
        var customer = request.Named<Customer>("customer", "customer")!;
        p.Finish();
        var method = Target(request);
        world.Charges.Attach(method, customer.Id);
        return request.Render(method);
    }

    private static JsonNode Detach(ApiRequest request)
    {
        request.Params.Finish();
        var method = Target(request);
        if (method.Customer is null)
            throw StripeError.State("The payment method you provided is not attached to a customer so detachment is impossible.");
        request.World.Charges.Detach(method);
        return request.Render(method);
    }

    private static JsonNode List(ApiRequest request)
    {
        var p = request.Params;
        var type = p.Choice("type", "card");
        var customer = request.Named<Customer>("customer", "customer");
        var store = request.World.Store;
        // Without a customer Stripe lists only methods attached to none of them, and those are not listable for cards.
        var rows = customer is null ? [] : store.PaymentMethodsByCustomer.NewestFirst(customer.Id);
        return ApiList.Page(request, rows.Where(_ => type is null or "card"), "PaymentMethod");
    }

    private static PaymentMethod Target(ApiRequest request) =>
        TestCards.FindById(request.Id) is not null ? request.World.Charges.Resolve(request.Id, "id") : request.Target<PaymentMethod>("PaymentMethod");
}
