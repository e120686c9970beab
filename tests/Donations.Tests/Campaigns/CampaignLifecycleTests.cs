using Donations.Server.Campaigns;
using State = Donations.V1.Campaign.Types.State;

namespace Donations.Tests.Campaigns;

public sealed class CampaignLifecycleTests
{
    private const long Now = 1_000_000_000;

    /// <summary>Every verb in every state, as the table in campaign.proto has it; what is not here is not allowed.</summary>
    private static readonly Dictionary<(CampaignVerb, State), State> Edges = new()
    {
        [(CampaignVerb.Publish, State.Draft)] = State.Active,
        [(CampaignVerb.Publish, State.Scheduled)] = State.Scheduled,
        [(CampaignVerb.Publish, State.Active)] = State.Active,
        [(CampaignVerb.Pause, State.Scheduled)] = State.Paused,
        [(CampaignVerb.Pause, State.Active)] = State.Paused,
        [(CampaignVerb.Pause, State.Paused)] = State.Paused,
        [(CampaignVerb.Resume, State.Paused)] = State.Active,
        [(CampaignVerb.Resume, State.Scheduled)] = State.Scheduled,
        [(CampaignVerb.Resume, State.Active)] = State.Active,
        [(CampaignVerb.End, State.Scheduled)] = State.Ended,
        [(CampaignVerb.End, State.Active)] = State.Ended,
        [(CampaignVerb.End, State.Paused)] = State.Ended,
        [(CampaignVerb.End, State.Ended)] = State.Ended,
    };

    [Fact]
    public void Every_verb_in_every_state_follows_the_table()
    {
        foreach (var verb in Enum.GetValues<CampaignVerb>())
        {
            foreach (var state in Enum.GetValues<State>())
            {
                var expected = Edges.TryGetValue((verb, state), out var next) ? next : (State?)null;
                Assert.True(CampaignLifecycle.After(verb, state, null, Now) == expected, $"{verb} in {state}");
            }
        }
    }

    [Theory]
    [InlineData(CampaignVerb.Publish, State.Draft)]
    [InlineData(CampaignVerb.Resume, State.Paused)]
    internal void What_starts_later_is_scheduled(CampaignVerb verb, State from)
    {
        Assert.Equal(State.Scheduled, CampaignLifecycle.After(verb, from, Now + 1, Now));
        Assert.Equal(State.Active, CampaignLifecycle.After(verb, from, Now, Now));
    }

    [Theory]
    [InlineData(State.Draft, -5L, -1L, State.Draft)]
    [InlineData(State.Scheduled, 1L, null, State.Scheduled)]
    [InlineData(State.Scheduled, 0L, null, State.Active)]
    [InlineData(State.Scheduled, null, null, State.Active)]
    [InlineData(State.Scheduled, -5L, 0L, State.Ended)]
    [InlineData(State.Active, null, 1L, State.Active)]
    [InlineData(State.Active, null, 0L, State.Ended)]
    [InlineData(State.Paused, -5L, 1L, State.Paused)]
    [InlineData(State.Paused, -5L, 0L, State.Ended)]
    [InlineData(State.Ended, null, null, State.Ended)]
    public void Time_starts_and_ends_what_is_published(State stored, long? start, long? end, State expected) =>
        Assert.Equal(expected, CampaignLifecycle.Effective(stored, Now + start, Now + end, Now));

    [Fact]
    public void Only_drafts_and_ended_campaigns_may_be_deleted() =>
        Assert.Equal([State.Draft, State.Ended], Enum.GetValues<State>().Where(CampaignLifecycle.MayDelete));
}
