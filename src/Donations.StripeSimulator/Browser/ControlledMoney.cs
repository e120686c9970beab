using System.Globalization;
using System.Text.Json.Nodes;
using Donations.StripeSimulator.Http;

namespace Donations.StripeSimulator.Browser;

/// <summary>What the world does with money already moved: currencies rise and fall, a bank thinks again about a dispute, another returns a payout.</summary>
internal static class ControlledMoney
{
    private const string Rates = "/_simulator/exchange_rates";

    public static void Map(WebApplication app, SimulatorEngine engine)
    {
        app.MapGet(Rates, () => Control.Json(engine.Exclusive(() => Json(engine))));
        app.MapPost(Rates, (HttpRequest request) => Control.AnswerAsync(request, p => Set(engine, p)));
        app.MapPost("/_simulator/disputes/{id}/reverse", (string id, HttpRequest request) =>
            Control.AnswerAsync(request, p => Turn(engine, id, p, engine.ReverseLostDispute, "Only a dispute that was lost can be reversed.")));
        app.MapPost("/_simulator/payouts/{id}/return", (string id, HttpRequest request) =>
            Control.AnswerAsync(request, p => Turn(engine, id, p, engine.ReturnPayout, "Only a payout that is on its way or has arrived can be returned.")));
    }

    private static JsonObject Set(SimulatorEngine engine, ApiParams p)
    {
        var currency = p.Text("currency");
        var text = p.Text("rate");
        p.Finish();
        if (currency is not { Length: 3 } || !currency.All(char.IsAsciiLetterLower))
            throw StripeError.Invalid($"Invalid currency: {currency}", "currency");
        if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var rate) || rate <= 0)
            throw StripeError.Invalid($"Invalid decimal: {text}", "rate");
        engine.SetExchangeRate(currency, rate);
        return engine.Exclusive(() => Json(engine));
    }

    private static JsonNode Turn(SimulatorEngine engine, string id, ApiParams p, Func<string, bool> turn, string refusal)
    {
        p.Finish();
        return turn(id) ? engine.Exclusive(() => engine.World.Render.Snapshot(engine.World.Store.Find(id)!)) : throw StripeError.State(refusal);
    }

    private static JsonObject Json(SimulatorEngine engine) =>
        new(engine.World.Options.ExchangeRates.OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => KeyValuePair.Create(r.Key, (JsonNode?)r.Value)));
}
