using System.Diagnostics.Metrics;

namespace Donations.Server.Appeals;

/// <summary>
/// Events as metrics of the meter `Donations.Appeals`: `donations.appeals.events.accepted` by placement, and `donations.appeals.events.refused` by
/// reason, which tells a client that names what is not there. Replays count in neither.
/// </summary>
internal sealed class AppealMetrics
{
    private readonly Counter<long> _accepted;
    private readonly Counter<long> _refused;

    public AppealMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Donations.Appeals");
        _accepted = meter.CreateCounter<long>("donations.appeals.events.accepted", "{event}", "Events of readers that count");
        _refused = meter.CreateCounter<long>("donations.appeals.events.refused", "{event}", "Events that name what is not there");
    }

    public void Recorded(AppealEventTally tally)
    {
        foreach (var counts in tally.Counts)
            _accepted.Add(counts.ViewCount + counts.ClickCount + counts.DismissCount + counts.RemindCount + counts.CheckoutCount, new KeyValuePair<string, object?>("placement", counts.Key.Placement.ToString()));
        foreach (var (_, reason) in tally.Refused)
            _refused.Add(1, new KeyValuePair<string, object?>("reason", reason.ToString()));
    }
}
