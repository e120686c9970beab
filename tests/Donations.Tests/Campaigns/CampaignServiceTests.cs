using Donations.Testing;
using Donations.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using State = Donations.V1.Campaign.Types.State;

namespace Donations.Tests.Campaigns;

public sealed class CampaignServiceTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly TestServer _server = fixture.Server;

    private CallOptions Editor => _server.As("editor");

    [Fact]
    public async Task A_new_campaign_is_a_draft_for_the_general_fund()
    {
        var campaign = await _server.DraftAsync("fresh", new(CampaignSamples.Campaign()) { State = State.Active, Etag = "mine", Name = "campaigns/other" });

        Assert.Equal("campaigns/fresh", campaign.Name);
        Assert.Equal(State.Draft, campaign.State);
        Assert.Equal("general", campaign.Fund);
        Assert.Equal(fixture.Time.GetUtcNow(), campaign.CreateTime.ToDateTimeOffset());
        Assert.Equal(campaign.CreateTime, campaign.UpdateTime);
        Assert.Null(campaign.DeleteTime);
        Assert.NotEqual("mine", campaign.Etag);
        Assert.Equal(campaign, await _server.Campaigns.GetCampaignAsync(new() { Name = campaign.Name }, Editor));
    }

    [Fact]
    public async Task An_id_is_taken_once_also_by_a_deleted_campaign()
    {
        var campaign = await _server.DraftAsync("taken");
        await _server.Campaigns.DeleteCampaignAsync(new() { Name = campaign.Name }, Editor);

        var error = await Errors.OfAsync(() => _server.Campaigns.CreateCampaignAsync(new() { Campaign = CampaignSamples.Campaign(), CampaignId = "taken" }, Editor));

        Assert.Equal(StatusCode.AlreadyExists, error.StatusCode);
        Assert.Equal("RESOURCE_EXISTS", error.Reason());
    }

    [Fact]
    public async Task Everything_wrong_is_told_at_once_with_its_path()
    {
        var wrong = new Campaign
        {
            DisplayName = new('x', 121),
            DefaultLocale = "no locale",
            Priority = 1001,
            Fund = "Büro",
            StartTime = Timestamp.FromDateTimeOffset(fixture.Time.GetUtcNow()),
            EndTime = Timestamp.FromDateTimeOffset(fixture.Time.GetUtcNow()),
            IncludedCountries = { "DE", "de", "ZZ" },
            ExcludedCountries = { "" },
        };

        var error = await Errors.OfAsync(() => _server.Campaigns.CreateCampaignAsync(new() { Campaign = wrong, CampaignId = "No" }, Editor));

        Assert.Equal("FIELD_INVALID", error.Reason());
        Assert.Equal(
            [
                "campaign_id", "campaign.display_name", "campaign.end_time", "campaign.priority", "campaign.fund", "campaign.default_locale",
                "campaign.included_countries[1]", "campaign.included_countries[2]", "campaign.excluded_countries[0]",
            ],
            error.Fields());
    }

    [Theory]
    [InlineData(long.MaxValue, 0)]
    [InlineData(0L, -1)]
    [InlineData(0L, 1_000_000_000)]
    public async Task Times_that_are_none_are_refused(long seconds, int nanos)
    {
        var campaign = new Campaign(CampaignSamples.Campaign()) { StartTime = new() { Seconds = seconds, Nanos = nanos } };
        var error = await Errors.OfAsync(() => _server.Campaigns.CreateCampaignAsync(new() { Campaign = campaign, CampaignId = "timeless" }, Editor));
        Assert.Equal(["campaign.start_time"], error.Fields());
    }

    [Fact]
    public async Task Drafts_and_deleted_campaigns_are_for_editors()
    {
        var draft = await _server.DraftAsync("hidden");
        await _server.TierAsync(draft.Name, "five");
        await _server.AppealAsync(draft.Name, "main");
        var shown = await _server.PublishedAsync("shown");
        var deleted = await _server.PublishedAsync("removed");
        await _server.Campaigns.EndCampaignAsync(new() { Name = deleted.Name }, Editor);
        await _server.Campaigns.DeleteCampaignAsync(new() { Name = deleted.Name }, Editor);

        foreach (var options in (CallOptions[])[default, _server.As("finance")])
        {
            foreach (var name in (string[])[draft.Name, deleted.Name, "campaigns/nowhere"])
            {
                Assert.Equal("RESOURCE_NOT_FOUND", (await Errors.OfAsync(() => _server.Campaigns.GetCampaignAsync(new() { Name = name }, options))).Reason());
                Assert.Equal("RESOURCE_NOT_FOUND", (await Errors.OfAsync(() => _server.Campaigns.GetTierAsync(new() { Name = name + "/tiers/five" }, options))).Reason());
                Assert.Equal("RESOURCE_NOT_FOUND", (await Errors.OfAsync(() => _server.Campaigns.GetAppealAsync(new() { Name = name + "/appeals/main" }, options))).Reason());
                Assert.Equal("RESOURCE_NOT_FOUND", (await Errors.OfAsync(() => _server.Campaigns.ListTiersAsync(new() { Parent = name }, options))).Reason());
                Assert.Equal("RESOURCE_NOT_FOUND", (await Errors.OfAsync(() => _server.Campaigns.ListAppealsAsync(new() { Parent = name }, options))).Reason());
            }

            Assert.Equal(shown.Name, (await _server.Campaigns.GetCampaignAsync(new() { Name = shown.Name }, options)).Name);
            var listed = (await _server.Campaigns.ListCampaignsAsync(new(), options)).Campaigns.Select(c => c.Name).ToList();
            Assert.Contains(shown.Name, listed);
            Assert.DoesNotContain(draft.Name, listed);
            Assert.DoesNotContain(deleted.Name, listed);
            Assert.Equal("PERMISSION_DENIED", (await Errors.OfAsync(() => _server.Campaigns.ListCampaignsAsync(new() { ShowDeleted = true }, options))).Reason());
        }

        var forEditors = (await _server.Campaigns.ListCampaignsAsync(new(), _server.As("admin"))).Campaigns.Select(c => c.Name).ToList();
        Assert.Contains(draft.Name, forEditors);
        Assert.DoesNotContain(deleted.Name, forEditors);
        Assert.Contains(deleted.Name, (await _server.Campaigns.ListCampaignsAsync(new() { ShowDeleted = true }, Editor)).Campaigns.Select(c => c.Name));
        Assert.NotNull((await _server.Campaigns.GetCampaignAsync(new() { Name = deleted.Name }, Editor)).DeleteTime);
    }

    [Fact]
    public async Task Only_editors_change_and_permission_comes_before_validation()
    {
        var request = new CreateCampaignRequest();
        Assert.Equal("TOKEN_MISSING", (await Errors.OfAsync(() => _server.Campaigns.CreateCampaignAsync(request))).Reason());
        Assert.Equal("TOKEN_INVALID", (await Errors.OfAsync(() => _server.Campaigns.CreateCampaignAsync(request, TestServer.Bearer("x")))).Reason());
        Assert.Equal("PERMISSION_DENIED", (await Errors.OfAsync(() => _server.Campaigns.CreateCampaignAsync(request, _server.As("support")))).Reason());
        Assert.Equal(["campaign", "campaign_id"], (await Errors.OfAsync(() => _server.Campaigns.CreateCampaignAsync(request, Editor))).Fields());
    }

    [Fact]
    public async Task A_malformed_name_is_a_field_violation()
    {
        Assert.Equal(["name"], (await Errors.OfAsync(() => _server.Campaigns.GetCampaignAsync(new() { Name = "campaigns/A" }))).Fields());
        Assert.Equal(["parent"], (await Errors.OfAsync(() => _server.Campaigns.ListTiersAsync(new() { Parent = "x" }))).Fields());
        Assert.Equal(["campaign.name"], (await Errors.OfAsync(() => _server.Campaigns.UpdateCampaignAsync(new() { Campaign = CampaignSamples.Campaign() }, Editor))).Fields());
    }

    [Fact]
    public async Task The_verbs_move_a_campaign_and_repeating_them_changes_nothing()
    {
        var published = await _server.PublishedAsync("moved");
        Assert.Equal(State.Active, published.State);
        Assert.Equal(published, await _server.PublishAsync(published.Name));

        var paused = await _server.Campaigns.PauseCampaignAsync(new() { Name = published.Name }, Editor);
        Assert.Equal(State.Paused, paused.State);
        Assert.Equal(paused, await _server.Campaigns.PauseCampaignAsync(new() { Name = published.Name }, Editor));
        var refused = await Errors.OfAsync(() => _server.Campaigns.PublishCampaignAsync(new() { Name = published.Name }, Editor));
        Assert.Equal("STATE_INVALID", refused.Reason());
        Assert.Equal("PAUSED", refused.Detail<Google.Rpc.ErrorInfo>().Metadata["state"]);

        var resumed = await _server.Campaigns.ResumeCampaignAsync(new() { Name = published.Name }, Editor);
        Assert.Equal(State.Active, resumed.State);
        Assert.Equal(resumed, await _server.Campaigns.ResumeCampaignAsync(new() { Name = published.Name }, Editor));

        var ended = await _server.Campaigns.EndCampaignAsync(new() { Name = published.Name }, Editor);
        Assert.Equal(State.Ended, ended.State);
        Assert.Equal(ended, await _server.Campaigns.EndCampaignAsync(new() { Name = published.Name }, Editor));
        Assert.Equal("STATE_INVALID", (await Errors.OfAsync(() => _server.Campaigns.ResumeCampaignAsync(new() { Name = published.Name }, Editor))).Reason());
    }

    [Fact]
    public async Task Time_starts_and_ends_a_scheduled_campaign_and_it_stays_ended()
    {
        var now = fixture.Time.GetUtcNow();
        var campaign = new Campaign(CampaignSamples.Campaign()) { StartTime = Timestamp.FromDateTimeOffset(now.AddHours(1)), EndTime = Timestamp.FromDateTimeOffset(now.AddHours(2)) };
        Assert.Equal(State.Scheduled, (await _server.PublishedAsync("timed", campaign)).State);

        fixture.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(State.Active, (await _server.Campaigns.GetCampaignAsync(new() { Name = "campaigns/timed" })).State);
        fixture.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(State.Ended, (await _server.Campaigns.GetCampaignAsync(new() { Name = "campaigns/timed" })).State);

        var later = new Campaign { Name = "campaigns/timed", EndTime = Timestamp.FromDateTimeOffset(now.AddDays(9)) };
        Assert.Equal(State.Ended, (await _server.Campaigns.UpdateCampaignAsync(new() { Campaign = later }, Editor)).State);
        Assert.Equal("STATE_INVALID", (await Errors.OfAsync(() => _server.Campaigns.PauseCampaignAsync(new() { Name = "campaigns/timed" }, Editor))).Reason());
    }

    [Fact]
    public async Task Publishing_lists_everything_that_is_missing()
    {
        var draft = await _server.DraftAsync("incomplete", new(CampaignSamples.Campaign()) { DefaultLocale = "ru" });
        await _server.TierAsync(draft.Name, "five");
        await _server.AppealAsync(draft.Name, "main", CampaignSamples.Appeal(weight: 0));

        var error = await Errors.OfAsync(() => _server.Campaigns.PublishCampaignAsync(new() { Name = draft.Name }, Editor));

        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
        Assert.Equal("CAMPAIGN_INCOMPLETE", error.Reason());
        Assert.Equal([draft.Name, draft.Name + "/tiers/five", draft.Name + "/appeals/main"], error.Missing().Select(m => m.Subject));
        Assert.Equal(State.Draft, (await _server.Campaigns.GetCampaignAsync(new() { Name = draft.Name }, Editor)).State);
    }

    [Fact]
    public async Task Deleting_hides_and_undeleting_brings_back_in_the_same_state()
    {
        var published = await _server.PublishedAsync("gone");
        Assert.Equal("STATE_INVALID", (await Errors.OfAsync(() => _server.Campaigns.DeleteCampaignAsync(new() { Name = published.Name }, Editor))).Reason());
        await _server.Campaigns.EndCampaignAsync(new() { Name = published.Name }, Editor);

        var deleted = await _server.Campaigns.DeleteCampaignAsync(new() { Name = published.Name }, Editor);
        Assert.Equal(fixture.Time.GetUtcNow(), deleted.DeleteTime.ToDateTimeOffset());
        Assert.Equal(deleted, await _server.Campaigns.DeleteCampaignAsync(new() { Name = published.Name }, Editor));
        Assert.Equal("STATE_INVALID", (await Errors.OfAsync(() => _server.Campaigns.UpdateCampaignAsync(new() { Campaign = new() { Name = published.Name, Priority = 1 } }, Editor))).Reason());
        Assert.Equal("STATE_INVALID", (await Errors.OfAsync(() => _server.Campaigns.CreateTierAsync(new() { Parent = published.Name, TierId = "no", Tier = CampaignSamples.Tier() }, Editor))).Reason());

        var back = await _server.Campaigns.UndeleteCampaignAsync(new() { Name = published.Name }, Editor);
        Assert.Null(back.DeleteTime);
        Assert.Equal(State.Ended, back.State);
        Assert.Equal(back, await _server.Campaigns.UndeleteCampaignAsync(new() { Name = published.Name }, Editor));
    }
}
