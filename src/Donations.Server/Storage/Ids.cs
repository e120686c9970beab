using System.Buffers;

namespace Donations.Server.Storage;

/// <summary>
/// Server-made ids: 26 characters of Crockford base 32 in lower case, 48 bits of milliseconds and then 80 random ones,
/// so that new rows land at the end of an index and ids sort by age.
/// </summary>
internal sealed class Ids(TimeProvider time, RandomSource random)
{
    public const int Length = 26;
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private const int ReferenceLength = 10;
    private static readonly SearchValues<char> Letters = SearchValues.Create(Alphabet);

    public string New()
    {
        Span<byte> bytes = stackalloc byte[16];
        random.Fill(bytes[6..]);
        var millis = time.GetUtcNow().ToUnixTimeMilliseconds();
        for (var i = 5; i >= 0; i--, millis >>= 8)
            bytes[i] = (byte)millis;
        return Encode(bytes, Length);
    }

    /// <summary>The least id of a time: whatever was made before sorts below it.</summary>
    public static string Floor(long micros)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        var millis = micros / 1000;
        for (var i = 5; i >= 0; i--, millis >>= 8)
            bytes[i] = (byte)millis;
        return Encode(bytes, Length);
    }

    /// <summary>A short public reference: `P-` and ten characters (50 random bits).</summary>
    public string NewReference()
    {
        Span<byte> bytes = stackalloc byte[7];
        random.Fill(bytes);
        return "P-" + Encode(bytes, ReferenceLength).ToUpperInvariant();
    }

    /// <summary>Crockford base 32 of the leading bits, lower case, zero bits appended where they run out.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes, int length)
    {
        Span<char> chars = stackalloc char[length];
        var (buffer, bits, next) = (0u, 0, 0);
        for (var i = 0; i < length; i++)
        {
            if (bits < 5)
            {
                buffer = (buffer << 8) | (next < bytes.Length ? bytes[next] : 0u);
                next++;
                bits += 8;
            }

            bits -= 5;
            chars[i] = Alphabet[(int)(buffer >> bits) & 31];
        }

        return new(chars);
    }

    /// <summary>Whether a text has the shape of an id from here.</summary>
    public static bool IsId(ReadOnlySpan<char> text) => text.Length == Length && !text.ContainsAnyExcept(Letters);
}
