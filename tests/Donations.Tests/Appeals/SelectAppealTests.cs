using Donations.Server.Appeals;
using Donations.Server.Storage;
using Donations.Testing;
using Donations.Tests.Campaigns;
using Donations.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using static Donations.Tests.Campaigns.CampaignSamples;

namespace Donations.Tests.Appeals;

/// <summary>Each test has a campaign of its own, of a higher priority than those before it, for one country only.</summary>
public sealed class SelectAppealTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly TestServer _server = fixture.Server;

    [Fact]
    public async Task The_answer_has_everything_that_a_client_shows()
    {
        var appeal = Appeal(Placement.ArticleEnd);
        (appeal.Copies[0].ImageUri, appeal.Copies[0].ImageAltText) = ("https://example.org/a.png", "A printing press");
        var tier = new Tier(Tier(Amount("EUR", 7, 500_000_000))) { Recommended = true, Preselected = true };
        tier.Copies[0].Benefits.Add("A letter");
        await _server.PublishedAsync("whole", In("FR"), appeal, tier);

        var answer = await Select(new() { Placement = Placement.ArticleEnd, Country = "FR" });

        Assert.Equal(
            new AppealView
            {
                Campaign = "campaigns/whole",
                Appeal = "campaigns/whole/appeals/main",
                Placement = Placement.ArticleEnd,
                Locale = "en",
                Title = "Title en",
                Body = "Body",
                CallToAction = "Give",
                ReminderLabel = "Later",
                ImageUri = "https://example.org/a.png",
                ImageAltText = "A printing press",
                BodyHtml = "<p>Body</p>",
                Kind = V1.Appeal.Types.Kind.Ask,
                TextDirection = TextDirection.LeftToRight,
                AmountFormat = new() { CurrencySymbol = "€", DecimalSeparator = ".", GroupSeparator = ",", FractionDigits = 2 },
                Attribution = new() { Appeal = "campaigns/whole/appeals/main", Placement = Placement.ArticleEnd },
                ReminderOptions = { answer!.ReminderOptions },
                Currency = "EUR",
                Tiers =
                {
                    new TierView
                    {
                        Tier = "campaigns/whole/tiers/five",
                        Interval = PledgeInterval.Monthly,
                        Price = Amount("EUR", 7, 500_000_000),
                        DisplayText = "€7.50",
                        // 2.9 % is 22 cents, 0.7 % is 5, and 25.
                        ExpectedNet = Amount("EUR", 6, 980_000_000),
                        FeeCoverAmount = Amount("EUR", 0, 540_000_000),
                        AnnualEquivalent = new() { Amount = Amount("EUR", 90), ExpectedNetMonthly = Amount("EUR", 83, 760_000_000), ExpectedNetAnnual = Amount("EUR", 86, 510_000_000) },
                        Label = "Friend",
                        Impact = "An hour",
                        Benefits = { "A letter" },
                        Recommended = true,
                        Preselected = true,
                    },
                },
            },
            answer);
    }

    [Fact]
    public async Task Days_to_be_reminded_on_are_offered_and_kept_to()
    {
        await _server.PublishedAsync("patient", In("PT"));
        var asked = new SelectAppealRequest { Placement = Placement.Banner, Country = "PT", CampaignLogs = { new CampaignLog { Campaign = "campaigns/patient", DismissedDaysAgo = 5 } } };
        Assert.Equal("campaigns/press-in-exile", (await Select(asked))!.Campaign);
        var options = (await Select(new(asked) { CampaignLogs = { } }))!.ReminderOptions;
        Assert.Equal(3, options.Count);
        Assert.All(options, o => Assert.True(o.MonthCount >= 1));

        var today = fixture.Time.GetUtcNow();
        static Google.Type.Date Day(DateTimeOffset t) => new() { Year = t.Year, Month = t.Month, Day = t.Day };
        // Not before the day; on the day the appeal comes back, whatever was dismissed before it.
        Assert.Null(await Select(new(asked) { RemindDate = Day(today.AddDays(1)) }));
        Assert.Equal("campaigns/patient", (await Select(new(asked) { RemindDate = Day(today) }))!.Campaign);
        Assert.Equal("campaigns/press-in-exile", (await Select(new(asked) { RemindDate = Day(today.AddDays(-5)) }))!.Campaign);
    }

    [Fact]
    public async Task The_locale_falls_back_for_the_appeal_and_for_each_tier()
    {
        var draft = await _server.DraftAsync("spoken", In("BR"));
        await _server.AppealAsync(draft.Name, "main", Appeal(Placement.Banner, 1, "en", "pt", "pt-BR"));
        var translated = Tier();
        translated.Copies.Add(new TierCopy { Locale = "PT", Label = "Amigo", Impact = "Uma hora" });
        await _server.TierAsync(draft.Name, "five", translated);
        await _server.PublishAsync(draft.Name);

        foreach (var (asked, locale, labels) in ((string, string, string)[])[
            ("pt-BR", "pt-BR", "Amigo"), ("PT-br", "pt-BR", "Amigo"), ("pt_PT", "pt", "Amigo"), ("de", "en", "Friend"), ("", "en", "Friend"), ("not a locale", "en", "Friend")])
        {
            var answer = await Select(new() { Placement = Placement.Banner, Country = "BR", Locale = asked });
            Assert.Equal((locale, labels), (answer!.Locale, string.Join(' ', answer.Tiers.Select(t => t.Label))));
        }
    }

    [Fact]
    public async Task The_currency_is_the_one_asked_for_then_the_countrys_then_dollars_and_other_tiers_are_left_out()
    {
        var draft = await _server.DraftAsync("paid", new(Campaign(50)) { IncludedCountries = { "GB", "PL", "JP" } });
        await _server.AppealAsync(draft.Name, "main");
        await _server.TierAsync(draft.Name, "all", Tier(Amount("USD", 5), Amount("GBP", 4), Amount("JPY", 700)));
        await _server.TierAsync(draft.Name, "some", new(Tier(Amount("USD", 6), Amount("GBP", 5))) { Position = 1 });
        await _server.TierAsync(draft.Name, "old", new(Tier(Amount("SEK", 60))) { Position = 2 });
        await _server.Campaigns.ArchiveTierAsync(new() { Name = draft.Name + "/tiers/old" }, _server.As("editor"));
        await _server.PublishAsync(draft.Name);

        foreach (var (country, asked, currency, tiers) in ((string, string, string, string)[])[
            ("GB", "", "GBP", "all some"), ("GB", "USD", "USD", "all some"), ("GB", "JPY", "JPY", "all"), ("JP", "", "JPY", "all"),
            ("PL", "", "USD", "all some"), ("GB", "SEK", "GBP", "all some"), ("PL", "UAH", "USD", "all some")])
        {
            var answer = await Select(new() { Placement = Placement.Banner, Country = country, Currency = asked });
            Assert.Equal((currency, tiers), (answer!.Currency, string.Join(' ', answer.Tiers.Select(t => t.Tier.Split('/')[^1]))));
            Assert.All(answer.Tiers, t => Assert.Equal(currency, t.Price.CurrencyCode));
        }
    }

    [Fact]
    public async Task A_free_amount_comes_with_its_limits()
    {
        await _server.PublishedAsync("freely", In("NZ"), tier: new(Tier(Amount("NZD", 7))) { FreeAmount = true });
        var tier = Assert.Single((await Select(new() { Placement = Placement.Banner, Country = "NZ" }))!.Tiers);
        Assert.True(tier.FreeAmount);
        Assert.Equal((Amount("NZD", 2), Amount("NZD", 10_000)), (tier.MinAmount, tier.MaxAmount));
    }

    [Fact]
    public async Task Schedule_priority_placement_and_country_decide()
    {
        var start = fixture.Time.GetUtcNow().AddMinutes(10);
        await _server.PublishedAsync("standing", In("IS", 1));
        await _server.PublishedAsync("drive", new(In("IS", 2)) { StartTime = Timestamp.FromDateTimeOffset(start), EndTime = Timestamp.FromDateTimeOffset(start.AddMinutes(10)) });
        var asked = new SelectAppealRequest { Placement = Placement.Banner, Country = "IS" };

        Assert.Equal("campaigns/standing", (await Select(asked))!.Campaign);
        fixture.Time.SetUtcNow(start);
        Assert.Equal("campaigns/drive", (await Select(asked))!.Campaign);
        Assert.Equal("campaigns/press-in-exile", (await Select(new(asked) { Placement = Placement.App }))!.Campaign);
        Assert.Equal("campaigns/press-in-exile", (await Select(new(asked) { Country = "FI" }))!.Campaign);
        fixture.Time.SetUtcNow(start.AddMinutes(10));
        Assert.Equal("campaigns/standing", (await Select(asked))!.Campaign);

        await _server.Campaigns.PauseCampaignAsync(new() { Name = "campaigns/standing" }, _server.As("editor"));
        Assert.Equal("campaigns/press-in-exile", (await Select(asked))!.Campaign);
    }

    [Fact]
    public async Task What_is_unknown_is_a_field_violation()
    {
        Assert.Equal(["placement"], (await Refused(new())).Fields());
        Assert.Equal(["placement", "country", "currency"], (await Refused(new() { Placement = (Placement)9, Country = "ZZ", Currency = "usd" })).Fields());
        Assert.Equal(
            ["visitor_number", "device", "article_count", "section", "tags[1]", "last_contribution_date", "remind_date"],
            (await Refused(new()
            {
                Placement = Placement.App,
                VisitorNumber = 1_000_000,
                Device = (Device)9,
                ArticleCount = -1,
                Section = new('x', 101),
                Tags = { "fine", new string('y', 101) },
                LastContributionDate = new() { Year = 2026, Month = 13 },
                RemindDate = new() { Year = 2027, Month = 2, Day = 29 },
            })).Fields());
        Assert.Equal(["preview_token"], (await Refused(new() { Placement = Placement.App, PreviewToken = "forged" })).Fields());
        var error = await Refused(new() { Placement = (Placement)(-1) });
        Assert.Equal((StatusCode.InvalidArgument, "FIELD_INVALID"), (error.StatusCode, error.Reason()));
    }

    [Fact]
    public async Task Selecting_allocates_nothing()
    {
        var appeals = _server.Services.GetRequiredService<PreparedAppeals>();
        var asked = new SelectAppealRequest
        {
            Placement = Placement.Banner,
            Country = "DE",
            Locale = "ru-RU",
            VisitorNumber = 4711,
            ArticleCount = 3,
            Section = "Politics",
            Device = Device.Mobile,
            CampaignLogs = { new CampaignLog { Campaign = "campaigns/press-in-exile", ViewDaysAgo = { 1, 2, 40 } } },
        };
        var now = fixture.Time.NowMicros();
        for (var i = 0; i < 100; i++)
            Assert.NotNull((await appeals.Select(asked, now)).Appeal);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            _ = appeals.Select(asked, now);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static Campaign In(string country, int priority = 50) => new(Campaign(priority)) { IncludedCountries = { country } };

    private async Task<AppealView?> Select(SelectAppealRequest request) => (await _server.Appeals.SelectAppealAsync(request)).Appeal;

    private Task<RpcException> Refused(SelectAppealRequest request) => Errors.OfAsync(() => _server.Appeals.SelectAppealAsync(request));
}
