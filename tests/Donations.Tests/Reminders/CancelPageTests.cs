using System.Net;
using System.Net.Http.Headers;

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

    private static async Task<HttpResponseMessage> OneClickAsync(Mailbox box, string link)
    {
        using var form = new FormUrlEncodedContent([KeyValuePair.Create("List-Unsubscribe", "One-Click")]);
        return await box.Scenario.Server.Http.PostAsync(link, form);
    }
}
