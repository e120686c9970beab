using System.Collections.Frozen;
using System.Text.Json;
using Donations.Server.Money;
using Donations.V1;

namespace Donations.Server.Campaigns;

/// <summary>
/// How locales write amounts, which way their text runs and what they call countries: CLDR's data, as far as appeals need it, from
/// locales.json (scripts/make-locale-data.mjs makes it). The service runs without ICU.
/// </summary>
internal static class LocaleData
{
    private static readonly FrozenDictionary<string, Entry> ByLocale = Load();
    private static readonly FrozenDictionary<string, Entry>.AlternateLookup<ReadOnlySpan<char>> Lookup = ByLocale.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Scripts that run from right to left, for locales that name theirs (ISO 15924).</summary>
    private static readonly FrozenSet<string> RightToLeftScripts = new[] { "Arab", "Hebr", "Thaa", "Syrc", "Nkoo", "Adlm", "Rohg" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Languages that run from right to left and have no entry of their own (CLDR).</summary>
    private static readonly FrozenSet<string> RightToLeftLanguages = new[] { "ur", "ps", "sd", "ug", "yi", "dv", "ckb", "ks", "nqo" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether the locale or one of its parents is known.</summary>
    public static bool Has(string locale) => LocaleFallback.Find(Lookup, locale) is not null;

    /// <summary>A country's name; its code where the locale has none.</summary>
    public static string CountryName(string locale, string country) => Find(locale).Countries.GetValueOrDefault(country, country);

    /// <summary>Which way text in a BCP-47 locale runs.</summary>
    public static TextDirection Direction(string locale)
    {
        var subtags = locale.Split('-', '_');
        var script = subtags.Skip(1).FirstOrDefault(s => s.Length == 4 && char.IsAsciiLetter(s[0]));
        var rightToLeft = script is not null
            ? RightToLeftScripts.Contains(script)
            : LocaleFallback.Find(Lookup, locale)?.RightToLeft ?? RightToLeftLanguages.Contains(subtags[0]);
        return rightToLeft ? TextDirection.RightToLeft : TextDirection.LeftToRight;
    }

    /// <summary>How a locale writes amounts of a currency; as English does where the locale is not known.</summary>
    public static AmountFormat AmountFormat(string locale, string currency)
    {
        var entry = Find(locale);
        return new()
        {
            CurrencySymbol = entry.Symbols.GetValueOrDefault(currency, currency),
            SymbolAfter = entry.SymbolAfter,
            // A code needs a space where a sign has none.
            SymbolSpace = entry.Space.Length > 0 || entry.Symbols.ContainsKey(currency) ? entry.Space : "\u00A0",
            DecimalSeparator = entry.Decimal,
            GroupSeparator = entry.Group,
            FractionDigits = Currencies.Get(currency).Exponent,
        };
    }

    /// <summary>`$2`, `1 250,50 €`: as the format says, without decimals where the amount is whole.</summary>
    public static string Write(AmountFormat format, MinorAmount amount)
    {
        var (units, rest) = Math.DivRem(amount.Minor, Currencies.Get(amount.Currency).UnitMinor);
        var digits = units.ToString("N0", new System.Globalization.NumberFormatInfo { NumberGroupSeparator = format.GroupSeparator });
        if (rest != 0)
            digits += format.DecimalSeparator + rest.ToString(new string('0', format.FractionDigits), System.Globalization.CultureInfo.InvariantCulture);
        return format.SymbolAfter ? digits + format.SymbolSpace + format.CurrencySymbol : format.CurrencySymbol + format.SymbolSpace + digits;
    }

    private static Entry Find(string locale) => LocaleFallback.Find(Lookup, locale) ?? ByLocale["en"];

    private static FrozenDictionary<string, Entry> Load()
    {
        using var stream = typeof(LocaleData).Assembly.GetManifestResourceStream("locales.json") ?? throw new InvalidOperationException("locales.json is not embedded");
        return JsonSerializer.Deserialize<Dictionary<string, Entry>>(stream, JsonSerializerOptions.Web)!.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    private sealed record Entry(string Decimal, string Group, bool SymbolAfter, string Space, bool RightToLeft, Dictionary<string, string> Symbols, Dictionary<string, string> Countries);
}
