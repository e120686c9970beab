using System.Buffers.Text;
using System.Text;
using WireMoney = Google.Type.Money;

namespace Donations.Server.Money;

/// <summary>An amount as the service counts: whole minor units of one currency. Never a fraction, never a float.</summary>
/// <param name="Minor">Minor units (cents), as Stripe counts them; may be negative.</param>
/// <param name="Currency">ISO 4217 code, upper case.</param>
internal readonly record struct MinorAmount(long Minor, string Currency)
{
    private const long NanosPerUnit = 1_000_000_000;

    /// <summary>
    /// Largest amount that Stripe takes in one charge whatever the currency and method: eight digits (docs.stripe.com/currencies). IDR has
    /// twelve, and so have most cards, which no gift needs.
    /// </summary>
    public const long MaxCharge = 99_999_999;

    /// <summary>
    /// Reads google.type.Money. Fails, with a text that says why, for an unknown currency, units and nanos of
    /// different signs, nanos out of range, a part below the minor unit, or an overflow.
    /// </summary>
    public static bool TryFromWire(WireMoney wire, out MinorAmount amount, out string error)
    {
        amount = default;
        if (Currencies.Find(wire.CurrencyCode) is not { } currency)
        {
            error = "currency_code must be an ISO 4217 code, upper case, that Stripe presents charges in";
            return false;
        }

        if (wire.Nanos is <= -1_000_000_000 or >= 1_000_000_000)
        {
            error = "nanos must be between -999,999,999 and 999,999,999";
            return false;
        }

        if ((wire.Units > 0 && wire.Nanos < 0) || (wire.Units < 0 && wire.Nanos > 0))
        {
            error = "units and nanos must have the same sign";
            return false;
        }

        var nanosPerMinor = NanosPerUnit / currency.UnitMinor;
        if (wire.Nanos % nanosPerMinor != 0)
        {
            error = $"nanos must be whole minor units of {currency.Code} ({currency.Exponent} decimals)";
            return false;
        }

        try
        {
            amount = new(checked((wire.Units * currency.UnitMinor) + (wire.Nanos / nanosPerMinor)), currency.Code);
        }
        catch (OverflowException)
        {
            error = "the amount is out of range";
            return false;
        }

        error = "";
        return true;
    }

    /// <summary>As google.type.Money.</summary>
    public WireMoney ToWire()
    {
        var currency = Currencies.Get(Currency);
        var (units, rest) = Math.DivRem(Minor, currency.UnitMinor);
        return new() { CurrencyCode = currency.Code, Units = units, Nanos = (int)(rest * (NanosPerUnit / currency.UnitMinor)) };
    }

    /// <summary>Bytes that <see cref="WriteDecimal"/> never needs more than.</summary>
    public const int MaxDecimalLength = 24;

    /// <summary>As a plain decimal such as `2.00` or `-0.05`: for exports, with the currency in a column of its own.</summary>
    public string ToDecimalString()
    {
        Span<byte> ascii = stackalloc byte[MaxDecimalLength];
        return Encoding.ASCII.GetString(ascii[..WriteDecimal(ascii)]);
    }

    /// <summary>Writes the plain decimal as ASCII and says how many bytes that took.</summary>
    public int WriteDecimal(Span<byte> ascii)
    {
        var currency = Currencies.Get(Currency);
        var length = 0;
        if (Minor < 0)
            ascii[length++] = (byte)'-';
        // The magnitude as unsigned, for the least long has no positive.
        var (units, rest) = Math.DivRem(Minor < 0 ? 0 - (ulong)Minor : (ulong)Minor, (ulong)currency.UnitMinor);
        Utf8Formatter.TryFormat(units, ascii[length..], out var written);
        length += written;
        if (currency.Exponent == 0)
            return length;
        ascii[length] = (byte)'.';
        for (var i = length + currency.Exponent; i > length; i--, rest /= 10)
            ascii[i] = (byte)('0' + (rest % 10));
        return length + currency.Exponent + 1;
    }

    public override string ToString() => $"{ToDecimalString()} {Currency}";
}
