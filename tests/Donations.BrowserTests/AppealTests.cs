using System.Text.RegularExpressions;
using static Microsoft.Playwright.Assertions;

namespace Donations.BrowserTests;

/// <summary>What the page shows, in which language, and what it asks for before a payment.</summary>
[Collection(DemoSite.OneAfterAnother)]
public sealed class AppealTests(DemoSite site)
{
    [Fact]
    public async Task Russian_readers_are_asked_and_answered_in_Russian()
    {
        await using var page = await site.OpenAsync("?locale=ru&placement=BANNER");
        await Expect(page.Page.Locator("html")).ToHaveAttributeAsync("lang", "ru");
        await Expect(page.Heading("Мы пишем из изгнания. Пишем благодаря вам.")).ToBeVisibleAsync();
        await page.Tier("Читатель").CheckAsync();
        await Expect(page.Choose).ToHaveTextAsync(new Regex(@"^Поддержать · 2\s\$/месяц$"));
        await page.ChooseAsync("Читатель");
        await page.PayAsync(DemoPage.Declines);
        await Expect(page.Error).ToHaveTextAsync("Банк отклонил платёж. Попробуйте другую карту.");
        await page.PayAsync(DemoPage.Succeeds);
        await Expect(page.Heading("Спасибо!")).ToBeVisibleAsync();
        await Expect(page.State).ToHaveTextAsync("Действует");
    }

    [Theory]
    [InlineData("1", "The smallest amount here is $2.")]
    [InlineData("1.99", "The smallest amount here is $2.")]
    [InlineData("10000.01", "The largest amount here is $10,000.")]
    [InlineData("2.001", "Please write an amount, such as $7.")]
    [InlineData("two", "Please write an amount, such as $7.")]
    public async Task A_free_amount_outside_the_limits_is_told_at_its_field(string typed, string message)
    {
        await using var page = await site.OpenAsync();
        var field = page.Page.Locator(".tiers:not([hidden]) .money input");
        await field.FillAsync(typed);
        await page.Choose.ClickAsync();
        await Expect(page.Page.Locator(".tiers:not([hidden]) .field-error:not(:empty)")).ToHaveTextAsync(message);
        await Expect(field).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(field).ToBeFocusedAsync();
        await Expect(page.Pay).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Remind_me_later_hides_the_appeal_on_this_device()
    {
        await using var page = await site.OpenAsync();
        await page.Button("Remind me later").ClickAsync();
        await Expect(page.Page.Locator(".note")).ToContainTextAsync("We will ask again on");
        await Expect(page.Choose).ToHaveCountAsync(0);

        await page.GotoAsync("?locale=en");
        await Expect(page.Choose).ToHaveCountAsync(0);
        await page.Button("Show it now").ClickAsync();
        await Expect(page.Choose).ToBeVisibleAsync();
        Assert.Equal("{}", await page.StoredAsync());
    }

    [Fact]
    public async Task Whoever_wants_covers_the_fee_and_nobody_else_pays_it()
    {
        await using var page = await site.OpenAsync();
        await page.Tier("Reader").CheckAsync();
        await Expect(page.Page.Locator(".hint")).ToHaveTextAsync("Given once a year as $24, about $22.83 of it arrives instead of $19.56.");
        await Expect(page.Choose).ToHaveTextAsync("Support us · $2/month");
        await page.ChooseAsync("Reader");
        await Expect(page.Pay).ToHaveTextAsync("Give $2/month");
        await page.Page.GetByLabel("Add $0.39, so that all of $2 arrives after fees").CheckAsync();
        await Expect(page.Pay).ToHaveTextAsync("Give $2.39/month");
        await page.PayAsync(DemoPage.Succeeds);
        await Expect(page.Page.Locator("#pledge-amount")).ToHaveTextAsync("$2.39/month");
    }

    [Fact]
    public async Task An_amount_is_suggested_beside_a_free_one_and_its_fee_can_be_covered()
    {
        await using var page = await site.OpenAsync();
        var tier = page.Page.Locator(".tiers:not([hidden]) .free");
        await tier.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "$20", Exact = true }).ClickAsync();
        await Expect(page.Choose).ToHaveTextAsync("Support us · $20/month");
        await page.Choose.ClickAsync();
        // (20 + 0.30) / (1 - 0.036) - 20, rounded up.
        await page.Page.GetByLabel("Add $1.06, so that all of $20 arrives after fees").CheckAsync();
        await Expect(page.Pay).ToHaveTextAsync("Give $21.06/month");
    }

    [Theory]
    [InlineData("?locale=en&country=RU", "Please do not send us money")]
    [InlineData("?locale=ru&country=BY&placement=BANNER", "Пожалуйста, не присылайте нам денег")]
    public async Task Readers_at_risk_see_no_form_and_Stripe_does_not_see_them(string query, string title)
    {
        await using var page = await site.OpenAsync(query);
        await Expect(page.Heading(title)).ToBeVisibleAsync();
        await Expect(page.Choose).ToHaveCountAsync(0);
        await Expect(page.Page.Locator(".tier")).ToHaveCountAsync(0);
        Assert.DoesNotContain(page.Requests, url => url.Contains("stripe", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Terms_must_be_agreed_to_and_can_be_read()
    {
        await using var page = await site.OpenAsync();
        await page.ChooseAsync("Reader");
        await page.FillCardAsync(DemoPage.Succeeds);
        await page.Pay.ClickAsync();
        await Expect(page.Page.Locator("#terms-error")).ToHaveTextAsync("Please read the terms and agree to them first.");
        await Expect(page.Page.Locator("#terms")).ToBeFocusedAsync();
        await page.Page.GetByText("Terms of giving, and what we cannot protect").ClickAsync();
        await Expect(page.Page.GetByText("You give of your own free will")).ToBeVisibleAsync();
        Assert.DoesNotContain(page.Requests, url => url.EndsWith("/v1/pledges", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Mail_is_optional_and_its_address_is_checked()
    {
        await using var page = await site.OpenAsync();
        await page.ChooseAsync("Reader");
        await Expect(page.Page.Locator("#email")).ToBeHiddenAsync();
        await page.Page.Locator("#mail").CheckAsync();
        await page.Page.Locator("#email").FillAsync("nobody");
        await page.PayAsync(DemoPage.Succeeds);
        await Expect(page.Page.Locator("#email-error")).Not.ToBeEmptyAsync();
        await page.Page.Locator("#email").FillAsync("nobody@example.org");
        await page.PressPayAsync();
        await Expect(page.State).ToHaveTextAsync("Active");
    }

    [Fact]
    public async Task Keys_alone_reach_the_form()
    {
        await using var page = await site.OpenAsync();
        await page.Tier("Friend").FocusAsync();
        await page.Page.Keyboard.PressAsync("ArrowUp");
        await Expect(page.Choose).ToHaveTextAsync("Support us · $2/month");
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Pay).ToBeVisibleAsync();
        await page.Button("Change").FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Tier("Reader")).ToBeFocusedAsync();
    }

    [Theory]
    [InlineData("?locale=en")]
    [InlineData("?locale=ru&placement=BANNER")]
    public async Task Nothing_is_wider_than_a_small_phone(string query)
    {
        await using var page = await site.OpenAsync(query, width: 320);
        Assert.Equal(0, await page.OverflowAsync());
        await page.Choose.ClickAsync();
        await Expect(page.Pay).ToBeVisibleAsync();
        await page.PayAsync(DemoPage.Succeeds);
        await Expect(page.Payments).ToHaveCountAsync(1);
        Assert.Equal(0, await page.OverflowAsync());
    }
}
