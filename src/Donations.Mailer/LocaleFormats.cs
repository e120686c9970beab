using System.Globalization;
using Google.Type;

namespace Donations.Mailer;

/// <summary>How a locale that ships writes amounts and days, by CLDR; by hand, because the service runs without ICU's data.</summary>
internal sealed class LocaleFormats
{
    private const char NoBreakSpace = '\u00A0';
    private const int NanosPerThousandth = 1_000_000;

    public static readonly LocaleFormats English = new("en", ".", ",",
        ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
        (day, month, year) => $"{day} {month} {year}",
        (amount, currency) => $"{currency}{NoBreakSpace}{amount}");

    public static readonly LocaleFormats Russian = new("ru", ",", NoBreakSpace.ToString(),
        ["января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"],
        (day, month, year) => $"{day} {month} {year} г.",
        (amount, currency) => $"{amount}{NoBreakSpace}{currency}");

    private readonly NumberFormatInfo _numbers;
    private readonly string[] _months;
    private readonly Func<int, string, int, string> _day;
    private readonly Func<string, string, string> _amount;

    private LocaleFormats(string locale, string decimalSeparator, string groupSeparator, string[] months, Func<int, string, int, string> day, Func<string, string, string> amount)
    {
        Locale = locale;
        _numbers = new() { NumberDecimalSeparator = decimalSeparator, NumberGroupSeparator = groupSeparator };
        (_months, _day, _amount) = (months, day, amount);
    }

    /// <summary>`en` or `ru`.</summary>
    public string Locale { get; }

    /// <summary>Every locale that there are texts in.</summary>
    public static IReadOnlyList<LocaleFormats> All { get; } = [English, Russian];

    /// <summary>The nearest locale that there are texts in: Russian for `ru` and `ru-…`, else English.</summary>
    public static LocaleFormats For(string? tag) =>
        tag is not null && (tag.Equals("ru", StringComparison.OrdinalIgnoreCase) || tag.StartsWith("ru-", StringComparison.OrdinalIgnoreCase)) ? Russian : English;

    /// <summary>`USD 1,250` or `USD 2.50`: the code, because a sign may mean several currencies; decimals only where there are any.</summary>
    public string Amount(Money money)
    {
        var thousandths = Math.Abs(money.Nanos) / NanosPerThousandth;
        var decimals = thousandths == 0 ? "N0" : thousandths % 10 == 0 ? "N2" : "N3";
        return _amount((money.Units + (money.Nanos / 1_000_000_000m)).ToString(decimals, _numbers), money.CurrencyCode);
    }

    /// <summary>`USD 1,250.00`: with as many decimals as the currency has, for columns.</summary>
    public string Amount(Money money, int decimals) =>
        _amount((money.Units + (money.Nanos / 1_000_000_000m)).ToString("N" + decimals.ToString(CultureInfo.InvariantCulture), _numbers), money.CurrencyCode);

    /// <summary>`24 November 2026`; without a day the month as cards show it, `11/2026`.</summary>
    public string Day(Date date) => date.Day == 0 ? string.Create(CultureInfo.InvariantCulture, $"{date.Month:00}/{date.Year}") : _day(date.Day, _months[date.Month - 1], date.Year);
}
