using System.Text.RegularExpressions;
using Donations.Mailer;
using Donations.Server.Receipts;
using Donations.Testing;
using Donations.V1;
using Microsoft.Extensions.Configuration;
using Date = Google.Type.Date;

namespace Donations.Tests.Receipts;

/// <summary>The documents by themselves: whatever stands in a name or in the configuration, it is text.</summary>
public sealed partial class ReceiptTextTests
{
    private const string Hostile = "</title></style><script>alert(1)</script><img src=x onerror=alert(2)> {{ number }} {% raw %} \" ' & \u202E";

    public static TheoryData<string> Locales => [.. LocaleFormats.All.Select(f => f.Locale)];

    [Theory]
    [MemberData(nameof(Locales))]
    public void Hostile_texts_stay_texts(string locale)
    {
        foreach (var html in (string[])[ReceiptTexts.Render(Receipt(locale, Hostile), Today), ReceiptTexts.Render(Statement(locale, Hostile), Today)])
        {
            // Only tags of the templates, none with an attribute that a value could have reached.
            var tags = Tag().Matches(html).Select(m => m.Value).ToList();
            Assert.Equal([], tags.Where(t => !Known().IsMatch(t)));
            Assert.Equal(tags.Count, html.Count(c => c == '<'));
            Assert.Contains("{{ number }} {% raw %}", html, StringComparison.Ordinal);
            Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", html, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Locales))]
    public void A_document_fetches_nothing_and_runs_nothing(string locale)
    {
        foreach (var html in (string[])[ReceiptTexts.Render(Receipt(locale, "Plain"), Today), ReceiptTexts.Render(Statement(locale, "Plain"), Today)])
        {
            Assert.DoesNotMatch("(?i)src=|href=|url\\(|@import|<script|<link|http:|https:", html);
            Assert.Contains("Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"", html, StringComparison.Ordinal);
            Assert.Contains("size: A4", html, StringComparison.Ordinal);
            Assert.StartsWith($"<!DOCTYPE html>\n<html lang=\"{locale}\">", html, StringComparison.Ordinal);
        }
    }

    /// <summary>docs/donor-safety.md: a printed page is found on a desk. It says payment, and nothing of giving.</summary>
    [Theory]
    [MemberData(nameof(Locales))]
    public void The_words_are_neutral(string locale)
    {
        var html = ReceiptTexts.Render(Receipt(locale, "Plain"), Today) + ReceiptTexts.Render(Statement(locale, "Plain"), Today);
        Assert.DoesNotMatch("(?i)donat|donor|gift|support us|пожертв|донат|донор|взнос|поддерж", html);
    }

    [Fact]
    public void What_is_not_there_leaves_no_empty_line()
    {
        var receipt = Receipt("en", "");
        receipt.Gift.PledgeReference = "";
        receipt.Gift.FeeCoverAmount = null;
        receipt.Returns.Clear();
        var html = ReceiptTexts.Render(receipt, Today);
        foreach (var absent in (string[])["Reference", "Campaign", "processing fees", "Returned", "class=\"name\"", "class=\"note\"", "<bdi></bdi>"])
            Assert.DoesNotContain(absent, html, StringComparison.Ordinal);
    }

    [Fact]
    public void Columns_have_the_decimals_of_their_currency()
    {
        var statement = Statement("ru", "Plain");
        statement.Totals.Add(Total("JPY", 1250, 0));
        statement.Totals.Add(Total("KWD", 1, 500_000_000));
        var html = ReceiptStory.Plain(ReceiptTexts.Render(statement, Today));
        foreach (var shown in (string[])["1\u00A0250\u00A0JPY", "1,500\u00A0KWD", "1\u00A0234,00\u00A0USD"])
            Assert.Contains(shown, html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Name", "two\nlines")]
    [InlineData("Lines:0", "a\u0007b")]
    [InlineData("TaxNote:de", "Nur auf Deutsch")]
    public void A_wrong_configuration_does_not_start(string key, string value)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["Receipts:Organisation:" + key] = value }).Build();
        Assert.StartsWith("Receipts:Organisation", Assert.Throws<InvalidOperationException>(() => ReceiptOptions.Load(configuration)).Message, StringComparison.Ordinal);
    }

    private static readonly Date Today = new() { Year = 2026, Month = 11, Day = 24 };

    private static Receipt Receipt(string locale, string text) => new()
    {
        Number = "R-2026-000123",
        Version = 2,
        Locale = locale,
        Organisation = Organisation(text),
        TimeZone = "Europe/Riga",
        Gift = Gift(text),
        Returns = { Return() },
        NetAmount = Scenario.Usd(1230),
    };

    private static AnnualStatement Statement(string locale, string text) => new()
    {
        Number = "S-2026-000007",
        Version = 2,
        Locale = locale,
        Organisation = Organisation(text),
        TimeZone = "Europe/Riga",
        Year = 2026,
        Gifts = { Gift(text), Gift(text) },
        Returns = { Return() },
        Totals = { Total("USD", 1234, 0) },
    };

    private static ReceiptOrganisation Organisation(string text) => text.Length == 0 ? new() : new() { DisplayName = text, Lines = { text, text }, TaxNote = text };

    private static ReceiptGift Gift(string text) => new()
    {
        Payment = "payments/" + new string('0', 26),
        PledgeReference = "P-0123456789",
        PayDate = Today,
        Amount = Scenario.Usd(1234),
        FeeCoverAmount = Scenario.Usd(34),
        Interval = PledgeInterval.Annual,
        CampaignDisplayName = text,
    };

    private static ReceiptReturn Return() => new() { Kind = ReceiptReturn.Types.Kind.Refund, ReturnDate = Today, PayDate = Today, Amount = Scenario.Usd(4), PledgeReference = "P-0123456789" };

    private static ReceiptTotal Total(string currency, long units, int nanos)
    {
        Google.Type.Money amount = new() { CurrencyCode = currency, Units = units, Nanos = nanos };
        return new() { PaidAmount = amount, ReturnedAmount = new() { CurrencyCode = currency }, NetAmount = amount };
    }

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();

    [GeneratedRegex("""^</?(!DOCTYPE html|html( lang="..")?|head|meta( [a-z-]+="[^"<>{]*")+|title|style|body|main|header|footer|div|p|h1|h2|table|thead|tbody|tr|th|td|bdi|br|span)( (class|scope|colspan)="[a-z0-9]+")*>$""")]
    private static partial Regex Known();
}
