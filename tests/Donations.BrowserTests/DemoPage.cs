using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Donations.BrowserTests;

/// <summary>What a reader does on the page, in a reader's words. Watches over every request: none may leave this machine.</summary>
public sealed partial class DemoPage : IAsyncDisposable
{
    public const string Succeeds = "4242424242424242";
    public const string AsksForAuthentication = "4000002760003184";
    public const string ClosesLater = "4000000000000341";
    public const string AsksOnce = "4000002500003155";
    public const string Declines = "4000000000000002";
    public const string RussianIssuer = "4000006430000009";
    private readonly IBrowserContext _context;
    private readonly Uri _address;
    private readonly List<string> _problems = [];

    public DemoPage(IBrowserContext context, IPage page, Uri address)
    {
        _context = context;
        _address = address;
        Page = page;
        page.Request += (_, request) =>
        {
            Requests.Add(request.Url);
            if (new Uri(request.Url) is { IsLoopback: false })
                _problems.Add($"A request left this machine: {request.Url}");
        };
        page.PageError += (_, error) => _problems.Add(error);
        // Answers that are errors are told on the console too; what counts here are scripts that fail and policies that are broken.
        page.Console += (_, message) =>
        {
            if (message.Type == "error" && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
                _problems.Add(message.Text);
        };
    }

    public IPage Page { get; }

    public List<string> Requests { get; } = [];

    public ILocator Choose => Page.Locator(".choose .primary");

    public ILocator Pay => Page.Locator(".checkout .primary");

    public ILocator Error => Page.Locator(".checkout .error");

    public ILocator State => Page.Locator("#pledge-state");

    public ILocator Payments => Page.Locator(".payments li");

    public ILocator Heading(string text) => Page.GetByRole(AriaRole.Heading, new() { Name = text });

    public ILocator Button(string text) => Page.GetByRole(AriaRole.Button, new() { Name = text, Exact = true });

    public ILocator Tier(string label) => Page.GetByRole(AriaRole.Radio, new() { NameRegex = new($"^{Regex.Escape(label)}") });

    public async Task GotoAsync(string query)
    {
        await Page.GotoAsync(new Uri(_address, $"/{query}").ToString());
        await Expect(Page.Locator("#banner-slot > *, #article-slot > *")).ToBeVisibleAsync();
    }

    /// <summary>Chooses a tier and opens Stripe's form.</summary>
    public async Task ChooseAsync(string tier)
    {
        await Tier(tier).CheckAsync();
        await Choose.ClickAsync();
        await Expect(Pay).ToBeVisibleAsync();
    }

    public async Task FillCardAsync(string number)
    {
        var card = Page.FrameLocator(".card-form iframe");
        await card.GetByLabel("Card number").FillAsync(number);
        await card.GetByLabel("Expiry").FillAsync("12 / 40");
        await card.GetByLabel("CVC").FillAsync("123");
    }

    public async Task PayAsync(string card)
    {
        await FillCardAsync(card);
        await Page.Locator("#terms").CheckAsync();
        await PressPayAsync();
    }

    /// <summary>Presses the button, and again where the page asks whether a second gift is meant.</summary>
    public async Task PressPayAsync()
    {
        await Pay.ClickAsync();
        // Test cards are few: a card that gave minutes ago is asked about, and this is meant.
        var again = Page.GetByRole(AriaRole.Button, new() { NameRegex = new("^(Give a second time|Пожертвовать ещё раз)$") });
        await Expect(again.Or(Page.Locator(".thanks, .checkout .error:not(:empty), .checkout .field-error:not(:empty), iframe[name=stripe-challenge-frame]")).First).ToBeVisibleAsync();
        if (await again.IsVisibleAsync())
            await again.ClickAsync();
    }

    /// <summary>A monthly gift of two dollars; answers with its manage code.</summary>
    public async Task<string> GiveAsync(string card = Succeeds)
    {
        await ChooseAsync("Reader");
        await PayAsync(card);
        await Expect(Heading("Thank you!")).ToBeVisibleAsync();
        await Expect(Payments).ToHaveCountAsync(1);
        return await Page.GetByRole(AriaRole.Status, new() { Name = "Manage code" }).InnerTextAsync();
    }

    public ILocator Bank(string answer) => Page.FrameLocator("iframe[name=stripe-challenge-frame]").GetByRole(AriaRole.Button, new() { Name = answer });

    /// <summary>Fold and field of "Your gift".</summary>
    public Task UnfoldAsync(string title) => Page.Locator(".panel-actions summary", new() { HasTextString = title }).ClickAsync();

    public Task<int> OverflowAsync() => Page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");

    public async Task<string> StoredAsync() =>
        await Page.EvaluateAsync<string>("JSON.stringify({ ...localStorage, ...sessionStorage })") + string.Concat((await _context.CookiesAsync()).Select(c => c.Name));

    public async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync();
        Assert.Empty(_problems);
    }

    [GeneratedRegex("^[0-9A-Z]{5}(-[0-9A-Z]{5}){3}-[0-9A-Z]{6}$")]
    public static partial Regex ManageCode { get; }
}
