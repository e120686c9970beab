using System.Collections.Frozen;
using CsCheck;
using Donations.Server.Campaigns;

namespace Donations.Tests.Campaigns;

public sealed class LocaleFallbackTests
{
    private static readonly FrozenDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> Locales =
        new[] { "en", "pt", "pt-BR", "zh-Hant", "ru" }.ToFrozenDictionary(l => l, StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

    [Theory]
    [InlineData("en", "en")]
    [InlineData("EN", "en")]
    [InlineData("en-US", "en")]
    [InlineData("pt-br", "pt-BR")]
    [InlineData("pt-PT", "pt")]
    [InlineData("pt-BR-x-pirate", "pt-BR")]
    [InlineData("zh-Hant-TW", "zh-Hant")]
    [InlineData("ru_RU", "ru")]
    [InlineData("zh", null)]
    [InlineData("de-DE", null)]
    [InlineData("", null)]
    [InlineData("-", null)]
    [InlineData("english", null)]
    public void The_closest_locale_is_found(string asked, string? expected) => Assert.Equal(expected, LocaleFallback.Find(Locales, asked));

    [Fact]
    public void Any_text_finds_a_locale_that_it_starts_with_or_none() => Gen.Char["enpt-BRru_xX"].Array[0, 60].Select(c => new string(c)).Sample(text =>
        LocaleFallback.Find(Locales, text) is not { } found || text.Replace('_', '-').StartsWith(found, StringComparison.OrdinalIgnoreCase));
}
