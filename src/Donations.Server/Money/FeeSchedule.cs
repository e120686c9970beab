namespace Donations.Server.Money;

/// <summary>What Stripe is expected to take, by agreement (stripe.com/pricing, or a contract of one's own). What it took is in the balance transactions.</summary>
internal sealed class FeeOptions
{
    public const string Section = "Fees";

    /// <summary>Share of the amount, in percent.</summary>
    public decimal Percent { get; set; } = 2.9m;

    /// <summary>Share on top for payments of a subscription (Stripe Billing), in percent.</summary>
    public decimal RecurringPercent { get; set; } = 0.7m;

    /// <summary>Fixed part in minor units, by settlement currency; the others have <see cref="DefaultFixed"/>.</summary>
    public Dictionary<string, long> Fixed { get; } = new(StringComparer.OrdinalIgnoreCase) { ["EUR"] = 25, ["GBP"] = 20, ["JPY"] = 0 };

    /// <summary>Fixed part in minor units where <see cref="Fixed"/> names none.</summary>
    public long DefaultFixed { get; set; } = 30;
}

/// <summary>The expected fee of a payment. For comparison only: books hold Stripe's own.</summary>
internal sealed class FeeSchedule(FeeOptions options)
{
    /// <summary>Minor units of the settlement currency; each part is rounded by itself, halves away from zero, as Stripe's fee details are.</summary>
    public long Expected(long grossMinor, string currency, bool recurring) =>
        Share(grossMinor, options.Percent) + (recurring ? Share(grossMinor, options.RecurringPercent) : 0) + options.Fixed.GetValueOrDefault(currency, options.DefaultFixed);

    private static long Share(long minor, decimal percent) => (long)Math.Round(minor * percent / 100, MidpointRounding.AwayFromZero);
}
