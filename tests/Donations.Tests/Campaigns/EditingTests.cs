using Dapper;
using Donations.Server.Storage;
using Donations.Testing;
using Donations.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using static Donations.Tests.Campaigns.CampaignSamples;

namespace Donations.Tests.Campaigns;

/// <summary>What makes an editor's work easier: copies, the archive, the report before publishing, previews, the history.</summary>
public sealed class EditingTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly TestServer _server = fixture.Server;

    private CallOptions Editor => _server.As("editor");

    [Fact]
    public async Task A_copy_is_a_draft_with_the_same_content_and_no_schedule()
    {
        var source = await _server.PublishedAsync("autumn", new(Campaign(-7))
        {
            EndTime = Timestamp.FromDateTimeOffset(fixture.Time.GetUtcNow().AddDays(9)),
            Goal = new() { SupporterCount = 500 },
            Targeting = new() { IncludedSections = { "politics" } },
            FrequencyCap = new() { ViewCount = 2, DayCount = 7 },
            AskPauseDays = 0,
        });
        await _server.AppealAsync(source.Name, "old");
        await _server.Campaigns.ArchiveAppealAsync(new() { Name = source.Name + "/appeals/old" }, Editor);

        var copy = await _server.Campaigns.CloneCampaignAsync(new() { Name = source.Name, CampaignId = "winter", DisplayName = "Winter" }, Editor);

        Assert.Equal((V1.Campaign.Types.State.Draft, "Winter", null), (copy.State, copy.DisplayName, copy.EndTime));
        Assert.Equal((source.Goal, source.Targeting, source.FrequencyCap, -7), (copy.Goal, copy.Targeting, copy.FrequencyCap, copy.Priority));
        Assert.True(copy.HasAskPauseDays);
        Assert.False(copy.HasDismissalPauseDays);
        var tier = Assert.Single((await _server.Campaigns.ListTiersAsync(new() { Parent = copy.Name }, Editor)).Tiers);
        var appeal = Assert.Single((await _server.Campaigns.ListAppealsAsync(new() { Parent = copy.Name }, Editor)).Appeals);
        Assert.Equal(("campaigns/winter/tiers/five", "campaigns/winter/appeals/main"), (tier.Name, appeal.Name));
        Assert.Equal(V1.Campaign.Types.State.Active, (await _server.PublishAsync(copy.Name)).State);

        var taken = await Errors.OfAsync(() => _server.Campaigns.CloneCampaignAsync(new() { Name = source.Name, CampaignId = "winter" }, Editor));
        Assert.Equal((StatusCode.AlreadyExists, "RESOURCE_EXISTS"), (taken.StatusCode, taken.Reason()));
        Assert.Equal(["campaign_id", "display_name"], (await Errors.OfAsync(() => _server.Campaigns.CloneCampaignAsync(new() { Name = source.Name, CampaignId = "W", DisplayName = new('x', 121) }, Editor))).Fields());
        Assert.Equal(StatusCode.NotFound, (await Errors.OfAsync(() => _server.Campaigns.CloneCampaignAsync(new() { Name = "campaigns/nothing", CampaignId = "spring" }, Editor))).StatusCode);
    }

    [Fact]
    public async Task The_archive_hides_what_is_over()
    {
        var campaign = await _server.PublishedAsync("over-now");
        var error = await Errors.OfAsync(() => _server.Campaigns.ArchiveCampaignAsync(new() { Name = campaign.Name }, Editor));
        Assert.Equal((StatusCode.FailedPrecondition, "STATE_INVALID"), (error.StatusCode, error.Reason()));

        campaign = await _server.Campaigns.EndCampaignAsync(new() { Name = campaign.Name }, Editor);
        Assert.Equal("ETAG_MISMATCH", (await Errors.OfAsync(() => _server.Campaigns.ArchiveCampaignAsync(new() { Name = campaign.Name, Etag = "\"1\"" }, Editor))).Reason());
        var archived = await _server.Campaigns.ArchiveCampaignAsync(new() { Name = campaign.Name, Etag = campaign.Etag }, Editor);
        Assert.NotNull(archived.ArchiveTime);
        Assert.Equal(archived, await _server.Campaigns.ArchiveCampaignAsync(new() { Name = campaign.Name }, Editor));

        async Task<bool> ListedAsync(bool archive) => (await _server.Campaigns.ListCampaignsAsync(new() { PageSize = 200, ShowArchived = archive }, Editor)).Campaigns.Any(c => c.Name == campaign.Name);
        Assert.False(await ListedAsync(false));
        Assert.True(await ListedAsync(true));
        Assert.Equal(StatusCode.PermissionDenied, (await Errors.OfAsync(() => _server.Campaigns.ListCampaignsAsync(new() { ShowArchived = true }))).StatusCode);

        Assert.Null((await _server.Campaigns.UnarchiveCampaignAsync(new() { Name = campaign.Name }, Editor)).ArchiveTime);
        Assert.True(await ListedAsync(false));
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_told_before_publishing()
    {
        var draft = await _server.DraftAsync("unready");
        var appeal = Appeal();
        appeal.Copies[0].Title = "Dear {{name}}";
        await _server.AppealAsync(draft.Name, "main", appeal);

        var report = await _server.Campaigns.ValidateCampaignAsync(new() { Name = draft.Name }, Editor);

        Assert.False(report.Publishable);
        var errors = report.Problems.Where(p => p.Severity == CampaignProblem.Types.Severity.Error).Select(p => (p.Subject, p.Field)).ToList();
        Assert.Equal([("campaigns/unready", ""), ("campaigns/unready/appeals/main", "copies[0].title")], errors);
        Assert.Contains(report.Problems, p => p.Severity == CampaignProblem.Types.Severity.Warning);
        Assert.Equal("CAMPAIGN_INCOMPLETE", (await Errors.OfAsync(() => _server.Campaigns.PublishCampaignAsync(new() { Name = draft.Name }, Editor))).Reason());

        await _server.TierAsync(draft.Name, "five");
        appeal.Copies[0].Title = "Dear reader in {{country}}";
        await _server.Campaigns.UpdateAppealAsync(new() { Appeal = new(appeal) { Name = draft.Name + "/appeals/main" } }, Editor);
        Assert.True((await _server.Campaigns.ValidateCampaignAsync(new() { Name = draft.Name }, Editor)).Publishable);
        await _server.PublishAsync(draft.Name);
    }

    [Fact]
    public async Task A_rule_that_is_newer_than_a_campaign_does_not_keep_it_from_being_mended_or_taken_off()
    {
        var campaign = await _server.PublishedAsync("of-old", Campaign(-60));
        var database = _server.Services.GetRequiredService<Database>();
        var bare = new Tier(Tier()) { State = V1.Tier.Types.State.Active };
        bare.Copies[0].Impact = "";
        await database.WriteAsync(c => c.Execute("UPDATE tiers SET resource = @resource WHERE campaign_id = 'of-old'", new { resource = bare.ToByteArray() }));

        await _server.Campaigns.UpdateCampaignAsync(new() { Campaign = new() { Name = campaign.Name, Priority = -61 } }, Editor);
        await _server.AppealAsync(campaign.Name, "second");
        // Nothing may get worse.
        var worse = Appeal();
        worse.Copies[0].Title = "{{name}}";
        var error = await Errors.OfAsync(() => _server.Campaigns.CreateAppealAsync(new() { Parent = campaign.Name, Appeal = worse, AppealId = "third" }, Editor));
        Assert.Equal("CAMPAIGN_INCOMPLETE", error.Reason());
        Assert.DoesNotContain("impact", error.Status.Detail, StringComparison.Ordinal);

        await _server.Campaigns.PauseCampaignAsync(new() { Name = campaign.Name }, Editor);
        Assert.Contains("impact", (await Errors.OfAsync(() => _server.Campaigns.ResumeCampaignAsync(new() { Name = campaign.Name }, Editor))).Status.Detail, StringComparison.Ordinal);
        bare.Copies[0].Impact = "An hour";
        await _server.Campaigns.UpdateTierAsync(new() { Tier = new(bare) { Name = campaign.Name + "/tiers/five" } }, Editor);
        await _server.Campaigns.ResumeCampaignAsync(new() { Name = campaign.Name }, Editor);
    }

    [Fact]
    public async Task A_preview_link_shows_a_draft_until_it_expires_and_explains()
    {
        var draft = await _server.DraftAsync("to-come", new(Campaign(100)) { IncludedCountries = { "FR" }, StartTime = Timestamp.FromDateTimeOffset(fixture.Time.GetUtcNow().AddDays(30)) });
        await _server.TierAsync(draft.Name, "five");
        var quiet = Appeal(weight: 0);
        quiet.Copies[0].Title = "Quiet";
        await _server.AppealAsync(draft.Name, "quiet", quiet);
        await _server.AppealAsync(draft.Name, "main");

        var link = await _server.Campaigns.CreatePreviewLinkAsync(new() { Name = draft.Name, Ttl = Duration.FromTimeSpan(TimeSpan.FromMinutes(5)) }, Editor);
        var shown = await _server.Appeals.SelectAppealAsync(new() { Placement = Placement.Banner, PreviewToken = link.PreviewToken });
        Assert.Equal(("campaigns/to-come", "Title en"), (shown.Appeal.Campaign, shown.Appeal.Title));
        var verdict = Assert.Single(shown.Explanation.CampaignVerdicts);
        Assert.False(verdict.Passed);
        Assert.Equal(["state", "schedule", "country"], verdict.FilterVerdicts.Where(f => !f.Passed).Select(f => f.Filter));

        var one = await _server.Campaigns.CreatePreviewLinkAsync(new() { Name = draft.Name, Appeal = draft.Name + "/appeals/quiet" }, Editor);
        Assert.Equal("Quiet", (await _server.Appeals.SelectAppealAsync(new() { Placement = Placement.App, PreviewToken = one.PreviewToken })).Appeal.Title);
        Assert.Equal(fixture.Time.GetUtcNow().AddDays(1), one.ExpireTime.ToDateTimeOffset());

        // Where it says nothing, why not is told all the same.
        var mute = await _server.Appeals.SelectAppealAsync(new() { Placement = Placement.Interstitial, PreviewToken = link.PreviewToken });
        Assert.Null(mute.Appeal);
        Assert.Contains("placement", Assert.Single(mute.Explanation.CampaignVerdicts).FilterVerdicts.Where(f => !f.Passed).Select(f => f.Filter));

        // What is changed shows at once; what is not there yet is told.
        await _server.Campaigns.ArchiveTierAsync(new() { Name = draft.Name + "/tiers/five" }, Editor);
        var incomplete = await Errors.OfAsync(() => _server.Appeals.SelectAppealAsync(new() { Placement = Placement.Banner, PreviewToken = link.PreviewToken }));
        Assert.Equal("CAMPAIGN_INCOMPLETE", incomplete.Reason());

        fixture.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(["preview_token"], (await Errors.OfAsync(() => _server.Appeals.SelectAppealAsync(new() { Placement = Placement.Banner, PreviewToken = link.PreviewToken }))).Fields());
        Assert.Equal(["ttl"], (await Errors.OfAsync(() => _server.Campaigns.CreatePreviewLinkAsync(new() { Name = draft.Name, Ttl = new() { Seconds = 59 } }, Editor))).Fields());
        Assert.Equal(["ttl"], (await Errors.OfAsync(() => _server.Campaigns.CreatePreviewLinkAsync(new() { Name = draft.Name, Ttl = new() { Seconds = long.MaxValue } }, Editor))).Fields());
        Assert.Equal(["appeal"], (await Errors.OfAsync(() => _server.Campaigns.CreatePreviewLinkAsync(new() { Name = draft.Name, Appeal = "campaigns/other/appeals/main" }, Editor))).Fields());
        Assert.Equal(StatusCode.NotFound, (await Errors.OfAsync(() => _server.Campaigns.CreatePreviewLinkAsync(new() { Name = draft.Name, Appeal = draft.Name + "/appeals/none" }, Editor))).StatusCode);
    }

    [Fact]
    public async Task The_history_tells_who_changed_what()
    {
        var campaign = await _server.PublishedAsync("told-of");
        await _server.Campaigns.UpdateCampaignAsync(new() { Campaign = new() { Name = campaign.Name, Priority = -9, Goal = new() { Amount = Amount("EUR", 1000) } } }, Editor);
        await _server.Campaigns.UpdateCampaignAsync(new() { Campaign = new() { Name = campaign.Name, Priority = -9 } }, Editor);
        await _server.Campaigns.UpdateAppealAsync(new() { Appeal = new() { Name = campaign.Name + "/appeals/main", Weight = 7 } }, Editor);
        await _server.Campaigns.PauseCampaignAsync(new() { Name = campaign.Name }, Editor);
        await _server.PublishedAsync("told-of-too");

        var client = new OperationsService.OperationsServiceClient(_server.Channel);
        var all = new List<AuditEvent>();
        var request = new ListAuditEventsRequest { Resource = campaign.Name, PageSize = 3 };
        do
        {
            var page = await client.ListAuditEventsAsync(request, Editor);
            all.AddRange(page.AuditEvents);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);

        Assert.Equal(
            ["pause campaigns/told-of", "update campaigns/told-of/appeals/main", "update campaigns/told-of", "publish campaigns/told-of", "create campaigns/told-of/appeals/main", "create campaigns/told-of/tiers/five", "create campaigns/told-of"],
            all.Select(e => $"{e.Action} {e.Resource}"));
        Assert.All(all, e => Assert.StartsWith("staff/", e.Actor, StringComparison.Ordinal));
        Assert.Equal(
            [
                new FieldChange { Field = "priority", BeforeJson = "", AfterJson = "-9" },
                new FieldChange { Field = "goal", BeforeJson = "", AfterJson = """{ "amount": { "currency_code": "EUR", "units": "1000" } }""" },
            ],
            all[2].Changes);
        Assert.Equal([new FieldChange { Field = "weight", BeforeJson = "1", AfterJson = "7" }], all[1].Changes);
        Assert.Equal([new FieldChange { Field = "state", BeforeJson = "\"STATE_ACTIVE\"", AfterJson = "\"STATE_PAUSED\"" }], all[0].Changes);

        Assert.Equal(StatusCode.PermissionDenied, (await Errors.OfAsync(() => client.ListAuditEventsAsync(new(), _server.As("finance")))).StatusCode);
        Assert.Equal(["resource"], (await Errors.OfAsync(() => client.ListAuditEventsAsync(new() { Resource = new('x', 201) }, Editor))).Fields());
    }
}
