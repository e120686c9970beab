using System.Collections.Frozen;
using Donations.V1;

namespace Donations.Server.Money;

/// <summary>
/// The one limits table: what may be given, per currency and interval, in minor units, both ends inclusive. Enforced
/// on the server, read by clients through GetPaymentOptions. Monthly starts at 2 in USD, EUR and GBP; the other
/// minimums are those that membership platforms use, and none is below Stripe's minimum charge (<see cref="MinimumCharges"/>).
/// </summary>
internal static class AmountLimits
{
    /// <summary>One row.</summary>
    internal readonly record struct Limit(string Currency, PledgeInterval Interval, long MinMinor, long MaxMinor);

    // Whole units: least one-time gift, least monthly gift (the least annual gift is the monthly one times six).
    private static readonly (string Currency, long OneTime, long Monthly, long Max)[] Rows =
    [
        ("USD", 1, 2, 10_000), ("EUR", 1, 2, 10_000), ("GBP", 1, 2, 10_000), ("CAD", 1, 2, 10_000), ("AUD", 1, 2, 10_000),
        ("NZD", 1, 2, 10_000), ("CHF", 1, 2, 10_000), ("SGD", 1, 2, 10_000), ("BRL", 2, 4, 50_000),
        ("AED", 4, 4, 40_000), ("BGN", 2, 2, 20_000), ("CZK", 30, 30, 250_000), ("DKK", 5, 5, 70_000), ("HKD", 8, 8, 80_000),
        ("HUF", 250, 250, 900_000), ("JPY", 100, 100, 1_500_000), ("MXN", 20, 20, 200_000), ("MYR", 4, 4, 50_000),
        ("NOK", 6, 6, 100_000), ("PLN", 4, 4, 40_000), ("RON", 4, 4, 50_000), ("SEK", 6, 6, 100_000), ("THB", 20, 20, 350_000),
    ];

    private static readonly FrozenDictionary<(string, PledgeInterval), Limit> Table = Build();

    /// <summary>All rows, by currency and interval.</summary>
    public static IEnumerable<Limit> All => Table.Values.OrderBy(l => l.Currency, StringComparer.Ordinal).ThenBy(l => l.Interval);

    /// <summary>The limit of a currency and interval, or null where gifts in it are not taken.</summary>
    public static Limit? Find(string currency, PledgeInterval interval) =>
        Table.TryGetValue((currency, interval), out var limit) ? limit : null;

    /// <summary>Why this amount cannot be given, or null where it can.</summary>
    public static string? Check(MinorAmount amount, PledgeInterval interval)
    {
        if (Find(amount.Currency, interval) is not { } limit)
            return $"gifts in {amount.Currency} are not taken here";
        if (amount.Minor < limit.MinMinor)
            return $"must be at least {new MinorAmount(limit.MinMinor, limit.Currency)}";
        if (amount.Minor > limit.MaxMinor)
            return $"must be at most {new MinorAmount(limit.MaxMinor, limit.Currency)}";
        var step = Currencies.Get(amount.Currency).Step;
        return amount.Minor % step == 0 ? null : $"must be a multiple of {step} minor units";
    }

    private static FrozenDictionary<(string, PledgeInterval), Limit> Build()
    {
        var limits = new Dictionary<(string, PledgeInterval), Limit>();
        foreach (var (code, oneTime, monthly, max) in Rows)
        {
            var unit = Currencies.Get(code).UnitMinor;
            if (!(Math.Min(oneTime, monthly) * unit >= MinimumCharges.Find(code)?.Minor))
                throw new InvalidOperationException($"The least gift in {code} is below what Stripe charges, or that is not known");
            var maxMinor = Math.Min(max * unit, MinorAmount.MaxCharge);
            limits[(code, PledgeInterval.OneTime)] = new(code, PledgeInterval.OneTime, oneTime * unit, maxMinor);
            limits[(code, PledgeInterval.Monthly)] = new(code, PledgeInterval.Monthly, monthly * unit, maxMinor);
            limits[(code, PledgeInterval.Annual)] = new(code, PledgeInterval.Annual, monthly * 6 * unit, maxMinor);
        }

        return limits.ToFrozenDictionary();
    }
}
