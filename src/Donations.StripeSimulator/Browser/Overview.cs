using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Webhooks;

namespace Donations.StripeSimulator.Browser;

/// <summary>The page at the root: the clock, the newest events and objects.</summary>
internal static class Overview
{
    private const int MaxRows = 20;
    private const int MaxEvents = 100;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static string Page(World world, long now)
    {
        var html = new StringBuilder(
            """
            <!doctype html><html lang="en"><meta charset="utf-8"><title>Stripe simulator</title>
            <style>body{font:15px system-ui,sans-serif;margin:2rem;color:#222}td{padding:.15rem .8rem .15rem 0}form{display:inline}h2{margin-top:2rem}</style>
            <h1>Stripe simulator</h1>
            """);
        html.Append(CultureInfo.InvariantCulture, $"<p>Now: <b>{DateTimeOffset.FromUnixTimeSeconds(now):yyyy-MM-dd HH:mm:ss} UTC</b> ");
        html.Append(Button("Advance one day", "seconds", 86400)).Append(Button("Advance one month", "months", 1)).Append("</p>");
        html.Append(CultureInfo.InvariantCulture, $"<h2>Events</h2><p>{world.Store.Deliveries.Count} webhook deliveries under way.</p><table>");
        foreach (var e in world.Store.Events.NewestFirst().Take(MaxEvents))
            Row(html, e, e.Type);
        html.Append("</table>");
        Section(html, "Customers", world.Store.Customers.NewestFirst(), c => c.Email ?? c.Name ?? "");
        Section(html, "Subscriptions", world.Store.Subscriptions.NewestFirst(), s => s.Status);
        Section(html, "Invoices", world.Store.Invoices.NewestFirst(), i => $"{i.Total} {i.Currency} {i.Status}");
        Section(html, "Payment intents", world.Store.PaymentIntents.NewestFirst(), i => $"{i.Amount} {i.Currency} {i.Status}");
        Section(html, "Charges", world.Store.Charges.NewestFirst(), c => $"{c.Amount} {c.Currency} {c.Status} {c.DeclineCode ?? c.FailureCode}");
        Section(html, "Refunds", world.Store.Refunds.NewestFirst(), r => $"{r.Amount} {r.Currency} {r.Status}");
        Section(html, "Disputes", world.Store.Disputes.NewestFirst(), d => $"{d.Amount} {d.Currency} {d.Reason} {d.Status}");
        Section(html, "Fraud warnings", world.Store.FraudWarnings.NewestFirst(), w => w.FraudType);
        Section(html, "Schedules", world.Store.SubscriptionSchedules.NewestFirst(), s => s.Status);
        Section(html, "Checkout sessions", world.Store.CheckoutSessions.NewestFirst(), s => $"{s.Mode} {s.Status}");
        Section(html, "Payouts", world.Store.Payouts.NewestFirst(), p => $"{p.Amount} {p.Currency} {p.Status}");
        Section(html, "Webhook endpoints", world.Store.WebhookEndpoints.NewestFirst(), w => w.Url);
        return html.Append("</html>").ToString();
    }

    /// <summary>An object as the API shows it, readable; null if there is none.</summary>
    public static string? Object(World world, string id) =>
        world.Store.Find(id) is { } entity and not (Job or Delivery or Http.IdempotencyRecord) ? world.Render.Snapshot(entity).ToJsonString(Indented) : null;

    private static void Section<T>(StringBuilder html, string title, IEnumerable<T> rows, Func<T, string> describe)
        where T : Entity
    {
        html.Append(CultureInfo.InvariantCulture, $"<h2>{title}</h2><table>");
        foreach (var row in rows.Take(MaxRows))
            Row(html, row, describe(row));
        html.Append("</table>");
    }

    private static void Row(StringBuilder html, Entity entity, string description) => html.Append(
        CultureInfo.InvariantCulture,
        $"<tr><td>{DateTimeOffset.FromUnixTimeSeconds(entity.Created):yyyy-MM-dd HH:mm:ss}<td>{WebUtility.HtmlEncode(description)}<td><a href=\"/_simulator/objects/{Uri.EscapeDataString(entity.Id)}\">{WebUtility.HtmlEncode(entity.Id)}</a>");

    private static string Button(string label, string name, int value) => string.Create(
        CultureInfo.InvariantCulture,
        $"<form method=\"post\" action=\"/_simulator/clock/advance\"><input type=\"hidden\" name=\"back\" value=\"1\"><button name=\"{name}\" value=\"{value}\">{label}</button></form> ");
}
