namespace Donations.StripeSimulator.Core;

/// <summary>Ids, secrets and jitter as a pure function of the seed and a position, which is all the state there is to save.</summary>
internal sealed class IdSource(int seed)
{
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    public long Position { get; set; }

    public long NextSequence() => ++Position;

    public string Next(string prefix, int length = 24)
    {
        Position++;
        return prefix + Text((ulong)Position, length);
    }

    /// <summary>The same text for the same value in every run, whatever the position: card fingerprints.</summary>
    public string Stable(string value, int length = 16)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in value)
            hash = (hash ^ c) * 1099511628211UL;
        return Text(hash, length);
    }

    /// <summary>A number from zero to one that follows from a seed and a text alone.</summary>
    public static double Chance(int seed, string text)
    {
        var hash = 14695981039346656037UL ^ Mix((ulong)(uint)seed);
        foreach (var c in text)
            hash = (hash ^ c) * 1099511628211UL;
        return (Mix(hash) >> 11) * (1.0 / (1UL << 53));
    }

    private string Text(ulong position, int length) => string.Create(length, (seed, position), static (span, state) =>
    {
        var word = 0UL;
        for (var i = 0; i < span.Length; i++)
        {
            // Ten characters of base 62 fit a 64-bit word.
            if (i % 10 == 0)
                word = Mix(((ulong)(uint)state.seed << 32) ^ (state.position * 0x9E3779B97F4A7C15UL) ^ ((ulong)i << 56));
            span[i] = Alphabet[(int)(word % 62)];
            word /= 62;
        }
    });

    private static ulong Mix(ulong z)
    {
        z += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
