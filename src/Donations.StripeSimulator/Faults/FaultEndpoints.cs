using System.Text.Json.Nodes;
using Donations.StripeSimulator.Http;

namespace Donations.StripeSimulator.Faults;

/// <summary>The control API of faults, below /_simulator/faults.</summary>
internal static class FaultEndpoints
{
    private static readonly Dictionary<string, FaultKind> Kinds = new(StringComparer.Ordinal)
    {
        ["lost_response"] = FaultKind.LostResponse,
        ["stored_500"] = FaultKind.Stored500,
        ["rate_limit"] = FaultKind.RateLimit,
        ["lock_timeout"] = FaultKind.LockTimeout,
        ["hang"] = FaultKind.Hang,
        ["reset"] = FaultKind.Reset,
        ["slow"] = FaultKind.Slow,
    };

    public static void Map(WebApplication app, SimulatorEngine engine)
    {
        app.MapPost("/_simulator/faults", (HttpRequest request) => Control.AnswerAsync(request, p => Json(engine.Faults.Add(Read(p, engine.World.Options.Seed)))));
        app.MapGet("/_simulator/faults", () => Control.Json(new JsonArray([.. engine.Faults.List().Select(fault => (JsonNode)Json(fault))])));
        app.MapGet("/_simulator/rate_limit", () => Control.Json(Json(engine.Limit)));
        app.MapPost("/_simulator/rate_limit", (HttpRequest request) => Control.AnswerAsync(request, p => SetLimit(engine.Limit, p)));
        app.MapDelete("/_simulator/faults", () => Removed(engine, null));
        app.MapDelete("/_simulator/faults/{id}", (string id) => Removed(engine, id));
    }

    private static IResult Removed(SimulatorEngine engine, string? id) =>
        engine.Faults.Remove(id) ? Control.Json(new JsonObject { ["deleted"] = true }) : Results.NotFound();

    private static Fault Read(ApiParams p, int seed)
    {
        var kind = p.RequiredText("kind");
        var fault = new Fault
        {
            Kind = Kinds.TryGetValue(kind, out var known) ? known : throw StripeError.Invalid($"kind must be one of {string.Join(", ", Kinds.Keys)}", "kind"),
            Method = p.Choice("method", "GET|POST|DELETE"),
            Path = p.Text("path") ?? "/v1/**",
            Nth = (int?)p.Integer("nth"),
            Probability = Control.Rate(p, "probability"),
            Seed = (int)(p.Integer("seed") ?? seed),
            Count = (int?)p.Integer("count"),
            Effect = p.Flag("effect"),
            Seconds = Control.Number(p, "seconds"),
            Status = (int?)p.Integer("status"),
            ShouldRetry = p.Flag("should_retry"),
            Reason = p.Text("reason"),
        };
        p.Finish();
        return fault.Kind == FaultKind.Slow && fault.Seconds is null ? throw StripeError.Missing("seconds") : fault;
    }

    private static JsonObject SetLimit(RateLimit limit, ApiParams p)
    {
        var calls = p.RequiredInteger("per_second");
        p.Finish();
        limit.PerSecond = calls >= 0 ? (int)calls : throw StripeError.Invalid("Invalid non-negative integer", "per_second");
        return Json(limit);
    }

    private static JsonObject Json(RateLimit limit) => new() { ["per_second"] = limit.PerSecond };

    private static JsonObject Json(Fault fault) => new()
    {
        ["id"] = fault.Id,
        ["kind"] = Kinds.First(pair => pair.Value == fault.Kind).Key,
        ["method"] = fault.Method,
        ["path"] = fault.Path,
        ["nth"] = fault.Nth,
        ["probability"] = fault.Probability,
        ["seed"] = fault.Seed,
        ["count"] = fault.Count,
        ["effect"] = fault.TakesEffect,
        ["seconds"] = fault.Seconds,
        ["status"] = fault.Status,
        ["should_retry"] = fault.ShouldRetry,
        ["reason"] = fault.Reason,
        ["matched"] = fault.Matched,
        ["fired"] = fault.Fired,
    };
}
