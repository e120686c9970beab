namespace Donations.Cli;

/// <summary>Small files that people hand over: keys, passwords, texts.</summary>
internal static class TextFile
{
    /// <summary>The whole of it, without the line's end.</summary>
    /// <exception cref="CliException">It cannot be read.</exception>
    public static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"{path} cannot be read ({e.GetType().Name})", CliException.Usage);
        }
    }
}
