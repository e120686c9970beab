using CsCheck;
using Donations.Server.Money;
using Donations.V1;
using Microsoft.Extensions.Configuration;

namespace Donations.Tests.Money;

public sealed class FeeScheduleTests
{
    private static readonly string[] Taken = [.. AmountLimits.All.Select(l => l.Currency).Distinct()];
    private static readonly PledgeInterval[] Intervals = [PledgeInterval.OneTime, PledgeInterval.Monthly, PledgeInterval.Annual];

    [Theory]
    [InlineData(200, PledgeInterval.Monthly, 163)] // 2.9 % is 6, 0.7 % is 1, and 30
    [InlineData(2400, PledgeInterval.Annual, 2283)] // 70 + 17 + 30
    [InlineData(1000, PledgeInterval.OneTime, 941)]
    [InlineData(20, PledgeInterval.OneTime, 0)]
    public void The_expected_net_is_what_is_left(long gross, PledgeInterval interval, long net) =>
        Assert.Equal(new MinorAmount(net, "USD"), new FeeSchedule(new()).ExpectedNet(new(gross, "USD"), interval));

    [Fact]
    public void Cards_from_abroad_and_conversion_cost_more()
    {
        var options = new FeeOptions { InternationalCards = 100, SettlementCurrencies = { "EUR" } };
        var fees = new FeeSchedule(options);
        Assert.Equal(1000 - 29 - 15 - 10 - 30, fees.ExpectedNet(new(1000, "USD"), PledgeInterval.OneTime).Minor);
        Assert.Equal(1000 - 29 - 15 - 25, fees.ExpectedNet(new(1000, "EUR"), PledgeInterval.OneTime).Minor);
        Assert.Equal(54_000, fees.SharePpm("USD", PledgeInterval.OneTime));
        Assert.Equal(51_000, fees.SharePpm("EUR", PledgeInterval.Monthly));
    }

    [Fact]
    public void The_cover_is_the_least_with_which_the_whole_gift_arrives()
    {
        var schedules = Gen.Select(Gen.Int[0, 100], Gen.Bool).Select((cards, settled) =>
        {
            var options = new FeeOptions { InternationalCards = cards };
            if (settled)
                options.SettlementCurrencies.Add("EUR");
            return new FeeSchedule(options);
        });
        Gen.Select(schedules, Gen.Int[0, Taken.Length - 1].Select(i => Taken[i]), Gen.Int[0, 2].Select(i => Intervals[i]), Gen.Long[1, 2_000_000]).Sample((fees, currency, interval, minor) =>
        {
            var gift = new MinorAmount(minor, currency);
            var cover = fees.Cover(gift, interval).Minor;
            bool Arrives(long added) => fees.ExpectedNet(new(minor + added, currency), interval).Minor >= minor;
            Assert.True(Arrives(cover), $"{gift} + {cover} falls short");
            for (var less = Math.Max(0, cover - 40); less < cover; less++)
                Assert.False(Arrives(less), $"{gift} + {less} would do, and {cover} is asked");
        });
    }

    [Fact]
    public void The_cover_is_more_than_the_fee_on_the_gift_alone()
    {
        // A flat 3.6 % + 30 of $100 is $3.90, of which Stripe takes its share again.
        Assert.Equal(405, new FeeSchedule(new()).Cover(new(10_000, "USD"), PledgeInterval.Monthly).Minor);
    }

    [Theory]
    [InlineData("Percent", "-1")]
    [InlineData("InternationalCards", "101")]
    [InlineData("Fixed:USD", "-30")]
    [InlineData("Percent", "60")]
    public void Nonsense_stops_the_start(string key, string value)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new($"Fees:{key}", value)]).Build();
        Assert.Contains("Refusing to start", Assert.Throws<InvalidOperationException>(() => FeeOptions.Load(configuration)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Suggestions_are_ascending_whole_and_within_the_limits()
    {
        foreach (var limit in AmountLimits.All)
        {
            var suggested = DefaultSuggestions.For(limit.Currency, limit.Interval);
            Assert.InRange(suggested.Length, 3, 4);
            Assert.Equal(suggested.OrderBy(s => s.Minor), suggested);
            Assert.All(suggested, s => Assert.Null(AmountLimits.Check(s, limit.Interval)));
            Assert.All(suggested, s => Assert.Equal(0, s.Minor % Currencies.Get(s.Currency).UnitMinor));
        }

        Assert.Equal([200L, 500, 1000, 2000], DefaultSuggestions.For("USD", PledgeInterval.Monthly).Select(s => s.Minor));
        Assert.Empty(DefaultSuggestions.For("RUB", PledgeInterval.Monthly));
    }
}
