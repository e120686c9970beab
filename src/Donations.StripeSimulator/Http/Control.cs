using System.Globalization;
using System.Text.Json.Nodes;

namespace Donations.StripeSimulator.Http;

/// <summary>The simulator's own endpoints: parameters as Stripe's, in the form or the query, and errors in the same envelope.</summary>
internal static class Control
{
    public static async Task<IResult> AnswerAsync(HttpRequest request, Func<ApiParams, JsonNode> handler)
    {
        var pairs = await ReadAsync(request.HttpContext);
        try
        {
            return Json(handler(ApiParams.Parse(pairs)));
        }
        catch (StripeError error)
        {
            return Json(error.ToJson(_ => null, ""), error.Status);
        }
    }

    public static IResult Json(JsonNode json, int status = StatusCodes.Status200OK) => Results.Text(json.ToJsonString(), "application/json", statusCode: status);

    public static async Task<List<KeyValuePair<string, string>>> ReadAsync(HttpContext http)
    {
        List<KeyValuePair<string, string>> pairs = [];
        foreach (var (name, values) in http.Request.Query)
            pairs.AddRange(values.Select(value => new KeyValuePair<string, string>(name, value ?? "")));
        if (!http.Request.HasFormContentType)
            return pairs;
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        foreach (var (name, values) in form)
            pairs.AddRange(values.Select(value => new KeyValuePair<string, string>(name, value ?? "")));
        return pairs;
    }

    public static double? Number(ApiParams p, string name)
    {
        if (p.Text(name) is not { } text)
            return null;
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw StripeError.Invalid($"Invalid decimal: {text}", name);
    }

    /// <summary>A number from zero to one.</summary>
    public static double? Rate(ApiParams p, string name) =>
        Number(p, name) is not { } value ? null : value <= 1 ? value : throw StripeError.Invalid("This value must lie between 0 and 1.", name);
}
