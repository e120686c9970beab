using Donations.Server.Campaigns;
using Donations.Server.Money;
using Donations.Testing;
using Donations.Tests.Campaigns;
using Donations.V1;
using Google.Protobuf.WellKnownTypes;
using static Donations.Tests.Campaigns.CampaignSamples;

namespace Donations.Tests.Appeals;

/// <summary>What readers read: placeholders, scripts, amounts; and what readers at risk do not.</summary>
public sealed class AppealTextTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly TestServer _server = fixture.Server;

    [Fact]
    public async Task Placeholders_are_filled_in_and_keep_nothing_of_html()
    {
        var appeal = Appeal();
        var copy = appeal.Copies[0];
        (copy.Title, copy.Body, copy.CallToAction) = ("{{days_left}} days", "From **{{amount}}** in {{country}}, after {{article_count}} articles", "Give {{amount}}/month");
        var tier = Tier(Amount("USD", 5), Amount("EUR", 7, 500_000_000));
        await _server.PublishedAsync("filled", new(Campaign(60)) { IncludedCountries = { "CI", "GR" }, EndTime = Timestamp.FromDateTimeOffset(fixture.Time.GetUtcNow().AddDays(12)) }, appeal, tier);

        var asked = new SelectAppealRequest { Placement = Placement.Banner, Country = "CI", ArticleCount = 7 };
        var answer = (await Select(asked))!;
        Assert.Equal(("12 days", "From **$5** in Côte d’Ivoire, after 7 articles", "Give $5/month"), (answer.Title, answer.Body, answer.CallToAction));
        Assert.Equal("<p>From <strong>$5</strong> in C&#244;te d’Ivoire, after 7 articles</p>", answer.BodyHtml);
        answer = (await Select(new(asked) { Country = "GR", ArticleCount = 1 }))!;
        Assert.Equal("From **€7.50** in Greece, after 1 articles", answer.Body);

        fixture.Time.Advance(TimeSpan.FromDays(2));
        Assert.Equal("10 days", (await Select(asked))!.Title);
        // A text that cannot name the reader is not shown.
        Assert.NotEqual("campaigns/filled", (await Select(new(asked) { ArticleCount = 0 }))!.Campaign);
    }

    [Fact]
    public async Task Readers_at_risk_get_a_message_without_money()
    {
        var asked = new SelectAppealRequest { Placement = Placement.ArticleEnd, Country = "RU", Locale = "ru-RU", Currency = "USD" };
        var shipped = (await Select(asked))!;
        Assert.Equal((V1.Appeal.Types.Kind.NoMoney, "Пожалуйста, не присылайте нам денег", ""), (shipped.Kind, shipped.Title, shipped.Currency));
        Assert.Empty(shipped.Tiers);
        Assert.Equal("Please do not send us money", (await Select(new(asked) { Country = "BY", Locale = "de" }))!.Title);
        Assert.Equal(V1.Appeal.Types.Kind.Ask, (await Select(new(asked) { Country = "DE" }))!.Kind);

        var own = Appeal(Placement.ArticleEnd);
        own.Kind = V1.Appeal.Types.Kind.NoMoney;
        own.Copies[0].Title = "Read on";
        var campaign = await _server.PublishedAsync("careful", new(Campaign(61)) { IncludedCountries = { "RU" } }, Appeal(Placement.ArticleEnd));
        await _server.AppealAsync(campaign.Name, "quiet", own);
        Assert.Equal(("campaigns/careful/appeals/quiet", "Read on"), ((await Select(asked))!.Appeal, (await Select(asked))!.Title));

        await Policy(campaign, RiskCountryPolicy.Hide);
        Assert.Equal("campaigns/press-in-exile", (await Select(asked))!.Campaign);
        await Policy(campaign, RiskCountryPolicy.Ask);
        Assert.NotEmpty((await Select(asked))!.Tiers);
    }

    [Fact]
    public async Task Amounts_are_suggested_by_country_and_currency()
    {
        var tier = Tier(Amount("USD", 7), Amount("EUR", 7), Amount("PLN", 20));
        tier.FreeAmount = true;
        tier.Suggestions.Add(new SuggestedAmounts { Countries = { "DE", "AT" }, Amounts = { Amount("EUR", 5), Amount("EUR", 12) } });
        tier.Suggestions.Add(new SuggestedAmounts { Amounts = { Amount("EUR", 3), Amount("EUR", 6) } });
        await _server.PublishedAsync("suggesting", new(Campaign(62)) { IncludedCountries = { "DE", "FR", "PL", "AU" } }, tier: tier);
        async Task<string> SuggestedAsync(string country, string currency = "") =>
            string.Join(' ', (await Select(new() { Placement = Placement.Banner, Country = country, Currency = currency }))!.Tiers[0].SuggestedAmounts.Select(a => $"{a.Units}{a.CurrencyCode}"));
        Assert.Equal("5EUR 12EUR", await SuggestedAsync("DE"));
        Assert.Equal("3EUR 6EUR", await SuggestedAsync("FR"));
        Assert.Equal("2USD 5USD 10USD 20USD", await SuggestedAsync("DE", "USD"));
        Assert.Equal("4PLN 10PLN 20PLN 40PLN", await SuggestedAsync("PL"));
        Assert.Equal("2USD 5USD 10USD 20USD", await SuggestedAsync("AU"));

        tier.Suggestions.Clear();
        tier.Suggestions.Add(new SuggestedAmounts { Amounts = { Amount("EUR", 5), Amount("USD", 5), Amount("EUR", 1) } });
        var error = await Errors.OfAsync(() => _server.Campaigns.CreateTierAsync(new() { Parent = "campaigns/suggesting", Tier = tier, TierId = "wrong" }, _server.As("editor")));
        Assert.Equal(
            ["tier.suggestions[0].amounts[1].currency_code", "tier.suggestions[0].amounts[1]", "tier.suggestions[0].amounts[2].units", "tier.suggestions[0].amounts[2]"],
            error.Fields());
    }

    [Theory]
    [InlineData("en", "USD", 123_450, "$1,234.50", TextDirection.LeftToRight)]
    [InlineData("en", "SEK", 600, "SEK\u00A06", TextDirection.LeftToRight)]
    [InlineData("ru", "EUR", 200, "2\u00A0€", TextDirection.LeftToRight)]
    [InlineData("de-AT", "EUR", 123_456_700, "1.234.567\u00A0€", TextDirection.LeftToRight)]
    [InlineData("ja", "JPY", 1500, "￥1,500", TextDirection.LeftToRight)]
    [InlineData("ar-EG", "USD", 500, "5\u00A0US$", TextDirection.RightToLeft)]
    [InlineData("he", "USD", 550, "5.50\u00A0$", TextDirection.RightToLeft)]
    [InlineData("ur", "USD", 500, "$5", TextDirection.RightToLeft)]
    [InlineData("uz-Arab", "USD", 500, "5\u00A0US$", TextDirection.RightToLeft)]
    [InlineData("az-Latn-IR", "USD", 500, "5\u00A0US$", TextDirection.LeftToRight)]
    [InlineData("tlh", "USD", 500, "$5", TextDirection.LeftToRight)]
    public void Locales_write_amounts_their_way(string locale, string currency, long minor, string text, TextDirection direction)
    {
        Assert.Equal(text, LocaleData.Write(LocaleData.AmountFormat(locale, currency), new(minor, currency)));
        Assert.Equal(direction, LocaleData.Direction(locale));
    }

    [Fact]
    public void Every_country_has_a_name_in_every_locale_that_ships() => Assert.All(
        (string[])["en", "ru", "de", "ar", "pt-PT", "zh-Hant"],
        locale => Assert.All(CountryCodes(), code => Assert.NotEqual(code, LocaleData.CountryName(locale, code))));

    [Fact]
    public async Task Clients_are_told_what_payments_cost()
    {
        var rates = (await _server.Appeals.GetPaymentOptionsAsync(new())).FeeRates;
        Assert.Equal(AmountLimits.All.Count(), rates.Count);
        var monthly = rates.Single(r => r.Interval == PledgeInterval.Monthly && r.FixedAmount.CurrencyCode == "USD");
        Assert.Equal((36_000, Amount("USD", 0, 300_000_000)), (monthly.SharePpm, monthly.FixedAmount));
    }

    private static IEnumerable<string> CountryCodes() =>
        from a in Enumerable.Range('A', 26) from b in Enumerable.Range('A', 26) let code = $"{(char)a}{(char)b}" where Countries.IsKnown(code) select code;

    private Task Policy(Campaign campaign, RiskCountryPolicy policy) =>
        _server.Campaigns.UpdateCampaignAsync(new() { Campaign = new() { Name = campaign.Name, RiskCountryPolicy = policy } }, _server.As("editor")).ResponseAsync;

    private async Task<AppealView?> Select(SelectAppealRequest request) => (await _server.Appeals.SelectAppealAsync(request)).Appeal;
}
