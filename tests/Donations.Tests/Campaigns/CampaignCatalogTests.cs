using Dapper;
using Donations.Server.Campaigns;
using Donations.Server.Money;
using Donations.Server.Storage;
using Donations.Testing;
using Donations.V1;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Donations.Tests.Campaigns;

public sealed class CampaignCatalogTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly FakeTimeProvider _time = new(new(2026, 11, 24, 9, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task It_holds_what_is_published_and_knows_it_before_the_write_is_answered()
    {
        await using var server = await TestServer.StartAsync(new() { Time = _time });
        var catalog = server.Services.GetRequiredService<CampaignCatalog>();
        var draft = await server.DraftAsync("watched", new(CampaignSamples.Campaign()) { Fund = "defence", EndTime = Timestamp.FromDateTimeOffset(_time.GetUtcNow().AddDays(1)) });
        await server.TierAsync(draft.Name, "five", CampaignSamples.Tier(CampaignSamples.Amount("USD", 5), CampaignSamples.Amount("JPY", 700)));
        await server.TierAsync(draft.Name, "free", new(CampaignSamples.Tier()) { FreeAmount = true, Interval = PledgeInterval.OneTime });
        await server.AppealAsync(draft.Name, "main");
        Assert.Null(catalog.Current.Find("watched"));

        await server.PublishAsync(draft.Name);

        var campaign = catalog.Current.Find("watched");
        Assert.NotNull(campaign);
        Assert.Equal(("watched", "defence", draft.Name), (campaign.Id, campaign.Fund, campaign.Resource.Name));
        Assert.True(campaign.IsActive(_time.NowMicros()));
        Assert.False(campaign.IsActive(_time.NowMicros() + UnixMicros.PerDay));
        Assert.True(campaign.HasAppeal("main"));
        Assert.False(campaign.HasAppeal("other"));
        Assert.Equal(new MinorAmount(500, "USD"), campaign.FindTier("five")?.Price("USD"));
        Assert.Equal(new MinorAmount(700, "JPY"), campaign.FindTier("five")?.Price("JPY"));
        Assert.Null(campaign.FindTier("five")?.Price("EUR"));
        Assert.Equal((true, PledgeInterval.OneTime, true), (campaign.FindTier("free")!.FreeAmount, campaign.FindTier("free")!.Interval, campaign.FindTier("free")!.IsActive));
        Assert.Null(campaign.FindTier("none"));

        var editor = server.As("editor");
        await server.Campaigns.ArchiveTierAsync(new() { Name = draft.Name + "/tiers/free" }, editor);
        Assert.False(catalog.Current.Find("watched")!.FindTier("free")!.IsActive);
        await server.Campaigns.PauseCampaignAsync(new() { Name = draft.Name }, editor);
        Assert.False(catalog.Current.Find("watched")!.IsActive(_time.NowMicros()));
        await server.Campaigns.EndCampaignAsync(new() { Name = draft.Name }, editor);
        Assert.False(catalog.Current.Find("watched")!.IsActive(_time.NowMicros()));
        await server.Campaigns.DeleteCampaignAsync(new() { Name = draft.Name }, editor);
        Assert.Null(catalog.Current.Find("watched"));
    }

    [Fact]
    public async Task A_write_of_another_process_is_seen_by_the_poll()
    {
        await using var server = await TestServer.StartAsync(new() { Time = _time });
        var published = await server.PublishedAsync("shared");
        var paused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Services.GetRequiredService<CampaignCatalog>().Subscribe(snapshot =>
        {
            if (!snapshot.Find("shared")!.IsOn)
                paused.TrySetResult();
        });

        Sql(server, "UPDATE campaigns SET state = @paused, version = version + 1 WHERE campaign_id = 'shared'", new { paused = (int)Campaign.Types.State.Paused });

        // The poll's timer may not have been made yet when the clock first moves.
        for (var waited = TimeSpan.Zero; !paused.Task.IsCompleted && waited < Patience; waited += TimeSpan.FromMilliseconds(20))
        {
            _time.Advance(CampaignCatalogPoll.Period);
            await Task.WhenAny(paused.Task, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System));
        }

        Assert.True(paused.Task.IsCompleted);
        var selected = await server.Appeals.SelectAppealAsync(new() { Placement = Placement.Banner });
        Assert.NotEqual(published.Name, selected.Appeal?.Campaign);
    }

    [Theory]
    [InlineData("UPDATE campaigns SET resource = x'FFFF', version = version + 1 WHERE campaign_id = 'broken'")]
    [InlineData("UPDATE tiers SET resource = x'FFFF' WHERE campaign_id = 'broken'")]
    [InlineData("UPDATE tiers SET state = 2 WHERE campaign_id = 'broken'")]
    [InlineData("DELETE FROM appeals WHERE campaign_id = 'broken'")]
    public async Task A_malformed_campaign_is_skipped_and_the_others_are_shown(string damage)
    {
        await using var server = await TestServer.StartAsync(new() { Time = _time });
        await server.PublishedAsync("sound", CampaignSamples.Campaign(priority: 1));
        await server.PublishedAsync("broken", CampaignSamples.Campaign(priority: 2));
        Assert.Equal("campaigns/broken", (await server.Appeals.SelectAppealAsync(new() { Placement = Placement.Banner })).Appeal.Campaign);

        Sql(server, damage);
        await server.RestartAsync();

        Assert.Equal("campaigns/sound", (await server.Appeals.SelectAppealAsync(new() { Placement = Placement.Banner })).Appeal.Campaign);
    }

    private static void Sql(TestServer server, string sql, object? parameters = null)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(server.DataDirectory, "donations.db")};Pooling=False");
        Assert.InRange(connection.Execute(sql, parameters), 1, 9);
    }
}
