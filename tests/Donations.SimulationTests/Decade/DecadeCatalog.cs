using Donations.V1;
using WireMoney = Google.Type.Money;

namespace Donations.SimulationTests.Decade;

/// <summary>A campaign as the harness made it.</summary>
/// <param name="Name">Its resource name.</param>
/// <param name="Fund">Its fund.</param>
/// <param name="Appeals">Its appeals, each with its placement.</param>
internal sealed record DecadeCampaign(string Name, string Fund, IReadOnlyList<(string Name, Placement Placement)> Appeals);

/// <summary>Three campaigns with funds and appeals of their own, and any amount in four currencies, one of them without minor units.</summary>
internal static class DecadeCatalog
{
    public const string Monthly = "monthly";
    public const string Annual = "annual";
    public const string Once = "once";

    public static readonly IReadOnlyList<DecadeCampaign> Campaigns =
    [
        Make("mirror-sites", "general", ("banner", Placement.Banner), ("end", Placement.ArticleEnd)),
        Make("science-desk", "investigations", ("banner", Placement.Banner), ("app", Placement.App)),
        Make("local-radio", "radio", ("wall", Placement.Interstitial)),
    ];

    public static async Task CreateAsync(DecadeWorld world)
    {
        foreach (var campaign in Campaigns)
        {
            var id = campaign.Name.Split('/')[1];
            var editor = world.As("editor");
            await world.Server.Campaigns.CreateCampaignAsync(new() { CampaignId = id, Campaign = new() { DisplayName = id, DefaultLocale = "en", Fund = campaign.Fund } }, editor);
            foreach (var (tier, interval) in new[] { (Monthly, PledgeInterval.Monthly), (Annual, PledgeInterval.Annual), (Once, PledgeInterval.OneTime) })
                await world.Server.Campaigns.CreateTierAsync(new() { Parent = campaign.Name, TierId = tier, Tier = Tier(interval) }, editor);
            foreach (var (name, placement) in campaign.Appeals)
                await world.Server.Campaigns.CreateAppealAsync(new() { Parent = campaign.Name, AppealId = name.Split('/')[^1], Appeal = Appeal(placement) }, editor);
            await world.Server.Campaigns.PublishCampaignAsync(new() { Name = campaign.Name }, editor);
        }
    }

    private static DecadeCampaign Make(string id, string fund, params (string Id, Placement Placement)[] appeals) =>
        new($"campaigns/{id}", fund, [.. appeals.Select(a => ($"campaigns/{id}/appeals/{a.Id}", a.Placement))]);

    private static Tier Tier(PledgeInterval interval) => new()
    {
        Interval = interval,
        FreeAmount = true,
        Prices = { new WireMoney { CurrencyCode = "USD", Units = 30 }, new WireMoney { CurrencyCode = "EUR", Units = 30 }, new WireMoney { CurrencyCode = "GBP", Units = 30 }, new WireMoney { CurrencyCode = "JPY", Units = 3000 } },
        Copies = { new TierCopy { Locale = "en", Label = "Any amount", Impact = "Helps" } },
    };

    private static Appeal Appeal(Placement placement) => new()
    {
        Placement = placement,
        Weight = 1,
        Copies = { new AppealCopy { Locale = "en", Title = "Give", Body = "We write from exile.", CallToAction = "Give", ReminderLabel = "Later" } },
    };
}
