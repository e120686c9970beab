using Donations.Server.Storage;
using Donations.V1;
using Google.Protobuf.WellKnownTypes;
using State = Donations.V1.Campaign.Types.State;

namespace Donations.Server.Campaigns;

/// <summary>A custom verb that moves a campaign.</summary>
internal enum CampaignVerb
{
    Publish,
    Pause,
    Resume,
    End,
}

/// <summary>The rules of a campaign's life, as the table in campaign.proto has them. No clock, no I/O.</summary>
internal static class CampaignLifecycle
{
    /// <summary>Where a campaign stands now: time moves SCHEDULED to ACTIVE at its start, and whatever is published to ENDED at its end.</summary>
    /// <param name="state">The state as stored.</param>
    /// <param name="start">First instant, or null.</param>
    /// <param name="end">First instant after it, or null.</param>
    /// <param name="now">Now; all in microseconds.</param>
    public static State Effective(State state, long? start, long? end, long now)
    {
        if (!IsPublished(state))
            return state;
        if (end <= now)
            return State.Ended;
        return state == State.Scheduled && !(start > now) ? State.Active : state;
    }

    public static State Effective(State state, Campaign campaign, long now) =>
        Effective(state, Micros(campaign.StartTime), Micros(campaign.EndTime), now);

    /// <summary>
    /// The state after a verb. Where the verb's effect is already there the state stays: repeating it is no error.
    /// Null where the verb is not allowed.
    /// </summary>
    /// <param name="verb">The verb.</param>
    /// <param name="state">The effective state.</param>
    /// <param name="start">First instant, or null.</param>
    /// <param name="now">Now.</param>
    public static State? After(CampaignVerb verb, State state, long? start, long now)
    {
        var shown = start > now ? State.Scheduled : State.Active;
        return (verb, state) switch
        {
            (CampaignVerb.Publish, State.Draft) => shown,
            (CampaignVerb.Publish, State.Scheduled or State.Active) => state,
            (CampaignVerb.Pause, State.Scheduled or State.Active or State.Paused) => State.Paused,
            (CampaignVerb.Resume, State.Paused) => shown,
            (CampaignVerb.Resume, State.Scheduled or State.Active) => state,
            (CampaignVerb.End, State.Scheduled or State.Active or State.Paused or State.Ended) => State.Ended,
            _ => null,
        };
    }

    /// <summary>On show now or later: it must stay complete through every change.</summary>
    public static bool IsPublished(State state) => state is State.Scheduled or State.Active or State.Paused;

    public static bool MayDelete(State state) => state is State.Draft or State.Ended;

    /// <summary>A state's name on the wire, without its prefix.</summary>
    public static string NameOf(State state) => state.ToString().ToUpperInvariant();

    private static long? Micros(Timestamp? time) => time is null ? null : UnixMicros.FromTimestamp(time);
}
