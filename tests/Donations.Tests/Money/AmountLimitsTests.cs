using CsCheck;
using Donations.Server.Appeals;
using Donations.Server.Campaigns;
using Donations.Server.Money;
using Donations.V1;

namespace Donations.Tests.Money;

public sealed class AmountLimitsTests
{
    private static readonly AmountLimits.Limit[] Rows = [.. AmountLimits.All];

    [Fact]
    public void Every_minimum_is_at_least_stripes_and_every_row_is_a_range()
    {
        Assert.NotEmpty(AmountLimits.All);
        foreach (var limit in AmountLimits.All)
        {
            Assert.True(limit.MinMinor >= MinimumCharges.Find(limit.Currency)?.Minor, $"{limit.Currency} {limit.Interval}");
            Assert.InRange(limit.MaxMinor, limit.MinMinor, MinorAmount.MaxCharge);
        }
    }

    [Fact]
    public void Every_currency_has_all_intervals_and_a_year_costs_no_less_than_a_month()
    {
        foreach (var rows in AmountLimits.All.GroupBy(l => l.Currency))
        {
            Assert.Equal([PledgeInterval.OneTime, PledgeInterval.Monthly, PledgeInterval.Annual], rows.Select(r => r.Interval));
            Assert.True(rows.ElementAt(1).MinMinor <= rows.ElementAt(2).MinMinor);
        }
    }

    [Theory]
    [InlineData("USD")]
    [InlineData("EUR")]
    [InlineData("GBP")]
    public void A_month_starts_at_two(string currency) => Assert.Equal(200, AmountLimits.Find(currency, PledgeInterval.Monthly)?.MinMinor);

    [Fact]
    public void Both_ends_are_inclusive_and_nothing_beyond_them_is_taken() => Gen.Int[0, Rows.Length - 1].Select(i => Rows[i]).Sample(limit =>
        AmountLimits.Check(new(limit.MinMinor, limit.Currency), limit.Interval) is null
        && AmountLimits.Check(new(limit.MaxMinor, limit.Currency), limit.Interval) is null
        && AmountLimits.Check(new(limit.MinMinor - 1, limit.Currency), limit.Interval) is not null
        && AmountLimits.Check(new(limit.MaxMinor + 1, limit.Currency), limit.Interval) is not null);

    [Fact]
    public void A_currency_without_a_row_is_not_taken() =>
        Assert.Contains("not taken", AmountLimits.Check(new(1000, "RUB"), PledgeInterval.Monthly), StringComparison.Ordinal);

    [Fact]
    public void Every_country_is_asked_in_a_currency_that_is_taken() => Gen.Char["ABCDEFGHIJKLMNOPQRSTUVWXYZ"].Array[2].Select(c => new string(c)).Where(Countries.IsKnown).Sample(country =>
        AmountLimits.Find(CountryCurrencies.Find(country), PledgeInterval.Monthly) is not null);

    [Theory]
    [InlineData("US", "USD")]
    [InlineData("GB", "GBP")]
    [InlineData("DE", "EUR")]
    [InlineData("LV", "EUR")]
    [InlineData("PL", "PLN")]
    [InlineData("GE", "USD")]
    [InlineData("", "USD")]
    public void Countries_are_asked_in_their_currency(string country, string currency) => Assert.Equal(currency, CountryCurrencies.Find(country));
}
