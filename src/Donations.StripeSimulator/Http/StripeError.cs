using System.Text.Json.Nodes;

namespace Donations.StripeSimulator.Http;

/// <summary>An answer in Stripe's error envelope.</summary>
internal sealed class StripeError(int status, string type, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string Type { get; } = type;

    public string? Code { get; init; }

    public string? Param { get; init; }

    public string? DeclineCode { get; init; }

    public string? Charge { get; init; }

    public string? PaymentIntent { get; init; }

    public string? SetupIntent { get; init; }

    public string? PaymentMethod { get; init; }

    /// <summary>Whether the endpoint had begun its work, so that an idempotency key keeps this answer.</summary>
    public bool Executed { get; init; }

    public static StripeError Invalid(string message, string? param = null, string? code = null) =>
        new(400, "invalid_request_error", message) { Param = param, Code = code };

    public static StripeError Missing(string param) =>
        Invalid($"Missing required param: {param}.", param, "parameter_missing");

    /// <summary>An id in a parameter that names nothing.</summary>
    public static StripeError NoSuch(string noun, string id, string param) =>
        Invalid($"No such {noun}: '{id}'", param, "resource_missing");

    /// <summary>An id in the path that names nothing.</summary>
    public static StripeError NotFound(string noun, string id) =>
        new(404, "invalid_request_error", $"No such {noun}: '{id}'") { Param = "id", Code = "resource_missing" };

    /// <summary>The object is in a state that does not allow this.</summary>
    public static StripeError State(string message, string? code = null, string? param = null) =>
        new(400, "invalid_request_error", message) { Code = code, Param = param, Executed = true };

    public JsonObject ToJson(Func<string, JsonNode?> render, string requestId)
    {
        var error = new JsonObject { ["type"] = Type, ["message"] = Message };
        if (Code is not null)
        {
            error["code"] = Code;
            error["doc_url"] = "https://docs.stripe.com/error-codes/" + Code.Replace('_', '-');
        }
        if (Param is not null)
            error["param"] = Param;
        if (DeclineCode is not null)
            error["decline_code"] = DeclineCode;
        if (Charge is not null)
            error["charge"] = Charge;
        if (PaymentIntent is not null)
            error["payment_intent"] = render(PaymentIntent);
        if (SetupIntent is not null)
            error["setup_intent"] = render(SetupIntent);
        if (PaymentMethod is not null)
            error["payment_method"] = render(PaymentMethod);
        error["request_log_url"] = "https://dashboard.stripe.com/test/logs/" + requestId;
        return new JsonObject { ["error"] = error };
    }
}
