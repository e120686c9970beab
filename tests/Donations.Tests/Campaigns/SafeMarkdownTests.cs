using System.Text.RegularExpressions;
using CsCheck;
using Donations.Server.Campaigns;

namespace Donations.Tests.Campaigns;

public sealed partial class SafeMarkdownTests
{
    [Theory]
    [InlineData("One.\n\nTwo *three* **four**", "<p>One.</p>\n<p>Two <em>three</em> <strong>four</strong></p>")]
    [InlineData("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>")]
    [InlineData("> said", "<blockquote>\n<p>said</p>\n</blockquote>")]
    [InlineData("[us](https://example.org/a?b=c)", "<p><a href=\"https://example.org/a?b=c\" rel=\"noopener noreferrer\">us</a></p>")]
    [InlineData("# Head", "Head")]
    [InlineData("2 < 3 & 4", "<p>2 &lt; 3 &amp; 4</p>")]
    [InlineData("{{article_count}} and {{days_left}}", "<p>{{article_count}} and {{days_left}}</p>")]
    public void Markdown_becomes_plain_html(string markdown, string html) => Assert.Equal(html, SafeMarkdown.ToHtml(markdown));

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("<img src=x onerror=alert(1)>")]
    [InlineData("[x](javascript:alert(1))")]
    [InlineData("[x](JaVaScRiPt:alert(1))")]
    [InlineData("[x](java&#x09;script:alert(1))")]
    [InlineData("[x](data:text/html;base64,PHNjcmlwdD4=)")]
    [InlineData("[x](http://example.org)")]
    [InlineData("[x](//example.org)")]
    [InlineData("![x](https://example.org/track.gif)")]
    [InlineData("<https://example.org/\"onmouseover=alert(1)>")]
    [InlineData("[x](https://example.org \"onmouseover=alert(1)\")")]
    [InlineData("<svg/onload=alert(1)>")]
    [InlineData("<iframe srcdoc='<script>alert(1)</script>'>")]
    [InlineData("<a href=\"javascript:alert(1)\">x</a>")]
    [InlineData("```html\n<script>alert(1)</script>\n```")]
    [InlineData("<math><mi//xlink:href=\"data:x,<script>alert(4)</script>\">")]
    [InlineData("<style>@import 'https://evil.example'</style>")]
    [InlineData("&lt;script&gt;alert(1)&lt;/script&gt;")]
    public void Nothing_runs_and_nothing_is_loaded(string markdown) => AssertSafe(SafeMarkdown.ToHtml(markdown));

    [Fact]
    public void No_text_gets_other_tags_in() =>
        Gen.Char["<>/\"'()[]!#*_`&;:= \nascriptonhre"].Array[0, 80].Select(c => new string(c)).Sample(text => AssertSafe(SafeMarkdown.ToHtml(text)));

    private static void AssertSafe(string html)
    {
        foreach (Match tag in Tag().Matches(html))
            Assert.Matches("""^</?(p|br|em|strong|ul|ol|li|blockquote)/?>$|^</a>$|^<a( href="https://[^"]*")? rel="noopener noreferrer">$""", tag.Value);
    }

    [GeneratedRegex("<[^>]*>?")]
    private static partial Regex Tag();
}
