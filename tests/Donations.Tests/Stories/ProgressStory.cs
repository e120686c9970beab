using Donations.Server.Appeals;
using Donations.Server.Storage;
using Donations.Testing;
using Donations.V1;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Donations.Tests.Stories;

/// <summary>A campaign with a goal, from its first gift to numbers that the public may see.</summary>
public sealed class ProgressStory
{
    [Fact]
    public async Task Progress_is_told_from_twenty_gifts_up_at_fixed_times_and_a_monthly_gift_counts_once()
    {
        await using var scenario = await Scenario.StartAsync();
        var editor = scenario.Server.As("editor");
        var publisher = scenario.Server.Services.GetServices<IChore>().OfType<PublishProgress>().Single();
        await scenario.Server.Campaigns.UpdateCampaignAsync(new() { Campaign = new() { Name = Scenario.Campaign, Goal = new() { Amount = Scenario.Usd(200) }, PublishProgress = true } }, editor);
        async Task<CampaignProgress?> SeenAsync() => (await scenario.Server.Appeals.SelectAppealAsync(new() { Placement = Placement.App, Country = "US" })).Appeal.Progress;

        for (var i = 0; i < 19; i++)
            await scenario.PledgeAsync();
        // Gifts in another currency are not told of in this one.
        await scenario.PledgeAsync("one-time-25", new() { CurrencyCode = "EUR", Units = 25 });
        await scenario.SettleAsync();
        await publisher.RunAsync(default);
        Assert.Null(await SeenAsync());
        Assert.Equal(StatusCode.NotFound, (await Errors.OfAsync(() => scenario.Server.Campaigns.GetCampaignProgressAsync(new() { Name = Scenario.Campaign + "/progress" }))).StatusCode);

        // The twentieth gift shows at the next fixed time, not when it comes.
        await scenario.PledgeAsync("one-time-25", Scenario.Usd(25));
        await scenario.SettleAsync();
        await publisher.RunAsync(default);
        Assert.Null(await SeenAsync());
        scenario.Time.Advance(TimeSpan.FromHours(6));
        await publisher.RunAsync(default);
        var seen = await SeenAsync();
        Assert.Equal((20, Scenario.Usd(63), Scenario.Usd(200), 31), (seen!.SupporterCount, seen.Amount, seen.GoalAmount, seen.ReachedPercent));
        Assert.Equal(seen, await scenario.Server.Campaigns.GetCampaignProgressAsync(new() { Name = Scenario.Campaign + "/progress" }));

        // A month later each monthly gift has been paid again, and nothing has changed.
        await scenario.AdvanceAsync(TimeSpan.FromDays(32));
        scenario.Time.Advance(TimeSpan.FromHours(6));
        await publisher.RunAsync(default);
        Assert.Equal(seen, await SeenAsync());

        await scenario.Server.Campaigns.UpdateCampaignAsync(new() { Campaign = new() { Name = Scenario.Campaign }, UpdateMask = new() { Paths = { "publish_progress" } } }, editor);
        Assert.Null(await SeenAsync());
    }
}
