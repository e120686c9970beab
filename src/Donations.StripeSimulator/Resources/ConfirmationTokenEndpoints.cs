using System.Text.Json.Nodes;
using Donations.StripeSimulator.Http;

namespace Donations.StripeSimulator.Resources;

internal static class ConfirmationTokenEndpoints
{
    private const long Lifetime = 12 * 3600;
    private const string FutureUsages = "off_session|on_session";

    public static void Map(ApiRouter router)
    {
        router.Post("/v1/confirmation_tokens", CreateFromBrowser, browser: true);
        router.Post("/v1/test_helpers/confirmation_tokens", CreateForTest);
        router.Get("/v1/confirmation_tokens/*", Read);
    }

    /// <summary>What Stripe.js does with the contents of its form.</summary>
    private static JsonNode CreateFromBrowser(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var data = p.Hash("payment_method_data") ?? throw StripeError.Missing("payment_method_data");
        var preview = CommonParams.Card(world, data);
        data.Accept("guid", "muid", "sid", "payment_user_agent", "referrer", "time_on_page", "client_attribution_metadata");
        p.Accept("client_context", "mandate_data", "set_as_default_payment_method");
        return Add(request, preview);
    }

    private static JsonNode CreateForTest(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        PaymentMethod preview;
        if (p.Text("payment_method") is { } id)
        {
            world.Charges.Check(id, "payment_method");
            preview = world.Store.Find<PaymentMethod>(id) ?? world.Charges.Draft(Payments.TestCards.FindById(id)!);
            if (CommonParams.BillingDetails(p.Hash("payment_method_data")?.Hash("billing_details")) is { } details)
                preview.BillingDetails = details;
            p.Hash("payment_method_data")?.Accept("type");
        }
        else
        {
            preview = CommonParams.Card(world, p.Hash("payment_method_data") ?? throw StripeError.Missing("payment_method"));
        }
        p.Accept("payment_method_options", "mandate_data");
        return Add(request, preview);
    }

    private static JsonNode Add(ApiRequest request, PaymentMethod preview)
    {
        var (world, p) = (request.World, request.Params);
        var token = new ConfirmationToken
        {
            Created = world.Now,
            ExpiresAt = world.Now + Lifetime,
            Preview = preview,
            ReturnUrl = p.Text("return_url"),
            SetupFutureUsage = p.Choice("setup_future_usage", FutureUsages),
            Shipping = CommonParams.Shipping(p.Hash("shipping")),
        };
        p.Finish();
        token.Id = world.Ids.Next("ctoken_");
        world.Store.Add(token);
        return request.Render(token);
    }

    private static JsonNode Read(ApiRequest request)
    {
        request.Params.Finish();
        return request.Render(request.Target<ConfirmationToken>("confirmation_token"));
    }
}
