using System.Text.Json.Nodes;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Payments;

namespace Donations.StripeSimulator.Resources;

internal static class SetupIntentEndpoints
{
    public static void Map(ApiRouter router)
    {
        router.Post("/v1/setup_intents", Create);
        router.Get("/v1/setup_intents", List);
        router.Get("/v1/setup_intents/*", Read, browser: true);
        router.Post("/v1/setup_intents/*", Update);
        router.Post("/v1/setup_intents/*/confirm", Confirm, browser: true);
        router.Post("/v1/setup_intents/*/cancel", Cancel);
    }

    private static JsonNode Create(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var intent = new SetupIntent { Usage = p.Choice("usage", "off_session|on_session") ?? "off_session" };
        Fill(request, intent);
        intent.AllowedPaymentMethodTypes = IntentParams.Types(request);
        intent.AutomaticPaymentMethods = IntentParams.Automatic(p)
            ?? (intent.AllowedPaymentMethodTypes is null && !request.Legacy ? new AutomaticPaymentMethods { Enabled = true } : null);
        var confirm = p.Flag("confirm") ?? false;
        var confirmation = new IntentParams(request, payment: false);
        p.Finish();
        if (confirm && !confirmation.NamesMethod)
            throw StripeError.Missing("payment_method");
        var how = confirm ? confirmation.How(intent) : null;

        world.Intents.Add(intent);
        if (confirmation.Method(intent) is { } method)
        {
            intent.PaymentMethod = method.Id;
            intent.Status = "requires_confirmation";
            world.Store.Touch(intent);
            if (how is not null && !world.Intents.Confirm(intent, method, how))
                throw IntentFlow.Raise(intent);
        }
        return request.Render(intent);
    }

    private static JsonNode Read(ApiRequest request)
    {
        var intent = request.Target<SetupIntent>("setupintent");
        IntentParams.RequireSecret(request, intent);
        request.Params.Finish();
        return request.Render(intent);
    }

    private static JsonNode Update(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var intent = request.Target<SetupIntent>("setupintent");
        Fill(request, new SetupIntent { Metadata = intent.Metadata });
        var method = p.Text("payment_method");
        p.Finish();
        if (method is not null)
            world.Charges.Check(method, "payment_method");
        Fill(request, intent);
        if (method is not null)
        {
            intent.PaymentMethod = world.Charges.Resolve(method, "payment_method").Id;
            intent.Status = "requires_confirmation";
        }
        world.Store.Touch(intent);
        return request.Render(intent);
    }

    private static JsonNode Confirm(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var intent = request.Target<SetupIntent>("setupintent");
        IntentParams.RequireSecret(request, intent);
        var confirmation = new IntentParams(request, payment: false);
        var allowed = IntentParams.Types(request) ?? intent.AllowedPaymentMethodTypes;
        p.Accept("expected_payment_method_type", "key");
        p.Finish();
        if (intent.Status is not ("requires_payment_method" or "requires_confirmation" or "requires_action"))
            throw StripeError.State($"You cannot confirm this SetupIntent because it has a status of {intent.Status}.", "setup_intent_unexpected_state");
        if (!confirmation.NamesMethod && intent.PaymentMethod is null)
            throw StripeError.State("You cannot confirm this SetupIntent because it's missing a payment method.", "setup_intent_unexpected_state");
        var how = confirmation.How(intent);

        intent.AllowedPaymentMethodTypes = allowed;
        var method = confirmation.Method(intent) ?? world.Store.Get<PaymentMethod>(intent.PaymentMethod!);
        if (!world.Intents.Confirm(intent, method, how))
            throw IntentFlow.Raise(intent);
        return request.Render(intent);
    }

    private static JsonNode Cancel(ApiRequest request)
    {
        var intent = request.Target<SetupIntent>("setupintent");
        var reason = request.Params.Choice("cancellation_reason", "abandoned|duplicate|requested_by_customer");
        request.Params.Finish();
        request.World.Intents.Cancel(intent, reason);
        return request.Render(intent);
    }

    private static JsonNode List(ApiRequest request)
    {
        var store = request.World.Store;
        var customer = request.Params.Text("customer");
        var method = request.Params.Text("payment_method");
        var rows = customer is null ? store.SetupIntents.NewestFirst() : store.SetupIntentsByCustomer.NewestFirst(customer);
        return ApiList.Page(request, rows.Where(i => method is null || i.PaymentMethod == method), "setupintent");
    }

    private static void Fill(ApiRequest request, SetupIntent intent)
    {
        var p = request.Params;
        intent.Metadata = MetadataRules.Merge(p, intent.Metadata);
        if (p.Has("customer"))
            intent.Customer = request.Named<Customer>("customer", "customer")?.Id;
        intent.Description = p.TextOr("description", intent.Description);
        p.Accept("payment_method_options");
    }
}
