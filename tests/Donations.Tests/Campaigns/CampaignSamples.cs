using Donations.Testing;
using Donations.V1;
using WireMoney = Google.Type.Money;

namespace Donations.Tests.Campaigns;

/// <summary>Small valid resources, and the calls that make them.</summary>
internal static class CampaignSamples
{
    public static WireMoney Amount(string currency, long units, int nanos = 0) => new() { CurrencyCode = currency, Units = units, Nanos = nanos };

    public static Campaign Campaign(int priority = 0) => new() { DisplayName = "A test", DefaultLocale = "en", Priority = priority };

    public static Tier Tier(params WireMoney[] prices) => new()
    {
        Interval = PledgeInterval.Monthly,
        Prices = { prices is [] ? [Amount("USD", 5)] : prices },
        Copies = { new TierCopy { Locale = "en", Label = "Friend", Impact = "An hour" } },
    };

    public static Appeal Appeal(Placement placement = Placement.Banner, int weight = 1, params string[] locales) => new()
    {
        Placement = placement,
        Weight = weight,
        Copies = { (locales is [] ? ["en"] : locales).Select(Copy) },
    };

    public static AppealCopy Copy(string locale) => new() { Locale = locale, Title = "Title " + locale, Body = "Body", CallToAction = "Give", ReminderLabel = "Later" };

    public static async Task<Campaign> DraftAsync(this TestServer server, string id, Campaign? campaign = null) =>
        await server.Campaigns.CreateCampaignAsync(new() { Campaign = campaign ?? Campaign(), CampaignId = id }, server.As("editor"));

    public static async Task<Tier> TierAsync(this TestServer server, string campaign, string id, Tier? tier = null) =>
        await server.Campaigns.CreateTierAsync(new() { Parent = campaign, Tier = tier ?? Tier(), TierId = id }, server.As("editor"));

    public static async Task<Appeal> AppealAsync(this TestServer server, string campaign, string id, Appeal? appeal = null) =>
        await server.Campaigns.CreateAppealAsync(new() { Parent = campaign, Appeal = appeal ?? Appeal(), AppealId = id }, server.As("editor"));

    public static async Task<Campaign> PublishAsync(this TestServer server, string campaign) =>
        await server.Campaigns.PublishCampaignAsync(new() { Name = campaign }, server.As("editor"));

    /// <summary>A published campaign with one tier, `five`, and one appeal, `main`.</summary>
    public static async Task<Campaign> PublishedAsync(this TestServer server, string id, Campaign? campaign = null, Appeal? appeal = null, Tier? tier = null)
    {
        var draft = await server.DraftAsync(id, campaign);
        await server.TierAsync(draft.Name, "five", tier);
        await server.AppealAsync(draft.Name, "main", appeal);
        return await server.PublishAsync(draft.Name);
    }
}
