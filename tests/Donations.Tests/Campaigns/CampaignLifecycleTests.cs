using Donations.Server.Campaigns;
using Donations.Server.Storage;
using Donations.V1;
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

    [Fact]
    public void A_complete_campaign_misses_nothing() =>
        Assert.Empty(CampaignLifecycle.Missing(Campaign(), [Tier("a")], [Appeal("a")], Now));

    [Fact]
    public void An_empty_campaign_misses_a_tier_and_an_appeal() =>
        Assert.Equal(
            [("campaigns/test", "needs at least one active tier"), ("campaigns/test", "needs at least one active appeal with a weight above 0")],
            CampaignLifecycle.Missing(Campaign(), [], [], Now));

    [Fact]
    public void Everything_that_is_missing_is_told_at_once()
    {
        var campaign = Campaign();
        campaign.StartTime = UnixMicros.ToTimestamp(Now);
        campaign.EndTime = UnixMicros.ToTimestamp(Now);
        var (noPrice, noCopy, second) = (Tier("no-price"), Tier("no-copy"), Tier("second"));
        noPrice.Prices.Clear();
        noCopy.Copies[0].Locale = "de";
        (noPrice.Preselected, second.Preselected) = (true, true);
        var (weightless, foreign) = (Appeal("weightless"), Appeal("foreign"));
        weightless.Weight = 0;
        (foreign.Weight, foreign.Copies[0].Locale) = (0, "ru");

        var missing = CampaignLifecycle.Missing(campaign, [noPrice, noCopy, second], [weightless, foreign], Now);

        Assert.Equal(
            [
                ("campaigns/test", "end_time must be after start_time"),
                ("campaigns/test", "end_time has passed"),
                ("campaigns/test", "needs at least one active appeal with a weight above 0"),
                ("campaigns/test/tiers/no-price", "needs at least one price"),
                ("campaigns/test/tiers/no-copy", "needs a copy in the default locale en"),
                ("campaigns/test/tiers/second", "another tier of the same interval is preselected too"),
                ("campaigns/test/appeals/foreign", "needs a copy in the default locale en"),
            ],
            missing);
    }

    [Fact]
    public void What_is_archived_does_not_count()
    {
        var (tier, appeal) = (Tier("old"), Appeal("old"));
        tier.State = V1.Tier.Types.State.Archived;
        appeal.State = V1.Appeal.Types.State.Archived;
        tier.Copies.Clear();
        appeal.Copies.Clear();
        Assert.Equal(2, CampaignLifecycle.Missing(Campaign(), [tier], [appeal], Now).Count);
        Assert.Empty(CampaignLifecycle.Missing(Campaign(), [tier, Tier("new")], [appeal, Appeal("new")], Now));
    }

    private static Campaign Campaign() => new(CampaignSamples.Campaign()) { Name = "campaigns/test" };

    private static Tier Tier(string id) => new(CampaignSamples.Tier()) { Name = "campaigns/test/tiers/" + id, State = V1.Tier.Types.State.Active };

    private static Appeal Appeal(string id) => new(CampaignSamples.Appeal()) { Name = "campaigns/test/appeals/" + id, State = V1.Appeal.Types.State.Active };
}
