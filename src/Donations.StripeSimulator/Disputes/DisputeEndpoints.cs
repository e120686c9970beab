using System.Text.Json.Nodes;
using Donations.StripeSimulator.Http;

namespace Donations.StripeSimulator.Disputes;

/// <summary>Disputes and early fraud warnings.</summary>
internal static class DisputeEndpoints
{
    private const int MaxEvidence = 150_000;

    /// <summary>The pieces of evidence; files are named by their ids, which nobody looks into.</summary>
    public static readonly string[] EvidenceFields =
    [
        "access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure", "cancellation_rebuttal",
        "customer_communication", "customer_email_address", "customer_name", "customer_purchase_ip", "customer_signature",
        "duplicate_charge_documentation", "duplicate_charge_explanation", "duplicate_charge_id", "product_description", "receipt",
        "refund_policy", "refund_policy_disclosure", "refund_refusal_explanation", "service_date", "service_documentation",
        "shipping_address", "shipping_carrier", "shipping_date", "shipping_documentation", "shipping_tracking_number",
        "uncategorized_file", "uncategorized_text",
    ];

    public static void Map(ApiRouter router)
    {
        router.Get("/v1/disputes", List);
        router.Get("/v1/disputes/*", Read);
        router.Post("/v1/disputes/*", Update);
        router.Post("/v1/disputes/*/close", Close);
        router.Get("/v1/radar/early_fraud_warnings", ListWarnings);
        router.Get("/v1/radar/early_fraud_warnings/*", ReadWarning);
    }

    private static JsonNode List(ApiRequest request)
    {
        request.World.CatchUp();
        var (store, p) = (request.World.Store, request.Params);
        var charge = p.Text("charge");
        var intent = p.Text("payment_intent");
        var rows = charge is null ? store.Disputes.NewestFirst() : store.DisputesByCharge.NewestFirst(charge);
        return ApiList.Page(request, rows.Where(d => intent is null || d.PaymentIntent == intent), "dispute");
    }

    private static JsonNode Read(ApiRequest request)
    {
        request.Params.Finish();
        return request.Render(Target(request));
    }

    private static JsonNode Update(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var dispute = Target(request);
        var metadata = MetadataRules.Merge(p, dispute.Metadata);
        var submit = p.Flag("submit");
        var given = p.Hash("evidence");
        var evidence = new Dictionary<string, string>(dispute.Evidence, StringComparer.Ordinal);
        foreach (var field in EvidenceFields)
        {
            if (given?.Has(field) != true)
                continue;
            evidence.Remove(field);
            if (given.Text(field, MaxEvidence) is { } text)
                evidence[field] = text;
        }
        p.Choice("intended_submission_method", "manual|prefer_manual");
        p.Finish();
        if (evidence.Values.Sum(text => text.Length) > MaxEvidence)
            throw StripeError.Invalid($"The combined character count of all evidence fields is limited to {MaxEvidence}.", "evidence");
        if (dispute.Closed && (given is not null || submit is true))
            throw StripeError.State("This dispute is already closed");

        // Evidence is submitted unless it is only staged; metadata alone submits nothing.
        var submits = submit ?? given is not null;
        world.Events.Change("charge.dispute.updated", dispute, () =>
        {
            (dispute.Metadata, dispute.Evidence) = (metadata, evidence);
            if (submits)
                world.Disputes.Submit(dispute);
        });
        return request.Render(dispute);
    }

    private static JsonNode Close(ApiRequest request)
    {
        request.Params.Finish();
        var dispute = Target(request);
        if (dispute.Closed)
            throw StripeError.State("This dispute is already closed");
        request.World.Disputes.Close(dispute);
        return request.Render(dispute);
    }

    private static JsonNode ListWarnings(ApiRequest request)
    {
        request.World.CatchUp();
        var (store, p) = (request.World.Store, request.Params);
        var charge = p.Text("charge");
        var intent = p.Text("payment_intent");
        var rows = charge is null ? store.FraudWarnings.NewestFirst() : store.FraudWarningsByCharge.NewestFirst(charge);
        return ApiList.Page(request, rows.Where(w => intent is null || w.PaymentIntent == intent), "radar.early_fraud_warning");
    }

    private static JsonNode ReadWarning(ApiRequest request)
    {
        request.Params.Finish();
        return request.Render(request.Target<EarlyFraudWarning>("early_fraud_warning"));
    }

    private static Dispute Target(ApiRequest request) => request.Target<Dispute>("dispute");
}
