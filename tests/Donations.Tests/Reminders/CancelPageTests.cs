using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using Donations.Server.Mail;
using Donations.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Donations.Tests.Reminders;

/// <summary>The page behind a reminder's link: for people one button, for mailboxes one request (RFC 8058).</summary>
public sealed class CancelPageTests
{
    private const string Anna = "anna@example.com";

    [Fact]
    public async Task A_get_changes_nothing_and_a_post_cancels_at_once()
    {
        await using var box = await Mailbox.StartAsync();
        await box.CreateAsync(Mailbox.Every(Anna, 1));
        var link = $"/reminders/cancel/{Mailbox.Token(Assert.Single(await box.GoToAsync(2026, 12, 24)))}";

        using var page = await box.Scenario.Server.Http.GetAsync(link);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        var html = await page.Content.ReadAsStringAsync();
        Assert.Contains("<form method=\"post\">", html, StringComparison.Ordinal);
        Assert.Contains("<button>Stop all reminders</button>", html, StringComparison.Ordinal);
        Assert.DoesNotContain(link.Split('/')[^1], html, StringComparison.Ordinal);
        Assert.Equal(1, box.Kept());

        Assert.Equal(HttpStatusCode.OK, (await OneClickAsync(box, link)).StatusCode);
        Assert.Equal(0, box.Kept());
        // Mailboxes press twice, and people come back to old mail.
        using var again = await OneClickAsync(box, link);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.DoesNotContain("<form", await again.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Single(await box.GoToAsync(2027, 6, 1));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("%3Cscript%3E")]
    [InlineData("a%2Fb")]
    public async Task What_is_no_link_of_ours_is_told_so(string token)
    {
        await using var box = await Mailbox.StartAsync();
        await box.CreateAsync(Mailbox.Once(Anna));
        foreach (var answer in (HttpResponseMessage[])[await box.Scenario.Server.Http.GetAsync($"/reminders/cancel/{token}"), await OneClickAsync(box, $"/reminders/cancel/{token}")])
        {
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
            var html = await answer.Content.ReadAsStringAsync();
            Assert.Contains("This link does not work", html, StringComparison.Ordinal);
            Assert.DoesNotContain("script", html, StringComparison.OrdinalIgnoreCase);
        }

        Assert.Equal(1, box.Kept());
    }

    [Theory]
    [InlineData("ru-RU,ru;q=0.9,en;q=0.8", "ru")]
    [InlineData("de,ru;q=0.5,en;q=0.4", "ru")]
    [InlineData("de", "en")]
    [InlineData("", "en")]
    public async Task It_speaks_the_readers_language_and_fetches_nothing(string languages, string expected)
    {
        await using var box = await Mailbox.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/reminders/cancel/x");
        request.Headers.TryAddWithoutValidation("Accept-Language", languages);
        using var answer = await box.Scenario.Server.Http.SendAsync(request);
        Assert.Contains($"<html lang=\"{expected}\">", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; style-src 'sha256-", policy, StringComparison.Ordinal);
        Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
        Assert.True(answer.Headers.CacheControl is { NoStore: true });
        Assert.Equal(new MediaTypeHeaderValue("text/html", "utf-8"), answer.Content.Headers.ContentType);
    }

    /// <summary>Also where somebody who looks for a fault has turned everything on.</summary>
    [Fact]
    public async Task No_log_line_tells_a_token()
    {
        using var log = new EveryLine();
        await using var server = await TestServer.StartAsync(new()
        {
            Configuration = new Dictionary<string, string> { ["Logging:LogLevel:Default"] = "Trace", ["Logging:LogLevel:Microsoft.AspNetCore"] = "Trace" },
            Configure = builder => builder.Logging.ClearProviders().AddProvider(log),
        });
        var link = server.Services.GetRequiredService<UnsubscribeLinks>().For(new byte[32])!;
        var token = link.Split('/')[^1];
        using var form = new FormUrlEncodedContent([KeyValuePair.Create("List-Unsubscribe", "One-Click")]);
        Assert.Equal(HttpStatusCode.OK, (await server.Http.GetAsync(link)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await server.Http.PostAsync(link, form)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Http.PostAsync(link + "x", form)).StatusCode);
        await server.Appeals.CancelReminderAsync(new() { Token = token });
        Assert.NotEmpty(log.Lines);
        Assert.Equal([], log.Lines.Where(line => line.Contains(token, StringComparison.Ordinal)));
    }

    private sealed class EveryLine : ILoggerProvider
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => new Category(Lines, categoryName);

        public void Dispose()
        {
        }

        private sealed class Category(ConcurrentQueue<string> lines, string name) : ILogger
        {
            // A scope is told with each line inside it.
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull
            {
                lines.Enqueue($"{name}: {state}");
                return null;
            }

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => lines.Enqueue($"{name}: {formatter(state, exception)} {exception}");
        }
    }

    private static async Task<HttpResponseMessage> OneClickAsync(Mailbox box, string link)
    {
        using var form = new FormUrlEncodedContent([KeyValuePair.Create("List-Unsubscribe", "One-Click")]);
        return await box.Scenario.Server.Http.PostAsync(link, form);
    }
}
