using System.Text.Json.Nodes;
using Donations.StripeSimulator.Checkout;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Rendering;

/// <summary>Checkout and portal sessions, ephemeral keys.</summary>
internal sealed partial class Renderer
{
    private JsonObject CheckoutSession(CheckoutSession s, Expansion x)
    {
        var amounts = s.Mode == "setup" ? (long?)null : s.Total;
        var json = new JsonObject
        {
            ["id"] = s.Id,
            ["object"] = "checkout.session",
            ["adaptive_pricing"] = null,
            ["after_expiration"] = null,
            ["allow_promotion_codes"] = null,
            ["allowed_payment_method_types"] = Texts(s.AllowedPaymentMethodTypes),
            ["amount_subtotal"] = amounts,
            ["amount_total"] = amounts,
            ["automatic_tax"] = new JsonObject { ["enabled"] = false, ["liability"] = null, ["provider"] = null, ["status"] = null },
            ["billing_address_collection"] = null,
            ["cancel_url"] = s.CancelUrl,
            ["client_reference_id"] = s.ClientReferenceId,
            ["client_secret"] = null,
            ["collected_information"] = null,
            ["consent"] = null,
            ["consent_collection"] = null,
            ["created"] = s.Created,
            ["currency"] = s.Currency,
            ["currency_conversion"] = null,
            ["custom_fields"] = new JsonArray(),
            ["custom_text"] = new JsonObject { ["after_submit"] = null, ["shipping_address"] = null, ["submit"] = null, ["terms_of_service_acceptance"] = null },
            ["customer"] = Ref(x, "customer", s.Customer),
            ["customer_account"] = null,
            ["customer_creation"] = s.CustomerCreation,
            ["customer_details"] = Details(s),
            ["customer_email"] = s.CustomerEmail,
            ["discounts"] = null,
            ["expires_at"] = s.ExpiresAt,
            ["integration_identifier"] = null,
            ["invoice"] = Ref(x, "invoice", s.Invoice),
            ["invoice_creation"] = null,
            ["livemode"] = false,
            ["locale"] = s.Locale,
            ["managed_payments"] = null,
            ["metadata"] = Metadata(s.Metadata),
            ["mode"] = s.Mode,
            ["origin_context"] = null,
        };
        CheckoutPayment(json, s, x);
        if (x.Take("line_items") is { } lines)
            json["line_items"] = SessionLines(s, lines);
        return json;
    }

    private void CheckoutPayment(JsonObject json, CheckoutSession s, Expansion x)
    {
        json["payment_intent"] = Ref(x, "payment_intent", s.Mode == "payment" ? s.Intent : null);
        json["payment_link"] = null;
        json["payment_method_collection"] = s.Mode == "subscription" ? "always" : "if_required";
        json["payment_method_configuration_details"] = null;
        json["payment_method_options"] = new JsonObject();
        json["payment_method_types"] = new JsonArray("card");
        json["payment_status"] = s.Mode == "setup" ? "no_payment_required" : s.PaymentStatus;
        json["permissions"] = null;
        json["recovered_from"] = null;
        json["saved_payment_method_options"] = null;
        json["setup_intent"] = Ref(x, "setup_intent", s.Mode == "setup" ? s.Intent : null);
        json["shipping_address_collection"] = null;
        json["shipping_cost"] = null;
        json["shipping_options"] = new JsonArray();
        json["status"] = s.Status;
        json["submit_type"] = s.SubmitType;
        // A subscription that is not paid for yet is nobody's business.
        json["subscription"] = Ref(x, "subscription", s.Status == "complete" ? s.Subscription : null);
        json["success_url"] = s.SuccessUrl;
        json["total_details"] = s.Mode == "setup" ? null : new JsonObject { ["amount_discount"] = 0, ["amount_shipping"] = 0, ["amount_tax"] = 0 };
        json["ui_mode"] = "hosted_page";
        json["url"] = s.Status == "open" ? world.Checkout.PageOf(s) : null;
        json["wallet_options"] = null;
    }

    public JsonObject SessionLines(CheckoutSession s, Expansion x)
    {
        var expand = x.Take("data") ?? Expansion.None;
        if (s.Lines.Count == 0)
            expand.TakeAll();
        return ApiList.Nested($"/v1/checkout/sessions/{s.Id}/line_items", s.Lines.Select(line => SessionItem(s, line, expand)));
    }

    private JsonObject SessionItem(CheckoutSession s, SessionLine line, Expansion x)
    {
        var price = world.Store.Get<Price>(line.Price);
        return new JsonObject
        {
            ["id"] = line.Id,
            ["object"] = "item",
            ["adjustable_quantity"] = null,
            ["amount_discount"] = 0,
            ["amount_subtotal"] = line.Amount,
            ["amount_tax"] = 0,
            ["amount_total"] = line.Amount,
            ["currency"] = s.Currency,
            ["description"] = world.Store.Get<Product>(price.Product).Name,
            ["metadata"] = new JsonObject(),
            ["price"] = Price(price, x.Take("price") ?? Expansion.None),
            ["quantity"] = line.Quantity,
        };
    }

    private JsonObject? Details(CheckoutSession s)
    {
        var customer = world.Store.Find<Customer>(s.Customer);
        if (s.CustomerDetails is null && customer is null && s.CustomerEmail is null)
            return null;
        return new JsonObject
        {
            ["address"] = s.Status == "complete" ? AddressOf(s.CustomerDetails?.Address) ?? AddressOf(new Address()) : null,
            ["business_name"] = null,
            ["email"] = s.CustomerDetails?.Email ?? customer?.Email ?? s.CustomerEmail,
            ["individual_name"] = null,
            ["name"] = s.CustomerDetails?.Name,
            ["phone"] = s.CustomerDetails?.Phone,
            ["tax_exempt"] = s.Status == "complete" ? "none" : null,
            ["tax_ids"] = s.Status == "complete" ? new JsonArray() : null,
        };
    }

    private JsonObject PortalSession(PortalSession s) => new()
    {
        ["id"] = s.Id,
        ["object"] = "billing_portal.session",
        ["configuration"] = Checkout.PortalSession.Configuration,
        ["created"] = s.Created,
        ["customer"] = s.Customer,
        ["customer_account"] = null,
        ["flow"] = s.Flow is null ? null : new JsonObject
        {
            ["after_completion"] = new JsonObject
            {
                ["hosted_confirmation"] = null,
                ["redirect"] = s.RedirectUrl is null ? null : new JsonObject { ["return_url"] = s.RedirectUrl },
                ["type"] = s.RedirectUrl is null ? "portal_homepage" : "redirect",
            },
            ["customer_update"] = null,
            ["subscription_cancel"] = s.Subscription is null ? null : new JsonObject { ["retention"] = null, ["subscription"] = s.Subscription },
            ["subscription_pause"] = null,
            ["subscription_update"] = null,
            ["subscription_update_confirm"] = null,
            ["type"] = s.Flow,
        },
        ["livemode"] = false,
        ["locale"] = s.Locale,
        ["on_behalf_of"] = null,
        ["return_url"] = s.ReturnUrl,
        ["url"] = $"{world.BaseAddress}_simulator/portal/{s.Id}",
    };

    private static JsonObject EphemeralKey(EphemeralKey key) => new()
    {
        ["id"] = key.Id,
        ["object"] = "ephemeral_key",
        ["associated_objects"] = new JsonArray(new JsonObject { ["id"] = key.Customer, ["type"] = "customer" }),
        ["created"] = key.Created,
        ["expires"] = key.Created + Checkout.EphemeralKey.Lifetime,
        ["livemode"] = false,
    };
}
