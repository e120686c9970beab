namespace Donations.Cli;

/// <summary>Names of resources as people type them: the whole name, or the id at its end.</summary>
internal static class ResourceNames
{
    /// <summary>The whole name. What has a slash already is left as it is: the server says what is wrong with it.</summary>
    public static string Full(string prefix, string typed) => typed.Contains('/', StringComparison.Ordinal) ? typed : prefix + typed;
}
