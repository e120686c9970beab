using System.Text.Json.Nodes;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Payments;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Rendering;

/// <summary>Payment methods, tokens and intents.</summary>
internal sealed partial class Renderer
{
    private JsonObject PaymentMethod(PaymentMethod m, Expansion x) => new()
    {
        ["id"] = m.Id,
        ["object"] = "payment_method",
        ["allow_redisplay"] = m.AllowRedisplay ?? "unspecified",
        ["billing_details"] = BillingDetailsOf(m.BillingDetails),
        ["card"] = Card(m),
        ["created"] = m.Created,
        ["customer"] = Ref(x, "customer", m.Customer),
        ["customer_account"] = null,
        ["livemode"] = false,
        ["metadata"] = Metadata(m.Metadata),
        ["type"] = "card",
    };

    private JsonObject Card(PaymentMethod m)
    {
        var card = TestCards.Get(m.Card);
        return new JsonObject
        {
            ["brand"] = card.Brand,
            ["checks"] = new JsonObject
            {
                ["address_line1_check"] = m.BillingDetails?.Address?.Line1 is null ? null : card.LineCheck,
                ["address_postal_code_check"] = m.BillingDetails?.Address?.PostalCode is null ? null : card.PostalCheck,
                ["cvc_check"] = m.CvcGiven ? card.CvcCheck : null,
            },
            ["country"] = card.Country,
            ["display_brand"] = card.Brand,
            ["exp_month"] = m.ExpMonth,
            ["exp_year"] = m.ExpYear,
            ["fingerprint"] = world.Ids.Stable(m.Card),
            ["funding"] = card.Funding,
            ["generated_from"] = null,
            ["last4"] = card.Last4,
            ["networks"] = new JsonObject { ["available"] = new JsonArray(card.Brand), ["preferred"] = null },
            ["regulated_status"] = "unregulated",
            ["three_d_secure_usage"] = new JsonObject { ["supported"] = true },
            ["wallet"] = null,
        };
    }

    private JsonObject ConfirmationToken(ConfirmationToken t) => new()
    {
        ["id"] = t.Id,
        ["object"] = "confirmation_token",
        ["created"] = t.Created,
        ["expires_at"] = t.ExpiresAt,
        ["livemode"] = false,
        ["mandate_data"] = null,
        ["metadata"] = null,
        ["payment_intent"] = t.PaymentIntent,
        ["payment_method_options"] = null,
        ["payment_method_preview"] = new JsonObject
        {
            ["allow_redisplay"] = t.Preview.AllowRedisplay ?? "unspecified",
            ["billing_details"] = BillingDetailsOf(t.Preview.BillingDetails),
            ["card"] = Card(t.Preview),
            ["customer"] = t.Preview.Customer,
            ["customer_account"] = null,
            ["type"] = "card",
        },
        ["return_url"] = t.ReturnUrl,
        ["setup_future_usage"] = t.SetupFutureUsage,
        ["setup_intent"] = t.SetupIntent,
        ["shipping"] = ShippingOf(t.Shipping),
        ["use_stripe_sdk"] = true,
    };

    private JsonObject PaymentIntent(PaymentIntent i, Expansion x) => new()
    {
        ["id"] = i.Id,
        ["object"] = "payment_intent",
        ["allowed_payment_method_types"] = Texts(i.AllowedPaymentMethodTypes),
        ["amount"] = i.Amount,
        ["amount_capturable"] = 0,
        ["amount_received"] = i.AmountReceived,
        ["application"] = null,
        ["application_fee_amount"] = null,
        ["automatic_payment_methods"] = Automatic(i),
        ["canceled_at"] = i.CanceledAt,
        ["cancellation_reason"] = i.CancellationReason,
        ["capture_method"] = "automatic_async",
        ["client_secret"] = i.ClientSecret,
        ["confirmation_method"] = "automatic",
        ["created"] = i.Created,
        ["currency"] = i.Currency,
        ["customer"] = Ref(x, "customer", i.Customer),
        ["customer_account"] = null,
        ["description"] = i.Description,
        ["excluded_payment_method_types"] = null,
        ["last_payment_error"] = LastError(i),
        ["latest_charge"] = Ref(x, "latest_charge", i.LatestCharge),
        ["livemode"] = false,
        ["managed_payments"] = null,
        ["metadata"] = Metadata(i.Metadata),
        ["next_action"] = NextAction(i),
        ["on_behalf_of"] = null,
        ["payment_method"] = Ref(x, "payment_method", i.PaymentMethod),
        ["payment_method_configuration_details"] = null,
        ["payment_method_options"] = new JsonObject
        {
            ["card"] = new JsonObject { ["installments"] = null, ["mandate_options"] = null, ["network"] = null, ["request_three_d_secure"] = "automatic" },
        },
        ["payment_method_types"] = new JsonArray("card"),
        ["payment_record"] = null,
        ["processing"] = null,
        ["receipt_email"] = i.ReceiptEmail,
        ["review"] = Ref(x, "review", i.LatestCharge is { } latest && world.Store.ReviewsByCharge[latest] is [.., var review] ? review.Id : null),
        ["setup_future_usage"] = i.SetupFutureUsage,
        ["shipping"] = ShippingOf(i.Shipping),
        ["source"] = null,
        ["statement_descriptor"] = null,
        ["statement_descriptor_suffix"] = i.StatementDescriptorSuffix,
        ["status"] = i.Status,
        ["transfer_data"] = null,
        ["transfer_group"] = null,
    };

    private JsonObject SetupIntent(SetupIntent i, Expansion x) => new()
    {
        ["id"] = i.Id,
        ["object"] = "setup_intent",
        ["allowed_payment_method_types"] = Texts(i.AllowedPaymentMethodTypes),
        ["application"] = null,
        ["automatic_payment_methods"] = Automatic(i),
        ["cancellation_reason"] = i.CancellationReason,
        ["client_secret"] = i.ClientSecret,
        ["created"] = i.Created,
        ["customer"] = Ref(x, "customer", i.Customer),
        ["customer_account"] = null,
        ["description"] = i.Description,
        ["excluded_payment_method_types"] = null,
        ["flow_directions"] = null,
        ["last_setup_error"] = LastError(i),
        ["latest_attempt"] = null,
        ["livemode"] = false,
        ["mandate"] = null,
        ["metadata"] = Metadata(i.Metadata),
        ["next_action"] = NextAction(i),
        ["on_behalf_of"] = null,
        ["payment_method"] = Ref(x, "payment_method", i.PaymentMethod),
        ["payment_method_configuration_details"] = null,
        ["payment_method_options"] = new JsonObject
        {
            ["card"] = new JsonObject { ["mandate_options"] = null, ["network"] = null, ["request_three_d_secure"] = "automatic" },
        },
        ["payment_method_types"] = new JsonArray("card"),
        ["single_use_mandate"] = null,
        ["status"] = i.Status,
        ["usage"] = i.Usage,
    };

    private static JsonObject? Automatic(Intent i) => i.AutomaticPaymentMethods is not { } automatic ? null : new JsonObject
    {
        ["allow_redirects"] = automatic.AllowRedirects,
        ["enabled"] = automatic.Enabled,
    };

    private JsonObject? NextAction(Intent i)
    {
        if (i.NextAction is null)
            return null;
        var page = $"{world.BaseAddress}_simulator/3ds/{i.Id}?client_secret={i.ClientSecret}";
        if (i.NextAction == "redirect_to_url")
        {
            return new JsonObject
            {
                ["type"] = "redirect_to_url",
                ["redirect_to_url"] = new JsonObject
                {
                    ["return_url"] = i.ReturnUrl,
                    ["url"] = $"{page}&return_url={Uri.EscapeDataString(i.ReturnUrl ?? "")}",
                },
            };
        }
        return new JsonObject
        {
            ["type"] = "use_stripe_sdk",
            ["use_stripe_sdk"] = new JsonObject { ["type"] = "three_d_secure_redirect", ["stripe_js"] = page },
        };
    }

    private JsonObject? LastError(Intent i)
    {
        if (i.LastError is not { } error)
            return null;
        var json = new JsonObject { ["type"] = error.Type, ["code"] = error.Code, ["message"] = error.Message };
        json["doc_url"] = "https://docs.stripe.com/error-codes/" + error.Code.Replace('_', '-');
        if (error.DeclineCode is not null)
            json["decline_code"] = error.DeclineCode;
        if (error.AdviceCode is not null)
            json["advice_code"] = error.AdviceCode;
        if (error.Charge is not null)
            json["charge"] = error.Charge;
        if (error.PaymentMethod is not null)
            json["payment_method"] = ById(error.PaymentMethod);
        return json;
    }
}
