using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Rendering;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Webhooks;

/// <summary>Sends events to their endpoints, signed, until they are accepted or the retries are used up.</summary>
internal sealed partial class WebhookSender : IDisposable
{
    private const string ForgersSecret = "whsec_not_the_secret";

    private readonly SimulatorEngine _engine;
    private readonly World _world;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HttpClient _http;

    public WebhookSender(SimulatorEngine engine, World world, TimeProvider time, ILogger logger)
    {
        (_engine, _world, _time, _logger) = (engine, world, time, logger);
        // Receivers come and go with their servers: no connection is kept for long.
        _http = world.Options.WebhookHandler is { } handler
            ? new HttpClient(handler, disposeHandler: false)
            : new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(1), UseProxy = false, AllowAutoRedirect = false });
        _http.Timeout = world.Options.WebhookTimeout;
    }

    private sealed record Parcel(Delivery Delivery, string Url, IReadOnlyList<string> Secrets, string Body, string? Forgery);

    public async Task DeliverDueAsync(CancellationToken ct)
    {
        var parcels = _engine.Exclusive(() => _world.Knobs.Reorder(_world.Store.Deliveries.TakeDue(_world.Now)).Select(Pack).OfType<Parcel>().ToList());
        await Parallel.ForEachAsync(parcels, new ParallelOptions { MaxDegreeOfParallelism = _world.Options.WebhookConcurrency }, async (parcel, _) =>
        {
            // A delivery that was taken is always put back or finished, even when the caller gives up.
            if (parcel.Forgery is not null && !ct.IsCancellationRequested && await SendAsync(parcel, parcel.Forgery, [ForgersSecret]))
                _world.Knobs.ForgeryAccepted();
            var accepted = !ct.IsCancellationRequested && await SendAsync(parcel, parcel.Body, parcel.Secrets);
            _engine.Exclusive(() => Finish(parcel.Delivery, accepted));
        });
        ct.ThrowIfCancellationRequested();
    }

    public void Dispose() => _http.Dispose();

    /// <summary><c>Stripe-Signature</c>: the time is the real one, since receivers compare it with theirs. v0 is what test mode adds to be ignored.</summary>
    public static string Sign(string body, IReadOnlyList<string> secrets, long timestamp)
    {
        var signed = Encoding.UTF8.GetBytes(timestamp.ToString(CultureInfo.InvariantCulture) + "." + body);
        var v1 = string.Concat(secrets.Select(secret => ",v1=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed))));
        var v0 = Convert.ToHexStringLower(SHA256.HashData(signed));
        return $"t={timestamp.ToString(CultureInfo.InvariantCulture)}{v1},v0={v0}";
    }

    private Parcel? Pack(Delivery delivery)
    {
        var stripeEvent = _world.Store.Find<StripeEvent>(delivery.Event);
        var endpoint = _world.Store.Find<WebhookEndpoint>(delivery.Endpoint);
        if (stripeEvent is null || endpoint is null || endpoint.Disabled)
        {
            // The endpoint is gone: nobody is waited for any more.
            if (stripeEvent is not null)
            {
                stripeEvent.PendingWebhooks--;
                _world.Store.Touch(stripeEvent);
            }
            _world.Store.Remove(delivery);
            return null;
        }
        var knobs = _world.Knobs;
        var json = Renderer.Event(stripeEvent, knobs.ApiVersion ?? endpoint.ApiVersion ?? Catalogue.ApiVersion);
        var body = json.ToJsonString();
        string? forgery = null;
        if (delivery.Attempts == 0 && knobs.Hits(knobs.ForgeRate, "forge", delivery.Id))
        {
            // A forger knows no secret and makes up an event of his own.
            json["id"] = "evt_forged" + delivery.Id[4..];
            forgery = json.ToJsonString();
        }
        string[] secrets = endpoint.OldSecret is { } old && endpoint.OldSecretExpiresAt > _world.Now ? [endpoint.Secret, old] : [endpoint.Secret];
        return new Parcel(delivery, endpoint.Url, secrets, body, forgery);
    }

    private async Task<bool> SendAsync(Parcel parcel, string body, IReadOnlyList<string> secrets)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, parcel.Url)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        message.Headers.TryAddWithoutValidation("Stripe-Signature", Sign(body, secrets, _time.GetUtcNow().ToUnixTimeSeconds()));
        message.Headers.TryAddWithoutValidation("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)");
        try
        {
            using var response = await _http.SendAsync(message);
            if (response.IsSuccessStatusCode)
                return true;
            LogRefused(_logger, parcel.Delivery.Event, parcel.Url, response.StatusCode);
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException or IOException)
        {
            LogUnreachable(_logger, parcel.Delivery.Event, parcel.Url, exception.Message);
        }
        return false;
    }

    private bool Finish(Delivery delivery, bool accepted)
    {
        delivery.Attempts++;
        var delays = _world.Options.WebhookRetryDelays;
        if (accepted && _world.Store.Find<StripeEvent>(delivery.Event) is { } stripeEvent)
        {
            stripeEvent.PendingWebhooks--;
            _world.Store.Touch(stripeEvent);
        }
        if (accepted || delivery.Attempts > delays.Count)
        {
            _world.Store.Remove(delivery);
            return accepted;
        }
        delivery.DueAt = _world.Now + Math.Max(1, (long)delays[delivery.Attempts - 1].TotalSeconds);
        _world.Store.Touch(delivery);
        return false;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Event} refused by {Url}: {Status}")]
    private static partial void LogRefused(ILogger logger, string @event, string url, HttpStatusCode status);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Event} did not reach {Url}: {Reason}")]
    private static partial void LogUnreachable(ILogger logger, string @event, string url, string reason);
}
