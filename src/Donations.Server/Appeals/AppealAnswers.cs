using System.Collections.Frozen;
using Donations.Server.Campaigns;
using Donations.Server.Money;
using Donations.V1;

namespace Donations.Server.Appeals;

/// <summary>The finished answers of one campaign in one placement, per locale and currency.</summary>
internal sealed class AppealAnswers
{
    private readonly FrozenDictionary<string, Locale>.AlternateLookup<ReadOnlySpan<char>> _byLocale;
    private readonly Locale _default;

    /// <exception cref="InvalidDataException">There is no copy in the campaign's default locale, or no active tier.</exception>
    public AppealAnswers(CatalogCampaign campaign, Appeal appeal)
    {
        var tiers = campaign.Tiers.Where(t => t.IsActive).ToList();
        var currencies = tiers.SelectMany(t => t.Currencies).Distinct(StringComparer.Ordinal).ToList();
        if (currencies.Count == 0)
            throw new InvalidDataException("A published campaign without an active tier");
        var locales = appeal.Copies.ToFrozenDictionary(
            copy => copy.Locale,
            copy => new Locale(currencies.ToFrozenDictionary(
                currency => currency,
                currency => Task.FromResult(new SelectAppealResponse { Appeal = View(campaign, appeal, copy, tiers, currency) }),
                StringComparer.Ordinal)),
            StringComparer.OrdinalIgnoreCase);
        _default = locales.GetValueOrDefault(campaign.Resource.DefaultLocale) ?? throw new InvalidDataException("An appeal without a copy in the default locale");
        _byLocale = locales.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>
    /// The answer in the closest locale, and in the currency asked for, else the country's, else US dollars, else one that the
    /// campaign has: an appeal with nothing to give would help nobody. The answer tells its currency.
    /// </summary>
    public Task<SelectAppealResponse> Find(string locale, string currency, string country)
    {
        var found = LocaleFallback.Find(_byLocale, locale) ?? _default;
        if (currency.Length > 0 && found.ByCurrency.TryGetValue(currency, out var answer))
            return answer;
        if (found.ByCurrency.TryGetValue(CountryCurrencies.Find(country), out answer))
            return answer;
        return found.Otherwise;
    }

    private static AppealView View(CatalogCampaign campaign, Appeal appeal, AppealCopy copy, List<CatalogTier> tiers, string currency) => new()
    {
        Campaign = campaign.Resource.Name,
        Appeal = appeal.Name,
        Placement = appeal.Placement,
        Locale = copy.Locale,
        Title = copy.Title,
        Body = copy.Body,
        CallToAction = copy.CallToAction,
        ReminderLabel = copy.ReminderLabel,
        ImageUri = copy.ImageUri,
        ImageAltText = copy.ImageAltText,
        Currency = currency,
        Tiers = { tiers.Select(t => TierView(campaign, t, copy.Locale, currency)).OfType<TierView>() },
    };

    /// <summary>A tier in this currency, or null where it has no price in it.</summary>
    private static TierView? TierView(CatalogCampaign campaign, CatalogTier tier, string locale, string currency)
    {
        if (tier.Price(currency) is not { } price)
            return null;
        var copies = tier.Resource.Copies.ToFrozenDictionary(c => c.Locale, StringComparer.OrdinalIgnoreCase);
        var copy = LocaleFallback.Find(copies.GetAlternateLookup<ReadOnlySpan<char>>(), locale)
            ?? copies.GetValueOrDefault(campaign.Resource.DefaultLocale)
            ?? throw new InvalidDataException("A tier without a copy in the default locale");
        var view = new TierView
        {
            Tier = tier.Resource.Name,
            Interval = tier.Interval,
            Price = price.ToWire(),
            FreeAmount = tier.FreeAmount,
            Label = copy.Label,
            Benefits = { copy.Benefits },
            Impact = copy.Impact,
            Recommended = tier.Resource.Recommended,
            Preselected = tier.Resource.Preselected,
        };
        if (tier.FreeAmount && AmountLimits.Find(currency, tier.Interval) is { } limit)
        {
            view.MinAmount = new MinorAmount(limit.MinMinor, currency).ToWire();
            view.MaxAmount = new MinorAmount(limit.MaxMinor, currency).ToWire();
        }

        return view;
    }

    private sealed class Locale(FrozenDictionary<string, Task<SelectAppealResponse>> byCurrency)
    {
        public FrozenDictionary<string, Task<SelectAppealResponse>> ByCurrency { get; } = byCurrency;

        /// <summary>For a currency that the campaign has no price in.</summary>
        public Task<SelectAppealResponse> Otherwise { get; } =
            byCurrency.GetValueOrDefault(CountryCurrencies.Default) ?? byCurrency[byCurrency.Keys.Order(StringComparer.Ordinal).First()];
    }
}
