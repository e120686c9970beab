using System.Collections.Immutable;
using Donations.Server.Appeals;
using Donations.Server.Campaigns;
using Donations.Server.Storage;
using Donations.Tests.Campaigns;
using Donations.V1;
using Google.Protobuf;
using State = Donations.V1.Campaign.Types.State;

namespace Donations.Tests.Appeals;

public sealed class AppealSelectionTests
{
    private const long Now = 1_000_000_000;
    private static readonly Reader Anyone = new(Placement.Banner, "", Now);

    [Fact]
    public void The_filters_are_asked_in_a_known_order() =>
        Assert.Equal(["state", "schedule", "placement", "country"], AppealSelection.Filters.Select(f => f.Name));

    [Theory]
    [InlineData(State.Active, null)]
    [InlineData(State.Scheduled, null)]
    [InlineData(State.Paused, "state")]
    [InlineData(State.Ended, "state")]
    public void Only_what_is_on_is_shown(State state, string? refusal) =>
        Assert.Equal(refusal, Refusal(Candidate(state: state), Anyone));

    [Fact]
    public void The_schedule_is_half_open()
    {
        var candidate = Candidate(state: State.Scheduled, start: Now, end: Now + 10);
        Assert.Equal("schedule", Refusal(candidate, Anyone with { NowMicros = Now - 1 }));
        Assert.Null(Refusal(candidate, Anyone));
        Assert.Null(Refusal(candidate, Anyone with { NowMicros = Now + 9 }));
        Assert.Equal("schedule", Refusal(candidate, Anyone with { NowMicros = Now + 10 }));
    }

    [Theory]
    [InlineData("DE", "", "DE", null)]
    [InlineData("DE", "", "PL", "country")]
    [InlineData("DE", "", "", "country")]
    [InlineData("", "RU", "RU", "country")]
    [InlineData("", "RU", "DE", null)]
    [InlineData("", "RU", "", null)]
    [InlineData("DE RU", "RU", "RU", "country")]
    public void Countries_are_included_and_excluded(string included, string excluded, string country, string? refusal)
    {
        var campaign = CampaignSamples.Campaign();
        campaign.IncludedCountries.Add(included.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        campaign.ExcludedCountries.Add(excluded.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(refusal, Refusal(Candidate(campaign: campaign), Anyone with { Country = country }));
    }

    [Fact]
    public void A_placement_without_an_appeal_is_refused() =>
        Assert.Equal("placement", Refusal(Candidate(), Anyone with { Placement = Placement.App }));

    [Fact]
    public void The_highest_priority_that_fits_wins_and_ties_go_to_the_oldest()
    {
        var young = Candidate("young", created: 3, campaign: CampaignSamples.Campaign(5));
        var old = Candidate("older", created: 2, campaign: CampaignSamples.Campaign(5));
        var high = Candidate("high", created: 4, state: State.Paused, campaign: CampaignSamples.Campaign(9));
        var low = Candidate("low", created: 1, campaign: CampaignSamples.Campaign(-9));

        var ordered = AppealSelection.Order([low, young, high, old]);

        Assert.Equal(["high", "older", "young", "low"], ordered.Select(c => c.Campaign.Id));
        Assert.Equal(1, AppealSelection.Select(ordered, Anyone));
        Assert.Equal(-1, AppealSelection.Select([high], Anyone));
        Assert.Equal(-1, AppealSelection.Select([], Anyone));
    }

    [Fact]
    public void The_heaviest_active_appeal_speaks_and_ties_go_by_id()
    {
        ImmutableArray<Appeal> appeals =
        [
            Appeal("a-archived", 900, archived: true), Appeal("b-app", 800, Placement.App), Appeal("c-first", 7), Appeal("d-second", 7), Appeal("e-light", 1),
        ];
        Assert.Equal("c-first", AppealSelection.Heaviest(appeals, Placement.Banner)?.Name);
        Assert.Equal("b-app", AppealSelection.Heaviest(appeals, Placement.App)?.Name);
        Assert.Null(AppealSelection.Heaviest([Appeal("weightless", 0)], Placement.Banner));
    }

    private static string? Refusal(Candidate candidate, Reader reader) => AppealSelection.FirstRefusal(candidate, reader)?.Name;

    private static Candidate Candidate(string id = "test", long created = 1, State state = State.Active, long? start = null, long? end = null, Campaign? campaign = null)
    {
        campaign ??= CampaignSamples.Campaign();
        (campaign.StartTime, campaign.EndTime) = (UnixMicros.ToTimestamp(start), UnixMicros.ToTimestamp(end));
        var row = new StoredCampaign { CampaignId = id, Resource = campaign.ToByteArray(), State = (int)state, CreateTimeUs = created, UpdateTimeUs = created, Version = 1 };
        var appeal = new StoredPart { CampaignId = id, Id = "main", Resource = CampaignSamples.Appeal().ToByteArray(), State = (int)V1.Appeal.Types.State.Active, Version = 1 };
        return new(new CatalogCampaign(row, [], [appeal], Now));
    }

    private static Appeal Appeal(string name, int weight, Placement placement = Placement.Banner, bool archived = false) =>
        new(CampaignSamples.Appeal(placement, weight)) { Name = name, State = archived ? V1.Appeal.Types.State.Archived : V1.Appeal.Types.State.Active };
}
