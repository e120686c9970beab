using System.Collections.Frozen;

namespace Donations.Server.Money;

/// <summary>How one currency is counted: how many decimals ISO 4217 gives it, and in what steps Stripe takes it.</summary>
/// <param name="Code">ISO 4217 code, upper case.</param>
/// <param name="Exponent">Decimals between the unit and the minor unit: 0, 2 or 3.</param>
/// <param name="Step">Charges must be a multiple of this many minor units (Stripe: ISK, UGX whole units as two decimals; three-decimal ones end in 0).</param>
internal sealed record Currency(string Code, int Exponent, int Step)
{
    /// <summary>Minor units in one unit: 1, 100 or 1000.</summary>
    public long UnitMinor { get; } = Exponent switch { 0 => 1, 2 => 100, 3 => 1000, _ => throw new ArgumentOutOfRangeException(nameof(Exponent)) };
}

/// <summary>
/// The currencies that Stripe presents charges in, in one table. Minor units here are Stripe's minor units, so a
/// value travels from the wire to Stripe and back without another conversion.
/// HUF and TWD have two decimals: Stripe takes whole units of them in payouts only, which it makes by itself.
/// Source: docs.stripe.com/currencies, "Zero-decimal currencies", "Special cases", "Three-decimal currencies".
/// </summary>
internal static class Currencies
{
    private static readonly string[] ZeroDecimal =
        ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"];

    private static readonly string[] WholeUnitsAsTwoDecimals = ["ISK", "UGX"];

    private static readonly string[] ThreeDecimal = ["BHD", "JOD", "KWD", "OMR", "TND"];

    private static readonly string[] TwoDecimal =
    [
        "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BMD", "BND", "BOB",
        "BRL", "BSD", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CNY", "COP", "CRC", "CVE", "CZK", "DKK", "DOP", "DZD", "EGP",
        "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS",
        "INR", "JMD", "KES", "KGS", "KHR", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "MAD", "MDL", "MKD", "MMK", "MNT",
        "MOP", "MUR", "MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "PAB", "PEN", "PGK", "PHP",
        "PKR", "PLN", "QAR", "RON", "RSD", "RUB", "SAR", "SBD", "SCR", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "STD", "SZL",
        "THB", "TJS", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "USD", "UYU", "UZS", "WST", "XCD", "YER", "ZAR", "ZMW",
    ];

    private static readonly FrozenDictionary<string, Currency> Table =
        ZeroDecimal.Select(c => new Currency(c, 0, 1))
            .Concat(TwoDecimal.Select(c => new Currency(c, 2, 1)))
            .Concat(WholeUnitsAsTwoDecimals.Select(c => new Currency(c, 2, 100)))
            .Concat(ThreeDecimal.Select(c => new Currency(c, 3, 10)))
            .ToFrozenDictionary(c => c.Code, StringComparer.Ordinal);

    /// <summary>All of them, by code.</summary>
    public static IEnumerable<Currency> All => Table.Values.OrderBy(c => c.Code, StringComparer.Ordinal);

    /// <summary>The currency of an upper-case ISO 4217 code, or null where Stripe does not present charges in it.</summary>
    public static Currency? Find(string? code) => code is not null && Table.TryGetValue(code, out var currency) ? currency : null;

    /// <summary>The currency of a code in either case that is known to be good (from the database or from Stripe).</summary>
    public static Currency Get(string code) =>
        Find(code.ToUpperInvariant()) ?? throw new ArgumentException($"Unknown currency {code}", nameof(code));
}
