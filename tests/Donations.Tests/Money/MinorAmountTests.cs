using System.Globalization;
using CsCheck;
using Donations.Server.Money;
using WireMoney = Google.Type.Money;

namespace Donations.Tests.Money;

public sealed class MinorAmountTests
{
    private static readonly Currency[] All = [.. Currencies.All];
    private static readonly Gen<Currency> AnyCurrency = Gen.Int[0, All.Length - 1].Select(i => All[i]);

    [Fact]
    public void Every_currency_comes_back_from_the_wire_as_it_went()
    {
        foreach (var currency in All)
        {
            foreach (var minor in (long[])[0, 1, -1, currency.UnitMinor, -currency.UnitMinor, currency.UnitMinor - 1, MinorAmount.MaxCharge, long.MaxValue, long.MinValue])
                Assert.True(ComesBack(new(minor, currency.Code)), $"{minor} {currency.Code}");
        }

        Gen.Select(Gen.Long, AnyCurrency).Sample((minor, currency) => ComesBack(new(minor, currency.Code)));
    }

    [Fact]
    public void Units_and_nanos_never_differ_in_sign_on_the_wire() => Gen.Select(Gen.Long, AnyCurrency).Sample((minor, currency) =>
    {
        var wire = new MinorAmount(minor, currency.Code).ToWire();
        return (wire.Units >= 0 && wire.Nanos >= 0) || (wire.Units <= 0 && wire.Nanos <= 0);
    });

    [Fact]
    public void Nanos_below_the_minor_unit_are_refused_in_every_currency() => Gen.Select(AnyCurrency, Gen.Int[0, 999_999_999], Gen.Bool).Sample((currency, nanos, negative) =>
    {
        var wire = new WireMoney { CurrencyCode = currency.Code, Nanos = negative ? -nanos : nanos };
        var isWhole = nanos % (1_000_000_000 / currency.UnitMinor) == 0;
        return MinorAmount.TryFromWire(wire, out _, out var error) == isWhole && (isWhole || error.StartsWith("nanos must be whole minor units", StringComparison.Ordinal));
    });

    [Theory]
    [InlineData(1L, -10_000_000)]
    [InlineData(-1L, 10_000_000)]
    public void Different_signs_are_refused(long units, int nanos) => Refused(new() { CurrencyCode = "USD", Units = units, Nanos = nanos }, "same sign");

    [Theory]
    [InlineData(1_000_000_000)]
    [InlineData(-1_000_000_000)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void Nanos_out_of_range_are_refused(int nanos) => Refused(new() { CurrencyCode = "USD", Nanos = nanos }, "nanos must be between");

    [Fact]
    public void What_does_not_fit_is_refused_and_the_largest_that_does_is_not()
    {
        foreach (var currency in All.Where(c => c.UnitMinor > 1))
        {
            var largest = long.MaxValue / currency.UnitMinor;
            Assert.True(MinorAmount.TryFromWire(new() { CurrencyCode = currency.Code, Units = largest }, out var amount, out _));
            Assert.Equal(largest * currency.UnitMinor, amount.Minor);
            Refused(new() { CurrencyCode = currency.Code, Units = largest + 1 }, "out of range");
            Refused(new() { CurrencyCode = currency.Code, Units = long.MinValue }, "out of range");
            Refused(new() { CurrencyCode = currency.Code, Units = largest, Nanos = 990_000_000 }, "out of range");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("usd")]
    [InlineData("US")]
    [InlineData("XXX")]
    [InlineData("BTC")]
    public void An_unknown_currency_is_refused(string code) => Refused(new() { CurrencyCode = code, Units = 1 }, "currency_code");

    [Fact]
    public void Whatever_the_wire_holds_is_read_exactly_or_refused_with_a_reason() =>
        Gen.Select(Gen.Long, Gen.Int, Gen.OneOf(AnyCurrency.Select(c => c.Code), Gen.String)).Sample((units, nanos, code) =>
        {
            var wire = new WireMoney { Units = units, Nanos = nanos, CurrencyCode = code };
            return MinorAmount.TryFromWire(wire, out var amount, out var error) ? amount.ToWire().Equals(wire) : error.Length > 0;
        });

    [Fact]
    public void The_decimal_text_is_the_amount_with_its_currencys_decimals() => Gen.Select(Gen.Long, AnyCurrency).Sample((minor, currency) =>
    {
        var text = new MinorAmount(minor, currency.Code).ToDecimalString();
        var point = text.IndexOf('.', StringComparison.Ordinal);
        var decimals = point < 0 ? 0 : text.Length - point - 1;
        return decimals == currency.Exponent && decimal.Parse(text, CultureInfo.InvariantCulture) * currency.UnitMinor == minor;
    });

    [Theory]
    [InlineData(200, "USD", "2.00 USD")]
    [InlineData(-5, "EUR", "-0.05 EUR")]
    [InlineData(100, "JPY", "100 JPY")]
    [InlineData(1230, "KWD", "1.230 KWD")]
    [InlineData(500, "ISK", "5.00 ISK")]
    public void Examples_read_as_people_write_them(long minor, string currency, string text) => Assert.Equal(text, new MinorAmount(minor, currency).ToString());

    private static bool ComesBack(MinorAmount amount) => MinorAmount.TryFromWire(amount.ToWire(), out var back, out _) && back == amount;

    private static void Refused(WireMoney wire, string why)
    {
        Assert.False(MinorAmount.TryFromWire(wire, out var amount, out var error));
        Assert.Contains(why, error, StringComparison.Ordinal);
        Assert.Equal(default, amount);
    }
}
