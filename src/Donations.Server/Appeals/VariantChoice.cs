using System.Collections.Frozen;
using System.Collections.Immutable;
using System.IO.Hashing;
using System.Text;

namespace Donations.Server.Appeals;

/// <summary>
/// Which variant a visitor sees, without anything stored: weighted rendezvous hashing. Each variant draws a number for the visitor, with a
/// chance in proportion to its weight, and the best draw wins. The draws do not depend on each other: taking a variant away, or giving it
/// another weight, moves only visitors from it or to it. (C. Schindelhauer, G. Schomaker, "Weighted Distributed Hash Tables", 2005.)
/// </summary>
internal static class VariantChoice
{
    public const int Visitors = 1_000_000;

    /// <summary>The seed of a name; the same on every node and after every restart.</summary>
    public static ulong Seed(string name) => XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(name));

    /// <summary>Place of the variant for this reader, or -1 where none fits.</summary>
    /// <param name="variants">The variants, in an order that does not matter but for readers without a number, where the first of the heaviest wins.</param>
    /// <param name="weights">Weight by id in place of the variants' own; one that is not there gets nobody, unless none of them is. Null: their own.</param>
    /// <param name="reader">The reader.</param>
    public static int Choose(ImmutableArray<Variant> variants, FrozenDictionary<string, int>? weights, in Reader reader)
    {
        var best = -1;
        var bestDraw = double.MaxValue;
        for (var i = 0; i < variants.Length; i++)
        {
            if (!variants[i].Fits(reader))
                continue;
            var weight = weights is null ? variants[i].Weight : weights.GetValueOrDefault(variants[i].Id);
            if (weight <= 0)
                continue;
            var draw = reader.VisitorNumber < 0 ? -weight : -Math.Log(Unit(variants[i].Seed, reader.VisitorNumber)) / weight;
            if (draw < bestDraw)
                (best, bestDraw) = (i, draw);
        }

        return best < 0 && weights is not null ? Choose(variants, null, reader) : best;
    }

    /// <summary>Whether a visitor is in the share of so many percent. Who has no number is not.</summary>
    public static bool IsIn(ulong seed, int visitorNumber, int percent) => visitorNumber >= 0 && Unit(seed, visitorNumber) * 100 < percent;

    /// <summary>A number above 0 and at most 1 for a seed and a visitor: SplitMix64's finalizer (G. Steele, D. Lea, C. Flood, 2014).</summary>
    private static double Unit(ulong seed, int visitorNumber)
    {
        var z = seed + ((ulong)visitorNumber * 0x9E3779B97F4A7C15UL);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        z ^= z >> 31;
        return ((z >> 11) + 1) / (double)(1UL << 53);
    }
}
