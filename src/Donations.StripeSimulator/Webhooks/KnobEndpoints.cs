using System.Text.Json.Nodes;
using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Webhooks;

/// <summary>The control API of webhooks, below /_simulator/webhooks.</summary>
internal static class KnobEndpoints
{
    private const long DefaultRollSeconds = 86400;

    private static readonly string[] RateNames = ["duplicate", "delay", "reorder", "drop", "forge", "double"];

    public static void Map(WebApplication app, SimulatorEngine engine)
    {
        app.MapGet("/_simulator/webhooks/knobs", () => Control.Json(Json(engine.Webhooks)));
        app.MapPost("/_simulator/webhooks/knobs", (HttpRequest request) => Control.AnswerAsync(request, p => engine.Exclusive(() => Set(engine.Webhooks, p))));
        app.MapDelete("/_simulator/webhooks/knobs", () => Control.Json(engine.Exclusive(() => Reset(engine.Webhooks))));
        app.MapPost("/_simulator/webhooks/{id}/roll", (HttpRequest request, string id) =>
            Control.AnswerAsync(request, p => engine.Exclusive(() => Roll(engine.World, id, p))));
    }

    /// <summary>Changes the knobs that are named and leaves the others as they are.</summary>
    private static JsonObject Set(WebhookKnobs knobs, ApiParams p)
    {
        var seed = p.Integer("seed");
        var rates = RateNames.ToDictionary(name => name, name => Control.Rate(p, name), StringComparer.Ordinal);
        var delay = p.Integer("delay_seconds");
        var setsVersion = p.Has("api_version");
        var version = p.Text("api_version");
        p.Finish();
        knobs.Seed = (int)(seed ?? knobs.Seed);
        knobs.DuplicateRate = rates["duplicate"] ?? knobs.DuplicateRate;
        knobs.DelayRate = rates["delay"] ?? knobs.DelayRate;
        knobs.ReorderRate = rates["reorder"] ?? knobs.ReorderRate;
        knobs.DropRate = rates["drop"] ?? knobs.DropRate;
        knobs.ForgeRate = rates["forge"] ?? knobs.ForgeRate;
        knobs.DoubleRate = rates["double"] ?? knobs.DoubleRate;
        knobs.Delay = delay is null ? knobs.Delay : TimeSpan.FromSeconds(delay.Value);
        knobs.ApiVersion = setsVersion ? version : knobs.ApiVersion;
        return Json(knobs);
    }

    private static JsonObject Reset(WebhookKnobs knobs)
    {
        knobs.DuplicateRate = knobs.DelayRate = knobs.ReorderRate = knobs.DropRate = knobs.ForgeRate = knobs.DoubleRate = 0;
        knobs.ApiVersion = null;
        return Json(knobs);
    }

    private static JsonObject Json(WebhookKnobs knobs) => new()
    {
        ["seed"] = knobs.Seed,
        ["duplicate"] = knobs.DuplicateRate,
        ["delay"] = knobs.DelayRate,
        ["delay_seconds"] = (long)knobs.Delay.TotalSeconds,
        ["reorder"] = knobs.ReorderRate,
        ["drop"] = knobs.DropRate,
        ["forge"] = knobs.ForgeRate,
        ["double"] = knobs.DoubleRate,
        ["api_version"] = knobs.ApiVersion,
        ["forgeries_accepted"] = knobs.ForgeriesAccepted,
    };

    /// <summary>A new secret; the old one signs as well until it expires.</summary>
    private static JsonObject Roll(World world, string id, ApiParams p)
    {
        var endpoint = world.Store.Find<WebhookEndpoint>(id) ?? throw StripeError.NotFound("webhook endpoint", id);
        var seconds = p.Integer("expire_seconds") ?? DefaultRollSeconds;
        p.Finish();
        endpoint.OldSecret = endpoint.Secret;
        endpoint.OldSecretExpiresAt = world.Now + seconds;
        endpoint.Secret = world.Ids.Next("whsec_", 32);
        world.Store.Touch(endpoint);
        return new JsonObject { ["id"] = endpoint.Id, ["secret"] = endpoint.Secret, ["old_secret_expires_at"] = endpoint.OldSecretExpiresAt };
    }
}
