using Donations.Server.Money;
using Donations.Tests.StripeSimulator;
using Stripe;
using WireMoney = Google.Type.Money;

namespace Donations.Tests.Money;

/// <summary>
/// The currency table against Stripe's own page, currency by currency, and through a charge in each. The lists are copied from
/// docs.stripe.com/currencies (the edition for accounts in the Netherlands, and "Three-decimal currencies"), not from the table.
/// </summary>
public sealed class CurrencyTableTests
{
    private const string Presented =
        """
        USD AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BIF BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ETB
        EUR FJD FKP GBP GEL GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR ISK JMD JPY KES KGS KHR KMF KRW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP
        MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD SHP SLE SOS SRD STD SZL THB TJS TOP TRY
        TTD TWD TZS UAH UGX UYU UZS VND VUV WST XAF XCD XOF XPF YER ZAR ZMW
        """;

    private const string ThreeDecimal = "BHD JOD KWD OMR TND";

    /// <summary>UGX is on the page's list, and under "Special cases" like ISK: two decimals that are always 00.</summary>
    private const string ZeroDecimal = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF";

    private const string WholeAsTwoDecimals = "ISK UGX";

    /// <summary>Not on that edition of the page, but in the list that Stripe's API answers an unknown currency with.</summary>
    private const string Elsewhere = "GHS";

    private static readonly HashSet<string> Zero = Split(ZeroDecimal);
    private static readonly HashSet<string> Three = Split(ThreeDecimal);
    private static readonly HashSet<string> Whole = Split(WholeAsTwoDecimals);

    public static TheoryData<string> All => [.. Split(Presented), .. Three, .. Split(Elsewhere)];

    [Fact]
    public void The_table_has_every_currency_that_stripe_presents_and_no_other() =>
        Assert.Equal(All.Select(row => row.Data).Order(StringComparer.Ordinal), Currencies.All.Select(c => c.Code));

    [Theory]
    [MemberData(nameof(All))]
    public void An_amount_is_what_stripe_counts_and_comes_back_as_it_was_written(string code)
    {
        // A thousand units, and the least beyond it that Stripe takes.
        var (thousand, step, nanos) = Zero.Contains(code) ? (1000, 1, 0) : Three.Contains(code) ? (1_000_000, 10, 10_000_000) : Whole.Contains(code) ? (100_000, 100, 0) : (100_000, 1, 10_000_000);
        Assert.Equal(thousand, ToMinor(new() { CurrencyCode = code, Units = 1000 }));
        Assert.Equal(step, Currencies.Get(code).Step);
        if (nanos > 0)
            Assert.Equal(thousand + step, ToMinor(new() { CurrencyCode = code, Units = 1000, Nanos = nanos }));
        else
            Assert.Equal(thousand + step, ToMinor(new() { CurrencyCode = code, Units = 1001 }));
    }

    [Fact]
    public async Task A_charge_in_every_currency_has_the_amount_that_was_asked_for()
    {
        await using var simulator = await Simulator.StartAsync();
        foreach (var code in All.Select(row => row.Data))
        {
            var wire = new WireMoney { CurrencyCode = code, Units = 1234, Nanos = Currencies.Get(code) is { Exponent: > 0, Step: < 100 } ? 560_000_000 : 0 };
            Assert.True(MinorAmount.TryFromWire(wire, out var asked, out var error), error);
            var intent = await simulator.PayAsync(amount: asked.Minor, currency: code.ToLowerInvariant());
            Assert.Equal(("succeeded", asked.Minor), (intent.Status, intent.AmountReceived));
            var charge = await simulator.Stripe.V1.Charges.GetAsync(intent.LatestChargeId, null, null, Simulator.Ct);
            Assert.Equal(wire, new MinorAmount(charge.Amount, charge.Currency.ToUpperInvariant()).ToWire());
        }
    }

    /// <summary>The simulator's minimums were written by others: both tables say the same.</summary>
    [Fact]
    public async Task The_least_charge_of_every_settlement_currency_goes_through_and_a_unit_less_does_not()
    {
        await using var simulator = await Simulator.StartAsync();
        foreach (var least in MinimumCharges.All)
        {
            Assert.Equal("succeeded", (await simulator.PayAsync(amount: least.Minor, currency: least.Currency)).Status);
            var refused = await Assert.ThrowsAsync<StripeException>(() => simulator.PayAsync(amount: least.Minor - 1, currency: least.Currency));
            Assert.Equal("amount_too_small", refused.StripeError.Code);
        }
    }

    [Fact]
    public void Every_settlement_currency_is_one_that_is_presented_and_no_other_has_a_minimum()
    {
        Assert.All(MinimumCharges.All, least => Assert.NotNull(Currencies.Find(least.Currency)));
        Assert.Null(MinimumCharges.Find("ISK"));
    }

    [Theory]
    [InlineData("ISK", 150)]
    [InlineData("UGX", 50)]
    [InlineData("KWD", 5124)]
    public void What_stripe_would_refuse_for_its_last_digits_is_no_multiple_of_the_step(string code, long minor) => Assert.NotEqual(0, minor % Currencies.Get(code).Step);

    private static long ToMinor(WireMoney wire)
    {
        Assert.True(MinorAmount.TryFromWire(wire, out var amount, out var error), error);
        Assert.Equal(wire, amount.ToWire());
        Assert.Equal(0, amount.Minor % Currencies.Get(wire.CurrencyCode).Step);
        return amount.Minor;
    }

    private static HashSet<string> Split(string codes) => [.. codes.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)];
}
