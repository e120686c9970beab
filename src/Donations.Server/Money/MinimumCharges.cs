using System.Collections.Frozen;

namespace Donations.Server.Money;

/// <summary>
/// The least that Stripe charges, per settlement currency, in minor units: below it the fee would eat the charge. A charge in another
/// currency must be worth as much after conversion, which no table can promise, so the limits table keeps a distance.
/// Source: docs.stripe.com/currencies, "Minimum and maximum charge amounts". BGN is of its edition before Bulgaria's euro.
/// </summary>
internal static class MinimumCharges
{
    private static readonly FrozenDictionary<string, long> Table = new Dictionary<string, long>
    {
        ["AED"] = 200,
        ["ARS"] = 50,
        ["AUD"] = 50,
        ["BGN"] = 100,
        ["BRL"] = 50,
        ["CAD"] = 50,
        ["CHF"] = 50,
        ["COP"] = 50,
        ["CZK"] = 1500,
        ["DKK"] = 250,
        ["EUR"] = 50,
        ["GBP"] = 30,
        ["HKD"] = 400,
        ["HUF"] = 17_500,
        ["IDR"] = 50,
        ["ILS"] = 50,
        ["INR"] = 50,
        ["JPY"] = 50,
        ["KRW"] = 50,
        ["MXN"] = 1000,
        ["MYR"] = 200,
        ["NOK"] = 300,
        ["NZD"] = 50,
        ["PHP"] = 50,
        ["PLN"] = 200,
        ["RON"] = 200,
        ["RUB"] = 50,
        ["SEK"] = 300,
        ["SGD"] = 50,
        ["THB"] = 1000,
        ["USD"] = 50,
        ["ZAR"] = 50,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>All of them, by code.</summary>
    public static IEnumerable<MinorAmount> All => Table.Select(m => new MinorAmount(m.Value, m.Key)).OrderBy(m => m.Currency, StringComparer.Ordinal);

    /// <summary>The least charge of a currency, or null where Stripe settles nothing in it.</summary>
    public static MinorAmount? Find(string currency) => Table.TryGetValue(currency, out var minor) ? new(minor, currency) : null;
}
