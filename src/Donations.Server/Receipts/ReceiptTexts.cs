using System.Collections.Frozen;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Donations.Mailer;
using Donations.Server.Money;
using Donations.V1;
using Fluid;
using Fluid.Values;
using Date = Google.Type.Date;
using WireMoney = Google.Type.Money;

namespace Donations.Server.Receipts;

/// <summary>
/// The documents (Templates/{locale}/{document}.liquid inside Templates/page.liquid): one HTML page that fetches nothing. Every value is encoded,
/// and stands in text, never in an attribute.
/// </summary>
internal static class ReceiptTexts
{
    private const string Root = "Donations.Server.Receipts.Templates.";
    private const string ReceiptFile = "receipt";
    private const string StatementFile = "annual_statement";
    private static readonly TemplateOptions Options = new() { StrictVariables = true, StrictFilters = true };
    private static readonly HtmlEncoder Html = HtmlEncoder.Create(UnicodeRanges.All);
    private static readonly FluidParser Parser = new();
    private static readonly string Style = Source("style.css");
    private static readonly IFluidTemplate Page = Parser.Parse(Source("page.liquid"));
    private static readonly FrozenDictionary<(string, string), IFluidTemplate> Parsed = (
        from formats in LocaleFormats.All
        from file in (string[])[ReceiptFile, StatementFile]
        select KeyValuePair.Create((formats.Locale, file), Parser.Parse(Source($"{formats.Locale}.{file}.liquid")))).ToFrozenDictionary();

    public static string Render(Receipt receipt, Date issued)
    {
        var formats = LocaleFormats.For(receipt.Locale);
        return Render(ReceiptFile, formats, receipt.Number, new(Shared(receipt.Number, receipt.Version, issued, receipt.Organisation, receipt.TimeZone, formats))
        {
            ["gift"] = Gift(receipt.Gift, formats),
            ["returns"] = receipt.Returns.Select(r => Return(r, formats)).ToArray(),
            ["net"] = Amount(receipt.NetAmount, formats),
        });
    }

    public static string Render(AnnualStatement statement, Date issued)
    {
        var formats = LocaleFormats.For(statement.Locale);
        return Render(StatementFile, formats, statement.Number, new(Shared(statement.Number, statement.Version, issued, statement.Organisation, statement.TimeZone, formats))
        {
            ["year"] = statement.Year.ToString("0000", System.Globalization.CultureInfo.InvariantCulture),
            ["first_day"] = formats.Day(new() { Year = statement.Year, Month = 1, Day = 1 }),
            ["last_day"] = formats.Day(new() { Year = statement.Year, Month = 12, Day = 31 }),
            ["complete"] = statement.Complete,
            ["gifts"] = statement.Gifts.Select(g => Gift(g, formats)).ToArray(),
            ["returns"] = statement.Returns.Select(r => Return(r, formats)).ToArray(),
            ["totals"] = statement.Totals.Select(t => Total(t, formats)).ToArray(),
        });
    }

    private static string Render(string file, LocaleFormats formats, string number, Dictionary<string, object> values)
    {
        var body = Parsed[(formats.Locale, file)].Render(Context(values), Html);
        return Page.Render(
            Context(new()
            {
                ["locale"] = formats.Locale,
                ["number"] = number,
                ["style"] = new StringValue(Style, encode: false),
                ["body"] = new StringValue(body, encode: false),
            }),
            Html).ReplaceLineEndings("\n");
    }

    private static TemplateContext Context(Dictionary<string, object> values)
    {
        var context = new TemplateContext(Options);
        foreach (var (name, value) in values)
            context.SetValue(name, value as FluidValue ?? FluidValue.Create(value, Options));
        return context;
    }

    private static Dictionary<string, object> Shared(string number, int version, Date issued, ReceiptOrganisation organisation, string timeZone, LocaleFormats formats) => new()
    {
        ["number"] = number,
        ["version"] = version,
        ["issue_date"] = formats.Day(issued),
        ["time_zone"] = timeZone,
        ["organisation_name"] = OrFalse(organisation.DisplayName),
        ["organisation_lines"] = organisation.Lines.ToArray(),
        ["tax_note"] = OrFalse(organisation.TaxNote),
    };

    private static Dictionary<string, object> Gift(ReceiptGift gift, LocaleFormats formats) => new()
    {
        ["payment"] = gift.Payment[(gift.Payment.IndexOf('/', StringComparison.Ordinal) + 1)..],
        ["reference"] = OrFalse(gift.PledgeReference),
        ["date"] = formats.Day(gift.PayDate),
        ["amount"] = Amount(gift.Amount, formats),
        ["fee_cover"] = gift.FeeCoverAmount is { } cover ? Amount(cover, formats) : false,
        ["interval"] = gift.Interval switch
        {
            PledgeInterval.Monthly => "monthly",
            PledgeInterval.Annual => "annual",
            _ => "one_time",
        },
        ["campaign"] = OrFalse(gift.CampaignDisplayName),
    };

    private static Dictionary<string, object> Return(ReceiptReturn back, LocaleFormats formats) => new()
    {
        ["date"] = formats.Day(back.ReturnDate),
        ["chargeback"] = back.Kind == ReceiptReturn.Types.Kind.Chargeback,
        ["reference"] = OrFalse(back.PledgeReference),
        ["pay_date"] = formats.Day(back.PayDate),
        ["amount"] = Amount(back.Amount, formats),
    };

    private static Dictionary<string, object> Total(ReceiptTotal total, LocaleFormats formats) => new()
    {
        ["currency"] = total.PaidAmount.CurrencyCode,
        ["paid"] = Amount(total.PaidAmount, formats),
        ["returned"] = Amount(total.ReturnedAmount, formats),
        ["net"] = Amount(total.NetAmount, formats),
    };

    private static string Amount(WireMoney money, LocaleFormats formats) => formats.Amount(money, Currencies.Get(money.CurrencyCode).Exponent);

    /// <summary>An empty text is true to a template; what is not there must be false.</summary>
    private static object OrFalse(string text) => text.Length > 0 ? text : false;

    private static string Source(string file)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(Root + file)!);
        return reader.ReadToEnd();
    }
}
