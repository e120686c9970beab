using System.Text.Json.Nodes;
using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Payments;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Browser;

/// <summary>The networks' card updater: a saved card changes without its holder or the shop doing anything.</summary>
internal static class CardUpdates
{
    private const int NewLifeYears = 4;

    public static void Map(WebApplication app, SimulatorEngine engine) =>
        app.MapPost("/_simulator/cards/{id}/update", (string id, HttpRequest request) =>
            Control.AnswerAsync(request, p => engine.Exclusive(() => Update(engine.World, id, p))));

    /// <summary>A new card by number or test id, a new expiry, or both; without either, the same card some years longer.</summary>
    private static JsonNode Update(World world, string id, ApiParams p)
    {
        var method = world.Store.Find<PaymentMethod>(id) ?? throw StripeError.NotFound("PaymentMethod", id);
        var card = p.Text("card") is { } named ? TestCards.FindById(named) ?? TestCards.Find(named) ?? throw StripeError.NoSuch("test card", named, "card") : null;
        var month = p.Integer("exp_month");
        var year = p.Integer("exp_year");
        p.Finish();
        if (method.Customer is null)
            throw StripeError.State("Only a card that is saved to a customer is updated automatically.");
        if (month is < 1 or > 12)
            throw StripeError.Invalid("Invalid month", "exp_month");
        if (card is null && month is null && year is null)
            year = method.ExpYear + NewLifeYears;
        world.Events.Change("payment_method.automatically_updated", method, () =>
        {
            method.Card = card?.Number ?? method.Card;
            (method.ExpMonth, method.ExpYear) = ((int)(month ?? method.ExpMonth), (int)(year ?? method.ExpYear));
        });
        return world.Render.Snapshot(method);
    }
}
