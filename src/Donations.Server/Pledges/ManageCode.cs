using System.Security.Cryptography;
using Donations.Server.Storage;

namespace Donations.Server.Pledges;

/// <summary>
/// The secret with which a donor comes back: 128 random bits as 26 characters of Crockford base 32, shown once. What is kept
/// is SHA-256: no slow hash is needed, since nobody can guess 128 bits (docs/decisions/0004).
/// </summary>
internal static class ManageCode
{
    private const int Bytes = 16;
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private static readonly byte[] Purpose = "donations/manage-code/"u8.ToArray();

    /// <summary>In groups of five, as people read it: `XXXXX-XXXXX-XXXXX-XXXXX-XXXXXX`.</summary>
    public static string Format(byte[] secret)
    {
        var text = Ids.Encode(secret, Ids.Length).ToUpperInvariant();
        return string.Join('-', text[..5], text[5..10], text[10..15], text[15..20], text[20..]);
    }

    public static byte[] Hash(byte[] secret)
    {
        byte[] content = [.. Purpose, .. secret];
        return SHA256.HashData(content);
    }

    /// <summary>Reads a code as typed: case, spaces and hyphens do not matter; I, L and O are 1, 1 and 0. Null where it is none.</summary>
    public static byte[]? Parse(string typed)
    {
        if (typed.Length > 64)
            return null;
        var secret = new byte[Bytes];
        var (bit, seen) = (0, 0);
        foreach (var raw in typed.ToUpperInvariant())
        {
            if (raw is '-' or ' ')
                continue;
            var value = Alphabet.IndexOf(raw switch { 'I' or 'L' => '1', 'O' => '0', _ => raw }, StringComparison.Ordinal);
            if (value < 0 || ++seen > Ids.Length)
                return null;
            for (var i = 4; i >= 0; i--, bit++)
            {
                var set = (value >> i & 1) == 1;
                if (bit < Bytes * 8)
                    secret[bit / 8] |= (byte)(set ? 0x80 >> (bit % 8) : 0);
                else if (set)
                    return null;
            }
        }

        return seen == Ids.Length ? secret : null;
    }
}
