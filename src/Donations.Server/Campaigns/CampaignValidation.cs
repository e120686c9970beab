using System.Text.RegularExpressions;
using Donations.Server.Money;
using Donations.Server.Rpc;
using Donations.V1;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;
using WireMoney = Google.Type.Money;

namespace Donations.Server.Campaigns;

/// <summary>The field rules that the protos' comments state, each with the path of the field.</summary>
internal static partial class CampaignValidation
{
    public const int MaxDisplayName = 120;
    private const int MaxPriority = 1000;
    private const int MaxCountries = 250;
    private const int MaxCopies = 40;
    private const int MaxPosition = 1000;
    private const int MaxWeight = 1000;
    private const int MaxBenefits = 10;
    private const int MaxLine = 200;
    private const int MaxLabel = 60;
    private const int MaxBody = 4000;
    private const int MaxLocale = 35;
    private const int MaxUri = 2000;
    private const int MaxPrices = 40;
    private const int MaxTopics = 100;
    private const int MaxSensitiveTopics = 200;
    private const int MaxTopic = 100;
    private const int MaxArticles = 10_000;
    private const int MaxViews = 100;
    private const int MaxDays = 365;
    private const int MaxControlPercent = 50;
    private const int MaxSupporters = 10_000_000;
    private const int MaxSuggestions = 50;
    private const int MaxSuggested = 6;

    /// <summary>Seconds of 0001-01-01 and 9999-12-31, between which protobuf's timestamps are valid.</summary>
    private const long MinSeconds = -62_135_596_800;
    private const long MaxSeconds = 253_402_300_799;

    public static string CampaignId(string name, string path) =>
        CampaignNames.TryParseCampaign(name, out var id) ? id : throw RpcErrors.FieldInvalid(path, "must be campaigns/{campaign}");

    public static (string CampaignId, string TierId) TierIds(string name, string path) =>
        CampaignNames.TryParseTier(name, out var campaignId, out var id) ? (campaignId, id) : throw RpcErrors.FieldInvalid(path, "must be campaigns/{campaign}/tiers/{tier}");

    public static (string CampaignId, string AppealId) AppealIds(string name, string path) =>
        CampaignNames.TryParseAppeal(name, out var campaignId, out var id) ? (campaignId, id) : throw RpcErrors.FieldInvalid(path, "must be campaigns/{campaign}/appeals/{appeal}");

    /// <summary>Whether a text has the shape of a BCP-47 tag: a language and subtags.</summary>
    public static bool IsLocale(string locale) => locale.Length <= MaxLocale && Bcp47().IsMatch(locale);

    public static void Check(Campaign campaign, Violations violations)
    {
        violations.Length(campaign.DisplayName, 1, MaxDisplayName, "campaign.display_name");
        var timesValid = Time(campaign.StartTime, "campaign.start_time", violations) & Time(campaign.EndTime, "campaign.end_time", violations);
        if (timesValid && campaign is { StartTime: { } start, EndTime: { } end })
            violations.Require(start.CompareTo(end) < 0, "campaign.end_time", "must be after start_time");
        violations.Require(campaign.Priority is >= -MaxPriority and <= MaxPriority, "campaign.priority", $"must be from -{MaxPriority} to {MaxPriority}");
        violations.Require(campaign.Fund.Length == 0 || CampaignNames.IsFund(campaign.Fund), "campaign.fund", "must have 1 to 40 of a-z, 0-9 and -");
        violations.Require(IsLocale(campaign.DefaultLocale), "campaign.default_locale", "must be a BCP-47 tag");
        CheckCountries(campaign.IncludedCountries, "campaign.included_countries", violations);
        CheckCountries(campaign.ExcludedCountries, "campaign.excluded_countries", violations);
        CheckAsking(campaign, violations);
        if (campaign.Goal is { } goal)
            CheckGoal(goal, violations);
        if (campaign.Targeting is { } targeting)
            CheckTargeting(targeting, violations);
    }

    /// <summary>Kill switches and editorial exclusions.</summary>
    public static void Check(AppealSettings settings, Violations violations)
    {
        for (var i = 0; i < settings.StoppedPlacements.Count; i++)
            violations.Require(settings.StoppedPlacements[i] is >= Placement.Banner and <= Placement.App, $"appeal_settings.stopped_placements[{i}]", "must be a known placement");
        CheckTopics(settings.SensitiveSections, MaxSensitiveTopics, "appeal_settings.sensitive_sections", violations);
        CheckTopics(settings.SensitiveTags, MaxSensitiveTopics, "appeal_settings.sensitive_tags", violations);
    }

    public static void Check(Tier tier, Violations violations)
    {
        violations.Require(tier.Interval is >= PledgeInterval.OneTime and <= PledgeInterval.Annual, "tier.interval", "must be a known interval");
        violations.Require(tier.Prices.Count is >= 1 and <= MaxPrices, "tier.prices", $"must have 1 to {MaxPrices} prices");
        var currencies = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < Math.Min(tier.Prices.Count, MaxPrices); i++)
        {
            CheckPrice(tier.Prices[i], tier.Interval, $"tier.prices[{i}]", violations);
            violations.Require(currencies.Add(tier.Prices[i].CurrencyCode), $"tier.prices[{i}].currency_code", "must be unique within the tier");
        }

        CheckText(tier, violations);
        CheckSuggestions(tier, violations);
    }

    /// <summary>The part of a tier that may change.</summary>
    public static void CheckText(Tier tier, Violations violations)
    {
        violations.Require(tier.Position is >= 0 and <= MaxPosition, "tier.position", $"must be from 0 to {MaxPosition}");
        CheckCopies(tier.Copies, c => c.Locale, "tier.copies", violations, (copy, path) =>
        {
            violations.Length(copy.Label, 1, MaxLabel, path + ".label");
            violations.Length(copy.Impact, 0, MaxLine, path + ".impact");
            violations.Require(copy.Benefits.Count <= MaxBenefits, path + ".benefits", $"must have at most {MaxBenefits} lines");
            for (var i = 0; i < Math.Min(copy.Benefits.Count, MaxBenefits); i++)
                violations.Length(copy.Benefits[i], 1, MaxLine, $"{path}.benefits[{i}]");
        });
    }

    public static void Check(Appeal appeal, Violations violations)
    {
        violations.Require(appeal.Kind is >= Appeal.Types.Kind.Unspecified and <= Appeal.Types.Kind.NoMoney, "appeal.kind", "must be a known kind");
        violations.Require(appeal.Placement is >= Placement.Banner and <= Placement.App, "appeal.placement", "must be a known placement");
        violations.Require(appeal.Weight is >= 0 and <= MaxWeight, "appeal.weight", $"must be from 0 to {MaxWeight}");
        CheckCopies(appeal.Copies, c => c.Locale, "appeal.copies", violations, (copy, path) =>
        {
            violations.Length(copy.Title, 1, MaxLine, path + ".title");
            violations.Length(copy.Body, 1, MaxBody, path + ".body");
            violations.Length(copy.CallToAction, 1, MaxLabel, path + ".call_to_action");
            violations.Length(copy.ReminderLabel, 1, MaxLabel, path + ".reminder_label");
            violations.Length(copy.ImageAltText, 0, MaxLine, path + ".image_alt_text");
            if (copy.ImageUri.Length == 0)
                return;
            var isHttps = copy.ImageUri.Length <= MaxUri && Uri.TryCreate(copy.ImageUri, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps;
            violations.Require(isHttps, path + ".image_uri", $"must be an https address of at most {MaxUri} characters");
            violations.Require(copy.ImageAltText.Length > 0, path + ".image_alt_text", "is required with image_uri");
        });
    }

    /// <summary>What to suggest beside a free amount.</summary>
    public static void CheckSuggestions(Tier tier, Violations violations)
    {
        violations.Require(tier.Suggestions.Count == 0 || tier.FreeAmount, "tier.suggestions", "are for a free amount");
        violations.Require(tier.Suggestions.Count <= MaxSuggestions, "tier.suggestions", $"must be at most {MaxSuggestions}");
        var seen = new HashSet<(string, string)>();
        for (var i = 0; i < Math.Min(tier.Suggestions.Count, MaxSuggestions); i++)
        {
            var (suggestion, path) = (tier.Suggestions[i], $"tier.suggestions[{i}]");
            CheckCountries(suggestion.Countries, path + ".countries", violations);
            violations.Require(suggestion.Amounts.Count is >= 1 and <= MaxSuggested, path + ".amounts", $"must be 1 to {MaxSuggested}");
            if (suggestion.Amounts.Count is 0 or > MaxSuggested)
                continue;
            for (var j = 0; j < suggestion.Amounts.Count; j++)
            {
                CheckPrice(suggestion.Amounts[j], tier.Interval, $"{path}.amounts[{j}]", violations);
                violations.Require(suggestion.Amounts[j].CurrencyCode == suggestion.Amounts[0].CurrencyCode, $"{path}.amounts[{j}].currency_code", "must be the same in one ladder");
                if (j > 0)
                    violations.Require(Compare(suggestion.Amounts[j - 1], suggestion.Amounts[j]) < 0, $"{path}.amounts[{j}]", "must be more than the one before");
            }

            foreach (var country in suggestion.Countries.DefaultIfEmpty(""))
                violations.Require(seen.Add((country, suggestion.Amounts[0].CurrencyCode)), path, "names a country and currency that another one names too");
        }
    }

    /// <summary>What of a tier can never change: pledges were made on it.</summary>
    public static void CheckUnchanged(Tier current, Tier updated, Violations violations)
    {
        const string cannot = "cannot change";
        violations.Require(current.Interval == updated.Interval, "tier.interval", cannot);
        violations.Require(current.Prices.SequenceEqual(updated.Prices), "tier.prices", cannot + ": a new price is a new tier");
        violations.Require(current.FreeAmount == updated.FreeAmount, "tier.free_amount", cannot);
    }

    private static void CheckAsking(Campaign campaign, Violations violations)
    {
        if (campaign.FrequencyCap is { } cap)
        {
            violations.Require(cap.ViewCount is >= 1 and <= MaxViews, "campaign.frequency_cap.view_count", $"must be from 1 to {MaxViews}");
            violations.Require(cap.DayCount is >= 1 and <= MaxDays, "campaign.frequency_cap.day_count", $"must be from 1 to {MaxDays}");
        }

        violations.Require(campaign.DismissalPauseDays is >= 0 and <= MaxDays, "campaign.dismissal_pause_days", $"must be from 0 to {MaxDays}");
        violations.Require(campaign.AskPauseDays is >= 0 and <= MaxDays, "campaign.ask_pause_days", $"must be from 0 to {MaxDays}");
        violations.Require(campaign.Allocation is >= Allocation.Unspecified and <= Allocation.Bandit, "campaign.allocation", "must be a known allocation");
        violations.Require(campaign.ControlPercent is >= 0 and <= MaxControlPercent, "campaign.control_percent", $"must be from 0 to {MaxControlPercent}");
        violations.Require(campaign.RiskCountryPolicy is >= RiskCountryPolicy.Unspecified and <= RiskCountryPolicy.Ask, "campaign.risk_country_policy", "must be a known policy");
    }

    private static void CheckGoal(CampaignGoal goal, Violations violations)
    {
        switch (goal.TargetCase)
        {
            case CampaignGoal.TargetOneofCase.Amount:
                if (!MinorAmount.TryFromWire(goal.Amount, out var amount, out var error))
                    violations.Add("campaign.goal.amount", error);
                else
                    violations.Require(amount.Minor > 0 && AmountLimits.Find(amount.Currency, PledgeInterval.OneTime) is not null, "campaign.goal.amount", "must be more than 0, in a currency that gifts are taken in");
                break;
            case CampaignGoal.TargetOneofCase.SupporterCount:
                violations.Require(goal.SupporterCount is >= 1 and <= MaxSupporters, "campaign.goal.supporter_count", $"must be from 1 to {MaxSupporters}");
                break;
            default:
                violations.Add("campaign.goal", "must have an amount or a supporter_count");
                break;
        }
    }

    private static void CheckTargeting(Targeting targeting, Violations violations)
    {
        const string path = "campaign.targeting";
        CheckTopics(targeting.IncludedSections, MaxTopics, path + ".included_sections", violations);
        CheckTopics(targeting.ExcludedSections, MaxTopics, path + ".excluded_sections", violations);
        CheckTopics(targeting.IncludedTags, MaxTopics, path + ".included_tags", violations);
        CheckTopics(targeting.ExcludedTags, MaxTopics, path + ".excluded_tags", violations);
        for (var i = 0; i < targeting.Devices.Count; i++)
            violations.Require(targeting.Devices[i] is >= Device.Mobile and <= Device.App, $"{path}.devices[{i}]", "must be a known device");
        violations.Require(targeting.MinArticleCount is >= 0 and <= MaxArticles, path + ".min_article_count", $"must be from 0 to {MaxArticles}");
        violations.Require(targeting.MaxArticleCount is >= 0 and <= MaxArticles, path + ".max_article_count", $"must be from 0 to {MaxArticles}");
        violations.Require(targeting.MaxArticleCount == 0 || targeting.MaxArticleCount >= targeting.MinArticleCount, path + ".max_article_count", "must not be less than min_article_count");
        violations.Require(targeting.Cohort is >= Cohort.Unspecified and <= Cohort.LapsedSupporters, path + ".cohort", "must be a known cohort");
    }

    private static void CheckTopics(RepeatedField<string> topics, int max, string path, Violations violations)
    {
        violations.Require(topics.Count <= max, path, $"must be at most {max}");
        for (var i = 0; i < Math.Min(topics.Count, max); i++)
        {
            violations.Length(topics[i], 1, MaxTopic, $"{path}[{i}]");
            // What clients send is compared letter by letter: white space around it, or a letter made of two, would never be found.
            violations.Require(topics[i].Trim().Length == topics[i].Length && !HasCombiningMark(topics[i]), $"{path}[{i}]", "must not begin or end with white space, and have each letter as one character");
        }
    }

    /// <summary>A mark that makes one letter with the character before it (U+0300 to U+036F), as macOS writes `й`. The service cannot put them together: it runs without ICU's data.</summary>
    public static bool HasCombiningMark(string text) => text.AsSpan().ContainsAnyInRange('\u0300', '\u036F');

    private static int Compare(WireMoney a, WireMoney b) => a.Units != b.Units ? a.Units.CompareTo(b.Units) : a.Nanos.CompareTo(b.Nanos);

    private static void CheckPrice(WireMoney price, PledgeInterval interval, string path, Violations violations)
    {
        if (!MinorAmount.TryFromWire(price, out var amount, out var error))
        {
            var field = Currencies.Find(price.CurrencyCode) is null ? "currency_code" : price.Nanos == 0 ? "units" : "nanos";
            violations.Add($"{path}.{field}", error);
        }
        else if (AmountLimits.Find(amount.Currency, PledgeInterval.OneTime) is null)
        {
            violations.Add(path + ".currency_code", $"gifts in {amount.Currency} are not taken here");
        }
        else if (interval is >= PledgeInterval.OneTime and <= PledgeInterval.Annual && AmountLimits.Check(amount, interval) is { } problem)
        {
            violations.Add(path + ".units", problem);
        }
    }

    private static void CheckCountries(RepeatedField<string> countries, string path, Violations violations)
    {
        violations.Require(countries.Count <= MaxCountries, path, $"must have at most {MaxCountries} countries");
        for (var i = 0; i < Math.Min(countries.Count, MaxCountries); i++)
            violations.Require(Countries.IsKnown(countries[i]), $"{path}[{i}]", "must be an ISO 3166-1 alpha-2 code, upper case");
    }

    private static void CheckCopies<T>(RepeatedField<T> copies, Func<T, string> locale, string path, Violations violations, Action<T, string> check)
    {
        violations.Require(copies.Count <= MaxCopies, path, $"must have at most {MaxCopies} locales");
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < Math.Min(copies.Count, MaxCopies); i++)
        {
            var copyPath = $"{path}[{i}]";
            violations.Require(IsLocale(locale(copies[i])), copyPath + ".locale", "must be a BCP-47 tag");
            violations.Require(seen.Add(locale(copies[i])), copyPath + ".locale", "must be unique");
            check(copies[i], copyPath);
        }
    }

    private static bool Time(Timestamp? time, string path, Violations violations)
    {
        var valid = time is null || (time.Seconds is >= MinSeconds and <= MaxSeconds && time.Nanos is >= 0 and < 1_000_000_000);
        violations.Require(valid, path, "must be a time from year 1 to 9999");
        return valid;
    }

    [GeneratedRegex(@"\A[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Bcp47();
}
