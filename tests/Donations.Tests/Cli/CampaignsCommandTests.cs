using System.Text.Json;
using Donations.Cli;
using Donations.Testing;
using Donations.Tests.Campaigns;
using Donations.V1;

namespace Donations.Tests.Cli;

/// <summary>An editor at a terminal, on the composed server.</summary>
public sealed class CampaignsCommandTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly TestServer _server = fixture.Server;

    [Fact]
    public async Task A_campaign_is_copied_checked_published_and_put_away()
    {
        await _server.PublishedAsync("spring", CampaignSamples.Campaign(-50));
        Assert.Equal("campaigns/summer draft", (await RunAsync("copy", "spring", "summer", "--display-name", "Summer")).Output.Trim());
        await _server.Campaigns.ArchiveTierAsync(new() { Name = "campaigns/summer/tiers/five" }, _server.As("editor"));

        var check = await RunAsync("check", "summer");
        Assert.Equal(CliException.Waiting, check.ExitCode);
        Assert.Equal("error: campaigns/summer: needs at least one active tier", check.Lines[0]);
        Assert.Equal("It cannot be published yet.", check.Lines[^1]);
        await _server.TierAsync("campaigns/summer", "six");
        Assert.Equal("It can be published.", (await RunAsync("check", "summer")).Lines[^1]);

        Assert.Equal("campaigns/summer active", (await RunAsync("publish", "summer")).Output.Trim());
        Assert.Equal("campaigns/summer paused", (await RunAsync("pause", "summer")).Output.Trim());
        Assert.Equal("campaigns/summer active", (await RunAsync("resume", "summer")).Output.Trim());
        Assert.Equal("campaigns/summer ended", (await RunAsync("end", "summer")).Output.Trim());
        Assert.Equal("campaigns/summer ended, archived", (await RunAsync("archive", "summer")).Output.Trim());
        async Task<bool> ListedAsync(params string[] arguments) =>
            (await RunAsync(["list", "--format", "json", .. arguments])).Lines.Any(l => JsonDocument.Parse(l).RootElement.GetProperty("name").GetString() == "campaigns/summer");
        Assert.False(await ListedAsync());
        Assert.True(await ListedAsync("--archived"));
        Assert.Contains("summer", (await RunAsync("list", "--archived")).Output, StringComparison.Ordinal);
        Assert.Equal("campaigns/summer ended", (await RunAsync("unarchive", "summer")).Output.Trim());

        var history = await RunAsync("history", "summer", "--format", "json");
        Assert.Equal(["unarchive", "archive", "end", "resume", "pause", "publish", "create", "archive", "create", "create", "clone"], history.Lines.Select(l => JsonDocument.Parse(l).RootElement.GetProperty("action").GetString()));
        Assert.Contains("priority: -50", (await RunAsync("history", "summer")).Output.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_preview_is_a_link()
    {
        await _server.DraftAsync("secret-plan");
        await _server.TierAsync("campaigns/secret-plan", "five");
        await _server.AppealAsync("campaigns/secret-plan", "main");
        var token = (await RunAsync("preview", "secret-plan", "--appeal", "main", "--hours", "2")).Output.Trim().Split("#preview=")[^1];
        Assert.Equal("campaigns/secret-plan", (await _server.Appeals.SelectAppealAsync(new() { Placement = Placement.Banner, PreviewToken = token })).Appeal.Campaign);
        var wrong = await RunAsync("preview", "secret-plan", "--hours", "721");
        Assert.Equal(CliException.Usage, wrong.ExitCode);
        Assert.Contains("ttl", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Placements_are_stopped_and_topics_left_alone()
    {
        Assert.Equal(["stopped placements: interstitial", "sensitive sections: none", "sensitive tags: none"], (await AppealsAsync("stop", "interstitial")).Lines);
        Assert.Equal("sensitive tags: victims", (await AppealsAsync("exclude", "--tag", "victims")).Lines[2]);
        Assert.Equal("sensitive sections: obituaries", (await AppealsAsync("exclude", "--section", "obituaries")).Lines[1]);
        Assert.Null((await _server.Appeals.SelectAppealAsync(new() { Placement = Placement.Interstitial })).Appeal);
        Assert.Equal(["stopped placements: none", "sensitive sections: obituaries", "sensitive tags: victims"], (await AppealsAsync("start", "interstitial")).Lines);
        await AppealsAsync("include", "--tag", "Victims");
        Assert.Equal(CliException.Failed, (await AppealsAsync("include", "--tag", "victims")).ExitCode);
        Assert.Contains("appealSettings", (await RunAsync("history", "appealSettings", "--format", "json")).Output, StringComparison.Ordinal);
        Assert.Equal("sensitive sections: none", (await AppealsAsync("include", "--section", "obituaries")).Lines[1]);
        Assert.NotNull((await _server.Appeals.SelectAppealAsync(new() { Placement = Placement.Interstitial })).Appeal);
        Assert.Equal(CliException.Usage, (await AppealsAsync("exclude")).ExitCode);
        Assert.Equal(CliException.Usage, (await AppealsAsync("stop", "ceiling")).ExitCode);
    }

    private Task<CliRun> RunAsync(params string[] arguments) => CliRun.OfAsync(_server, "editor", CampaignsCommand.Create(), arguments);

    private Task<CliRun> AppealsAsync(params string[] arguments) => CliRun.OfAsync(_server, "editor", AppealsCommand.Create(), arguments);
}
