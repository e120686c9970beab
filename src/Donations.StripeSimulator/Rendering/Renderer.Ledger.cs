using System.Text.Json.Nodes;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Payments;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Rendering;

/// <summary>Charges, refunds, balance transactions and payouts.</summary>
internal sealed partial class Renderer
{
    private JsonObject Charge(Charge c, Expansion x)
    {
        var failed = c.Status == "failed";
        var json = new JsonObject
        {
            ["id"] = c.Id,
            ["object"] = "charge",
            ["amount"] = c.Amount,
            ["amount_captured"] = failed ? 0 : c.Amount,
            ["amount_refunded"] = c.AmountRefunded,
            ["application"] = null,
            ["application_fee"] = null,
            ["application_fee_amount"] = null,
            ["balance_transaction"] = Ref(x, "balance_transaction", c.BalanceTransaction),
            ["billing_details"] = BillingDetailsOf(c.BillingDetails),
            ["calculated_statement_descriptor"] = "SIMULATED" + (c.StatementDescriptorSuffix is null ? "" : "* " + c.StatementDescriptorSuffix),
            ["captured"] = !failed,
            ["created"] = c.Created,
            ["currency"] = c.Currency,
            ["customer"] = Ref(x, "customer", c.Customer),
            ["description"] = c.Description,
            ["disputed"] = world.Store.DisputesByCharge[c.Id].Count > 0,
            ["failure_balance_transaction"] = null,
            ["failure_code"] = c.FailureCode,
            ["failure_message"] = c.FailureMessage,
            ["fraud_details"] = new JsonObject(),
            ["livemode"] = false,
            ["metadata"] = Metadata(c.Metadata),
            ["on_behalf_of"] = null,
            ["outcome"] = Outcome(c),
            ["paid"] = !failed,
            ["payment_intent"] = Ref(x, "payment_intent", c.PaymentIntent),
            ["payment_method"] = c.PaymentMethod,
            ["payment_method_details"] = new JsonObject { ["card"] = ChargedCard(c), ["type"] = "card" },
            ["radar_options"] = new JsonObject(),
            ["receipt_email"] = c.ReceiptEmail,
            ["receipt_number"] = null,
            ["receipt_url"] = failed ? null : $"{world.BaseAddress}_simulator/receipts/{c.Id}",
            ["refunded"] = !failed && c.AmountRefunded == c.Amount,
            ["review"] = Ref(x, "review", world.Store.ReviewsByCharge[c.Id] is [.., var review] ? review.Id : null),
            ["shipping"] = ShippingOf(c.Shipping),
            ["source"] = null,
            ["source_transfer"] = null,
            ["statement_descriptor"] = null,
            ["statement_descriptor_suffix"] = c.StatementDescriptorSuffix,
            ["status"] = c.Status,
            ["transfer_data"] = null,
            ["transfer_group"] = null,
        };
        if (x.Take("refunds") is { } refunds)
            json["refunds"] = List(refunds, $"/v1/charges/{c.Id}/refunds", world.Store.RefundsByCharge.NewestFirst(c.Id), Any);
        return json;
    }

    private static JsonObject Outcome(Charge c)
    {
        var risk = TestCards.Get(c.Card).Risk;
        var failed = c.Status == "failed";
        return new JsonObject
        {
            ["advice_code"] = null,
            ["network_advice_code"] = null,
            ["network_decline_code"] = null,
            ["network_status"] = c.Blocked ? "not_sent_to_network" : failed ? "declined_by_network" : "approved_by_network",
            ["reason"] = c.Blocked ? "highest_risk_level" : failed ? c.DeclineCode ?? c.FailureCode : null,
            ["risk_level"] = risk,
            ["risk_score"] = risk switch { "highest" => 92, "elevated" => 68, _ => 21 },
            ["seller_message"] = c.Blocked ? "Stripe blocked this payment as too risky." : failed ? "The bank did not return any further details with this decline." : "Payment complete.",
            ["type"] = c.Blocked ? "blocked" : failed ? "issuer_declined" : "authorized",
        };
    }

    private JsonObject ChargedCard(Charge c)
    {
        var card = TestCards.Get(c.Card);
        return new JsonObject
        {
            ["amount_authorized"] = c.Status == "failed" ? null : c.Amount,
            ["authorization_code"] = null,
            ["brand"] = card.Brand,
            ["checks"] = new JsonObject
            {
                ["address_line1_check"] = c.BillingDetails?.Address?.Line1 is null ? null : card.LineCheck,
                ["address_postal_code_check"] = c.BillingDetails?.Address?.PostalCode is null ? null : card.PostalCheck,
                ["cvc_check"] = c.CvcGiven ? card.CvcCheck : null,
            },
            ["country"] = card.Country,
            ["electronic_commerce_indicator"] = null,
            ["exp_month"] = c.ExpMonth,
            ["exp_year"] = c.ExpYear,
            ["extended_authorization"] = new JsonObject { ["status"] = "disabled" },
            ["fingerprint"] = world.Ids.Stable(c.Card),
            ["funding"] = card.Funding,
            ["incremental_authorization"] = new JsonObject { ["status"] = "unavailable" },
            ["installments"] = null,
            ["last4"] = card.Last4,
            ["mandate"] = null,
            ["multicapture"] = new JsonObject { ["status"] = "unavailable" },
            ["network"] = card.Brand,
            ["network_token"] = new JsonObject { ["used"] = false },
            ["network_transaction_id"] = null,
            ["overcapture"] = new JsonObject { ["maximum_amount_capturable"] = c.Amount, ["status"] = "unavailable" },
            ["regulated_status"] = "unregulated",
            ["three_d_secure"] = !c.Authenticated ? null : new JsonObject
            {
                ["authentication_flow"] = "challenge",
                ["electronic_commerce_indicator"] = "05",
                ["exemption_indicator"] = null,
                ["result"] = "authenticated",
                ["result_reason"] = null,
                ["transaction_id"] = null,
                ["version"] = "2.2.0",
            },
            ["transaction_link_id"] = null,
            ["wallet"] = null,
        };
    }

    private JsonObject Refund(Refund r, Expansion x)
    {
        var json = new JsonObject
        {
            ["id"] = r.Id,
            ["object"] = "refund",
            ["amount"] = r.Amount,
            ["balance_transaction"] = Ref(x, "balance_transaction", r.BalanceTransaction),
            ["charge"] = Ref(x, "charge", r.Charge),
            ["created"] = r.Created,
            ["currency"] = r.Currency,
            ["customer"] = null,
            ["customer_account"] = null,
            ["destination_details"] = new JsonObject
            {
                ["card"] = new JsonObject { ["reference_status"] = "pending", ["reference_type"] = "acquirer_reference_number", ["type"] = "refund" },
                ["type"] = "card",
            },
            ["metadata"] = Metadata(r.Metadata),
            ["payment_intent"] = Ref(x, "payment_intent", r.PaymentIntent),
            ["payment_method"] = null,
            ["reason"] = r.Reason,
            ["receipt_number"] = null,
            ["source_transfer_reversal"] = null,
            ["status"] = r.Status,
            ["transfer_reversal"] = null,
        };
        if (x.Take("failure_balance_transaction") is { } failure)
        {
            failure.TakeAll();
            json["failure_balance_transaction"] = r.FailureBalanceTransaction is null ? null : ById(r.FailureBalanceTransaction);
        }
        else if (r.FailureBalanceTransaction is not null)
        {
            json["failure_balance_transaction"] = r.FailureBalanceTransaction;
        }
        if (r.FailureReason is not null)
            json["failure_reason"] = r.FailureReason;
        if (r.PendingReason is not null)
            json["pending_reason"] = r.PendingReason;
        return json;
    }

    private JsonObject BalanceTransaction(BalanceTransaction b, Expansion x) => new()
    {
        ["id"] = b.Id,
        ["object"] = "balance_transaction",
        ["amount"] = b.Amount,
        ["available_on"] = b.AvailableOn,
        ["balance_type"] = "payments",
        ["created"] = b.Created,
        ["currency"] = b.Currency,
        ["description"] = b.Description,
        ["exchange_rate"] = b.ExchangeRate,
        ["fee"] = b.Fee,
        ["fee_details"] = new JsonArray([.. (b.FeeDetails ?? []).Select(fee => (JsonNode)new JsonObject
        {
            ["amount"] = fee.Amount,
            ["application"] = null,
            ["currency"] = b.Currency,
            ["description"] = fee.Description,
            ["type"] = "stripe_fee",
        })]),
        ["net"] = b.Net,
        ["reporting_category"] = b.ReportingCategory,
        ["source"] = Ref(x, "source", b.Source),
        ["status"] = b.AvailableOn <= world.Now ? "available" : "pending",
        ["type"] = b.Type,
    };

    private JsonObject Payout(Payout p, Expansion x) => new()
    {
        ["id"] = p.Id,
        ["object"] = "payout",
        ["amount"] = p.Amount,
        ["application_fee"] = null,
        ["application_fee_amount"] = null,
        ["arrival_date"] = p.ArrivalDate,
        ["automatic"] = p.Automatic,
        ["balance_transaction"] = Ref(x, "balance_transaction", p.BalanceTransaction),
        ["created"] = p.Created,
        ["currency"] = p.Currency,
        ["description"] = p.Description,
        ["destination"] = "ba_simulator",
        ["failure_balance_transaction"] = Ref(x, "failure_balance_transaction", p.FailureBalanceTransaction),
        ["failure_code"] = p.FailureCode,
        ["failure_message"] = p.FailureCode is null ? null : "The bank account has been closed.",
        ["livemode"] = false,
        ["metadata"] = Metadata(p.Metadata),
        ["method"] = p.Method,
        ["original_payout"] = null,
        ["payout_method"] = null,
        ["reconciliation_status"] = p.ReconciliationStatus,
        ["reversed_by"] = null,
        ["source_type"] = "card",
        ["statement_descriptor"] = p.StatementDescriptor,
        ["status"] = p.Status,
        ["trace_id"] = new JsonObject { ["status"] = p.Status == "paid" ? "supported" : "pending", ["value"] = p.Status == "paid" ? p.Id : null },
        ["type"] = "bank_account",
    };

    public JsonObject Account() => new()
    {
        ["id"] = world.Options.AccountId,
        ["object"] = "account",
        ["charges_enabled"] = true,
        ["country"] = world.Options.AccountCountry,
        ["default_currency"] = world.Options.SettlementCurrency ?? "usd",
        ["details_submitted"] = true,
        ["email"] = null,
        ["payouts_enabled"] = true,
        ["type"] = "standard",
    };

    public JsonObject Balance()
    {
        var (available, pending) = world.Ledger.Balance();
        if (available.Count == 0)
            available = pending = new Dictionary<string, long> { [world.Options.SettlementCurrency ?? "usd"] = 0 };
        return new JsonObject
        {
            ["object"] = "balance",
            ["available"] = Amounts(available),
            ["livemode"] = false,
            ["pending"] = Amounts(pending),
        };

        static JsonArray Amounts(IReadOnlyDictionary<string, long> amounts) => new([.. amounts.Select(pair => (JsonNode)new JsonObject
        {
            ["amount"] = pair.Value,
            ["currency"] = pair.Key,
            ["source_types"] = new JsonObject { ["card"] = pair.Value },
        })]);
    }
}
