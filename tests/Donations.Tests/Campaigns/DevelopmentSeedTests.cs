using Donations.Testing;
using Donations.V1;

namespace Donations.Tests.Campaigns;

public sealed class DevelopmentSeedTests
{
    [Fact]
    public async Task A_fresh_development_server_asks_in_every_placement_in_two_languages_and_three_currencies()
    {
        await using var server = await TestServer.StartAsync();
        foreach (var placement in Enum.GetValues<Placement>().Where(p => p != Placement.Unspecified))
        {
            foreach (var (locale, action, later) in ((string, string, string)[])[("en", "Support us", "Remind me later"), ("ru", "Поддержать", "Напомнить позже")])
            {
                foreach (var currency in (string[])["USD", "EUR", "GBP"])
                {
                    var appeal = (await server.Appeals.SelectAppealAsync(new() { Placement = placement, Locale = locale, Currency = currency })).Appeal;
                    Assert.Equal(("campaigns/press-in-exile", locale, currency), (appeal.Campaign, appeal.Locale, appeal.Currency));
                    Assert.Equal((action, later), (appeal.CallToAction, appeal.ReminderLabel));
                    Assert.Equal(12, appeal.Tiers.Count);
                    Assert.Equal((2L, 0), (appeal.Tiers[0].Price.Units, appeal.Tiers[0].Price.Nanos));
                    Assert.All(appeal.Tiers, tier => Assert.NotEmpty(tier.Impact));
                    Assert.Equal(["monthly-5", "one-time-25", "annual-60"], appeal.Tiers.Where(t => t.Recommended).Select(t => t.Tier.Split('/')[^1]));
                }
            }
        }
    }

    [Fact]
    public async Task It_is_made_once_and_not_again_after_it_was_changed()
    {
        await using var server = await TestServer.StartAsync();
        var editor = server.As("editor");
        await server.Campaigns.EndCampaignAsync(new() { Name = "campaigns/press-in-exile" }, editor);
        await server.Campaigns.DeleteCampaignAsync(new() { Name = "campaigns/press-in-exile" }, editor);

        await server.RestartAsync();

        Assert.Empty((await server.Campaigns.ListCampaignsAsync(new(), editor)).Campaigns);
        Assert.Null((await server.Appeals.SelectAppealAsync(new() { Placement = Placement.Banner })).Appeal);
    }
}
