using System.Collections.Frozen;

namespace Donations.Server.Appeals;

/// <summary>The currency that a country's readers are asked in, where the limits table has it; elsewhere US dollars.</summary>
internal static class CountryCurrencies
{
    public const string Default = "USD";

    private static readonly FrozenDictionary<string, string> ByCountry = Build(
        ("USD", "US PR GU AS VI MP UM EC SV"),
        ("GBP", "GB GG JE IM"),
        ("EUR", "AD AT AX BE BG BL CY DE EE ES FI FR GF GP GR HR IE IT LT LU LV MC ME MF MQ MT NL PM PT RE SI SK SM VA XK YT"),
        ("CAD", "CA"),
        ("AUD", "AU CC CX KI NF NR TV"),
        ("NZD", "NZ CK NU PN TK"),
        ("CHF", "CH LI"),
        ("SGD", "SG"),
        ("BRL", "BR"),
        ("AED", "AE"),
        ("CZK", "CZ"),
        ("DKK", "DK FO GL"),
        ("HKD", "HK"),
        ("HUF", "HU"),
        ("JPY", "JP"),
        ("MXN", "MX"),
        ("MYR", "MY"),
        ("NOK", "NO SJ BV"),
        ("PLN", "PL"),
        ("RON", "RO"),
        ("SEK", "SE"),
        ("THB", "TH"));

    /// <summary>For an upper-case ISO 3166-1 alpha-2 code; the default for an unknown one.</summary>
    public static string Find(string country) => ByCountry.GetValueOrDefault(country, Default);

    private static FrozenDictionary<string, string> Build(params ReadOnlySpan<(string Currency, string Countries)> rows)
    {
        var currencies = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (currency, countries) in rows)
        {
            foreach (var country in countries.Split(' '))
                currencies.Add(country, currency);
        }

        return currencies.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
