using System.Collections.Frozen;
using System.Reflection;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Donations.V1;
using Fluid;
using Fluid.Values;

namespace Donations.Mailer;

/// <summary>A mail's texts in one locale.</summary>
/// <param name="Subject">Neutral: names neither the newspaper nor giving.</param>
/// <param name="Text">Plain text, paragraphs apart by an empty line.</param>
/// <param name="Html">The same, as HTML that fetches nothing.</param>
internal sealed record RenderedMail(string Subject, string Text, string Html);

/// <summary>
/// The templates that ship (Templates/{locale}/{template}.liquid): the subject on the first line, then the text. The HTML is
/// made of the rendered text, so that both always say the same and no value can be markup.
/// </summary>
internal static class MailTexts
{
    private const string Root = "Donations.Mailer.Templates.";

    /// <summary>What each template may ask for, with a question mark where it may be missing; anything else is an error when it is rendered.</summary>
    private static readonly FrozenDictionary<MailTemplate, string[]> Allowed = new Dictionary<MailTemplate, string[]>
    {
        [MailTemplate.Receipt] = ["reference", "amount", "pay_date", "next_payment_date?"],
        [MailTemplate.PaymentFailed] = ["reference", "amount", "failure_reason?", "next_payment_date?", "manage_uri?"],
        [MailTemplate.CardExpiring] = ["reference", "card_expire_date", "next_payment_date?", "manage_uri?"],
        [MailTemplate.PreDebitNotice] = ["reference", "amount", "next_payment_date", "manage_uri?"],
        [MailTemplate.Cancelled] = ["reference", "end_date?"],
        [MailTemplate.Reminder] = ["give_uri?", "unsubscribe_uri"],
    }.ToFrozenDictionary();

    private static readonly TemplateOptions Options = new() { StrictVariables = true, StrictFilters = true };
    private static readonly HtmlEncoder Html = HtmlEncoder.Create(UnicodeRanges.All);
    private static readonly FrozenDictionary<(MailTemplate, string), IFluidTemplate> Parsed = Parse();

    /// <summary>Names of the values that a template may ask for.</summary>
    public static IEnumerable<string> Placeholders(MailTemplate template) => Allowed[template].Select(p => p.TrimEnd('?'));

    /// <summary>File name of a template, such as `payment_failed`.</summary>
    public static string FileName(MailTemplate template) => template switch
    {
        MailTemplate.Receipt => "receipt",
        MailTemplate.PaymentFailed => "payment_failed",
        MailTemplate.CardExpiring => "card_expiring",
        MailTemplate.PreDebitNotice => "pre_debit_notice",
        MailTemplate.Cancelled => "cancelled",
        MailTemplate.Reminder => "reminder",
        _ => throw new NotSupportedException($"No text for {template}"),
    };

    /// <summary>A template's source.</summary>
    public static string Source(MailTemplate template, string locale)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"{Root}{locale}.{FileName(template)}.liquid")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <exception cref="NotSupportedException">The template is of a newer server: this mailer has no text for it.</exception>
    public static RenderedMail Render(MailTemplate template, string? locale, MailValues values)
    {
        var formats = LocaleFormats.For(locale);
        if (!Parsed.TryGetValue((template, formats.Locale), out var parsed))
            throw new NotSupportedException($"No text for {template}");
        return Render(parsed, Allowed[template], values, formats);
    }

    /// <summary>For tests: a template that did not ship.</summary>
    internal static RenderedMail RenderSource(string source, MailTemplate asIf, MailValues values) => Render(new FluidParser().Parse(source), Allowed[asIf], values, LocaleFormats.English);

    private static RenderedMail Render(IFluidTemplate template, string[] allowed, MailValues values, LocaleFormats formats)
    {
        var context = new TemplateContext(Options);
        foreach (var placeholder in allowed)
        {
            var name = placeholder.TrimEnd('?');
            // What is not set is an error where it is asked for; what may be missing is false.
            if (Value(name, values, formats) is { Length: > 0 } text)
                context.SetValue(name, StringValue.Create(text));
            else if (placeholder.EndsWith('?'))
                context.SetValue(name, BooleanValue.False);
        }

        var lines = template.Render(context).ReplaceLineEndings("\n").Split('\n').Select(l => l.Trim()).ToArray();
        var paragraphs = string.Join('\n', lines[1..]).Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return new(lines[0], string.Join("\n\n", paragraphs) + "\n", ToHtml(paragraphs, formats.Locale));
    }

    private static string? Value(string placeholder, MailValues values, LocaleFormats formats) => placeholder switch
    {
        "reference" => values.Reference,
        "amount" => values.Amount is { } amount ? formats.Amount(amount) : null,
        "pay_date" => values.PayDate is { } day ? formats.Day(day) : null,
        "next_payment_date" => values.NextPaymentDate is { } day ? formats.Day(day) : null,
        "failure_reason" => values.FailureReason,
        "card_expire_date" => values.CardExpireDate is { } month ? formats.Day(month) : null,
        "end_date" => values.EndDate is { } day ? formats.Day(day) : null,
        "manage_uri" => values.ManageUri,
        "give_uri" => values.GiveUri,
        "unsubscribe_uri" => values.UnsubscribeUri,
        _ => throw new NotSupportedException(placeholder),
    };

    private static string ToHtml(string[] paragraphs, string locale)
    {
        var html = new StringBuilder($"<!DOCTYPE html>\n<html lang=\"{locale}\">\n<head><meta charset=\"utf-8\"></head>\n<body style=\"font-family: sans-serif; max-width: 40em\">\n");
        foreach (var paragraph in paragraphs)
            html.Append("<p>").AppendJoin("<br>\n", paragraph.Split('\n').Select(Line)).Append("</p>\n");
        return html.Append("</body>\n</html>\n").ToString();
    }

    /// <summary>A line that is an address becomes a link; everything is encoded.</summary>
    private static string Line(string line)
    {
        var encoded = Html.Encode(line);
        return Uri.TryCreate(line, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http" ? $"<a href=\"{encoded}\">{encoded}</a>" : encoded;
    }

    private static FrozenDictionary<(MailTemplate, string), IFluidTemplate> Parse()
    {
        var parser = new FluidParser();
        return (from template in Allowed.Keys
                from locale in (string[])[LocaleFormats.English.Locale, LocaleFormats.Russian.Locale]
                select KeyValuePair.Create((template, locale), parser.Parse(Source(template, locale)))).ToFrozenDictionary();
    }
}
