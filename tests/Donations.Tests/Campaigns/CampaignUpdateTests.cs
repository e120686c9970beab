using Donations.Testing;
using Donations.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Donations.Tests.Campaigns;

public sealed class CampaignUpdateTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly TestServer _server = fixture.Server;

    private CallOptions Editor => _server.As("editor");

    [Fact]
    public async Task A_mask_changes_its_fields_and_no_others()
    {
        var draft = await _server.DraftAsync("masked", new(CampaignSamples.Campaign(5)) { Fund = "defence", IncludedCountries = { "DE", "PL" } });

        var updated = await Update(new() { Name = draft.Name, DisplayName = "New", Priority = 9 }, "display_name", "included_countries");

        Assert.Equal("New", updated.DisplayName);
        Assert.Empty(updated.IncludedCountries);
        Assert.Equal(5, updated.Priority);
        Assert.Equal("defence", updated.Fund);
    }

    [Fact]
    public async Task Without_a_mask_the_populated_fields_change()
    {
        var draft = await _server.DraftAsync("unmasked", new(CampaignSamples.Campaign(5)) { Fund = "defence" });
        var updated = await Update(new() { Name = draft.Name, DisplayName = "New" });
        Assert.Equal(("New", 5, "defence"), (updated.DisplayName, updated.Priority, updated.Fund));
    }

    [Fact]
    public async Task A_star_replaces_everything_but_what_the_server_sets()
    {
        var draft = await _server.DraftAsync("replaced", new(CampaignSamples.Campaign(5)) { Fund = "defence" });
        var updated = await Update(new() { Name = draft.Name, DisplayName = "New", DefaultLocale = "ru" }, "*");
        Assert.Equal(("New", "ru", 0, "general"), (updated.DisplayName, updated.DefaultLocale, updated.Priority, updated.Fund));
        Assert.Equal(draft.CreateTime, updated.CreateTime);
        Assert.Equal(["campaign.display_name", "campaign.default_locale"], (await UpdateError(new() { Name = draft.Name, Priority = 1 }, "*")).Fields());
    }

    [Fact]
    public async Task An_unknown_path_and_a_wrong_value_are_found_before_the_campaign_is()
    {
        Assert.Equal(["update_mask"], (await UpdateError(new() { Name = "campaigns/nowhere" }, "colour")).Fields());
        Assert.Equal(["campaign.priority"], (await UpdateError(new() { Name = "campaigns/nowhere", Priority = 2000 })).Fields());
        Assert.Equal("RESOURCE_NOT_FOUND", (await UpdateError(new() { Name = "campaigns/nowhere", Priority = 20 })).Reason());
    }

    [Fact]
    public async Task An_old_etag_aborts_and_each_change_makes_a_new_one()
    {
        var first = await _server.DraftAsync("tagged");
        var second = await Update(new() { Name = first.Name, Etag = first.Etag, Priority = 1 });
        Assert.NotEqual(first.Etag, second.Etag);

        var error = await UpdateError(new() { Name = first.Name, Etag = first.Etag, Priority = 2 });
        Assert.Equal(StatusCode.Aborted, error.StatusCode);
        Assert.Equal("ETAG_MISMATCH", error.Reason());
        foreach (var call in (Func<AsyncUnaryCall<Campaign>>[])[
            () => _server.Campaigns.PublishCampaignAsync(new() { Name = first.Name, Etag = first.Etag }, Editor),
            () => _server.Campaigns.DeleteCampaignAsync(new() { Name = first.Name, Etag = first.Etag }, Editor),
            () => _server.Campaigns.UndeleteCampaignAsync(new() { Name = first.Name, Etag = first.Etag }, Editor)])
            Assert.Equal("ETAG_MISMATCH", (await Errors.OfAsync(call)).Reason());
        Assert.Equal(1, (await _server.Campaigns.GetCampaignAsync(new() { Name = first.Name }, Editor)).Priority);
        Assert.Equal(3, (await Update(new() { Name = first.Name, Etag = second.Etag, Priority = 3 })).Priority);
    }

    [Fact]
    public async Task The_fund_is_fixed_once_published()
    {
        var draft = await _server.DraftAsync("funded");
        Assert.Equal("defence", (await Update(new() { Name = draft.Name, Fund = "defence" })).Fund);
        await _server.TierAsync(draft.Name, "five");
        await _server.AppealAsync(draft.Name, "main");
        await _server.PublishAsync(draft.Name);

        Assert.Equal(["campaign.fund"], (await UpdateError(new() { Name = draft.Name, Fund = "other" })).Fields());
        Assert.Equal(["campaign.fund"], (await UpdateError(new() { Name = draft.Name }, "fund")).Fields());
        Assert.Equal("defence", (await Update(new() { Name = draft.Name, Fund = "defence", Priority = 1 })).Fund);
    }

    [Fact]
    public async Task A_published_campaign_stays_complete()
    {
        var campaign = await _server.PublishedAsync("complete");

        Assert.Equal("CAMPAIGN_INCOMPLETE", (await UpdateError(new() { Name = campaign.Name, DefaultLocale = "ru" })).Reason());
        Assert.Equal("CAMPAIGN_INCOMPLETE", (await UpdateError(new() { Name = campaign.Name, EndTime = Timestamp.FromDateTimeOffset(fixture.Time.GetUtcNow()) })).Reason());
        Assert.Equal(["campaign.start_time"], (await UpdateError(new() { Name = campaign.Name, StartTime = Timestamp.FromDateTimeOffset(fixture.Time.GetUtcNow().AddDays(1)) })).Fields());
        Assert.Equal("CAMPAIGN_INCOMPLETE", (await Errors.OfAsync(() => _server.Campaigns.ArchiveTierAsync(new() { Name = campaign.Name + "/tiers/five" }, Editor))).Reason());
        Assert.Equal("CAMPAIGN_INCOMPLETE", (await Errors.OfAsync(() => _server.Campaigns.ArchiveAppealAsync(new() { Name = campaign.Name + "/appeals/main" }, Editor))).Reason());
        var mute = new Tier(CampaignSamples.Tier()) { Copies = { } };
        mute.Copies.Clear();
        Assert.Equal("CAMPAIGN_INCOMPLETE", (await Errors.OfAsync(() => _server.Campaigns.CreateTierAsync(new() { Parent = campaign.Name, TierId = "mute", Tier = mute }, Editor))).Reason());
        Assert.Equal("RESOURCE_NOT_FOUND", (await Errors.OfAsync(() => _server.Campaigns.GetTierAsync(new() { Name = campaign.Name + "/tiers/mute" }, Editor))).Reason());
        Assert.Equal(campaign, await _server.Campaigns.GetCampaignAsync(new() { Name = campaign.Name }, Editor));
    }

    [Fact]
    public async Task A_change_of_a_tier_or_an_appeal_is_one_of_its_campaign()
    {
        var before = await _server.DraftAsync("touched");
        fixture.Time.Advance(TimeSpan.FromMinutes(1));
        await _server.TierAsync(before.Name, "five");
        var afterTier = await _server.Campaigns.GetCampaignAsync(new() { Name = before.Name }, Editor);
        fixture.Time.Advance(TimeSpan.FromMinutes(1));
        await _server.AppealAsync(before.Name, "main");
        var afterAppeal = await _server.Campaigns.GetCampaignAsync(new() { Name = before.Name }, Editor);

        Assert.Equal(TimeSpan.FromMinutes(1), afterTier.UpdateTime.ToDateTimeOffset() - before.UpdateTime.ToDateTimeOffset());
        Assert.Equal(TimeSpan.FromMinutes(1), afterAppeal.UpdateTime.ToDateTimeOffset() - afterTier.UpdateTime.ToDateTimeOffset());
        Assert.Equal(3, new HashSet<string> { before.Etag, afterTier.Etag, afterAppeal.Etag }.Count);
    }

    private async Task<Campaign> Update(Campaign campaign, params string[] mask) =>
        await _server.Campaigns.UpdateCampaignAsync(new() { Campaign = campaign, UpdateMask = Mask(mask) }, Editor);

    private Task<RpcException> UpdateError(Campaign campaign, params string[] mask) =>
        Errors.OfAsync(() => _server.Campaigns.UpdateCampaignAsync(new() { Campaign = campaign, UpdateMask = Mask(mask) }, Editor));

    private static FieldMask? Mask(string[] paths) => paths is [] ? null : new() { Paths = { paths } };
}
