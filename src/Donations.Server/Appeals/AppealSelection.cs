using System.Collections.Immutable;
using Donations.V1;

namespace Donations.Server.Appeals;

/// <summary>Which campaign a reader sees: the first in order that passes every filter. No clock, no I/O, nothing kept about the reader.</summary>
internal static class AppealSelection
{
    /// <summary>A rule that a campaign passes or not, for a reader.</summary>
    internal delegate bool Rule(Candidate candidate, in Reader reader);

    /// <summary>A named rule.</summary>
    /// <param name="Name">For whoever wants to know why a campaign was not shown.</param>
    /// <param name="Passes">The rule.</param>
    /// <param name="IsFixed">It looks at nothing of the reader but placement and country, so that it is asked once and for all when the catalogue changes.</param>
    internal sealed record Filter(string Name, Rule Passes, bool IsFixed = false);

    public static readonly ImmutableArray<Placement> Placements = [Placement.Banner, Placement.ArticleEnd, Placement.Interstitial, Placement.App];

    /// <summary>In the order in which they are asked.</summary>
    public static readonly ImmutableArray<Filter> Filters =
    [
        new("state", static (Candidate c, in Reader _) => c.Campaign.IsOn, IsFixed: true),
        new("schedule", static (Candidate c, in Reader r) => c.Campaign.IsActive(r.NowMicros)),
        new("placement", static (Candidate c, in Reader r) => !c.Variants(r).IsEmpty, IsFixed: true),
        new("country", static (Candidate c, in Reader r) => c.Campaign.Asks(r.Country), IsFixed: true),
        new("risk_country", static (Candidate c, in Reader r) => !r.IsAtRisk || c.RiskPolicy != RiskCountryPolicy.Hide, IsFixed: true),
        new("section", Topics),
        new("device", static (Candidate c, in Reader r) => c.Devices == 0 || (c.Devices & (1 << (int)r.Device)) != 0),
        new("article_count", static (Candidate c, in Reader r) => r.ArticleCount >= c.MinArticles && r.ArticleCount <= c.MaxArticles),
        new("cohort", InCohort),
        new("ask_pause", static (Candidate c, in Reader r) => r.MonthsSinceGift < 0 || r.DaysSinceGift > c.AskPauseDays || c.AskPauseDays == 0),
        new("copy", HasCopy),
        new("frequency_cap", static (Candidate c, in Reader r) => r.LogOf(c.Name) is not { } log || r.ViewsIn(log, c.Cap.DayCount) < c.Cap.ViewCount),
        new("dismissal", static (Candidate c, in Reader r) => r.LogOf(c.Name) is not { HasDismissedDaysAgo: true, DismissedDaysAgo: var ago } || ago >= c.DismissalDays || ago > r.DaysSinceReminder),
    ];

    private static readonly ImmutableArray<Filter> Fixed = [.. Filters.Where(f => f.IsFixed)];
    private static readonly ImmutableArray<Filter> PerReader = [.. Filters.Where(f => !f.IsFixed)];

    /// <summary>Highest priority first; ties go to the one created first, then by id.</summary>
    public static ImmutableArray<Candidate> Order(IEnumerable<Candidate> candidates) =>
    [
        .. candidates
            .OrderByDescending(c => c.Campaign.Resource.Priority)
            .ThenBy(c => c.Campaign.CreateTimeMicros)
            .ThenBy(c => c.Campaign.Id, StringComparer.Ordinal),
    ];

    /// <summary>Those that the fixed filters let through for everybody with this placement and country, in the same order.</summary>
    public static ImmutableArray<Candidate> Narrow(ImmutableArray<Candidate> ordered, Reader reader) => [.. ordered.Where(c => FirstRefusal(Fixed, c, reader) is null)];

    /// <summary>The first of <paramref name="narrowed"/> that passes the filters about the reader, or null.</summary>
    public static Candidate? Select(ImmutableArray<Candidate> narrowed, in Reader reader)
    {
        var from = 0;
        return Next(narrowed, ref from, reader);
    }

    /// <summary>The same from a place on, which moves behind what was found.</summary>
    public static Candidate? Next(ImmutableArray<Candidate> narrowed, ref int from, in Reader reader)
    {
        while (from < narrowed.Length)
        {
            var candidate = narrowed[from++];
            if (FirstRefusal(PerReader, candidate, reader) is null)
                return candidate;
        }

        return null;
    }

    /// <summary>The filter that keeps a campaign from this reader, or null where none does.</summary>
    public static Filter? FirstRefusal(Candidate candidate, in Reader reader) => FirstRefusal(Filters, candidate, reader);

    /// <summary>What every filter says, in order.</summary>
    public static CampaignVerdict Explain(Candidate candidate, in Reader reader)
    {
        var verdict = new CampaignVerdict { Campaign = candidate.Name };
        foreach (var filter in Filters)
            verdict.FilterVerdicts.Add(new FilterVerdict { Filter = filter.Name, Passed = filter.Passes(candidate, reader) });
        verdict.Passed = verdict.FilterVerdicts.All(f => f.Passed);
        return verdict;
    }

    private static Filter? FirstRefusal(ImmutableArray<Filter> filters, Candidate candidate, in Reader reader)
    {
        foreach (var filter in filters)
        {
            if (!filter.Passes(candidate, reader))
                return filter;
        }

        return null;
    }

    private static bool Topics(Candidate c, in Reader r) =>
        (c.IncludedSections.Length == 0 || c.IncludedSections.AsSpan().Contains(r.Section))
        && (c.ExcludedSections.Length == 0 || !c.ExcludedSections.AsSpan().Contains(r.Section))
        && (c.IncludedTags.Length == 0 || c.IncludedTags.AsSpan().ContainsAny(r.Tags))
        && (c.ExcludedTags.Length == 0 || !c.ExcludedTags.AsSpan().ContainsAny(r.Tags));

    private static bool InCohort(Candidate c, in Reader r) => c.Cohort switch
    {
        Cohort.NonSupporters => r.MonthsSinceGift < 0,
        Cohort.Supporters => r.MonthsSinceGift is >= 0 and <= 12,
        Cohort.LapsedSupporters => r.MonthsSinceGift > 12,
        _ => true,
    };

    private static bool HasCopy(Candidate c, in Reader r)
    {
        foreach (var variant in c.Variants(r))
        {
            if (variant.Fits(r))
                return true;
        }

        return false;
    }
}
