using System.Collections.Immutable;
using Donations.Server.Campaigns;
using Donations.V1;

namespace Donations.Server.Appeals;

/// <summary>What the client told about the reader.</summary>
/// <param name="Placement">Where the appeal would stand.</param>
/// <param name="Country">ISO 3166-1 alpha-2 code; empty for unknown.</param>
/// <param name="NowMicros">Now.</param>
internal readonly record struct Reader(Placement Placement, string Country, long NowMicros);

/// <summary>A campaign that could be shown, with its appeal for each placement.</summary>
internal sealed class Candidate
{
    private readonly Appeal?[] _appeals = new Appeal?[(int)Placement.App + 1];

    public Candidate(CatalogCampaign campaign)
    {
        Campaign = campaign;
        foreach (var placement in AppealSelection.Placements)
            _appeals[(int)placement] = AppealSelection.Heaviest(campaign.Appeals, placement);
    }

    public CatalogCampaign Campaign { get; }

    /// <summary>The appeal for a placement, or null where the campaign has none.</summary>
    public Appeal? Appeal(Placement placement) => _appeals[(int)placement];
}

/// <summary>Which campaign a reader sees: the first in order that passes every filter. No clock, no I/O, nothing kept about the reader.</summary>
internal static class AppealSelection
{
    /// <summary>A named rule that a campaign passes or not.</summary>
    internal sealed record Filter(string Name, Func<Candidate, Reader, bool> Passes);

    public static readonly ImmutableArray<Placement> Placements = [Placement.Banner, Placement.ArticleEnd, Placement.Interstitial, Placement.App];

    /// <summary>In the order in which they are asked; the names are for whoever wants to know why a campaign was not shown.</summary>
    public static readonly ImmutableArray<Filter> Filters =
    [
        new("state", static (candidate, _) => candidate.Campaign.IsOn),
        new("schedule", static (candidate, reader) => candidate.Campaign.IsActive(reader.NowMicros)),
        new("placement", static (candidate, reader) => candidate.Appeal(reader.Placement) is not null),
        new("country", static (candidate, reader) => candidate.Campaign.Asks(reader.Country)),
    ];

    /// <summary>Highest priority first; ties go to the one created first, then by id.</summary>
    public static ImmutableArray<Candidate> Order(IEnumerable<Candidate> candidates) =>
    [
        .. candidates
            .OrderByDescending(c => c.Campaign.Resource.Priority)
            .ThenBy(c => c.Campaign.CreateTimeMicros)
            .ThenBy(c => c.Campaign.Id, StringComparer.Ordinal),
    ];

    /// <summary>Place of the first that passes every filter, or -1.</summary>
    public static int Select(ImmutableArray<Candidate> ordered, in Reader reader)
    {
        for (var i = 0; i < ordered.Length; i++)
        {
            if (FirstRefusal(ordered[i], reader) is null)
                return i;
        }

        return -1;
    }

    /// <summary>The filter that keeps a campaign from this reader, or null where none does.</summary>
    public static Filter? FirstRefusal(Candidate candidate, in Reader reader)
    {
        foreach (var filter in Filters)
        {
            if (!filter.Passes(candidate, reader))
                return filter;
        }

        return null;
    }

    /// <summary>The heaviest active appeal of a placement; ties go by id, which is the order of <paramref name="appeals"/>; a weight of 0 is never chosen.</summary>
    public static Appeal? Heaviest(ImmutableArray<Appeal> appeals, Placement placement) => appeals
        .Where(a => a.Placement == placement && a.State == Appeal.Types.State.Active && a.Weight > 0)
        .MaxBy(a => a.Weight);
}
