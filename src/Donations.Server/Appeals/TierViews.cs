using System.Collections.Frozen;
using Donations.Server.Campaigns;
using Donations.Server.Money;
using Donations.V1;
using WireMoney = Google.Type.Money;

namespace Donations.Server.Appeals;

/// <summary>A campaign's tiers in one locale and one currency, with what is expected to arrive of them.</summary>
internal sealed class TierViews(CatalogCampaign campaign, FeeSchedule fees, string locale, string currency, string country, AmountFormat format)
{
    private const int MonthsOfYear = 12;

    /// <summary>Those with a price in the currency, by position.</summary>
    public IEnumerable<TierView> All() => Here().Select(t => View(t.Tier, t.Price));

    /// <summary>The least that can be given, monthly where there is a monthly tier; null where there is no tier here.</summary>
    public MinorAmount? Least()
    {
        var here = Here().ToList();
        var monthly = here.FindAll(t => t.Tier.Interval == PledgeInterval.Monthly);
        return (monthly.Count > 0 ? monthly : here)
            .Select(t => t.Tier.FreeAmount && AmountLimits.Find(currency, t.Tier.Interval) is { } limit ? new MinorAmount(limit.MinMinor, currency) : t.Price)
            .OrderBy(a => a.Minor)
            .Cast<MinorAmount?>()
            .FirstOrDefault();
    }

    private IEnumerable<(CatalogTier Tier, MinorAmount Price)> Here() =>
        from tier in campaign.Tiers where tier.IsActive let price = tier.Price(currency) where price is not null select (tier, price.Value);

    private TierView View(CatalogTier tier, MinorAmount price)
    {
        var copies = tier.Resource.Copies.ToFrozenDictionary(c => c.Locale, StringComparer.OrdinalIgnoreCase);
        var copy = LocaleFallback.Find(copies.GetAlternateLookup<ReadOnlySpan<char>>(), locale)
            ?? copies.GetValueOrDefault(campaign.Resource.DefaultLocale)
            ?? throw new InvalidDataException("A tier without a copy in the default locale");
        var view = new TierView
        {
            Tier = tier.Resource.Name,
            Interval = tier.Interval,
            Price = price.ToWire(),
            DisplayText = LocaleData.Write(format, price),
            FreeAmount = tier.FreeAmount,
            Label = copy.Label,
            Benefits = { copy.Benefits },
            Impact = copy.Impact,
            Recommended = tier.Resource.Recommended,
            Preselected = tier.Resource.Preselected,
            ExpectedNet = fees.ExpectedNet(price, tier.Interval).ToWire(),
            FeeCoverAmount = fees.Cover(price, tier.Interval).ToWire(),
        };
        if (tier.Interval == PledgeInterval.Monthly)
            view.AnnualEquivalent = Annual(price);
        if (tier.FreeAmount && AmountLimits.Find(currency, tier.Interval) is { } limit)
        {
            view.MinAmount = new MinorAmount(limit.MinMinor, currency).ToWire();
            view.MaxAmount = new MinorAmount(limit.MaxMinor, currency).ToWire();
            view.SuggestedAmounts.Add(Suggested(tier));
        }

        return view;
    }

    private AnnualEquivalent? Annual(MinorAmount monthly)
    {
        var year = monthly with { Minor = monthly.Minor * MonthsOfYear };
        if (AmountLimits.Check(year, PledgeInterval.Annual) is not null)
            return null;
        var net = fees.ExpectedNet(monthly, PledgeInterval.Monthly);
        return new()
        {
            Amount = year.ToWire(),
            ExpectedNetMonthly = (net with { Minor = net.Minor * MonthsOfYear }).ToWire(),
            ExpectedNetAnnual = fees.ExpectedNet(year, PledgeInterval.Annual).ToWire(),
        };
    }

    /// <summary>The tier's own ladder for the country, else its own for all, else the one that ships.</summary>
    private IEnumerable<WireMoney> Suggested(CatalogTier tier)
    {
        var own = tier.Resource.Suggestions.Where(s => s.Amounts[0].CurrencyCode == currency).ToList();
        return (own.Find(s => s.Countries.Contains(country)) ?? own.Find(s => s.Countries.Count == 0))?.Amounts
            ?? DefaultSuggestions.For(currency, tier.Interval).Select(a => a.ToWire());
    }
}
