using System.Text.Json.Nodes;
using Donations.StripeSimulator.Billing;
using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Rendering;

/// <summary>Invoices, their lines and their payments.</summary>
internal sealed partial class Renderer
{
    private JsonObject Invoice(Invoice i, Expansion x)
    {
        var json = new JsonObject { ["id"] = i.Id, ["object"] = "invoice" };
        InvoiceAccount(json, i, x);
        InvoiceMoney(json, i, x);
        if (i.FinalizedAt is not null)
        {
            json["hosted_invoice_url"] = $"{world.BaseAddress}_simulator/invoices/{i.Id}";
            json["invoice_pdf"] = $"{world.BaseAddress}_simulator/invoices/{i.Id}/pdf";
        }
        if (x.Take("confirmation_secret") is not null)
        {
            // Only an invoice that still waits for its payment has one.
            var intent = i.Status == "open" ? world.Store.Find<PaymentIntent>(i.PaymentIntent) : null;
            json["confirmation_secret"] = intent is null ? null : new JsonObject
            {
                ["client_secret"] = intent.ClientSecret,
                ["type"] = "payment_intent",
            };
        }
        if (x.Take("payments") is { } payments)
            json["payments"] = List(payments, $"/v1/invoice_payments?invoice={i.Id}", world.Store.InvoicePaymentsByInvoice.NewestFirst(i.Id), Any);
        return json;
    }

    private void InvoiceAccount(JsonObject json, Invoice i, Expansion x)
    {
        json["account_country"] = world.Options.AccountCountry;
        json["account_name"] = Catalogue.AccountName;
        json["account_tax_ids"] = null;
        json["application"] = null;
        json["automatic_tax"] = new JsonObject
        {
            ["disabled_reason"] = null,
            ["enabled"] = false,
            ["liability"] = null,
            ["provider"] = null,
            ["status"] = null,
        };
        json["automatically_finalizes_at"] = i.AutomaticallyFinalizesAt;
        json["billing_reason"] = i.BillingReason;
        json["collection_method"] = i.CollectionMethod;
        json["created"] = i.Created;
        json["currency"] = i.Currency;
        json["custom_fields"] = null;
        json["customer"] = Ref(x, "customer", i.Customer);
        json["customer_account"] = null;
        json["customer_address"] = null;
        json["customer_email"] = i.CustomerEmail;
        json["customer_name"] = i.CustomerName;
        json["customer_phone"] = null;
        json["customer_shipping"] = null;
        json["customer_tax_exempt"] = "none";
        json["customer_tax_ids"] = new JsonArray();
        json["default_payment_method"] = Ref(x, "default_payment_method", i.DefaultPaymentMethod);
        json["default_source"] = null;
        json["default_tax_rates"] = new JsonArray();
        json["description"] = i.Description;
        json["discounts"] = new JsonArray();
        json["due_date"] = i.DueDate;
        json["effective_at"] = i.FinalizedAt;
        json["footer"] = null;
        json["from_invoice"] = null;
        json["issuer"] = new JsonObject { ["type"] = "self" };
        json["last_finalization_error"] = null;
        json["latest_revision"] = null;
        json["livemode"] = false;
        json["metadata"] = Metadata(i.Metadata);
        json["number"] = i.Number;
        json["on_behalf_of"] = null;
        json["payment_settings"] = new JsonObject
        {
            ["default_mandate"] = null,
            ["payment_method_options"] = null,
            ["payment_method_types"] = null,
        };
        json["receipt_number"] = null;
        json["rendering"] = null;
        json["shipping_cost"] = null;
        json["shipping_details"] = null;
        json["statement_descriptor"] = null;
        json["test_clock"] = Ref(x, "test_clock", world.ClockOf(i.Customer));
    }

    private void InvoiceMoney(JsonObject json, Invoice i, Expansion x)
    {
        // Until it is final, an invoice shows what the balance would make of it.
        var balance = i.FinalizedAt is null ? world.Store.Get<Customer>(i.Customer).Balance : i.StartingBalance;
        var due = i.FinalizedAt is null ? i.Total + InvoiceDrafts.BalanceFor(i.Total, balance, i.Currency) : i.AmountDue;
        json["amount_due"] = due;
        json["amount_overpaid"] = 0;
        json["amount_paid"] = i.AmountPaid;
        json["amount_remaining"] = i.FinalizedAt is null && i.Status == "draft" ? due : i.AmountRemaining;
        json["amount_shipping"] = 0;
        json["attempt_count"] = i.AttemptCount;
        json["attempted"] = i.Attempted;
        json["auto_advance"] = i.AutoAdvance;
        json["ending_balance"] = i.FinalizedAt is null ? null : i.StartingBalance - i.BalanceApplied;
        json["lines"] = Lines(i, x.Take("lines") ?? Expansion.None);
        json["next_payment_attempt"] = i.NextPaymentAttempt;
        var parent = x.Take("parent")?.Take("subscription_details") ?? Expansion.None;
        json["parent"] = i.Subscription is null ? null : new JsonObject
        {
            ["quote_details"] = null,
            ["subscription_details"] = SubscriptionDetails(i, parent),
            ["type"] = "subscription_details",
        };
        json["period_end"] = i.PeriodEnd;
        json["period_start"] = i.PeriodStart;
        json["post_payment_credit_notes_amount"] = 0;
        json["pre_payment_credit_notes_amount"] = 0;
        json["starting_balance"] = balance;
        json["status"] = i.Status;
        json["status_transitions"] = new JsonObject
        {
            ["finalized_at"] = i.FinalizedAt,
            ["marked_uncollectible_at"] = i.UncollectibleAt,
            ["paid_at"] = i.PaidAt,
            ["voided_at"] = i.VoidedAt,
        };
        json["subtotal"] = i.Total;
        json["subtotal_excluding_tax"] = i.Total;
        json["total"] = i.Total;
        json["total_discount_amounts"] = new JsonArray();
        json["total_excluding_tax"] = i.Total;
        json["total_pretax_credit_amounts"] = new JsonArray();
        json["total_taxes"] = new JsonArray();
        json["webhooks_delivered_at"] = i.FinalizedAt;
    }

    public JsonObject Lines(Invoice i, Expansion x)
    {
        var expand = x.Take("data") ?? Expansion.None;
        return ApiList.Nested($"/v1/invoices/{i.Id}/lines", i.Lines.Select(line => Line(i, line, expand)));
    }

    private JsonObject SubscriptionDetails(Invoice i, Expansion x)
    {
        var details = new JsonObject { ["metadata"] = Metadata(i.SubscriptionMetadata), ["subscription"] = Ref(x, "subscription", i.Subscription) };
        // Only an invoice for a change has it.
        if (i.BillingReason is "subscription_update" or "upcoming" && i.Lines.Find(line => line.Proration) is { } proration)
            details["subscription_proration_date"] = proration.PeriodStart;
        return details;
    }

    private JsonObject InvoicePayment(InvoicePayment p, Expansion x) => new()
    {
        ["id"] = p.Id,
        ["object"] = "invoice_payment",
        ["amount_paid"] = p.AmountPaid,
        ["amount_requested"] = p.AmountRequested,
        ["created"] = p.Created,
        ["currency"] = p.Currency,
        ["invoice"] = Ref(x, "invoice", p.Invoice),
        ["is_default"] = true,
        ["livemode"] = false,
        ["payment"] = new JsonObject
        {
            ["payment_intent"] = Ref(x.Take("payment") ?? Expansion.None, "payment_intent", p.PaymentIntent),
            ["type"] = "payment_intent",
        },
        ["status"] = p.Status,
        ["status_transitions"] = new JsonObject { ["canceled_at"] = p.CanceledAt, ["paid_at"] = p.PaidAt },
    };
}
