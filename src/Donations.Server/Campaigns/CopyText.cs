using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Donations.V1;

namespace Donations.Server.Campaigns;

/// <summary>The placeholders of an appeal's text: a closed list, written `{{name}}`.</summary>
internal static partial class CopyText
{
    /// <summary>The least that can be given.</summary>
    public const string Amount = "amount";

    /// <summary>The reader's country by name.</summary>
    public const string Country = "country";

    /// <summary>Articles that the reader has read.</summary>
    public const string ArticleCount = "article_count";

    /// <summary>Days until the day, UTC, on which the campaign ends.</summary>
    public const string DaysLeft = "days_left";

    public static readonly ImmutableArray<string> Known = [Amount, Country, ArticleCount, DaysLeft];

    /// <summary>The texts that may hold placeholders, each with its field's name.</summary>
    public static IEnumerable<(string Field, string Text)> Of(AppealCopy copy) => [("title", copy.Title), ("body", copy.Body), ("call_to_action", copy.CallToAction)];

    /// <summary>What stands between double braces, known or not; one that is not closed runs to the end.</summary>
    public static IEnumerable<string> Placeholders(string text) => Placeholder().Matches(text).Select(m => m.Groups["name"].Value);

    /// <summary>Whether an appeal uses a placeholder in any of its texts.</summary>
    public static bool Uses(Appeal appeal, string name) => appeal.Copies.SelectMany(Of).Any(t => Placeholders(t.Text).Contains(name, StringComparer.Ordinal));

    /// <summary>Puts values in place of placeholders; what has none stays as it is.</summary>
    public static string Fill(string text, Func<string, string?> value) =>
        text.Contains("{{", StringComparison.Ordinal) ? Placeholder().Replace(text, m => value(m.Groups["name"].Value) ?? m.Value) : text;

    [GeneratedRegex(@"\{\{\s*(?<name>.*?)\s*(?:\}\}|\z)", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Placeholder();
}
