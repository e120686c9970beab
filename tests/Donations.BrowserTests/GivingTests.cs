using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Donations.BrowserTests;

/// <summary>From the appeal to the thank-you, with every kind of card.</summary>
[Collection(DemoSite.OneAfterAnother)]
public sealed class GivingTests(DemoSite site)
{
    [Fact]
    public async Task Two_dollars_a_month_become_an_active_pledge_with_two_codes()
    {
        await using var page = await site.OpenAsync();
        await page.Tier("Reader").CheckAsync();
        await Expect(page.Choose).ToHaveTextAsync("Support us · $2/month");

        var code = await page.GiveAsync();

        Assert.Matches(DemoPage.ManageCode, code);
        await Expect(page.Page.GetByRole(AriaRole.Status, new() { Name = "Reference" })).ToHaveTextAsync(new Regex("^P-[0-9A-Z]{10}$"));
        await Expect(page.State).ToHaveTextAsync("Active");
        await Expect(page.Page.Locator("#pledge-amount")).ToHaveTextAsync("$2/month");
        await Expect(page.Payments).ToContainTextAsync("$2");
        // That someone gave is kept nowhere on the device.
        Assert.Equal("{}", await page.StoredAsync());
    }

    [Fact]
    public async Task Stripe_is_not_loaded_before_an_amount_is_chosen()
    {
        await using var page = await site.OpenAsync();
        await page.Tier("Friend").CheckAsync();
        Assert.All(page.Requests, url => Assert.StartsWith(site.Address, url, StringComparison.Ordinal));

        await page.ChooseAsync("Friend");
        Assert.Contains(page.Requests, url => url.EndsWith("/v3/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_bank_that_asks_is_answered_and_the_pledge_becomes_active()
    {
        await using var page = await site.OpenAsync();
        await page.ChooseAsync("Reader");
        await page.PayAsync(DemoPage.AsksForAuthentication);
        await page.Bank("Complete").ClickAsync();

        await Expect(page.Heading("Thank you!")).ToBeVisibleAsync();
        await Expect(page.State).ToHaveTextAsync("Active");
    }

    [Fact]
    public async Task A_bank_that_is_refused_charges_nothing_and_another_card_can_be_tried()
    {
        await using var page = await site.OpenAsync();
        await page.ChooseAsync("Reader");
        await page.PayAsync(DemoPage.AsksForAuthentication);
        await page.Bank("Fail").ClickAsync();
        await Expect(page.Error).Not.ToBeEmptyAsync();

        await page.PayAsync(DemoPage.Succeeds);
        await Expect(page.Heading("Thank you!")).ToBeVisibleAsync();
        await Expect(page.Payments).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task A_declined_card_is_told_and_another_one_can_be_tried()
    {
        await using var page = await site.OpenAsync();
        await page.ChooseAsync("Reader");
        await page.PayAsync(DemoPage.Declines);
        await Expect(page.Error).ToHaveTextAsync("The bank declined the payment. Please try another card.");

        await page.PayAsync(DemoPage.Succeeds);
        await Expect(page.State).ToHaveTextAsync("Active");
    }

    [Fact]
    public async Task A_card_of_a_listed_issuer_is_refused_in_neutral_words()
    {
        await using var page = await site.OpenAsync();
        await page.ChooseAsync("Reader");
        await page.PayAsync(DemoPage.RussianIssuer);
        await Expect(page.Error).ToHaveTextAsync("This card cannot be used here. No payment was sent. Please try another way.");
    }

    [Fact]
    public async Task A_single_gift_in_euros_is_paid()
    {
        await using var page = await site.OpenAsync("?locale=en&currency=EUR");
        await page.Page.GetByRole(AriaRole.Radio, new() { Name = "Once", Exact = true }).First.CheckAsync();
        await Expect(page.Choose).ToHaveTextAsync("Support us · €25");
        await Expect(page.Page.GetByText("Or €2 a month.")).ToBeVisibleAsync();
        await page.Choose.ClickAsync();
        await page.PayAsync(DemoPage.Succeeds);

        await Expect(page.State).ToHaveTextAsync("Paid");
        await Expect(page.Page.Locator("#pledge-next")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_free_amount_is_charged_to_the_cent()
    {
        await using var page = await site.OpenAsync();
        await page.Page.Locator(".tiers:not([hidden]) .money input").FillAsync("3,07");
        await Expect(page.Choose).ToHaveTextAsync("Support us · $3.07/month");
        await page.Choose.ClickAsync();
        await page.PayAsync(DemoPage.Succeeds);
        await Expect(page.Page.Locator("#pledge-amount")).ToHaveTextAsync("$3.07/month");
        await Expect(page.Payments).ToContainTextAsync("$3.07");
    }

    [Fact]
    public async Task A_lost_answer_is_asked_for_again_with_the_same_request_and_nothing_is_paid_twice()
    {
        await using var page = await site.OpenAsync();
        var bodies = new List<string?>();
        await page.Page.RouteAsync("**/v1/pledges", async route =>
        {
            bodies.Add(route.Request.PostData);
            var answer = await route.FetchAsync();
            if (bodies.Count == 1)
                await route.AbortAsync("connectionreset");
            else
                await route.FulfillAsync(new() { Response = answer });
        });

        // A card of its own: nothing else stands between the two requests.
        await page.GiveAsync("5555555555554444");

        Assert.Equal(2, bodies.Count);
        Assert.Equal(bodies[0], bodies[1]);
        await Expect(page.Payments).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task While_no_answer_comes_nothing_can_be_changed_and_trying_again_ends_it()
    {
        await using var page = await site.OpenAsync();
        var broken = true;
        await page.Page.RouteAsync("**/v1/pledges", route => broken ? route.AbortAsync("connectionreset") : route.ContinueAsync());
        await page.ChooseAsync("Reader");
        await page.PayAsync("5200828282828210");
        await Expect(page.Button("Try again")).ToBeVisibleAsync();
        await Expect(page.Page.Locator("#terms")).ToBeDisabledAsync();
        await Expect(page.Button("Change")).ToBeHiddenAsync();

        broken = false;
        await page.Button("Try again").ClickAsync();
        await Expect(page.State).ToHaveTextAsync("Active");
    }

    [Fact]
    public async Task The_same_card_minutes_later_is_asked_about()
    {
        await using var page = await site.OpenAsync();
        await page.GiveAsync("378282246310005");
        await page.GotoAsync("?locale=en");
        await page.ChooseAsync("Reader");
        await page.FillCardAsync("378282246310005");
        await page.Page.Locator("#terms").CheckAsync();
        await page.Pay.ClickAsync();
        await Expect(page.Error).ToContainTextAsync("a moment ago");
        await page.Button("Give a second time").ClickAsync();
        await Expect(page.Heading("Thank you!")).ToBeVisibleAsync();
    }
}
