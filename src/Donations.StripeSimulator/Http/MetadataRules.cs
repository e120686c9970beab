namespace Donations.StripeSimulator.Http;

/// <summary>Merge rules and limits of metadata.</summary>
internal static class MetadataRules
{
    private const int MaxKeys = 50;
    private const int MaxKeyLength = 40;
    private const int MaxValueLength = 500;

    /// <summary>Named keys are set, a key with an empty value goes, an empty <c>metadata</c> clears everything.</summary>
    public static Dictionary<string, string>? Merge(ApiParams p, Dictionary<string, string>? current)
    {
        if (!p.Has("metadata"))
            return current;
        if (p.Unset("metadata"))
            return null;
        var path = p.PathOf("metadata");
        var merged = current is null ? new Dictionary<string, string>(StringComparer.Ordinal) : new(current, StringComparer.Ordinal);
        foreach (var (key, value) in p.Hash("metadata")!.Pairs())
        {
            if (key.Length > MaxKeyLength)
                throw StripeError.Invalid($"Metadata keys can have up to {MaxKeyLength} characters, but you passed in a key that is {key.Length} characters.", path);
            if (value.Length > MaxValueLength)
                throw StripeError.Invalid($"Metadata values can have up to {MaxValueLength} characters, but you passed in a value that is {value.Length} characters.", $"{path}[{key}]");
            if (value.Length == 0)
                merged.Remove(key);
            else
                merged[key] = value;
        }
        if (merged.Count > MaxKeys)
            throw StripeError.Invalid($"You can only have up to {MaxKeys} metadata keys on an object.", path);
        return merged.Count == 0 ? null : merged;
    }
}
