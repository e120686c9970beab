using System.Security.Cryptography;

namespace Donations.Server.Storage;

/// <summary>A secret in a file of its own, base64 on one line, readable by its owner only.</summary>
internal static class KeyFile
{
    /// <exception cref="InvalidOperationException">There is no such file and none may be made, or it holds something else.</exception>
    public static byte[] Load(string path, int length, bool mayCreate, RandomSource random)
    {
        if (!File.Exists(path))
        {
            if (!mayCreate)
                throw new InvalidOperationException($"The key file {Path.GetFileName(path)} is missing. Make it with: openssl rand -base64 {length}. Refusing to start.");
            Create(path, random.Bytes(length));
        }

        var bytes = new byte[length];
        if (!Convert.TryFromBase64String(File.ReadAllText(path).Trim(), bytes, out var written) || written != length)
            throw new InvalidOperationException($"The key file {Path.GetFileName(path)} must hold {length} bytes in base64. Refusing to start.");
        return bytes;
    }

    public static void Create(string path, byte[] secret)
    {
        DataDirectory.Create(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(path, options);
        writer.WriteLine(Convert.ToBase64String(secret));
        CryptographicOperations.ZeroMemory(secret);
    }
}
