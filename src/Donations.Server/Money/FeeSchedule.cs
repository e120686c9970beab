using Donations.V1;

namespace Donations.Server.Money;

/// <summary>What Stripe is expected to take, by agreement (stripe.com/pricing, or a contract of one's own). What it took is in the balance transactions.</summary>
internal sealed class FeeOptions
{
    public const string Section = "Fees";

    /// <summary>Share of the amount, in percent.</summary>
    public decimal Percent { get; set; } = 2.9m;

    /// <summary>Share on top for payments of a subscription (Stripe Billing), in percent.</summary>
    public decimal RecurringPercent { get; set; } = 0.7m;

    /// <summary>Fixed part in minor units, by settlement currency; the others have <see cref="DefaultFixed"/>. The defaults are what Stripe publishes for accounts at home in each.</summary>
    public Dictionary<string, long> Fixed { get; } = new(StringComparer.OrdinalIgnoreCase)
    {
        ["EUR"] = 25,
        ["GBP"] = 20,
        ["JPY"] = 0,
        ["AED"] = 100,
        ["BGN"] = 50,
        ["BRL"] = 39,
        ["CZK"] = 650,
        ["DKK"] = 180,
        ["HKD"] = 235,
        ["HUF"] = 8500,
        ["MXN"] = 300,
        ["MYR"] = 100,
        ["NOK"] = 200,
        ["PLN"] = 100,
        ["RON"] = 100,
        ["SEK"] = 180,
        ["SGD"] = 50,
        ["THB"] = 1000,
    };

    /// <summary>Fixed part in minor units where <see cref="Fixed"/> names none.</summary>
    public long DefaultFixed { get; set; } = 30;

    /// <summary>Share on top for cards from another country than the account's, in percent.</summary>
    public decimal InternationalPercent { get; set; } = 1.5m;

    /// <summary>How many of the donors' cards are from another country, in percent. For a newspaper in exile nearly all; the fees report tells.</summary>
    public decimal InternationalCards { get; set; }

    /// <summary>Share on top where Stripe converts into a settlement currency, in percent.</summary>
    public decimal ConversionPercent { get; set; } = 1m;

    /// <summary>Currencies that have a bank account to be paid out to; gifts in others are converted. Empty: none is converted.</summary>
    public List<string> SettlementCurrencies { get; } = [];

    /// <exception cref="InvalidOperationException">A share is none, or they leave nothing of a gift.</exception>
    public static FeeOptions Load(IConfiguration configuration)
    {
        var options = configuration.GetSection(Section).Get<FeeOptions>() ?? new();
        if (options.Shares.Any(share => share < 0) || options.InternationalCards is < 0 or > 100 || options.DefaultFixed < 0 || options.Fixed.Values.Any(v => v < 0))
            throw new InvalidOperationException("Fees must not be negative, and Fees:InternationalCards must be at most 100. Refusing to start.");
        if (options.Shares.Sum() > MaxShares)
            throw new InvalidOperationException($"Fees take more than {MaxShares} percent of a gift. Refusing to start.");
        return options;
    }

    private const decimal MaxShares = 50;

    private decimal[] Shares => [Percent, RecurringPercent, InternationalPercent, ConversionPercent];
}

/// <summary>The expected fee of a payment. For asking and for comparison only: books hold Stripe's own.</summary>
internal sealed class FeeSchedule(FeeOptions options)
{
    /// <summary>Each part of a fee is rounded by itself, so that the net may fall by a few minor units where the gross rises by one.</summary>
    private const long Ripple = 4;

    /// <summary>Minor units of the settlement currency; each part is rounded by itself, halves away from zero, as Stripe's fee details are.</summary>
    public long Expected(long grossMinor, string currency, bool recurring) =>
        Share(grossMinor, options.Percent) + (recurring ? Share(grossMinor, options.RecurringPercent) : 0) + Share(grossMinor, International) + Fixed(currency);

    /// <summary>What a gift is expected to bring after fees, in its own currency; never below zero.</summary>
    public MinorAmount ExpectedNet(MinorAmount gift, PledgeInterval interval) => gift with { Minor = Math.Max(0, Net(gift, interval)) };

    /// <summary>The same in minor units, below zero where the fixed fee is more than the gift.</summary>
    public long Net(MinorAmount gift, PledgeInterval interval) => Net(gift.Minor, gift.Currency, interval);

    /// <summary>
    /// The least addition with which the whole of a gift arrives: the smallest c with net(gift + c) ≥ gift. The fee is taken on the
    /// addition too, so it is solved for, not estimated as a percentage of the gift. A multiple of the currency's step.
    /// </summary>
    public MinorAmount Cover(MinorAmount gift, PledgeInterval interval)
    {
        var step = Currencies.Get(gift.Currency).Step;
        var exact = ((gift.Minor + Fixed(gift.Currency)) / (1 - (Percent(gift.Currency, interval) / 100))) - gift.Minor;
        var cover = Math.Max(0, (long)exact - (Ripple * step)) / step * step;
        while (Net(gift.Minor + cover, gift.Currency, interval) < gift.Minor)
            cover += step;
        return gift with { Minor = cover };
    }

    /// <summary>All shares of a gift together, in parts per million.</summary>
    public int SharePpm(string currency, PledgeInterval interval) => (int)Math.Round(Percent(currency, interval) * 10_000, MidpointRounding.AwayFromZero);

    /// <summary>The fixed part, in minor units.</summary>
    public long Fixed(string currency) => options.Fixed.GetValueOrDefault(currency, options.DefaultFixed);

    private decimal International => options.InternationalPercent * options.InternationalCards / 100;

    private long Net(long minor, string currency, PledgeInterval interval) =>
        minor - Expected(minor, currency, IsRecurring(interval)) - (IsConverted(currency) ? Share(minor, options.ConversionPercent) : 0);

    private decimal Percent(string currency, PledgeInterval interval) =>
        options.Percent + International + (IsRecurring(interval) ? options.RecurringPercent : 0) + (IsConverted(currency) ? options.ConversionPercent : 0);

    private bool IsConverted(string currency) => options.SettlementCurrencies.Count > 0 && !options.SettlementCurrencies.Contains(currency, StringComparer.OrdinalIgnoreCase);

    private static bool IsRecurring(PledgeInterval interval) => interval != PledgeInterval.OneTime;

    private static long Share(long minor, decimal percent) => (long)Math.Round(minor * percent / 100, MidpointRounding.AwayFromZero);
}
