using System.Globalization;
using System.Text.RegularExpressions;
using Donations.Server.Payments;
using Donations.Server.Pledges;
using Donations.Server.Rpc;
using Donations.Server.Storage;

namespace Donations.Server.Receipts;

/// <summary>What a document is about: a payment, or a donor's year.</summary>
/// <param name="Series">`R` for receipts, `S` for statements; each is numbered by itself.</param>
/// <param name="Name">Resource name, with the donor's own id also where `donors/me` was asked for.</param>
/// <param name="PaymentId">Of a receipt.</param>
/// <param name="DonorId">Of a statement.</param>
/// <param name="Year">Of a statement.</param>
internal sealed partial record ReceiptSubject(string Series, string Name, string? PaymentId, string? DonorId, int? Year)
{
    public const string ReceiptSeries = "R";
    public const string StatementSeries = "S";
    private const string ReceiptSuffix = "/receipt";
    private const int MinYear = 1970;

    /// <summary>The next year must still be one.</summary>
    private const int MaxYear = 9998;
    private const int MaxSequenceDigits = 12;

    public static ReceiptSubject Receipt(string paymentId) => new(ReceiptSeries, PaymentMapping.PaymentPrefix + paymentId + ReceiptSuffix, paymentId, null, null);

    public static ReceiptSubject Statement(string donorId, int year) =>
        new(StatementSeries, string.Create(CultureInfo.InvariantCulture, $"donors/{donorId}/annualStatements/{year:0000}"), null, donorId, year);

    /// <summary>From `payments/{payment}/receipt`.</summary>
    public static ReceiptSubject ParseReceipt(string name) => TryReceipt(name) ?? throw RpcErrors.FieldInvalid("name", "must look like payments/{payment}/receipt");

    /// <summary>From `donors/{donor}/annualStatements/{year}`; `donors/me` is the caller.</summary>
    public static ReceiptSubject ParseStatement(string name, Caller caller) =>
        TryStatement(name, donor => donor == "me" ? PledgeMapping.Me(caller, "name") : donor)
        ?? throw RpcErrors.FieldInvalid("name", "must look like donors/{donor}/annualStatements/{year}, with a year of four digits from 1970");

    /// <summary>From either name, or null.</summary>
    public static ReceiptSubject? TryParse(string name) => TryReceipt(name) ?? TryStatement(name, donor => donor);

    /// <summary>Series, year and count of a number such as `R-2026-000123`, or null.</summary>
    public static (string Series, int Year, long Sequence)? TryParseNumber(string number)
    {
        if (number.Length > 7 + MaxSequenceDigits || NumberShape().Match(number) is not { Success: true } match)
            return null;
        return (match.Groups[1].Value, int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture), long.Parse(match.Groups[3].ValueSpan, CultureInfo.InvariantCulture));
    }

    public static string Number(string series, long year, long sequence) => string.Create(CultureInfo.InvariantCulture, $"{series}-{year:0000}-{sequence:000000}");

    private static ReceiptSubject? TryReceipt(string name) =>
        name.StartsWith(PaymentMapping.PaymentPrefix, StringComparison.Ordinal) && name.EndsWith(ReceiptSuffix, StringComparison.Ordinal)
        && name.Length == PaymentMapping.PaymentPrefix.Length + Ids.Length + ReceiptSuffix.Length && Ids.IsId(name.AsSpan(PaymentMapping.PaymentPrefix.Length, Ids.Length))
            ? Receipt(name.Substring(PaymentMapping.PaymentPrefix.Length, Ids.Length))
            : null;

    private static ReceiptSubject? TryStatement(string name, Func<string, string> resolve)
    {
        if (name.Split('/') is not ["donors", var donor, "annualStatements", { Length: 4 } digits])
            return null;
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var year) || year is < MinYear or > MaxYear)
            return null;
        var donorId = donor == "me" || Ids.IsId(donor) ? resolve(donor) : donor;
        return Ids.IsId(donorId) ? Statement(donorId, year) : null;
    }

    [GeneratedRegex(@"^([RS])-(\d{4})-(\d{6,})$", RegexOptions.CultureInvariant)]
    private static partial Regex NumberShape();
}
