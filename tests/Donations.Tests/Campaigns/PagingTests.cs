using Donations.Testing;
using Donations.V1;
using Grpc.Core;

namespace Donations.Tests.Campaigns;

public sealed class PagingTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly TestServer _server = fixture.Server;

    private CallOptions Editor => _server.As("editor");

    [Fact]
    public async Task Campaigns_come_newest_first_once_each_while_others_are_added()
    {
        var expected = new List<string>();
        for (var i = 0; i < 7; i++)
        {
            // Pairs share a creation time: the id decides between them.
            if (i % 2 == 0)
                fixture.Time.Advance(TimeSpan.FromSeconds(1));
            expected.Insert(0, (await _server.DraftAsync($"paged-{i}")).Name);
        }

        var seen = new List<string>();
        var request = new ListCampaignsRequest { PageSize = 2 };
        do
        {
            var page = await _server.Campaigns.ListCampaignsAsync(request, Editor);
            Assert.InRange(page.Campaigns.Count, 1, 2);
            seen.AddRange(page.Campaigns.Select(c => c.Name));
            request.PageToken = page.NextPageToken;
            fixture.Time.Advance(TimeSpan.FromSeconds(1));
            await _server.DraftAsync($"added-{seen.Count}");
        }
        while (request.PageToken.Length > 0);

        Assert.Equal(expected, seen.Where(name => name.StartsWith("campaigns/paged-", StringComparison.Ordinal)));
        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.DoesNotContain(seen, name => name.StartsWith("campaigns/added-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Tiers_come_by_position_and_appeals_by_id_once_each()
    {
        var draft = await _server.DraftAsync("ordered");
        foreach (var (id, position) in ((string, int)[])[("bb", 2), ("aa", 2), ("cc", 1), ("dd", 10), ("ee", 2)])
            await _server.TierAsync(draft.Name, id, new(CampaignSamples.Tier()) { Position = position });
        foreach (var id in (string[])["second", "first", "third"])
            await _server.AppealAsync(draft.Name, id);

        var tiers = new List<string>();
        var request = new ListTiersRequest { Parent = draft.Name, PageSize = 2 };
        do
        {
            var page = await _server.Campaigns.ListTiersAsync(request, Editor);
            tiers.AddRange(page.Tiers.Select(t => t.Name.Split('/')[^1]));
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        Assert.Equal(["cc", "aa", "bb", "ee", "dd"], tiers);

        var first = await _server.Campaigns.ListAppealsAsync(new() { Parent = draft.Name, PageSize = 2 }, Editor);
        var second = await _server.Campaigns.ListAppealsAsync(new() { Parent = draft.Name, PageToken = first.NextPageToken }, Editor);
        Assert.Equal(["first", "second", "third"], first.Appeals.Concat(second.Appeals).Select(a => a.Name.Split('/')[^1]));
        Assert.Empty(second.NextPageToken);
    }

    [Fact]
    public async Task A_token_is_bound_to_its_arguments_and_cannot_be_forged()
    {
        var draft = await _server.DraftAsync("bound");
        var other = await _server.DraftAsync("bound-other");
        await _server.TierAsync(draft.Name, "tier-of-the-first-page");
        await _server.TierAsync(draft.Name, "tier-of-the-second-page");
        var token = (await _server.Campaigns.ListTiersAsync(new() { Parent = draft.Name, PageSize = 1 }, Editor)).NextPageToken;
        Assert.NotEmpty(token);
        Assert.DoesNotContain("tier-of-the-first-page", token, StringComparison.Ordinal);

        var forged = (token[5] == 'A' ? "B" : "A") is var letter ? token[..5] + letter + token[6..] : "";
        foreach (var (parent, wrong) in ((string, string)[])[(other.Name, token), (draft.Name, forged), (draft.Name, token[..^4]), (draft.Name, "!"), (draft.Name, new('a', 2000))])
        {
            var error = await Errors.OfAsync(() => _server.Campaigns.ListTiersAsync(new() { Parent = parent, PageToken = wrong }, Editor));
            Assert.Equal((StatusCode.InvalidArgument, "PAGE_TOKEN_INVALID"), (error.StatusCode, error.Reason()));
        }

        var campaigns = await Errors.OfAsync(() => _server.Campaigns.ListCampaignsAsync(new() { PageToken = token }, Editor));
        Assert.Equal("PAGE_TOKEN_INVALID", campaigns.Reason());
        Assert.Equal(["tier-of-the-second-page"], (await _server.Campaigns.ListTiersAsync(new() { Parent = draft.Name, PageSize = 9, PageToken = token }, Editor)).Tiers.Select(t => t.Name.Split('/')[^1]));
    }

    [Fact]
    public async Task A_token_works_after_a_restart_and_shows_an_anonymous_caller_no_drafts()
    {
        await using var server = await TestServer.StartAsync();
        await server.PublishedAsync("public");
        await server.DraftAsync("draft-one");
        await server.DraftAsync("draft-two");
        var first = await server.Campaigns.ListCampaignsAsync(new() { PageSize = 1 }, server.As("editor"));
        Assert.Equal("campaigns/draft-two", first.Campaigns.Single().Name);

        await server.RestartAsync();

        var next = await server.Campaigns.ListCampaignsAsync(new() { PageToken = first.NextPageToken });
        Assert.Equal(["campaigns/public", "campaigns/press-in-exile"], next.Campaigns.Select(c => c.Name));
    }

    [Fact]
    public async Task The_page_size_is_coerced_and_negative_is_refused()
    {
        var draft = await _server.DraftAsync("sized");
        for (var i = 0; i < 51; i++)
            await _server.AppealAsync(draft.Name, $"appeal-{i}");
        Assert.Equal(50, (await _server.Campaigns.ListAppealsAsync(new() { Parent = draft.Name }, Editor)).Appeals.Count);
        Assert.Equal(51, (await _server.Campaigns.ListAppealsAsync(new() { Parent = draft.Name, PageSize = int.MaxValue }, Editor)).Appeals.Count);
        Assert.Equal(["page_size"], (await Errors.OfAsync(() => _server.Campaigns.ListAppealsAsync(new() { Parent = draft.Name, PageSize = -1 }, Editor))).Fields());
    }
}
