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
    private const int MaxDisplayName = 120;
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

    /// <summary>What of a tier can never change: pledges were made on it.</summary>
    public static void CheckUnchanged(Tier current, Tier updated, Violations violations)
    {
        const string cannot = "cannot change";
        violations.Require(current.Interval == updated.Interval, "tier.interval", cannot);
        violations.Require(current.Prices.SequenceEqual(updated.Prices), "tier.prices", cannot + ": a new price is a new tier");
        violations.Require(current.FreeAmount == updated.FreeAmount, "tier.free_amount", cannot);
    }

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
