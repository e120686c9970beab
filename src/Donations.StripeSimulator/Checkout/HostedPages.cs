using System.Globalization;
using System.Net;
using System.Text;
using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Checkout;

/// <summary>The page of a Checkout session: what is bought, and a card form that works without scripts.</summary>
internal static class HostedPages
{
    private const string Style =
        "<style>body{font:16px system-ui,sans-serif;margin:2rem auto;max-width:28rem;padding:0 1rem;color:#222}label{display:block;margin:.6rem 0}" +
        "input{display:block;width:100%;box-sizing:border-box;font:inherit;padding:.5rem}button{font:inherit;padding:.6rem 1.2rem}[role=alert]{color:#b00020}</style>";

    public static void Map(WebApplication app, SimulatorEngine engine)
    {
        app.MapGet("/_simulator/checkout/{id}", (string id) => engine.Exclusive(() => Show(engine.World, id)));
        app.MapPost("/_simulator/checkout/{id}", async (string id, HttpRequest request) =>
        {
            var form = await request.ReadFormAsync();
            return engine.Exclusive(() => Submit(engine.World, id, form));
        });
    }

    /// <summary>Also where the payer's bank sends him back to: a session that is complete by then leads on.</summary>
    private static IResult Show(World world, string id)
    {
        if (world.Store.Find<CheckoutSession>(id) is not { } session)
            return Results.NotFound();
        if (session.Status == "complete")
            return Results.Redirect(CheckoutFlow.SuccessUrl(session));
        if (session.Status != "open")
            return Page("Checkout", "<p>This session has expired.</p>");
        return Page("Checkout", Form(world, session, world.Store.Find<Intent>(session.Intent)?.LastError?.Message));
    }

    private static IResult Submit(World world, string id, IFormCollection form)
    {
        if (world.Store.Find<CheckoutSession>(id) is not { } session)
            return Results.NotFound();
        if (session.Status == "complete")
            return Results.Redirect(CheckoutFlow.SuccessUrl(session));
        try
        {
            return Results.Redirect(world.Checkout.Submit(session, Card(world, form, session.CustomerEmail)));
        }
        catch (StripeError error)
        {
            return Page("Checkout", session.Status == "open" ? Form(world, session, error.Message) : $"<p role=\"alert\">{Text(error.Message)}</p>");
        }
    }

    /// <summary>The card of a form, read as Stripe.js would send it.</summary>
    public static PaymentMethod Card(World world, IFormCollection form, string? email)
    {
        var expiry = string.Concat(form["expiry"].ToString().Where(char.IsAsciiDigit));
        var p = ApiParams.Parse(
        [
            new("card[number]", form["number"].ToString()),
            new("card[exp_month]", expiry[..Math.Min(2, expiry.Length)]),
            new("card[exp_year]", expiry[Math.Min(2, expiry.Length)..]),
            new("card[cvc]", form["cvc"].ToString()),
            new("billing_details[name]", form["name"].ToString()),
            new("billing_details[email]", form["email"].ToString() is { Length: > 0 } given ? given : email ?? ""),
        ]);
        return CommonParams.Card(world, p);
    }

    public static string CardFields(string submit) =>
        $"""
         <label>Card number <input name="number" inputmode="numeric" autocomplete="cc-number" required></label>
         <label>Expiry (MM / YY) <input name="expiry" autocomplete="cc-exp" required></label>
         <label>CVC <input name="cvc" inputmode="numeric" autocomplete="cc-csc" required></label>
         <label>Name on card <input name="name" autocomplete="cc-name"></label>
         <button name="do" value="card">{Text(submit)}</button>
         """;

    public static IResult Page(string title, string body) =>
        Results.Text($"<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{Text(title)}</title>{Style}<h1>{Text(title)}</h1>{body}</html>", "text/html; charset=utf-8");

    public static string Text(string? text) => WebUtility.HtmlEncode(text ?? "");

    private static string Form(World world, CheckoutSession session, string? problem)
    {
        var html = new StringBuilder();
        foreach (var line in session.Lines)
        {
            var price = world.Store.Get<Price>(line.Price);
            html.Append(CultureInfo.InvariantCulture, $"<p>{line.Quantity} × {Text(world.Store.Get<Product>(price.Product).Name)}: {line.Amount} {Text(session.Currency)}{(price.Interval is null ? "" : " per " + price.Interval)} (minor units)</p>");
        }
        if (problem is not null)
            html.Append(CultureInfo.InvariantCulture, $"<p role=\"alert\">{Text(problem)}</p>");
        html.Append("<form method=\"post\">");
        if (session.Customer is null && session.CustomerEmail is null)
            html.Append("<label>Email <input name=\"email\" type=\"email\" autocomplete=\"email\" required></label>");
        html.Append(CardFields(session.Mode switch { "setup" => "Save card", "subscription" => "Subscribe", _ => session.SubmitType == "donate" ? "Donate" : "Pay" }));
        html.Append("</form>");
        if (session.CancelUrl is not null)
            html.Append(CultureInfo.InvariantCulture, $"<p><a href=\"{Text(session.CancelUrl)}\">Back</a></p>");
        return html.ToString();
    }
}
