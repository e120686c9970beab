using System.Collections.Frozen;
using Donations.Server.Money;
using Donations.Server.Storage;
using Donations.V1;
using Microsoft.Data.Sqlite;
using Severity = Donations.V1.CampaignProblem.Types.Severity;

namespace Donations.Server.Campaigns;

/// <summary>Everything that keeps a campaign from being published, and what is worth a look, at once. No clock, no I/O but in <see cref="Read"/>.</summary>
internal sealed class CampaignReview
{
    private static readonly Placement[] Placements = [Placement.Banner, Placement.ArticleEnd, Placement.Interstitial, Placement.App];
    private readonly Campaign _campaign;
    private readonly List<Tier> _tiers;
    private readonly List<Appeal> _appeals;
    private readonly List<Appeal> _asking;
    private readonly List<CampaignProblem> _problems = [];

    private CampaignReview(Campaign campaign, IEnumerable<Tier> tiers, IEnumerable<Appeal> appeals)
    {
        _campaign = campaign;
        _tiers = [.. tiers.Where(t => t.State == Tier.Types.State.Active)];
        _appeals = [.. appeals.Where(a => a.State == Appeal.Types.State.Active)];
        _asking = [.. _appeals.Where(a => a.Kind != Appeal.Types.Kind.NoMoney)];
    }

    /// <summary>The campaign as it is stored.</summary>
    public static List<CampaignProblem> Read(SqliteConnection connection, Campaign campaign, string id, long now) => Problems(
        campaign,
        CampaignStore.ListTiers(connection, id).ConvertAll(CampaignMapping.ToTier),
        CampaignStore.ListAppeals(connection, id).ConvertAll(CampaignMapping.ToAppeal),
        now);

    /// <summary>Errors first; archived tiers and appeals are not looked at.</summary>
    /// <param name="campaign">The campaign.</param>
    /// <param name="tiers">All its tiers.</param>
    /// <param name="appeals">All its appeals.</param>
    /// <param name="now">UTC microseconds.</param>
    public static List<CampaignProblem> Problems(Campaign campaign, IEnumerable<Tier> tiers, IEnumerable<Appeal> appeals, long now)
    {
        var review = new CampaignReview(campaign, tiers, appeals);
        review.Schedule(now);
        review.Whole();
        foreach (var tier in review._tiers)
            review.OneTier(tier);
        review.Preselection();
        review.Currencies();
        foreach (var appeal in review._appeals)
            review.OneAppeal(appeal);
        review.Shares();
        return [.. review._problems.OrderBy(p => p.Severity)];
    }

    /// <summary>As PublishCampaign's error tells it.</summary>
    public static (string Subject, string Description) ToPrecondition(CampaignProblem problem) =>
        (problem.Subject, problem.Field.Length == 0 ? problem.Description : $"{problem.Field}: {problem.Description}");

    private void Schedule(long now)
    {
        var (start, end) = (Micros(_campaign.StartTime), Micros(_campaign.EndTime));
        if (start >= end)
            Error(_campaign.Name, "end_time", "must be after start_time");
        if (end <= now)
            Error(_campaign.Name, "end_time", "has passed");
    }

    private void Whole()
    {
        if (_tiers.Count == 0)
            Error(_campaign.Name, "", "needs at least one active tier");
        else if (!_tiers.Exists(t => t.Interval == PledgeInterval.Monthly))
            Warn(_campaign.Name, "", "has no monthly tier");
        if (!_asking.Exists(a => a.Weight > 0))
            Error(_campaign.Name, "", "needs at least one active appeal that asks, with a weight above 0");
        if (_campaign.PublishProgress && _campaign.Goal is null)
            Error(_campaign.Name, "publish_progress", "needs a goal");
        if (_campaign.IncludedCountries.Count > 0 && !_campaign.IncludedCountries.Except(_campaign.ExcludedCountries, StringComparer.Ordinal).Any())
            Error(_campaign.Name, "excluded_countries", "excludes every included country: nobody would be asked");
        if (_campaign.HasControlPercent && _campaign.Allocation != Allocation.Bandit)
            Warn(_campaign.Name, "control_percent", "does nothing without ALLOCATION_BANDIT");
        if (_campaign.Targeting is { } targeting)
        {
            foreach (var section in targeting.IncludedSections.Intersect(targeting.ExcludedSections, StringComparer.OrdinalIgnoreCase))
                Warn(_campaign.Name, "targeting.excluded_sections", $"{section} is included and excluded: nobody is asked there");
        }
    }

    private void OneTier(Tier tier)
    {
        if (tier.Prices.Count == 0)
            Error(tier.Name, "prices", "needs at least one price");
        for (var i = 0; i < tier.Prices.Count; i++)
        {
            if (!MinorAmount.TryFromWire(tier.Prices[i], out var price, out var wrong))
                Error(tier.Name, $"prices[{i}]", wrong);
            else if (AmountLimits.Check(price, tier.Interval) is { } problem)
                Error(tier.Name, $"prices[{i}]", problem);
        }

        if (!HasLocale(tier.Copies.Select(c => c.Locale), _campaign.DefaultLocale))
            Error(tier.Name, "copies", $"needs a copy in the default locale {_campaign.DefaultLocale}");
        var copies = tier.Copies.DistinctBy(c => c.Locale, StringComparer.OrdinalIgnoreCase).ToFrozenDictionary(c => c.Locale, StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();
        // A reader who is spoken to in one language is not to be asked in another.
        foreach (var locale in _asking.SelectMany(a => a.Copies).Select(c => c.Locale).Distinct(StringComparer.OrdinalIgnoreCase).Where(l => !Same(l, _campaign.DefaultLocale)))
        {
            if (LocaleFallback.Find(copies, locale) is null)
                Error(tier.Name, "copies", $"needs a copy in {locale}, which an appeal has");
        }

        for (var i = 0; i < tier.Copies.Count; i++)
        {
            if (tier.Copies[i].Impact.Length == 0)
                Error(tier.Name, $"copies[{i}].impact", "must say what the amount pays for");
            foreach (var text in tier.Copies[i].Benefits.Append(tier.Copies[i].Impact).Append(tier.Copies[i].Label))
                NoPlaceholders(tier.Name, $"copies[{i}]", text);
        }
    }

    private void Preselection()
    {
        foreach (var tier in _tiers.Where(t => t.Preselected).GroupBy(t => t.Interval).SelectMany(g => g.Skip(1)))
            Error(tier.Name, "preselected", "another tier of the same interval is preselected too");
    }

    private void Currencies()
    {
        foreach (var interval in _tiers.GroupBy(t => t.Interval))
        {
            var all = interval.SelectMany(t => t.Prices).Select(p => p.CurrencyCode).Distinct(StringComparer.Ordinal).ToList();
            foreach (var tier in interval)
            {
                var missing = all.Except(tier.Prices.Select(p => p.CurrencyCode), StringComparer.Ordinal).ToList();
                if (missing.Count > 0)
                    Warn(tier.Name, "prices", $"has no price in {string.Join(", ", missing)}, which others of its interval have: it is not shown there");
            }
        }
    }

    private void OneAppeal(Appeal appeal)
    {
        if (!HasLocale(appeal.Copies.Select(c => c.Locale), _campaign.DefaultLocale))
            Error(appeal.Name, "copies", $"needs a copy in the default locale {_campaign.DefaultLocale}");
        for (var i = 0; i < appeal.Copies.Count; i++)
        {
            var copy = appeal.Copies[i];
            foreach (var (field, text) in CopyText.Of(copy))
            {
                foreach (var name in CopyText.Placeholders(text).Distinct(StringComparer.Ordinal))
                {
                    if (Wrong(name, copy.Locale, appeal.Kind) is { } wrong)
                        Error(appeal.Name, $"copies[{i}].{field}", wrong);
                }
            }

            foreach (var (field, text) in new[] { ("reminder_label", copy.ReminderLabel), ("image_alt_text", copy.ImageAltText) })
                NoPlaceholders(appeal.Name, $"copies[{i}].{field}", text);
            Body(appeal.Name, $"copies[{i}].body", copy.Body);
            if (copy.Body.Contains("</", StringComparison.Ordinal) || copy.Body.Contains("/>", StringComparison.Ordinal))
                Warn(appeal.Name, $"copies[{i}].body", "has HTML, which is shown as text: use Markdown");
        }
    }

    private void Body(string subject, string field, string body)
    {
        try
        {
            // An address is encoded before values are filled in.
            if (SafeMarkdown.ToHtml(body).Contains("%7B%7B", StringComparison.OrdinalIgnoreCase))
                Error(subject, field, "placeholders have no place in the address of a link");
        }
        catch (ArgumentException)
        {
            Error(subject, field, "is nested too deeply to be shown");
        }
    }

    /// <summary>These texts are shown as they are.</summary>
    private void NoPlaceholders(string subject, string field, string text)
    {
        if (CopyText.Placeholders(text).Any())
            Error(subject, field, "cannot have placeholders: title, body and call_to_action can");
    }

    private string? Wrong(string placeholder, string locale, Appeal.Types.Kind kind) => placeholder switch
    {
        CopyText.DaysLeft when _campaign.EndTime is null => "{{days_left}} needs the campaign's end_time",
        CopyText.Country when !LocaleData.Has(locale) => $"{{{{country}}}}: no names of countries are known in {locale}",
        CopyText.Amount when kind == Appeal.Types.Kind.NoMoney => "{{amount}} has no place where no money is asked for",
        _ => CopyText.Known.Contains(placeholder) ? null : $"{{{{{placeholder}}}}} is no placeholder; there are {string.Join(", ", CopyText.Known)}",
    };

    private void Shares()
    {
        foreach (var placement in Placements)
        {
            var here = _asking.Where(a => a.Placement == placement).ToList();
            var name = placement.ToString();
            if (here.Count == 0)
                Warn(_campaign.Name, "", $"has no appeal for the placement {name}: nothing is shown there");
            else if (here.TrueForAll(a => a.Weight == 0))
                Warn(_campaign.Name, "", $"all appeals for the placement {name} weigh 0: nothing is shown there");
            else if (_campaign.Allocation == Allocation.Bandit && here.Count(a => a.Weight > 0) < 2)
                Warn(_campaign.Name, "allocation", $"there is nothing to learn for the placement {name}: it has one appeal");
            var locales = here.SelectMany(a => a.Copies).Select(c => c.Locale).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
            foreach (var (appeal, missing) in here.Select(a => (a, locales.Where(l => !HasLocale(a.Copies.Select(c => c.Locale), l)).ToList())).Where(x => x.Item2.Count > 0))
                Warn(appeal.Name, "copies", $"has no copy in {string.Join(", ", missing)}, which others of its placement have");
        }
    }

    private void Error(string subject, string field, string description) => Add(Severity.Error, subject, field, description);

    private void Warn(string subject, string field, string description) => Add(Severity.Warning, subject, field, description);

    private void Add(Severity severity, string subject, string field, string description) =>
        _problems.Add(new() { Severity = severity, Subject = subject, Field = field, Description = description });

    private static bool HasLocale(IEnumerable<string> locales, string wanted) => locales.Any(l => Same(l, wanted));

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);

    private static long? Micros(Google.Protobuf.WellKnownTypes.Timestamp? time) => time is null ? null : UnixMicros.FromTimestamp(time);
}
