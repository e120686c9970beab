using System.Text.Json.Nodes;
using Donations.StripeSimulator.Disputes;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Payments;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Rendering;

/// <summary>Disputes and early fraud warnings.</summary>
internal sealed partial class Renderer
{
    private JsonObject Dispute(Dispute d, Expansion x)
    {
        var card = TestCards.Get(world.Store.Get<Charge>(d.Charge).Card);
        var evidence = new JsonObject { ["enhanced_evidence"] = new JsonObject() };
        foreach (var field in DisputeEndpoints.EvidenceFields)
            evidence[field] = d.Evidence.GetValueOrDefault(field);
        var code = d.Reason == "fraudulent" ? "10.4" : "13.1";
        return new JsonObject
        {
            ["id"] = d.Id,
            ["object"] = "dispute",
            ["amount"] = d.Amount,
            ["balance_transactions"] = new JsonArray([.. d.BalanceTransactions.Select(ById)]),
            ["charge"] = Ref(x, "charge", d.Charge),
            ["created"] = d.Created,
            ["currency"] = d.Currency,
            ["enhanced_eligibility_types"] = new JsonArray(),
            ["evidence"] = evidence,
            ["evidence_details"] = new JsonObject
            {
                ["due_by"] = d.DueBy,
                ["enhanced_eligibility"] = new JsonObject(),
                ["has_evidence"] = d.Evidence.Count > 0,
                ["past_due"] = d.DueBy <= world.Now,
                ["submission_count"] = d.SubmissionCount,
                ["submission_method"] = d.SubmissionCount == 0 ? "not_submitted" : "manual",
            },
            ["intended_submission_method"] = null,
            ["is_charge_refundable"] = !d.HoldsMoney,
            ["livemode"] = false,
            ["metadata"] = Metadata(d.Metadata),
            ["network_reason_code"] = code,
            ["payment_intent"] = Ref(x, "payment_intent", d.PaymentIntent),
            ["payment_method_details"] = new JsonObject
            {
                ["card"] = new JsonObject
                {
                    ["brand"] = card.Brand,
                    ["case_type"] = d.Inquiry ? "inquiry" : "chargeback",
                    ["network"] = card.Brand,
                    ["network_reason_code"] = code,
                },
                ["type"] = "card",
            },
            ["reason"] = d.Reason,
            ["status"] = d.Status,
        };
    }

    private JsonObject Review(Review r, Expansion x) => new()
    {
        ["id"] = r.Id,
        ["object"] = "review",
        ["billing_zip"] = r.BillingZip,
        ["charge"] = Ref(x, "charge", r.Charge),
        ["closed_reason"] = r.ClosedReason,
        ["created"] = r.Created,
        ["ip_address"] = null,
        ["ip_address_location"] = null,
        ["livemode"] = false,
        ["open"] = r.ClosedReason is null,
        ["opened_reason"] = "rule",
        ["payment_intent"] = Ref(x, "payment_intent", r.PaymentIntent),
        ["reason"] = r.ClosedReason ?? "rule",
        ["session"] = null,
    };

    private JsonObject FraudWarning(EarlyFraudWarning w, Expansion x) => new()
    {
        ["id"] = w.Id,
        ["object"] = "radar.early_fraud_warning",
        ["actionable"] = world.Disputes.Actionable(w),
        ["charge"] = Ref(x, "charge", w.Charge),
        ["created"] = w.Created,
        ["fraud_type"] = w.FraudType,
        ["livemode"] = false,
        ["payment_intent"] = Ref(x, "payment_intent", w.PaymentIntent),
    };
}
