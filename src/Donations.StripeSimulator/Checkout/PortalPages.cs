using System.Globalization;
using System.Text;
using Donations.StripeSimulator.Billing;
using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Payments;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Checkout;

/// <summary>The billing portal: another card, the end of a subscription, and second thoughts about it.</summary>
internal static class PortalPages
{
    public static void Map(WebApplication app, SimulatorEngine engine)
    {
        app.MapGet("/_simulator/portal/{id}", (string id) => engine.Exclusive(() => Show(engine.World, id)));
        app.MapPost("/_simulator/portal/{id}", async (string id, HttpRequest request) =>
        {
            var form = await request.ReadFormAsync();
            return engine.Exclusive(() => Submit(engine.World, id, form));
        });
    }

    private static IResult Show(World world, string id)
    {
        if (world.Store.Find<PortalSession>(id) is not { } session)
            return Results.NotFound();
        // Back from the bank with a card that is set up by now.
        if (world.Store.Find<SetupIntent>(session.SetupIntent) is { Status: "succeeded" } setup)
            return Use(world, session, setup);
        return HostedPages.Page("Billing", Body(world, session, world.Store.Find<SetupIntent>(session.SetupIntent)?.LastError?.Message));
    }

    private static IResult Submit(World world, string id, IFormCollection form)
    {
        if (world.Store.Find<PortalSession>(id) is not { } session)
            return Results.NotFound();
        try
        {
            return form["do"].ToString() switch
            {
                "card" => Card(world, session, HostedPages.Card(world, form, null)),
                "cancel" => Cancel(world, session, form["subscription"].ToString(), set: true),
                "renew" => Cancel(world, session, form["subscription"].ToString(), set: false),
                _ => Results.BadRequest(),
            };
        }
        catch (StripeError error)
        {
            return HostedPages.Page("Billing", Body(world, session, error.Message));
        }
    }

    private static IResult Card(World world, PortalSession session, PaymentMethod method)
    {
        var page = PageOf(world, session);
        world.Store.Add(method);
        var setup = world.Intents.Add(new SetupIntent { Customer = session.Customer });
        session.SetupIntent = setup.Id;
        world.Store.Touch(session);
        if (!world.Intents.Confirm(setup, method, new Confirmation(ReturnUrl: page, Redirect: true)))
            throw IntentFlow.Raise(setup);
        return setup.Status == "requires_action"
            ? Results.Redirect($"{world.BaseAddress}_simulator/3ds/{setup.Id}?client_secret={setup.ClientSecret}&return_url={Uri.EscapeDataString(page)}")
            : Use(world, session, setup);
    }

    /// <summary>The new card pays from now on: as the customer's default, and where a subscription has a card of its own.</summary>
    private static IResult Use(World world, PortalSession session, SetupIntent setup)
    {
        var customer = world.Store.Get<Customer>(session.Customer);
        var card = setup.PaymentMethod!;
        session.SetupIntent = null;
        world.Store.Touch(session);
        world.Events.Change("customer.updated", customer, () => customer.DefaultPaymentMethod = card);
        foreach (var subscription in world.Store.SubscriptionsByCustomer[customer.Id].Where(s => !s.Ended && s.DefaultPaymentMethod is not null))
            world.Events.Change("customer.subscription.updated", subscription, () => subscription.DefaultPaymentMethod = card);
        return Done(world, session);
    }

    private static IResult Cancel(World world, PortalSession session, string id, bool set)
    {
        if (world.Store.Find<Subscription>(id) is not { Ended: false } subscription || subscription.Customer != session.Customer)
            return Results.NotFound();
        if (subscription.Schedule is not null)
            throw StripeError.State("This subscription is managed by a schedule.");
        world.Events.Change("customer.subscription.updated", subscription, () => SubscriptionUpdate.CancelAtPeriodEnd(world, subscription, set));
        return Done(world, session);
    }

    private static IResult Done(World world, PortalSession session) => Results.Redirect(session.RedirectUrl ?? PageOf(world, session));

    private static string PageOf(World world, PortalSession session) => $"{world.BaseAddress}_simulator/portal/{session.Id}";

    private static string Body(World world, PortalSession session, string? problem)
    {
        var html = new StringBuilder();
        if (problem is not null)
            html.Append(CultureInfo.InvariantCulture, $"<p role=\"alert\">{HostedPages.Text(problem)}</p>");
        var shown = world.Store.SubscriptionsByCustomer.NewestFirst(session.Customer).Where(s =>
            !s.Ended && session.Flow != "payment_method_update" && (session.Subscription is null || session.Subscription == s.Id));
        foreach (var s in shown)
        {
            var end = DateTimeOffset.FromUnixTimeSeconds(s.PeriodEnd);
            var (word, label) = s.CancelAtPeriodEnd ? ("renew", "Don't cancel") : ("cancel", "Cancel subscription");
            html.Append(CultureInfo.InvariantCulture, $"<form method=\"post\"><p>Subscription {s.Id}: {s.Status}, {(s.CancelAtPeriodEnd ? "ends" : "renews")} {end:yyyy-MM-dd} ");
            html.Append(CultureInfo.InvariantCulture, $"<input type=\"hidden\" name=\"subscription\" value=\"{s.Id}\"><button name=\"do\" value=\"{word}\">{label}</button></p></form>");
        }
        if (session.Flow != "subscription_cancel")
            html.Append(CultureInfo.InvariantCulture, $"<h2>New card</h2><form method=\"post\">{HostedPages.CardFields("Save card")}</form>");
        if (session.ReturnUrl is not null)
            html.Append(CultureInfo.InvariantCulture, $"<p><a href=\"{HostedPages.Text(session.ReturnUrl)}\">Return</a></p>");
        return html.ToString();
    }
}
