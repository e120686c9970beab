using System.Security.Cryptography;

namespace Donations.Cli;

/// <summary>Names of resources as people type them: the whole name, or the id at its end.</summary>
internal static class ResourceNames
{
    /// <summary>The whole name. What has a slash already is left as it is: the server says what is wrong with it.</summary>
    public static string Full(string prefix, string typed) => typed.Contains('/', StringComparison.Ordinal) ? typed : prefix + typed;

    /// <summary>A new UUID of version 4, as the contract wants them in request_id.</summary>
    public static string NewRequestId()
    {
        var bytes = RandomNumberGenerator.GetBytes(16);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString("D");
    }
}
