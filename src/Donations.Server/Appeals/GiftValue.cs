using Donations.Server.Money;
using Donations.V1;

namespace Donations.Server.Appeals;

/// <summary>What a pledge brings in its first year if it goes on as it began (docs/decisions/0008), in minor units of its currency.</summary>
/// <param name="ValueMinor">A monthly gift counts twelve times, others once.</param>
/// <param name="NetMinor">That less the fees expected; below zero where the fixed fee is more than the gift.</param>
internal readonly record struct GiftValue(long ValueMinor, long NetMinor)
{
    private const int MonthsPerYear = 12;

    public static GiftValue Of(MinorAmount amount, PledgeInterval interval, FeeSchedule fees)
    {
        var payments = interval == PledgeInterval.Monthly ? MonthsPerYear : 1;
        return new(payments * amount.Minor, payments * fees.Net(amount, interval));
    }
}
