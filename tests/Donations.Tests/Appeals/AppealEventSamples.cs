using Donations.Testing;
using Donations.V1;
using EventType = Donations.V1.AppealEvent.Types.Type;

namespace Donations.Tests.Appeals;

/// <summary>Events of the seeded campaign's banner, and batches of them.</summary>
internal static class AppealEventSamples
{
    public static AppealEvent Event(EventType type, ExperimentGroup group = ExperimentGroup.Unspecified, string currency = "USD", string country = "DE", string campaign = Scenario.Campaign, string appeal = "banner") => new()
    {
        Type = type,
        Campaign = campaign,
        Appeal = $"{campaign}/appeals/{appeal}",
        Placement = Placement.Banner,
        Country = country,
        Currency = currency,
        ExperimentGroup = group,
    };

    public static RecordAppealEventsRequest Batch(params IEnumerable<AppealEvent> events) => new() { BatchId = Scenario.NewRequestId(), Events = { events } };
}
