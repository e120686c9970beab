using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Donations.Server.Storage;
using Stripe;

namespace Donations.Server.Payments;

/// <summary>The signing secrets that are valid now; the simulator's becomes known only once it runs.</summary>
internal sealed class WebhookSecrets(StripeOptions options)
{
    private volatile string[] _secrets = [.. options.WebhookSecrets];

    public IReadOnlyList<string> Current => _secrets;

    public void Use(params string[] secrets) => _secrets = secrets;
}

/// <summary>
/// POST /webhooks/stripe: 400 to all that is not a valid, recent, correctly signed event of this mode, and 200 only once the
/// event is durable in the inbox. Another API version is taken: refusing it would get the endpoint disabled.
/// </summary>
internal static class WebhookEndpoint
{
    public const string Path = "/webhooks/stripe";

    /// <summary>Largest body; Stripe's events are below 256 KiB.</summary>
    public const int MaxBodyBytes = 512 * 1024;

    private const long ToleranceSeconds = 300;
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    public static void MapStripeWebhook(this IEndpointRouteBuilder routes) => routes.MapPost(Path, HandleAsync);

    private static async Task<IResult> HandleAsync(HttpRequest request, WebhookSecrets secrets, StripeOptions options, Inbox inbox, InboxWorker worker, TimeProvider time)
    {
        if (await ReadAsync(request) is not { } body
            || request.Headers["Stripe-Signature"] is not [{ Length: > 0 } signature]
            || !IsSigned(body, signature, secrets.Current, time)
            || Parse(body) is not { } item
            || item.Livemode != (options.Mode == StripeMode.Live))
        {
            return Results.BadRequest();
        }

        await inbox.KeepAsync([item]);
        worker.Wake();
        return Results.Ok();
    }

    private static async Task<string?> ReadAsync(HttpRequest request)
    {
        ReadResult read;
        while (!(read = await request.BodyReader.ReadAsync(request.HttpContext.RequestAborted)).IsCompleted && read.Buffer.Length <= MaxBodyBytes)
            request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        try
        {
            return read.Buffer.Length > MaxBodyBytes ? null : StrictUtf8.GetString(read.Buffer);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
        finally
        {
            request.BodyReader.AdvanceTo(read.Buffer.End);
        }
    }

    /// <summary>Signed with one of the secrets, within five minutes of now. The SDK throws more than StripeException for hostile headers.</summary>
    private static bool IsSigned(string body, string signature, IReadOnlyList<string> secrets, TimeProvider time)
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        foreach (var secret in secrets)
        {
            try
            {
                EventUtility.ValidateSignature(body, signature, secret, ToleranceSeconds, now);
                return true;
            }
            catch (Exception e) when (e is StripeException or FormatException or ArgumentException or NullReferenceException or KeyNotFoundException or OverflowException or InvalidOperationException)
            {
                // Not this one.
            }
        }

        return false;
    }

    private static StripeEventFacts? Parse(string body)
    {
        try
        {
            if (JsonNode.Parse(body) is not JsonObject root || (string?)root["object"] != "event")
                return null;
            var projection = EventProjection.From(root["data"]);
            var id = (string?)root["id"];
            var type = (string?)root["type"];
            if (id is not { Length: > 0 and <= 255 } || type is not { Length: > 0 and <= 255 } || root["data"]?["object"] is not JsonObject)
                return null;
            var created = root["created"] is JsonValue value && value.TryGetValue<long>(out var seconds) ? seconds : 0;
            return new(id, type, (string?)root["api_version"], root["livemode"] is JsonValue live && live.TryGetValue<bool>(out var livemode) && livemode, created * UnixMicros.PerSecond, projection);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            return null;
        }
    }
}
