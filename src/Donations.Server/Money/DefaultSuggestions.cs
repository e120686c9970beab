using System.Collections.Immutable;
using Donations.V1;

namespace Donations.Server.Money;

/// <summary>
/// What is suggested beside a free amount where the tier names nothing of its own: four sums in steps that are customary, from the
/// limits table's row. A country's own ladder stands in the tier (Tier.suggestions).
/// </summary>
internal static class DefaultSuggestions
{
    // Multiples of the least gift. Monthly from $2: 2, 5, 10, 20; one-time from $1: 10, 25, 50, 100; annual from $12: 24, 60, 120, 240.
    private static readonly decimal[] Monthly = [1, 2.5m, 5, 10];
    private static readonly decimal[] OneTime = [10, 25, 50, 100];
    private static readonly decimal[] Annual = [2, 5, 10, 20];

    /// <summary>Ascending, each within the limits; none where gifts in the currency are not taken.</summary>
    public static ImmutableArray<MinorAmount> For(string currency, PledgeInterval interval)
    {
        if (AmountLimits.Find(currency, interval) is not { } limit)
            return [];
        var unit = Currencies.Get(currency).UnitMinor;
        var steps = interval switch { PledgeInterval.OneTime => OneTime, PledgeInterval.Annual => Annual, _ => Monthly };
        return
        [
            // Whole units: nobody gives 62.50.
            .. steps.Select(step => new MinorAmount((long)Math.Ceiling(limit.MinMinor * step / unit) * unit, currency))
                .Where(amount => amount.Minor <= limit.MaxMinor)
                .Distinct(),
        ];
    }
}
