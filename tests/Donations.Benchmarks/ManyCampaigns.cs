using System.Diagnostics;
using Donations.Server.Appeals;
using Donations.Server.Storage;
using Donations.Testing;
using Donations.V1;
using Microsoft.Extensions.DependencyInjection;
using WireMoney = Google.Type.Money;

namespace Donations.Benchmarks;

/// <summary>A catalogue as large as a newsroom's may get, each campaign with every filter set.</summary>
internal static class ManyCampaigns
{
    public const int Count = 200;
    private const int Variants = 8;
    private static readonly string[] Locales = ["en", "ru", "de", "fr", "es", "uk"];
    private static readonly string[] Currencies = ["USD", "EUR", "GBP"];

    public static async Task MakeAsync(TestServer server)
    {
        var editor = server.As("editor");
        for (var i = 0; i < Count; i++)
        {
            var campaign = await server.Campaigns.CreateCampaignAsync(new() { CampaignId = $"live-{i:000}", Campaign = Campaign(i) }, editor);
            foreach (var (id, interval, units) in ((string, PledgeInterval, long)[])[("monthly-5", PledgeInterval.Monthly, 5), ("once-20", PledgeInterval.OneTime, 20), ("yearly-60", PledgeInterval.Annual, 60)])
                await server.Campaigns.CreateTierAsync(new() { Parent = campaign.Name, TierId = id, Tier = Tier(interval, units) }, editor);
            for (var variant = 0; variant < Variants; variant++)
                await server.Campaigns.CreateAppealAsync(new() { Parent = campaign.Name, AppealId = $"variant-{variant}", Appeal = Appeal(variant) }, editor);
            await server.Campaigns.PublishCampaignAsync(new() { Name = campaign.Name }, editor);
        }
    }

    /// <summary>Tells what the catalogue takes in memory with every answer made, and how long one change takes to be seen.</summary>
    public static async Task TellAsync(TestServer server, long before)
    {
        var reader = new Reader(Placement.Banner, "US", TimeProvider.System.NowMicros());
        var empty = Heap() - before;
        var answers = 0;
        foreach (var variant in server.Services.GetRequiredService<PreparedAppeals>().Candidates.SelectMany(c => c.Asking(Placement.Banner)))
        {
            foreach (var (locale, currency) in from l in Locales from c in Currencies select (l, c))
                answers += variant.Answers.Find(locale, currency, default, reader).IsCompletedSuccessfully ? 1 : 0;
        }

        Console.WriteLine($"heap: {empty / 1e6:0} MB for the catalogue, {(Heap() - before) / 1e6:0} MB with all {answers:N0} answers made");
        var watch = Stopwatch.StartNew();
        await server.Campaigns.UpdateCampaignAsync(new() { Campaign = new() { Name = "campaigns/live-100", DisplayName = "Changed" } }, server.As("editor"));
        Console.WriteLine($"one change, from the call to the swapped snapshot: {watch.Elapsed.TotalMilliseconds:0} ms");
    }

    private static long Heap() => GC.GetTotalMemory(forceFullCollection: true);

    /// <summary>The one that fits the benchmark's reader is number 107: the first with section 7 that the reader's log and gift do not keep away.</summary>
    private static Campaign Campaign(int i) => new()
    {
        DisplayName = $"Live {i}",
        DefaultLocale = "en",
        Priority = 500 - i,
        ExcludedCountries = { "RU", "BY", "KP" },
        AskPauseDays = 60,
        FrequencyCap = new() { ViewCount = 4, DayCount = 30 },
        DismissalPauseDays = 14,
        Targeting = new()
        {
            IncludedSections = { $"section-{i % 20}", $"other-{i}" },
            ExcludedTags = { "obituary", $"never-{i % 50}" },
            Devices = { Device.Mobile, Device.Desktop },
            MinArticleCount = i % 3,
            MaxArticleCount = 1000,
            Cohort = Cohort.LapsedSupporters,
        },
    };

    private static Tier Tier(PledgeInterval interval, long units) => new()
    {
        Interval = interval,
        Prices = { Currencies.Select(c => new WireMoney { CurrencyCode = c, Units = units }) },
        Copies = { Locales.Select(l => new TierCopy { Locale = l, Label = "Friend " + l, Impact = "Pays for an hour of fact-checking", Benefits = { "A letter" } }) },
    };

    private static Appeal Appeal(int variant) => new()
    {
        Placement = Placement.Banner,
        Weight = variant + 1,
        Copies =
        {
            Locales.Select(l => new AppealCopy
            {
                Locale = l, Title = $"We write from exile ({variant}, {l})", CallToAction = "Support us", ReminderLabel = "Remind me later",
                Body = "No advertiser and no ministry pays for our work.\n\nSupport us **monthly** starting from just {{amount}}. It's quick to set up.",
            }),
        },
    };
}
