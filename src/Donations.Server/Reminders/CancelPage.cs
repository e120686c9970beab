using System.Security.Cryptography;
using System.Text;
using Donations.Server.Mail;

namespace Donations.Server.Reminders;

/// <summary>
/// Where the link of a reminder leads. GET shows a page with one button and changes nothing: scanners follow links. POST cancels at once, whoever sends it: the
/// page's button, or a mailbox's own (RFC 8058). The token is in no page and no log.
/// </summary>
internal static class CancelPage
{
    private const string Style =
        "body{margin:0;font:1.1rem/1.6 system-ui,sans-serif;color-scheme:light dark}main{max-width:34rem;margin:12vh auto;padding:0 1.5rem}"
        + "button{font:inherit;padding:.7rem 1.6rem;min-height:2.75rem;cursor:pointer}";

    /// <summary>Nothing is fetched and nothing runs; the one style is known by its hash, and the form goes to this server.</summary>
    private static readonly string Policy =
        $"default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'";

    private static readonly Texts English = new(
        "en",
        new("Stop the reminders?", "We will send you no more reminders, and delete the address that we kept for them."),
        "Stop all reminders",
        new("Done", "There will be no more reminders, and the address kept for them is deleted. You can close this page."),
        new("This link does not work", "It may have been cut short. Please copy it whole from the message that it came in."));

    private static readonly Texts Russian = new(
        "ru",
        new("Больше не напоминать?", "Мы больше не пришлём вам напоминаний и удалим адрес, который для них хранили."),
        "Прекратить все напоминания",
        new("Готово", "Напоминаний больше не будет, сохранённый для них адрес удалён. Страницу можно закрыть."),
        new("Эта ссылка не работает", "Возможно, она скопирована не полностью. Скопируйте её целиком из письма, в котором она пришла."));

    public static void MapCancelPage(this IEndpointRouteBuilder routes)
    {
        const string path = UnsubscribeLinks.Path + "/{token}";
        routes.MapGet(path, static (string token, UnsubscribeLinks links, HttpContext context) => links.Read(token) is null ? NotFound(context) : Page(context, static t => t.Ask, withButton: true));
        routes.MapPost(path, static async (string token, MailReminders reminders, HttpContext context) => await reminders.CancelAsync(token) ? Page(context, static t => t.Done) : NotFound(context));
    }

    private static IResult NotFound(HttpContext context) => Page(context, static t => t.Unknown, StatusCodes.Status404NotFound);

    private static IResult Page(HttpContext context, Func<Texts, Words> say, int status = StatusCodes.Status200OK, bool withButton = false)
    {
        var texts = Pick(context.Request);
        var words = say(texts);
        var headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.ContentLanguage = texts.Locale;
        headers["Referrer-Policy"] = "no-referrer";
        headers["X-Robots-Tag"] = "noindex";
        // Without an action a form goes to the address of its page, so that the page need not name the token.
        var form = withButton ? $"""<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click"><button>{texts.Button}</button></form>""" : "";
        return Results.Content(
            $"""
            <!doctype html>
            <html lang="{texts.Locale}">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{words.Title}</title>
            <style>{Style}</style>
            </head>
            <body><main><h1>{words.Title}</h1><p>{words.Text}</p>{form}</main></body>
            </html>

            """,
            "text/html; charset=utf-8",
            statusCode: status);
    }

    /// <summary>The one of our two languages that the browser would rather have; English where it wants neither.</summary>
    private static Texts Pick(HttpRequest request) => request.GetTypedHeaders().AcceptLanguage
        .OrderByDescending(l => l.Quality ?? 1)
        .Select(l => l.Value.Value?.Split('-')[0].ToLowerInvariant() switch { "ru" => Russian, "en" => English, _ => null })
        .FirstOrDefault(t => t is not null) ?? English;

    private sealed record Words(string Title, string Text);

    private sealed record Texts(string Locale, Words Ask, string Button, Words Done, Words Unknown);
}
