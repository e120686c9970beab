using System.Net;
using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Browser;

/// <summary>What browsers load: the stand-in for Stripe.js and its frames, the 3-D Secure page, the clock and the overview.</summary>
internal static class BrowserPages
{
    public static void Map(WebApplication app, SimulatorEngine engine)
    {
        var script = Resource("stripe.js");
        var card = Resource("card.html");
        var challenge = Resource("challenge.html");
        app.MapGet("/v3", () => Results.Text(script, "text/javascript; charset=utf-8"));
        app.MapGet("/_simulator/elements/card", () => Html(card));
        app.MapGet("/_simulator/3ds/{id}", (string id, HttpRequest request) => Challenge(engine, challenge, id, request));
        app.MapPost("/_simulator/3ds/{id}", (string id, HttpRequest request) => AnswerAsync(engine, id, request));
        app.MapGet("/_simulator/clock", () => Clock(engine));
        app.MapPost("/_simulator/clock/advance", (HttpRequest request, CancellationToken ct) => AdvanceAsync(engine, request, ct));
        app.MapGet("/", () => Html(engine.Exclusive(() => Overview.Page(engine.World, engine.World.Now))));
        app.MapGet("/_simulator/objects/{id}", (string id) => engine.Exclusive(() => Overview.Object(engine.World, id)) is { } json
            ? Results.Text(json, "application/json; charset=utf-8")
            : Results.NotFound());
        // What hosted_invoice_url, invoice_pdf and receipt_url point to.
        foreach (var page in new[] { "/_simulator/invoices/{id}", "/_simulator/invoices/{id}/pdf", "/_simulator/receipts/{id}" })
            app.MapGet(page, (string id) => Document(engine, id));
    }

    private static IResult Challenge(SimulatorEngine engine, string page, string id, HttpRequest request)
    {
        var secret = request.Query["client_secret"].ToString();
        if (!engine.Exclusive(() => engine.World.Store.Find<Intent>(id)?.ClientSecret == secret))
            return Results.NotFound();
        return Html(page
            .Replace("{{client_secret}}", WebUtility.HtmlEncode(secret), StringComparison.Ordinal)
            .Replace("{{return_url}}", WebUtility.HtmlEncode(request.Query["return_url"].ToString()), StringComparison.Ordinal));
    }

    private static async Task<IResult> AnswerAsync(SimulatorEngine engine, string id, HttpRequest request)
    {
        var form = await request.ReadFormAsync();
        var secret = form["client_secret"].ToString();
        var outcome = form["outcome"].ToString();
        if (outcome is not ("complete" or "fail"))
            return Results.BadRequest("outcome must be complete or fail");
        var (status, returnUrl) = engine.Exclusive(() => Answer(engine.World, id, secret, outcome == "complete"));
        if (status is null)
            return Results.NotFound();
        if (form["framed"] == "true")
            return Results.Json(new { status });
        returnUrl = form["return_url"].ToString() is { Length: > 0 } given ? given : returnUrl;
        if (!Uri.TryCreate(returnUrl, UriKind.Absolute, out var target))
            return Html($"<!doctype html><title>Done</title><p>{WebUtility.HtmlEncode(status)}</p>");
        var kind = id.StartsWith("seti_", StringComparison.Ordinal) ? "setup_intent" : "payment_intent";
        var separator = target.Query.Length == 0 ? '?' : '&';
        var result = status == "succeeded" ? "succeeded" : "failed";
        return Results.Redirect($"{target.AbsoluteUri}{separator}{kind}={id}&{kind}_client_secret={secret}&redirect_status={result}");
    }

    /// <summary>The intent's status after the holder's answer; an intent that no longer waits keeps the one it has.</summary>
    private static (string? Status, string? ReturnUrl) Answer(World world, string id, string secret, bool success)
    {
        if (world.Store.Find<Intent>(id) is not { } intent || intent.ClientSecret != secret)
            return (null, null);
        var returnUrl = intent.ReturnUrl;
        if (intent.Status == "requires_action")
            world.Intents.Authenticate(intent, success);
        return (intent.Status, returnUrl);
    }

    private static IResult Clock(SimulatorEngine engine) => Results.Json(new
    {
        now = engine.Now.ToUnixTimeSeconds(),
        offset_seconds = (long)engine.Offset.TotalSeconds,
    });

    /// <summary>By <c>seconds</c> or <c>months</c>, or <c>to</c> a moment.</summary>
    private static async Task<IResult> AdvanceAsync(SimulatorEngine engine, HttpRequest request, CancellationToken ct)
    {
        var form = request.HasFormContentType ? await request.ReadFormAsync(ct) : null;
        var now = engine.Now;
        DateTimeOffset target;
        if (Number("seconds") is { } seconds)
            target = now.AddSeconds(seconds);
        else if (Number("months") is { } months)
            target = now.AddMonths((int)months);
        else if (Number("to") is { } to)
            target = DateTimeOffset.FromUnixTimeSeconds(to);
        else
            return Results.BadRequest("seconds=…, months=… or to=<unix time> is required");
        if (target < now)
            return Results.BadRequest("the clock does not go back");
        await engine.AdvanceToAsync(target, ct);
        return Value("back") is null ? Clock(engine) : Results.Redirect("/");

        string? Value(string name) => form?[name].FirstOrDefault() ?? request.Query[name].FirstOrDefault();

        long? Number(string name) => long.TryParse(Value(name), System.Globalization.CultureInfo.InvariantCulture, out var value) ? value : null;
    }

    private static IResult Document(SimulatorEngine engine, string id) => engine.Exclusive(() => Overview.Object(engine.World, id)) is { } json
        ? Html($"<!doctype html><title>{WebUtility.HtmlEncode(id)}</title><pre>{WebUtility.HtmlEncode(json)}</pre>")
        : Results.NotFound();

    private static IResult Html(string html) => Results.Text(html, "text/html; charset=utf-8");

    private static string Resource(string name)
    {
        using var stream = typeof(BrowserPages).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
