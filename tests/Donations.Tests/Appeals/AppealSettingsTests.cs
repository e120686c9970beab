using Dapper;
using Donations.Server.Campaigns;
using Donations.Server.Storage;
using Donations.Testing;
using Donations.V1;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Donations.Tests.Appeals;

/// <summary>Kill switches and exclusions, for all campaigns; a server of its own, since they stop everybody's.</summary>
public sealed class AppealSettingsTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly TestServer _server = fixture.Server;

    private CallOptions Editor => _server.As("editor");

    [Fact]
    public async Task A_placement_is_stopped_and_started_and_nothing_else_is()
    {
        await SetAsync(new() { StoppedPlacements = { Placement.Banner } });
        Assert.Null(await Select(new() { Placement = Placement.Banner }));
        Assert.NotNull(await Select(new() { Placement = Placement.App }));
        var told = await _server.Appeals.SelectAppealAsync(new() { Placement = Placement.Banner, Explain = true }, Editor);
        Assert.Equal(["placement_switch"], told.Explanation.PageVerdicts.Where(v => !v.Passed).Select(v => v.Filter));
        Assert.NotEmpty(told.Explanation.CampaignVerdicts);

        await SetAsync(new());
        Assert.NotNull(await Select(new() { Placement = Placement.Banner }));
        Assert.Equal(StatusCode.PermissionDenied, (await Errors.OfAsync(() => _server.Appeals.SelectAppealAsync(new() { Placement = Placement.Banner, Explain = true }))).StatusCode);
    }

    [Fact]
    public async Task Exclusions_hold_and_what_is_not_described_is_left_alone()
    {
        var article = new SelectAppealRequest { Placement = Placement.ArticleEnd };
        Assert.NotNull(await Select(article));
        Assert.Null(await Select(new(article) { Sensitive = true }));

        await SetAsync(new() { SensitiveSections = { "Obituaries" }, SensitiveTags = { "victims" } });
        Assert.Null(await Select(article));
        Assert.NotNull(await Select(new() { Placement = Placement.App }));
        // White space says nothing, and hides nothing; a letter made of two characters may be any.
        Assert.Null(await Select(new(article) { Section = " " }));
        Assert.Null(await Select(new(article) { Section = "obituaries " }));
        Assert.Null(await Select(new(article) { Section = "politics", Tags = { "во\u0438\u0306на" } }));
        Assert.NotNull(await Select(new(article) { Section = "politics", Tags = { "война" } }));
        Assert.NotNull(await Select(new(article) { Section = "politics", Tags = { "war" } }));
        Assert.Null(await Select(new(article) { Section = "obituaries" }));
        Assert.Null(await Select(new(article) { Section = "politics", Tags = { "war", "Victims" } }));
        Assert.Null(await Select(new() { Placement = Placement.Banner, Section = "obituaries" }));
        // More tags than are read: one of them might be it.
        Assert.Null(await Select(new(article) { Section = "politics", Tags = { Enumerable.Range(0, 51).Select(i => $"tag-{i}") } }));
        await SetAsync(new());
    }

    [Fact]
    public async Task Damaged_settings_stop_everything_until_they_are_written_again()
    {
        await SetAsync(new() { SensitiveTags = { "victims" } });
        var database = _server.Services.GetRequiredService<Database>();
        await database.WriteAsync(c => c.Execute("UPDATE appeal_settings SET resource = x'FFFF', version = version + 1"));
        _server.Services.GetRequiredService<CampaignCatalog>().Refresh();
        Assert.Null(await Select(new() { Placement = Placement.App }));

        Assert.Equal("STATE_INVALID", (await Errors.OfAsync(() => _server.Campaigns.GetAppealSettingsAsync(new() { Name = "appealSettings" }, Editor))).Reason());
        // Half of them would leave it open what the other half was.
        var half = new UpdateAppealSettingsRequest { AppealSettings = new() { Name = "appealSettings", SensitiveTags = { "victims" } }, UpdateMask = new() { Paths = { "sensitive_tags" } } };
        Assert.Equal("STATE_INVALID", (await Errors.OfAsync(() => _server.Campaigns.UpdateAppealSettingsAsync(half, Editor))).Reason());
        await SetAsync(new() { SensitiveTags = { "victims" } });
        Assert.NotNull(await Select(new() { Placement = Placement.App }));
        Assert.Null(await Select(new() { Placement = Placement.App, Tags = { "victims" } }));
        await SetAsync(new());
    }

    [Fact]
    public async Task They_are_a_resource_with_an_etag()
    {
        var before = await _server.Campaigns.GetAppealSettingsAsync(new() { Name = "appealSettings" }, Editor);
        var after = await _server.Campaigns.UpdateAppealSettingsAsync(new() { AppealSettings = new(before) { SensitiveTags = { "a" } } }, Editor);
        Assert.NotEqual(before.Etag, after.Etag);
        Assert.NotNull(after.UpdateTime);
        Assert.Equal("ETAG_MISMATCH", (await Errors.OfAsync(() => _server.Campaigns.UpdateAppealSettingsAsync(new() { AppealSettings = before }, Editor))).Reason());
        Assert.Equal(
            ["appeal_settings.stopped_placements[0]", "appeal_settings.sensitive_sections", "appeal_settings.sensitive_tags[0]", "appeal_settings.sensitive_tags[1]", "appeal_settings.sensitive_tags[2]"],
            (await Errors.OfAsync(() => _server.Campaigns.UpdateAppealSettingsAsync(
                new() { AppealSettings = new() { Name = "appealSettings", StoppedPlacements = { (Placement)9 }, SensitiveSections = { Enumerable.Repeat("x", 201) }, SensitiveTags = { "", "victims ", "\u0438\u0306" } } }, Editor))).Fields());
        Assert.Equal(["name"], (await Errors.OfAsync(() => _server.Campaigns.GetAppealSettingsAsync(new() { Name = "settings" }, Editor))).Fields());
        await SetAsync(new());
    }

    private async Task SetAsync(AppealSettings settings)
    {
        settings.Name = "appealSettings";
        await _server.Campaigns.UpdateAppealSettingsAsync(new() { AppealSettings = settings, UpdateMask = new() { Paths = { "*" } } }, Editor);
    }

    private async Task<AppealView?> Select(SelectAppealRequest request) => (await _server.Appeals.SelectAppealAsync(request)).Appeal;
}
