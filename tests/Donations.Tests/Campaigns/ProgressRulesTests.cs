using CsCheck;
using Donations.Server.Campaigns;
using Donations.Server.Money;

namespace Donations.Tests.Campaigns;

public sealed class ProgressRulesTests
{
    [Theory]
    [InlineData(19, null)]
    [InlineData(20, 20L)]
    [InlineData(29, 20L)]
    [InlineData(99, 90L)]
    [InlineData(100, 100L)]
    [InlineData(1299, 1200L)]
    [InlineData(987_654, 980_000L)]
    public void Counts_are_rounded_down_and_few_are_not_told(long gifts, long? told) => Assert.Equal(told, ProgressRules.Next(null, gifts, null)?.SupporterCount);

    [Fact]
    public void Nothing_new_is_told_before_twenty_more_have_come()
    {
        var last = Last(counted: 37, count: 30, minor: 4_500);
        Assert.Null(ProgressRules.Next(last, 56, new(1_000_000, "EUR")));
        Assert.Equal((50L, new MinorAmount(1_000_000, "EUR")), ProgressRules.Next(last, 57, new(1_099_999, "EUR")));
    }

    [Fact]
    public void Another_goal_counts_anew_and_not_before_as_many_are_behind_it()
    {
        var people = new StoredProgress { CampaignId = "test", Slot = 1, Counted = 100, SupporterCount = 100, Currency = "", AmountMinor = 0, PublishTimeUs = 1, Version = 1 };
        Assert.Null(ProgressRules.Next(people, 25, new(500_000, "EUR")));
        Assert.Equal((120L, new MinorAmount(500_000, "EUR")), ProgressRules.Next(people, 120, new(500_000, "EUR")));
        Assert.Equal((120L, (MinorAmount?)null), ProgressRules.Next(Last(counted: 90, count: 90, minor: 9_000_000), 120, null));
    }

    [Fact]
    public void Whatever_happens_the_numbers_never_fall_and_each_step_hides_twenty_gifts()
    {
        Gen.Select(Gen.Int[0, 60], Gen.Long[-100_000, 1_000_000]).Array[1, 50].Sample(steps =>
        {
            StoredProgress? last = null;
            long gifts = 0, minor = 0;
            foreach (var (more, added) in steps)
            {
                (gifts, minor) = (gifts + more, Math.Max(0, minor + added));
                if (ProgressRules.Next(last, gifts, new(minor, "EUR")) is not { } next)
                    continue;
                Assert.True(gifts - (last?.Counted ?? 0) >= ProgressRules.MinGifts);
                Assert.True(next.SupporterCount <= gifts && next.SupporterCount >= (last?.SupporterCount ?? 0));
                Assert.True(next.Amount!.Value.Minor >= (last?.AmountMinor ?? 0));
                Assert.True(next.Amount.Value.Minor <= Math.Max(minor, last?.AmountMinor ?? 0));
                last = Last(gifts, next.SupporterCount, next.Amount.Value.Minor);
            }
        });
    }

    private static StoredProgress Last(long counted, long count, long minor) =>
        new() { CampaignId = "test", Slot = 1, Counted = counted, SupporterCount = count, Currency = "EUR", AmountMinor = minor, PublishTimeUs = 1, Version = 1 };
}
