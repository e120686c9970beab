using System.Text.Json;
using System.Text.Json.Nodes;

namespace Donations.Server.Payments;

/// <summary>
/// What the inbox keeps of an event: a whitelist, never the body, which holds names and addresses. Ids, amounts, states,
/// names of changed fields, and our own metadata.
/// </summary>
internal sealed record EventProjection(
    string ObjectId,
    string? ObjectType,
    string? Status,
    string? CustomerId,
    string? PaymentIntentId,
    string? ChargeId,
    string? InvoiceId,
    string? SubscriptionId,
    string? BalanceTransactionId,
    long? AmountMinor,
    string? Currency,
    string? PledgeName,
    IReadOnlyList<string> ChangedFields,
    string? Method = null)
{
    private const int MaxChangedFields = 50;

    /// <summary>What the event is about, as far as it is looked at together: a subscription with its invoices, a payment with its charge, else the object.</summary>
    public string Target => ObjectType switch
    {
        "subscription" or "invoice" or "subscription_schedule" => SubscriptionId,
        "payment_intent" or "charge" or "invoice_payment" => PaymentIntentId,
        _ => null,
    }
        ?? ObjectId;

    /// <summary>Cuts `data` of an event down. Ids may be expanded objects; unknown shapes give nulls, never an exception.</summary>
    public static EventProjection From(JsonNode? data)
    {
        var item = data?["object"] as JsonObject;
        var type = Text(item, "object");
        var id = Text(item, "id") ?? "";
        return new(
            id,
            type,
            Text(item, "status"),
            type == "customer" ? id : Id(item, "customer"),
            type == "payment_intent" ? id : Id(item, "payment_intent") ?? Id(item?["payment"] as JsonObject, "payment_intent"),
            type == "charge" ? id : Id(item, "charge") ?? Id(item, "latest_charge"),
            type == "invoice" ? id : Id(item, "invoice"),
            type == "subscription" ? id : Id(item?["parent"]?["subscription_details"] as JsonObject, "subscription") ?? Id(item, "subscription") ?? Id(item, "released_subscription"),
            Id(item, "balance_transaction"),
            Number(item, "amount") ?? Number(item, "amount_paid"),
            Text(item, "currency"),
            Text(item?["metadata"] as JsonObject, StripeGateway.PledgeKey) ?? Text(item?["parent"]?["subscription_details"]?["metadata"] as JsonObject, StripeGateway.PledgeKey),
            [.. (data?["previous_attributes"] as JsonObject)?.Select(p => p.Key).Take(MaxChangedFields) ?? []],
            type == "charge" ? Text(item?["payment_method_details"] as JsonObject, "type") : null);
    }

    public string ToJson() => JsonSerializer.Serialize(this);

    public static EventProjection FromJson(string json) => JsonSerializer.Deserialize<EventProjection>(json)!;

    private static string? Text(JsonObject? item, string name) =>
        item?[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static long? Number(JsonObject? item, string name) =>
        item?[name] is JsonValue value && value.TryGetValue<long>(out var number) ? number : null;

    private static string? Id(JsonObject? item, string name) => item?[name] is JsonObject expanded ? Text(expanded, "id") : Text(item, name);
}
