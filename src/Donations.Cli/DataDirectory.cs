using System.Security.Cryptography;

namespace Donations.Cli;

/// <summary>The development server's data directory: --data, else DONATIONS_DATA, else `data` beside Donations.sln.</summary>
internal static class DataDirectory
{
    private const int KeyBytes = 32;

    public static string Find(string? asked, string? environment, string workingDirectory, string programDirectory)
    {
        if (asked is { Length: > 0 })
            return asked;
        if (environment is { Length: > 0 })
            return environment;
        // Beside the solution above where the person stands, else above where this program was built.
        foreach (var start in (string[])[workingDirectory, programDirectory])
        {
            for (var directory = new DirectoryInfo(start); directory is not null; directory = directory.Parent)
            {
                if (File.Exists(Path.Combine(directory.FullName, "Donations.sln")))
                    return Path.Combine(directory.FullName, "data");
            }
        }

        throw new CliException("No data directory: name it with --data or DONATIONS_DATA", CliException.Usage);
    }

    /// <summary>The development issuer's key, made where the server has not made it yet (it will then take this one).</summary>
    public static byte[] IssuerKey(string directory)
    {
        var path = Path.Combine(directory, "keys", "development-issuer.key");
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using var writer = new StreamWriter(path, options);
            writer.WriteLine(Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes)));
        }

        var key = new byte[KeyBytes];
        return Convert.TryFromBase64String(File.ReadAllText(path).Trim(), key, out var length) && length == KeyBytes
            ? key
            : throw new CliException($"{Path.GetFileName(path)} does not hold {KeyBytes} bytes in base64");
    }
}
