using System.Collections.Frozen;

namespace Donations.Server.Campaigns;

/// <summary>
/// The BCP-47 look-up of RFC 4647, section 3.4: the tag itself, then ever shorter ones (`pt-Latn-BR`, `pt-Latn`, `pt`), then
/// the default. Case does not matter, and `_` is taken for `-`, since phones send it.
/// </summary>
internal static class LocaleFallback
{
    /// <summary>Longer tags are no locale of anybody's; they fall back at once.</summary>
    private const int MaxLength = 35;

    /// <summary>The value of the closest locale, or null where not even the language is there.</summary>
    public static T? Find<T>(FrozenDictionary<string, T>.AlternateLookup<ReadOnlySpan<char>> byLocale, ReadOnlySpan<char> locale)
        where T : class
    {
        if (locale.Length > MaxLength)
            return null;
        Span<char> normal = stackalloc char[MaxLength];
        locale.CopyTo(normal);
        normal = normal[..locale.Length];
        normal.Replace('_', '-');
        while (!normal.IsEmpty)
        {
            if (byLocale.TryGetValue(normal, out var found))
                return found;
            normal = Parent(normal);
        }

        return null;
    }

    private static Span<char> Parent(Span<char> locale)
    {
        var cut = locale.LastIndexOf('-');
        if (cut < 0)
            return [];
        // A single letter only introduces what follows it, so it goes too.
        return cut >= 2 && locale[cut - 2] == '-' ? locale[..(cut - 2)] : locale[..cut];
    }
}
