using Donations.Server.Appeals;
using Donations.Server.Money;
using Donations.V1;

namespace Donations.Tests.Appeals;

/// <summary>A gift by what it brings in its first year (docs/decisions/0008).</summary>
public sealed class GiftValueTests
{
    private static readonly FeeSchedule Fees = new(new());

    [Theory]
    [InlineData(PledgeInterval.Monthly, 400, 4_800, 4_260)]
    [InlineData(PledgeInterval.OneTime, 500, 500, 455)]
    [InlineData(PledgeInterval.Annual, 2_400, 2_400, 2_283)]
    // The fixed fee is more than the gift.
    [InlineData(PledgeInterval.OneTime, 20, 20, -11)]
    public void A_monthly_gift_counts_twelve_times_less_the_fees_expected(PledgeInterval interval, long minor, long value, long net) =>
        Assert.Equal(new(value, net), GiftValue.Of(new(minor, "USD"), interval, Fees));
}
