using System.Collections.Frozen;
using Donations.StripeSimulator.Http;

namespace Donations.StripeSimulator.Payments;

/// <summary>Smallest and largest charges, in minor units.</summary>
internal static class Amounts
{
    private const long Default = 50;
    private const long Largest = 99_999_999;

    private static readonly FrozenDictionary<string, long> Smallest = new Dictionary<string, long>
    {
        ["gbp"] = 30,
        ["aed"] = 200,
        ["bgn"] = 100,
        ["czk"] = 1500,
        ["dkk"] = 250,
        ["hkd"] = 400,
        ["huf"] = 17500,
        ["jpy"] = 50,
        ["mxn"] = 1000,
        ["myr"] = 200,
        ["nok"] = 300,
        ["pln"] = 200,
        ["ron"] = 200,
        ["sek"] = 300,
        ["thb"] = 1000,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The smallest charge.</summary>
    public static long Minimum(string currency) => Smallest.GetValueOrDefault(currency, Default);

    public static void Check(long amount, string currency)
    {
        if (amount < 1)
            throw StripeError.Invalid("This value must be greater than or equal to 1.", "amount", "parameter_invalid_integer");
        if (amount < Minimum(currency))
            throw StripeError.Invalid($"Amount must be at least {Minimum(currency)} in the smallest unit of {currency}.", "amount", "amount_too_small");
        if (amount > Largest)
            throw StripeError.Invalid($"Amount must be no more than {Largest} in the smallest unit of {currency}.", "amount", "amount_too_large");
    }
}
