using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using Donations.Server.Campaigns;
using Donations.Server.Money;
using Donations.Server.Reminders;
using Donations.V1;

namespace Donations.Server.Appeals;

/// <summary>
/// The finished answers of one appeal, per locale, currency and, where amounts are suggested by country, country. Each is made when it is
/// first asked for and kept for the day, since some of its text depends on the day. Answers are shared by all callers: they are only ever
/// read.
/// </summary>
internal sealed class AppealAnswers
{
    private readonly CatalogCampaign _campaign;
    private readonly Appeal _appeal;
    private readonly FeeSchedule _fees;
    private readonly FrozenDictionary<string, AppealCopy> _copies;
    private readonly FrozenDictionary<string, AppealCopy>.AlternateLookup<ReadOnlySpan<char>> _byLocale;
    private readonly AppealCopy _default;
    private readonly FrozenSet<string> _suggestionCountries;
    private volatile OneDay _day = new(-1);

    /// <exception cref="InvalidDataException">There is no copy in the campaign's default locale, or no active tier.</exception>
    public AppealAnswers(CatalogCampaign campaign, Appeal appeal, FeeSchedule fees)
    {
        (_campaign, _appeal, _fees) = (campaign, appeal, fees);
        if (!campaign.Tiers.Any(t => t.IsActive && t.Currencies.Count > 0))
            throw new InvalidDataException("A published campaign without an active tier");
        _copies = appeal.Copies.ToFrozenDictionary(copy => copy.Locale, StringComparer.OrdinalIgnoreCase);
        _byLocale = _copies.GetAlternateLookup<ReadOnlySpan<char>>();
        // The texts that ship are not in every locale.
        _default = appeal.Name.Length == 0 ? LocaleFallback.Find(_byLocale, campaign.Resource.DefaultLocale) ?? appeal.Copies[0]
            : _copies.GetValueOrDefault(campaign.Resource.DefaultLocale) ?? throw new InvalidDataException("An appeal without a copy in the default locale");
        _suggestionCountries = campaign.Tiers.Where(t => t.IsActive).SelectMany(t => t.Resource.Suggestions).SelectMany(s => s.Countries).ToFrozenSet(StringComparer.Ordinal);
    }

    private bool IsMoneyless => _appeal.Kind == Appeal.Types.Kind.NoMoney;

    /// <summary>The answer in the closest locale.</summary>
    /// <param name="locale">The reader's BCP-47 tag.</param>
    /// <param name="currency">One that the campaign has (<see cref="Candidate.Currency"/>).</param>
    /// <param name="group">The reader's part of an experiment.</param>
    /// <param name="reader">The reader.</param>
    public Task<SelectAppealResponse> Find(string locale, string currency, ExperimentGroup group, in Reader reader)
    {
        var copy = LocaleFallback.Find(_byLocale, locale) ?? _default;
        var day = _day;
        if (day.Number != reader.Today)
            _day = day = new(reader.Today);
        var key = new Key(copy.Locale, IsMoneyless ? "" : currency, _suggestionCountries.Contains(reader.Country) ? reader.Country : "", group);
        return day.Answers.TryGetValue(key, out var answer) ? answer : Add(day, copy, key);
    }

    /// <summary>Apart from <see cref="Find"/>, which would otherwise make room for the lambda on every call.</summary>
    private Task<SelectAppealResponse> Add(OneDay day, AppealCopy copy, Key key) => day.Answers.GetOrAdd(key, k => Task.FromResult(Make(copy, k, day.Number)));

    /// <summary>An answer of its own for a reader whose country or article count the text names.</summary>
    public static SelectAppealResponse FillIn(SelectAppealResponse prepared, in Reader reader)
    {
        var answer = prepared.Clone();
        var (view, country, articles) = (answer.Appeal, reader.Country, reader.ArticleCount);
        string? Value(string name) => name switch
        {
            CopyText.Country when country.Length > 0 => LocaleData.CountryName(view.Locale, country),
            CopyText.ArticleCount when articles > 0 => articles.ToString(CultureInfo.InvariantCulture),
            _ => null,
        };
        Fill(view, Value);
        return answer;
    }

    /// <summary>Throws where an answer cannot be made: better now than for a reader.</summary>
    public void Try()
    {
        var currency = IsMoneyless ? "" : _campaign.Tiers.First(t => t.IsActive && t.Currencies.Count > 0).Currencies[0];
        foreach (var copy in _copies.Values)
            Make(copy, new(copy.Locale, currency, "", default), 0);
    }

    private SelectAppealResponse Make(AppealCopy copy, Key key, int day)
    {
        var view = new AppealView
        {
            Campaign = _campaign.Resource.Name,
            Appeal = _appeal.Name,
            Placement = _appeal.Placement,
            Kind = _appeal.Kind,
            Locale = copy.Locale,
            TextDirection = LocaleData.Direction(copy.Locale),
            Title = copy.Title,
            Body = copy.Body,
            BodyHtml = SafeMarkdown.ToHtml(copy.Body),
            CallToAction = copy.CallToAction,
            ReminderLabel = copy.ReminderLabel,
            ImageUri = copy.ImageUri,
            ImageAltText = copy.ImageAltText,
            Progress = ProgressRules.ToResource(_campaign),
            Attribution = new() { Appeal = _appeal.Name, Placement = _appeal.Placement, ExperimentGroup = key.Group },
            ReminderOptions = { Reminders(day) },
        };
        MinorAmount? least = null;
        if (key.Currency.Length > 0)
        {
            view.Currency = key.Currency;
            view.AmountFormat = LocaleData.AmountFormat(copy.Locale, key.Currency);
            var tiers = new TierViews(_campaign, _fees, copy.Locale, key.Currency, key.Country, view.AmountFormat);
            view.Tiers.Add(tiers.All());
            least = tiers.Least();
        }

        Fill(view, name => name switch
        {
            CopyText.Amount when least is { } amount => LocaleData.Write(view.AmountFormat, amount),
            CopyText.DaysLeft when _campaign.EndMicros is { } end => Math.Max(0, Reader.DayOf(end) - day).ToString(CultureInfo.InvariantCulture),
            _ => null,
        });
        return new() { Appeal = view };
    }

    private static IEnumerable<ReminderOption> Reminders(int day)
    {
        var today = Reader.Epoch.AddDays(day);
        return ReminderDates.Offers(today).Select(date => new ReminderOption
        {
            RemindDate = new() { Year = date.Year, Month = date.Month, Day = date.Day },
            MonthCount = (int)(ReminderDates.MonthOf(date) - ReminderDates.MonthOf(today)),
        });
    }

    private static void Fill(AppealView view, Func<string, string?> value)
    {
        view.Title = CopyText.Fill(view.Title, value);
        view.Body = CopyText.Fill(view.Body, value);
        view.BodyHtml = CopyText.Fill(view.BodyHtml, name => value(name) is { } text ? WebUtility.HtmlEncode(text) : null);
        view.CallToAction = CopyText.Fill(view.CallToAction, value);
    }

    private readonly record struct Key(string Locale, string Currency, string Country, ExperimentGroup Group);

    private sealed class OneDay(int number)
    {
        public int Number => number;

        public ConcurrentDictionary<Key, Task<SelectAppealResponse>> Answers { get; } = new();
    }
}
