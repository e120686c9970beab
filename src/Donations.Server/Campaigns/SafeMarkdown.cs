using Ganss.Xss;
using Markdig;

namespace Donations.Server.Campaigns;

/// <summary>Markdown to HTML that a page may insert as it is: CommonMark by Markdig, HTML in it shown as text, then cut down by HtmlSanitizer to a closed list of tags.</summary>
internal static class SafeMarkdown
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().DisableHtml().Build();
    private static readonly HtmlSanitizer Sanitizer = Build();

    /// <exception cref="ArgumentException">It is nested so deeply that Markdig gives up: such a text is not published.</exception>
    public static string ToHtml(string markdown) => Sanitizer.Sanitize(Markdown.ToHtml(markdown, Pipeline)).ReplaceLineEndings("\n").Trim();

    private static HtmlSanitizer Build()
    {
        var sanitizer = new HtmlSanitizer { KeepChildNodes = true };
        sanitizer.AllowedTags.Clear();
        sanitizer.AllowedTags.UnionWith(["p", "br", "em", "strong", "ul", "ol", "li", "blockquote", "a"]);
        sanitizer.AllowedAttributes.Clear();
        sanitizer.AllowedAttributes.UnionWith(["href"]);
        sanitizer.AllowedSchemes.Clear();
        sanitizer.AllowedSchemes.Add("https");
        sanitizer.AllowedCssProperties.Clear();
        sanitizer.AllowedAtRules.Clear();
        // Not the page's own addresses, and none that take the page's scheme.
        sanitizer.FilterUrl += (_, e) => e.SanitizedUrl = e.OriginalUrl.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? e.SanitizedUrl : null;
        // A page that a link leads to learns nothing from us.
        sanitizer.PostProcessNode += (_, e) =>
        {
            if (e.Node is AngleSharp.Html.Dom.IHtmlAnchorElement anchor)
                anchor.SetAttribute("rel", "noopener noreferrer");
        };
        return sanitizer;
    }
}
