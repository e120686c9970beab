using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Donations.V1;

namespace Donations.Server.Receipts;

/// <summary>A payment that succeeded, as receipts need it.</summary>
internal sealed record GiftRow
{
    public required string PaymentId { get; init; }
    public string? PledgeReference { get; init; }
    public required string CampaignId { get; init; }
    public required PledgeInterval Interval { get; init; }
    public required string Currency { get; init; }
    public required long AmountMinor { get; init; }
    public required long FeeCoverMinor { get; init; }
    public required long PayTimeUs { get; init; }
}

/// <summary>Money that went back: a refund that did not fail, or a lost dispute.</summary>
internal sealed record ReturnRow
{
    public required ReceiptReturn.Types.Kind Kind { get; init; }

    /// <summary>Of the refund or the dispute.</summary>
    public required string ReturnId { get; init; }
    public required string PaymentId { get; init; }
    public string? PledgeReference { get; init; }
    public required string Currency { get; init; }
    public required long AmountMinor { get; init; }
    public required long PayTimeUs { get; init; }
    public required long ReturnTimeUs { get; init; }
}

/// <summary>What a document tells. Names and layout are not facts: that a campaign is renamed makes no new version.</summary>
/// <param name="Gifts">Oldest first.</param>
/// <param name="Returns">Oldest first.</param>
/// <param name="Complete">Of a statement: its year is over.</param>
internal sealed record ReceiptFacts(IReadOnlyList<GiftRow> Gifts, IReadOnlyList<ReturnRow> Returns, bool Complete)
{
    /// <summary>
    /// Equal for equal facts, in this release and in later ones: made of a text that is written here, not of a message whose encoding could
    /// grow. Neither donor nor pledge is in it, since it is kept for good.
    /// </summary>
    public byte[] Digest()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"receipt 1 {(Complete ? "complete" : "open")}\n");
        foreach (var gift in Gifts)
            text.Append(CultureInfo.InvariantCulture, $"paid {gift.PaymentId} {gift.PayTimeUs} {gift.Currency} {gift.AmountMinor} {gift.FeeCoverMinor}\n");
        foreach (var back in Returns)
            text.Append(CultureInfo.InvariantCulture, $"returned {(int)back.Kind} {back.ReturnId} {back.PaymentId} {back.ReturnTimeUs} {back.Currency} {back.AmountMinor}\n");
        return SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <summary>Sums per currency, by its code.</summary>
    public IEnumerable<(string Currency, long PaidMinor, long ReturnedMinor)> Totals() =>
        from currency in Gifts.Select(g => g.Currency).Concat(Returns.Select(r => r.Currency)).Distinct().Order(StringComparer.Ordinal)
        select (currency, Gifts.Where(g => g.Currency == currency).Sum(g => g.AmountMinor), Returns.Where(r => r.Currency == currency).Sum(r => r.AmountMinor));
}
