using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Donations.BrowserTests;

/// <summary>What a donor does afterwards, with the manage code alone.</summary>
[Collection(DemoSite.OneAfterAnother)]
public sealed class ManagingTests(DemoSite site)
{
    private static async Task<DemoPage> OpenGiftAsync(DemoSite site)
    {
        var page = await site.OpenAsync();
        var code = await page.GiveAsync();
        await page.GotoAsync("?locale=en");
        await Expect(page.State).ToHaveCountAsync(0);
        // As people type it: without hyphens, in lower case.
        await page.Page.GetByLabel("Manage code").FillAsync(code.Replace("-", "", StringComparison.Ordinal).ToLowerInvariant());
        await page.Button("Open").ClickAsync();
        await Expect(page.State).ToHaveTextAsync("Active");
        await Expect(page.Payments).ToHaveCountAsync(1);
        return page;
    }

    [Fact]
    public async Task The_manage_code_opens_the_gift_and_stops_it_at_once()
    {
        await using var page = await OpenGiftAsync(site);
        await page.UnfoldAsync("Stop giving");
        await page.Page.GetByLabel("at once").CheckAsync();
        await page.Button("Stop my gift").ClickAsync();
        await Expect(page.State).ToHaveTextAsync("Cancelled");
        await Expect(page.Button("Stop my gift")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_gift_can_end_with_the_period_that_is_paid()
    {
        await using var page = await OpenGiftAsync(site);
        await page.UnfoldAsync("Stop giving");
        await page.Page.GetByLabel("Why?").SelectOptionAsync(new SelectOptionValue { Label = "It costs too much" });
        await page.Button("Stop my gift").ClickAsync();
        await Expect(page.Page.GetByText("Ends on")).ToBeVisibleAsync();
        await Expect(page.State).ToHaveTextAsync("Active");
    }

    [Fact]
    public async Task A_gift_is_paused_and_resumed()
    {
        await using var page = await OpenGiftAsync(site);
        await page.UnfoldAsync("Pause");
        await page.Button("Pause").ClickAsync();
        await Expect(page.State).ToHaveTextAsync("Paused");
        await page.Button("Resume").ClickAsync();
        await Expect(page.State).ToHaveTextAsync("Active");
    }

    [Fact]
    public async Task A_new_amount_counts_from_the_next_month_on()
    {
        await using var page = await OpenGiftAsync(site);
        await page.UnfoldAsync("Change the amount");
        await page.Page.GetByLabel("New amount").FillAsync("1");
        await page.Button("Save").ClickAsync();
        await Expect(page.Page.Locator("#new-amount-error")).ToHaveTextAsync("The smallest amount here is $2.");
        await page.Page.GetByLabel("New amount").FillAsync("4.50");
        await page.Button("Save").ClickAsync();
        await Expect(page.Page.Locator("#pledge-amount")).ToHaveTextAsync("$4.50/month");
        await Expect(page.Payments).ToHaveCountAsync(1);

        await page.Button("Advance its clock by a month").ClickAsync();
        await Expect(page.Payments).ToHaveCountAsync(2);
        await Expect(page.Payments.First).ToContainTextAsync("$4.50");
    }

    [Fact]
    public async Task A_gift_that_was_to_end_is_kept()
    {
        await using var page = await OpenGiftAsync(site);
        await page.UnfoldAsync("Stop giving");
        await page.Button("Stop my gift").ClickAsync();
        await Expect(page.Page.GetByText("Ends on")).ToBeVisibleAsync();
        await page.Button("Keep giving").ClickAsync();
        await Expect(page.Page.Locator("dt", new() { HasTextString = "Next payment" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Another_card_takes_the_place_of_the_first_after_its_bank_has_agreed()
    {
        await using var page = await OpenGiftAsync(site);
        await page.UnfoldAsync("Use another card");
        await page.FillCardAsync(DemoPage.AsksOnce);
        await page.Button("Use this card").ClickAsync();
        await page.Bank("Complete").ClickAsync();
        await Expect(page.Button("Use this card")).ToHaveCountAsync(0);
        await Expect(page.State).ToHaveTextAsync("Active");
        await page.Button("Advance its clock by a month").ClickAsync();
        await Expect(page.Payments).ToHaveCountAsync(2);
    }

    [Fact]
    public async Task A_russian_card_is_refused_and_the_first_one_stays()
    {
        await using var page = await OpenGiftAsync(site);
        await page.UnfoldAsync("Use another card");
        await page.FillCardAsync(DemoPage.RussianIssuer);
        await page.Button("Use this card").ClickAsync();
        await Expect(page.Page.Locator(".panel .error")).ToContainTextAsync("cannot be used here");
        await Expect(page.State).ToHaveTextAsync("Active");
    }

    [Fact]
    public async Task An_overdue_gift_says_why_and_another_card_pays_it()
    {
        await using var page = await OpenGiftAsync(site);
        await page.UnfoldAsync("Use another card");
        await page.FillCardAsync(DemoPage.ClosesLater);
        await page.Button("Use this card").ClickAsync();
        await Expect(page.Button("Use this card")).ToHaveCountAsync(0);
        await page.Button("Advance its clock by a month").ClickAsync();
        await Expect(page.State).ToHaveTextAsync("Payment overdue");
        await Expect(page.Page.Locator("#pledge-failure")).ToHaveTextAsync("The bank declined the card");

        await page.UnfoldAsync("Use another card");
        await page.FillCardAsync(DemoPage.Succeeds);
        await page.Button("Use this card").ClickAsync();
        await Expect(page.State).ToHaveTextAsync("Active");
        await Expect(page.Payments).ToHaveCountAsync(2);
    }

    [Theory]
    [InlineData("00000-00000-00000-00000-000000", "We do not know this code. Please check it.")]
    [InlineData("short", "Please type the 26 letters and digits of your code.")]
    [InlineData("", "Please type the 26 letters and digits of your code.")]
    public async Task A_code_that_opens_nothing_is_told_at_its_field(string code, string message)
    {
        await using var page = await site.OpenAsync();
        await page.Page.GetByLabel("Manage code").FillAsync(code);
        await page.Button("Open").ClickAsync();
        await Expect(page.Page.Locator("#code-error")).ToHaveTextAsync(message);
    }
}
