using System.Text.Json.Nodes;
using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Payments;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Checkout;

/// <summary>Checkout sessions with the page that Stripe hosts.</summary>
internal static class CheckoutEndpoints
{
    private const long Lifetime = 24 * 3600;
    private const long ShortestLifetime = 30 * 60;

    public static void Map(ApiRouter router)
    {
        router.Post("/v1/checkout/sessions", Create);
        router.Get("/v1/checkout/sessions", List);
        router.Get("/v1/checkout/sessions/*", Read);
        router.Post("/v1/checkout/sessions/*", Update);
        router.Post("/v1/checkout/sessions/*/expire", Expire);
        router.Get("/v1/checkout/sessions/*/line_items", LineItems);
        // What the Stripe CLI fills in the hosted page with.
        router.Get("/v1/payment_pages/*", Read);
        router.Post("/v1/payment_pages/*/confirm", Confirm);
    }

    private static JsonNode Confirm(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        p.RequiredText("payment_method");
        var method = request.Named<PaymentMethod>("payment_method", "PaymentMethod")!;
        var expected = p.Integer("expected_amount");
        p.Finish();
        var session = request.Target<CheckoutSession>("checkout.session");
        if (expected is not null && expected != session.Total)
            throw StripeError.Invalid($"The amount is {session.Total}.", "expected_amount");
        world.Checkout.Submit(session, method);
        return request.Render(session);
    }

    private sealed record Line(Price Price, bool Inline, string? ProductName, long Quantity);

    private static JsonNode Create(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var session = new CheckoutSession
        {
            Mode = p.Choice("mode", "payment|setup|subscription") ?? throw StripeError.Missing("mode"),
            SuccessUrl = p.RequiredText("success_url"),
            CancelUrl = p.Text("cancel_url"),
            Customer = request.Named<Customer>("customer", "customer")?.Id,
            CustomerEmail = p.Text("customer_email"),
            ClientReferenceId = p.Text("client_reference_id"),
            SubmitType = p.Choice("submit_type", "auto|book|donate|pay|subscribe"),
            Locale = p.Text("locale"),
            AllowedPaymentMethodTypes = p.Texts("allowed_payment_method_types")?.ToList(),
            Metadata = MetadataRules.Merge(p, null),
            ExpiresAt = p.Integer("expires_at") ?? world.Now + Lifetime,
            CustomerCreation = p.Choice("customer_creation", "always|if_required"),
        };
        session.Currency = p.Has("currency") ? CommonParams.Currency(p) : null;
        session.Data = Data(p, session.Mode);
        var lines = Lines(request, session.Mode);
        p.Choice("ui_mode", "hosted_page");
        p.Choice("payment_method_collection", "always|if_required");
        p.Choice("allow_promotion_codes", "false");
        p.Accept("billing_address_collection", "payment_method_options", "custom_text", "consent_collection", "phone_number_collection", "saved_payment_method_options");
        p.Finish();
        Check(world, session, lines);

        session.Id = world.Ids.Next("cs_test_", 58);
        session.Created = world.Now;
        session.Lines = lines.ConvertAll(line => Made(world, line));
        session.CustomerCreation ??= session is { Mode: "payment", Customer: null } ? "if_required" : session.Customer is null ? "always" : null;
        world.Store.Add(session);
        world.Schedule(JobKind.ExpireCheckout, session.Id, session.ExpiresAt);
        return request.Render(session);
    }

    private static SessionData Data(ApiParams p, string mode)
    {
        var data = p.Hash(mode switch { "subscription" => "subscription_data", "setup" => "setup_intent_data", _ => "payment_intent_data" });
        if (data is null)
            return new SessionData();
        var result = new SessionData { Metadata = MetadataRules.Merge(data, null), Description = data.Text("description") };
        if (mode != "payment")
            return result;
        result.SetupFutureUsage = data.Choice("setup_future_usage", "off_session|on_session");
        result.StatementDescriptorSuffix = data.Text("statement_descriptor_suffix");
        result.Shipping = CommonParams.Shipping(data.Hash("shipping"));
        result.ReceiptEmail = data.Text("receipt_email");
        data.Choice("capture_method", "automatic|automatic_async");
        return result;
    }

    private static List<Line> Lines(ApiRequest request, string mode)
    {
        List<Line> lines = [];
        foreach (var p in request.Params.Hashes("line_items"))
        {
            var quantity = p.Integer("quantity") ?? 1;
            if (quantity < 1)
                throw StripeError.Invalid("Invalid positive integer", p.PathOf("quantity"), "parameter_invalid_integer");
            if (p.Hash("price_data") is { } data)
            {
                var (price, name) = PriceEndpoints.CheckoutInline(request, data);
                lines.Add(new(price, true, name, quantity));
            }
            else
            {
                lines.Add(new(request.Named<Price>(p, "price", "price") ?? throw StripeError.Missing(p.PathOf("price")), false, null, quantity));
            }
        }
        if (mode == "setup" ? lines.Count > 0 : lines.Count == 0)
            throw StripeError.Invalid(mode == "setup" ? "`line_items` is not allowed in `setup` mode." : $"`line_items` is required in `{mode}` mode.", "line_items");
        if (lines.Any(line => line.Price.Interval is null == (mode == "subscription")))
        {
            throw StripeError.Invalid(
                mode == "subscription" ? "This simulator wants recurring prices only in `subscription` mode." : $"You specified `{mode}` mode but passed a recurring price.", "line_items");
        }
        return lines;
    }

    private static void Check(World world, CheckoutSession session, List<Line> lines)
    {
        if (session is { Customer: not null, CustomerEmail: not null })
            throw StripeError.Invalid("You may only specify one of these parameters: customer, customer_email.", "customer_email");
        if (session is { Mode: not "payment", CustomerCreation: not null })
            throw StripeError.Invalid("`customer_creation` can only be used in `payment` mode.", "customer_creation");
        if (session.ExpiresAt < world.Now + ShortestLifetime || session.ExpiresAt > world.Now + Lifetime)
            throw StripeError.Invalid("The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.", "expires_at");
        if (lines.Count == 0)
            return;
        if (lines.Select(line => line.Price.Currency).Distinct().Count() > 1)
            throw StripeError.Invalid("All line items must have the same currency.", "line_items");
        if (session.Mode == "subscription")
            Billing.SubscriptionParams.Common(lines.Select(line => line.Price));
        session.Currency = lines[0].Price.Currency;
        session.Total = lines.Sum(line => line.Price.UnitAmount * line.Quantity);
        Amounts.Check(session.Total, session.Currency);
    }

    private static SessionLine Made(World world, Line line)
    {
        if (line.ProductName is not null)
        {
            var product = world.Store.Add(new Product { Id = world.Ids.Next("prod_", 14), Name = line.ProductName, Created = world.Now, Updated = world.Now });
            world.Events.Emit("product.created", product);
            line.Price.Product = product.Id;
        }
        return new SessionLine
        {
            Id = world.Ids.Next("li_"),
            Price = line.Inline ? PriceEndpoints.Add(world, line.Price).Id : line.Price.Id,
            Quantity = line.Quantity,
            Amount = line.Price.UnitAmount * line.Quantity,
        };
    }

    private static JsonNode Read(ApiRequest request)
    {
        request.Params.Finish();
        return request.Render(Target(request));
    }

    private static JsonNode Update(ApiRequest request)
    {
        var session = Target(request);
        session.Metadata = MetadataRules.Merge(request.Params, session.Metadata);
        request.Params.Finish();
        request.World.Store.Touch(session);
        return request.Render(session);
    }

    private static JsonNode Expire(ApiRequest request)
    {
        request.Params.Finish();
        var session = Target(request);
        if (session.Status != "open")
            throw StripeError.State($"Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of {session.Status}.");
        request.World.Checkout.Expire(session);
        return request.Render(session);
    }

    private static JsonNode LineItems(ApiRequest request)
    {
        var session = Target(request);
        request.Params.Integer("limit");
        request.Params.Finish();
        return request.World.Render.SessionLines(session, request.Expand);
    }

    private static JsonNode List(ApiRequest request)
    {
        var p = request.Params;
        var customer = p.Text("customer");
        var intent = p.Text("payment_intent");
        var subscription = p.Text("subscription");
        var status = p.Choice("status", "complete|expired|open");
        return ApiList.Page(request, request.World.Store.CheckoutSessions.NewestFirst().Where(s =>
            (customer is null || s.Customer == customer) && (intent is null || s.Intent == intent)
            && (subscription is null || s.Subscription == subscription) && (status is null || s.Status == status)), "checkout.session");
    }

    private static CheckoutSession Target(ApiRequest request) => request.Target<CheckoutSession>("checkout.session");
}
