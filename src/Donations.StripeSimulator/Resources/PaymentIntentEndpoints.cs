using System.Text.Json.Nodes;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Payments;

namespace Donations.StripeSimulator.Resources;

internal static class PaymentIntentEndpoints
{
    private const string FutureUsages = "off_session|on_session";
    private const string Cancellable = "abandoned|duplicate|fraudulent|requested_by_customer";

    public static void Map(ApiRouter router)
    {
        router.Post("/v1/payment_intents", Create);
        router.Get("/v1/payment_intents", List);
        router.Get("/v1/payment_intents/*", Read, browser: true);
        router.Post("/v1/payment_intents/*", Update);
        router.Post("/v1/payment_intents/*/confirm", Confirm, browser: true);
        router.Post("/v1/payment_intents/*/cancel", Cancel);
    }

    private static JsonNode Create(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var intent = new PaymentIntent { Amount = p.RequiredInteger("amount"), Currency = CommonParams.Currency(p) };
        Amounts.Check(intent.Amount, intent.Currency);
        Fill(request, intent);
        intent.AllowedPaymentMethodTypes = IntentParams.Types(request);
        intent.AutomaticPaymentMethods = IntentParams.Automatic(p)
            ?? (intent.AllowedPaymentMethodTypes is null && !request.Legacy ? new AutomaticPaymentMethods { Enabled = true } : null);
        var confirm = p.Flag("confirm") ?? false;
        var confirmation = new IntentParams(request, payment: true);
        p.Choice("capture_method", "automatic|automatic_async");
        p.Choice("confirmation_method", "automatic");
        p.Finish();
        if (confirm && !confirmation.NamesMethod)
            throw MissingMethod();
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
        var intent = request.Target<PaymentIntent>("payment_intent");
        IntentParams.RequireSecret(request, intent);
        request.Params.Accept("is_stripe_sdk");
        request.Params.Finish();
        return request.Render(intent);
    }

    private static JsonNode Update(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var intent = request.Target<PaymentIntent>("payment_intent");
        var amount = p.Integer("amount") ?? intent.Amount;
        var currency = p.Has("currency") ? CommonParams.Currency(p) : intent.Currency;
        Amounts.Check(amount, currency);
        var method = p.Text("payment_method");
        if (method is not null)
            world.Charges.Check(method, "payment_method");
        var probe = new PaymentIntent { Metadata = intent.Metadata };
        Fill(request, probe);
        p.Finish();
        if (intent.Status is "succeeded" or "canceled" && (p.Has("amount") || p.Has("currency") || method is not null))
            throw Unexpected(intent, "be updated");
        if (intent.Invoice is not null && (amount != intent.Amount || currency != intent.Currency))
            throw StripeError.State("You cannot update the amount of a PaymentIntent that pays an invoice.", "payment_intent_unexpected_state");

        (intent.Amount, intent.Currency) = (amount, currency);
        Fill(request, intent);
        if (method is not null)
        {
            intent.PaymentMethod = world.Charges.Resolve(method, "payment_method").Id;
            intent.Status = "requires_confirmation";
            intent.NextAction = null;
        }
        world.Store.Touch(intent);
        return request.Render(intent);
    }

    private static JsonNode Confirm(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var intent = request.Target<PaymentIntent>("payment_intent");
        IntentParams.RequireSecret(request, intent);
        var confirmation = new IntentParams(request, payment: true);
        var futureUsage = p.Choice("setup_future_usage", FutureUsages) ?? intent.SetupFutureUsage;
        var email = p.TextOr("receipt_email", intent.ReceiptEmail);
        var shipping = p.Has("shipping") ? CommonParams.Shipping(p.Hash("shipping")) : intent.Shipping;
        var allowed = IntentParams.Types(request) ?? intent.AllowedPaymentMethodTypes;
        p.Accept("expected_payment_method_type", "key");
        p.Choice("capture_method", "automatic|automatic_async");
        p.Finish();
        if (intent.Status is not ("requires_payment_method" or "requires_confirmation" or "requires_action"))
            throw Unexpected(intent, "be confirmed");
        if (!confirmation.NamesMethod && intent.PaymentMethod is null)
            throw MissingMethod(intent);
        var how = confirmation.How(intent);

        (intent.SetupFutureUsage, intent.ReceiptEmail, intent.Shipping, intent.AllowedPaymentMethodTypes) = (futureUsage, email, shipping, allowed);
        var method = confirmation.Method(intent) ?? world.Store.Get<PaymentMethod>(intent.PaymentMethod!);
        if (!world.Intents.Confirm(intent, method, how))
            throw IntentFlow.Raise(intent);
        return request.Render(intent);
    }

    private static JsonNode Cancel(ApiRequest request)
    {
        var intent = request.Target<PaymentIntent>("payment_intent");
        var reason = request.Params.Choice("cancellation_reason", Cancellable);
        request.Params.Finish();
        if (intent.Invoice is not null && intent.Status != "canceled")
            throw StripeError.State("You cannot cancel a PaymentIntent that pays an invoice. Void the invoice instead.", "payment_intent_unexpected_state");
        request.World.Intents.Cancel(intent, reason);
        return request.Render(intent);
    }

    private static JsonNode List(ApiRequest request)
    {
        var store = request.World.Store;
        var customer = request.Params.Text("customer");
        return ApiList.Page(request, customer is null ? store.PaymentIntents.NewestFirst() : store.PaymentIntentsByCustomer.NewestFirst(customer), "payment_intent");
    }

    private static void Fill(ApiRequest request, PaymentIntent intent)
    {
        var p = request.Params;
        intent.Metadata = MetadataRules.Merge(p, intent.Metadata);
        if (p.Has("customer"))
            intent.Customer = request.Named<Customer>("customer", "customer")?.Id;
        intent.Description = p.TextOr("description", intent.Description);
        intent.ReceiptEmail = p.TextOr("receipt_email", intent.ReceiptEmail);
        intent.StatementDescriptorSuffix = p.TextOr("statement_descriptor_suffix", intent.StatementDescriptorSuffix);
        if (p.Has("statement_descriptor"))
        {
            throw StripeError.Invalid(
                "The `statement_descriptor` parameter is not supported for card charges. Use `statement_descriptor_suffix` instead.", "statement_descriptor");
        }
        if (p.Has("setup_future_usage"))
            intent.SetupFutureUsage = p.Choice("setup_future_usage", FutureUsages);
        if (p.Has("shipping"))
            intent.Shipping = CommonParams.Shipping(p.Hash("shipping"));
        p.Accept("payment_method_options");
    }

    private static StripeError Unexpected(PaymentIntent intent, string what) => new(
        400, "invalid_request_error", $"This PaymentIntent's status is {intent.Status}; it cannot {what}.")
    {
        Code = "payment_intent_unexpected_state",
        PaymentIntent = intent.Id,
        Executed = true,
    };

    private static StripeError MissingMethod(PaymentIntent? intent = null) => new(
        400, "invalid_request_error",
        "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it " +
        "again, or confirm it again directly with a payment method or ConfirmationToken.")
    {
        Code = "payment_intent_unexpected_state",
        PaymentIntent = intent?.Id,
        Executed = true,
    };
}
