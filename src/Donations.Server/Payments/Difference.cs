using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;

namespace Donations.Server.Payments;

/// <summary>What differs between two versions of a row, for people: `state 2 -> 1, settlement net - -> 164`.</summary>
internal static class Difference
{
    private const int MaxFields = 6;

    /// <summary>When a row was touched is no difference.</summary>
    private static readonly string[] Ignored = ["UpdateTimeUs", "Version"];

    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> Fields = new();

    /// <summary>The fields that differ, or null where none does. A row that was not there is told as missing.</summary>
    public static string? Between<T>(T? before, T after)
    {
        if (before is null)
            return "was missing";
        if (typeof(T).IsPrimitive)
            return before.Equals(after) ? null : $"{before} -> {after}";
        var changed = Fields.GetOrAdd(typeof(T), Columns)
            .Select(p => (p.Name, Before: p.GetValue(before), After: p.GetValue(after)))
            .Where(f => !Equals(f.Before, f.After) && f is not { Before: byte[], After: byte[] })
            .Select(f => $"{f.Name} {Text(f.Before)} -> {Text(f.After)}")
            .ToList();
        return changed.Count == 0 ? null : string.Join(", ", changed.Take(MaxFields));
    }

    private static PropertyInfo[] Columns(Type type) => [.. type.GetProperties().Where(p => p.GetIndexParameters().Length == 0 && !Ignored.Contains(p.Name) && IsColumn(p.PropertyType))];

    private static bool IsColumn(Type type) => (Nullable.GetUnderlyingType(type) ?? type) is { IsPrimitive: true } or { IsEnum: true } || type == typeof(string);

    private static string Text(object? value) => value is null ? "-" : Convert.ToString(value, CultureInfo.InvariantCulture)!;
}
