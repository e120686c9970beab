using Donations.BrowserTests;
using Donations.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(DemoSite))]

namespace Donations.BrowserTests;

/// <summary>The real server with its simulator on free ports, and one browser. Without a Chromium on the machine the tests are skipped.</summary>
public sealed class DemoSite : IAsyncLifetime
{
    /// <summary>All tests share the simulator's clock, and one of them moves it.</summary>
    public const string OneAfterAnother = nameof(OneAfterAnother);

    private static readonly string[] Browsers = ["chromium", "chromium-browser", "google-chrome"];

    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("donations-browser-");
    private WebApplication? _server;
    private IPlaywright? _playwright;
    private IBrowser? _browser;
    private string? _missing;

    public string Address => _server!.Urls.Single();

    /// <summary>What the server itself uses.</summary>
    public IServiceProvider Services => _server!.Services;

    public async ValueTask InitializeAsync()
    {
        if (FindBrowser() is not { } chromium)
        {
            _missing = $"None of {string.Join(", ", Browsers)} is on the PATH";
            return;
        }

        _server = DonationsServer.Create(["--environment=Development", $"--contentRoot={_folder.FullName}"], builder => builder.Configuration.AddInMemoryCollection(
            new Dictionary<string, string?>
            {
                ["Kestrel:Endpoints:Http:Url"] = "http://127.0.0.1:0",
                ["Kestrel:Endpoints:Http:Protocols"] = "Http1",
                ["Stripe:SimulatorUrl"] = "http://127.0.0.1:0",
                ["Storage:Directory"] = Path.Combine(_folder.FullName, "data"),
                ["Logging:LogLevel:Default"] = "Warning",
                ["Logging:LogLevel:Microsoft"] = "Warning",
            }));
        await _server.StartAsync();
        Assertions.SetDefaultExpectTimeout(30_000);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Headless = true, Args = Arguments });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
        if (_server is not null)
            await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    /// <summary>The page in a browser profile of its own, with an appeal on it.</summary>
    public async Task<DemoPage> OpenAsync(string query = "?locale=en", int width = 1100)
    {
        Assert.SkipWhen(_missing is not null, _missing ?? "");
        var context = await _browser!.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = 900 }, Locale = "en-US" });
        context.SetDefaultTimeout(30_000);
        var page = new DemoPage(context, await context.NewPageAsync(), new Uri(Address));
        await page.GotoAsync(query);
        return page;
    }

    private static string? FindBrowser() => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .SelectMany(_ => Browsers, Path.Combine)
        .FirstOrDefault(File.Exists);
}
