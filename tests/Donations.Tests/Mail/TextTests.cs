using System.Net;
using System.Text.RegularExpressions;
using Donations.Mailer;
using Donations.V1;

namespace Donations.Tests.Mail;

/// <summary>The texts that ship: complete in both locales, neutral, and the same as text and as HTML.</summary>
public sealed partial class TextTests
{
    private static readonly string[] Locales = ["en", "ru"];

    public static TheoryData<MailTemplate, string> Texts => [.. from template in Enum.GetValues<MailTemplate>() where template != MailTemplate.Unspecified from locale in Locales select (template, locale)];

    private static MailValues Full => new()
    {
        Reference = "P-7K2M9QX4TD",
        Amount = new() { CurrencyCode = "USD", Units = 1250, Nanos = 500_000_000 },
        PayDate = new() { Year = 2026, Month = 11, Day = 24 },
        NextPaymentDate = new() { Year = 2027, Month = 5, Day = 3 },
        FailureReason = "card_expired",
        CardExpireDate = new() { Year = 2027, Month = 2 },
        EndDate = new() { Year = 2026, Month = 12, Day = 31 },
        ManageUri = "https://manage.example/",
        GiveUri = "https://page.example/one",
        UnsubscribeUri = "https://mail.example/reminders/cancel/token",
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Each_text_asks_for_all_its_values_and_no_others(MailTemplate template, string locale) => Assert.Equal(
        MailTexts.Placeholders(template).Order(),
        Names().Matches(MailTexts.Source(template, locale)).Select(m => m.Groups["name"].Value).Distinct().Order());

    [Theory]
    [MemberData(nameof(Texts))]
    public void Each_text_shows_all_its_values(MailTemplate template, string locale)
    {
        var text = MailTexts.Render(template, locale, Full).Text;
        foreach (var placeholder in MailTexts.Placeholders(template))
        {
            Assert.Contains((placeholder, locale) switch
            {
                ("reference", _) => "P-7K2M9QX4TD",
                ("amount", "en") => "USD\u00A01,250.50",
                ("amount", _) => "1\u00A0250,50\u00A0USD",
                ("pay_date", "en") => "24 November 2026",
                ("pay_date", _) => "24 ноября 2026 г.",
                ("next_payment_date", "en") => "3 May 2027",
                ("next_payment_date", _) => "3 мая 2027 г.",
                ("failure_reason", "en") => "the card has expired",
                ("failure_reason", _) => "срок действия карты истёк",
                ("card_expire_date", _) => "02/2027",
                ("end_date", "en") => "31 December 2026",
                ("end_date", _) => "31 декабря 2026 г.",
                ("manage_uri", _) => "\nhttps://manage.example/\n",
                ("give_uri", _) => "\nhttps://page.example/one\n",
                ("unsubscribe_uri", _) => "\nhttps://mail.example/reminders/cancel/token\n",
                _ => throw new NotSupportedException(placeholder),
            }, text, StringComparison.Ordinal);
        }
    }

    /// <summary>Optional values away, each reason in turn: whole sentences every time, and nothing that Liquid left behind.</summary>
    [Theory]
    [MemberData(nameof(Texts))]
    public void Each_text_reads_well_without_what_is_optional(MailTemplate template, string locale)
    {
        foreach (var reason in (string[])["insufficient_funds", "card_expired", "card_lost", "authentication_failed", "declined", "a_word_of_tomorrow"])
        {
            foreach (var values in (MailValues[])[Full, new() { Reference = "P-1", Amount = Full.Amount, PayDate = Full.PayDate, CardExpireDate = Full.CardExpireDate, NextPaymentDate = template == MailTemplate.PreDebitNotice ? Full.NextPaymentDate : null, UnsubscribeUri = Full.UnsubscribeUri }])
            {
                values.FailureReason = reason;
                var mail = MailTexts.Render(template, locale, values);
                Assert.DoesNotMatch(@"[{}%]|\n\n\n|: *\n\n|\.\.|_|  ", mail.Text);
                Assert.All(mail.Text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries), p => Assert.NotEqual("", p.Trim()));
                Assert.InRange(mail.Subject.Length, 5, 60);
            }
        }
    }

    /// <summary>A subject is seen over a shoulder and kept by providers: it must not tell what the payment is for.</summary>
    [Theory]
    [MemberData(nameof(Texts))]
    public void No_text_names_the_newspaper_or_giving(MailTemplate template, string locale)
    {
        var mail = MailTexts.Render(template, locale, Full);
        Assert.DoesNotMatch(Telling(), mail.Subject);
        Assert.DoesNotMatch(Telling(), mail.Text);
        Assert.DoesNotContain("P-7K2M9QX4TD", mail.Subject, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void The_html_says_what_the_text_says_and_fetches_nothing(MailTemplate template, string locale)
    {
        var mail = MailTexts.Render(template, locale, Full);
        var body = mail.Html[mail.Html.IndexOf("<p>", StringComparison.Ordinal)..].Replace("<br>", "", StringComparison.Ordinal).Replace("</p>\n<p>", "\n\n", StringComparison.Ordinal);
        Assert.Equal(mail.Text, WebUtility.HtmlDecode(Tag().Replace(body, "")).TrimEnd('\n') + "\n");
        Assert.DoesNotMatch("(?i)<img|<script|<link|src=|url\\(|@import", mail.Html);
        Assert.Contains($"<html lang=\"{locale}\">", mail.Html, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_are_never_markup()
    {
        var mail = MailTexts.Render(MailTemplate.Receipt, "en", new(Full) { Reference = "<b>\"&'" });
        Assert.Contains("<b>\"&'", mail.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", mail.Html, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;&quot;&amp;&#x27;", mail.Html, StringComparison.Ordinal);
        var link = MailTexts.Render(MailTemplate.PaymentFailed, "en", new(Full) { ManageUri = "https://manage.example/?a=\"><script>" });
        Assert.DoesNotContain("<script>", link.Html, StringComparison.Ordinal);
        var odd = MailTexts.Render(MailTemplate.PaymentFailed, "en", new(Full) { ManageUri = "javascript:alert(1)" });
        Assert.DoesNotContain("<a ", odd.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Subject\n\n{{ email }}")]
    [InlineData("Subject\n\n{{ end_date }}")]
    [InlineData("Subject\n\n{% if name %}x{% endif %}")]
    [InlineData("Subject\n\n{{ reference | shout }}")]
    public void A_template_that_asks_for_something_else_is_an_error(string source) =>
        Assert.ThrowsAny<Exception>(() => MailTexts.RenderSource(source, MailTemplate.Receipt, Full));

    [Fact]
    public void A_value_that_must_be_there_and_is_not_is_an_error()
    {
        foreach (var template in Enum.GetValues<MailTemplate>().Where(t => t != MailTemplate.Unspecified))
            Assert.ThrowsAny<Exception>(() => MailTexts.Render(template, "en", new()));
    }

    [Theory]
    [InlineData("ru", "ru")]
    [InlineData("RU", "ru")]
    [InlineData("ru-LV", "ru")]
    [InlineData("run", "en")]
    [InlineData("de", "en")]
    [InlineData("", "en")]
    [InlineData(null, "en")]
    public void The_nearest_locale_is_taken(string? tag, string expected) => Assert.Equal(expected, LocaleFormats.For(tag).Locale);

    [Theory]
    [InlineData("USD", 2, 0, "USD\u00A02", "2\u00A0USD")]
    [InlineData("EUR", 2, 50_000_000, "EUR\u00A02.05", "2,05\u00A0EUR")]
    [InlineData("JPY", 1_500_000, 0, "JPY\u00A01,500,000", "1\u00A0500\u00A0000\u00A0JPY")]
    [InlineData("KWD", 1, 5_000_000, "KWD\u00A01.005", "1,005\u00A0KWD")]
    public void Amounts_are_written_as_the_locale_does(string currency, long units, int nanos, string english, string russian)
    {
        var money = new Google.Type.Money { CurrencyCode = currency, Units = units, Nanos = nanos };
        Assert.Equal((english, russian), (LocaleFormats.English.Amount(money), LocaleFormats.Russian.Amount(money)));
    }

    [GeneratedRegex(@"\{\{ (?<name>\w+) \}\}|\{% (?:if|elsif|case) (?<name>\w+) %\}")]
    private static partial Regex Names();

    [GeneratedRegex("donat|gift|\\bgiv(e|ing|en)\\b|charit|pledge|newspaper|newsroom|journalis|media|press\\b|support us|пожертв|\\bдар|донат|благотвор|газет|издани|редакц|журналист|поддерж", RegexOptions.IgnoreCase)]
    private static partial Regex Telling();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();
}
