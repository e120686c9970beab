using System.Collections.Immutable;
using Donations.Server.Campaigns;
using Donations.V1;
using EventType = Donations.V1.AppealEvent.Types.Type;
using Reason = Donations.V1.RefusedAppealEvent.Types.Reason;

namespace Donations.Server.Appeals;

/// <summary>What an event counts under, but for its day.</summary>
internal readonly record struct EventKey(string CampaignId, string AppealId, Placement Placement, ExperimentGroup ExperimentGroup, string Currency, string Country);

/// <summary>Events under one key.</summary>
internal sealed record EventCounts(EventKey Key, long ViewCount, long ClickCount, long DismissCount, long RemindCount, long CheckoutCount);

/// <summary>
/// What a batch of events counts to. Pure: an event counts only under names that the catalogue has, so that no client can make the counters
/// grow beyond appeals × groups × currencies of the campaign × countries a day.
/// </summary>
internal sealed record AppealEventTally(ImmutableArray<EventCounts> Counts, ImmutableArray<(int Index, Reason Reason)> Refused)
{
    public static AppealEventTally Of(IReadOnlyList<AppealEvent> events, CatalogSnapshot catalog)
    {
        var refused = ImmutableArray.CreateBuilder<(int, Reason)>();
        var counted = new List<(EventKey Key, EventType Type)>(events.Count);
        foreach (var (i, happened) in events.Index())
        {
            if (Judge(happened, catalog, out var key) is var reason && reason != Reason.Unspecified)
                refused.Add((i, reason));
            else
                counted.Add((key, happened.Type));
        }

        return new(
            [
                .. counted.GroupBy(c => c.Key, c => c.Type).Select(g => new EventCounts(
                    g.Key, Count(g, EventType.View), Count(g, EventType.Click), Count(g, EventType.Dismiss), Count(g, EventType.Remind), Count(g, EventType.CheckoutStarted))),
            ],
            refused.ToImmutable());

        static long Count(IEnumerable<EventType> types, EventType type) => types.Count(t => t == type);
    }

    /// <summary>The first thing that is wrong with an event; unspecified: nothing, and it counts under the key.</summary>
    private static Reason Judge(AppealEvent happened, CatalogSnapshot catalog, out EventKey key)
    {
        key = default;
        if (happened.Type == EventType.Unspecified || !Enum.IsDefined(happened.Type))
            return Reason.TypeUnknown;
        if (!CampaignNames.TryParseCampaign(happened.Campaign, out var campaignId) || catalog.Find(campaignId) is not { } campaign)
            return Reason.CampaignForeign;
        if (!CampaignNames.TryParseAppeal(happened.Appeal, out var parent, out var appealId) || parent != campaignId || campaign.Appeals.FirstOrDefault(a => a.Name == happened.Appeal) is not { } appeal)
            return Reason.AppealForeign;
        if (happened.Placement != appeal.Placement)
            return Reason.PlacementWrong;
        if (happened.Country.Length > 0 && !Countries.IsKnown(happened.Country))
            return Reason.CountryUnknown;
        // Archived tiers too: what a reader saw a moment ago may be gone.
        if (happened.Currency.Length > 0 && !campaign.Tiers.Any(t => t.Price(happened.Currency) is not null))
            return Reason.CurrencyUnknown;
        if (!Enum.IsDefined(happened.ExperimentGroup))
            return Reason.ExperimentGroupUnknown;
        key = new(campaignId, appealId, happened.Placement, happened.ExperimentGroup, happened.Currency, happened.Country);
        return Reason.Unspecified;
    }
}
