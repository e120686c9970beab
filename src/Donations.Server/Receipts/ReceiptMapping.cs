using Donations.Server.Campaigns;
using Donations.Server.Ledger;
using Donations.Server.Money;
using Donations.Server.Payments;
using Donations.Server.Storage;
using Donations.V1;
using Date = Google.Type.Date;

namespace Donations.Server.Receipts;

/// <summary>What is around the facts of one version.</summary>
/// <param name="Subject">What it is about.</param>
/// <param name="Number">Such as `R-2026-000123`.</param>
/// <param name="Version">From 1.</param>
/// <param name="IssueTimeUs">When it is issued.</param>
/// <param name="CampaignNames">Names by id, as they are then.</param>
internal sealed record ReceiptHeader(ReceiptSubject Subject, string Number, int Version, long IssueTimeUs, IReadOnlyDictionary<string, string> CampaignNames);

/// <summary>From facts to messages, without their HTML.</summary>
internal sealed class ReceiptMapping(ReceiptOptions options, BookCalendar calendar)
{
    public Receipt ToReceipt(ReceiptHeader header, ReceiptFacts facts, string locale)
    {
        var total = facts.Totals().Single();
        return new()
        {
            Name = header.Subject.Name,
            Number = header.Number,
            Version = header.Version,
            IssueTime = UnixMicros.ToTimestamp(header.IssueTimeUs),
            Locale = locale,
            Organisation = Organisation(locale),
            TimeZone = calendar.ZoneId,
            Gift = ToGift(facts.Gifts.Single(), header),
            Returns = { facts.Returns.Select(ToReturn) },
            NetAmount = new MinorAmount(total.PaidMinor - total.ReturnedMinor, total.Currency).ToWire(),
        };
    }

    public AnnualStatement ToStatement(ReceiptHeader header, ReceiptFacts facts, string locale) => new()
    {
        Name = header.Subject.Name,
        Number = header.Number,
        Version = header.Version,
        IssueTime = UnixMicros.ToTimestamp(header.IssueTimeUs),
        Locale = locale,
        Organisation = Organisation(locale),
        TimeZone = calendar.ZoneId,
        Year = header.Subject.Year!.Value,
        Complete = facts.Complete,
        Gifts = { facts.Gifts.Select(g => ToGift(g, header)) },
        Returns = { facts.Returns.Select(ToReturn) },
        Totals = { facts.Totals().Select(ToTotal) },
    };

    public static ReceiptVersion ToVersion(VersionRow row, IEnumerable<(string Locale, byte[] HtmlSha256)> digests) => new()
    {
        Number = ReceiptSubject.Number(row.Series, row.NumberYear, row.Sequence),
        Version = (int)row.Version,
        Document = row switch
        {
            { PaymentId: { } paymentId } => ReceiptSubject.Receipt(paymentId).Name,
            { DonorId: { } donorId, StatementYear: { } year } => ReceiptSubject.Statement(donorId, (int)year).Name,
            _ => "",
        },
        Cause = (ReceiptVersion.Types.Cause)row.Cause,
        Reason = row.Reason ?? "",
        Actor = row.Actor,
        IssueTime = UnixMicros.ToTimestamp(row.IssueTimeUs),
        Digests = { digests.Select(d => new ReceiptDigest { Locale = d.Locale, HtmlSha256 = Convert.ToHexStringLower(d.HtmlSha256) }) },
    };

    private ReceiptOrganisation Organisation(string locale) => new()
    {
        DisplayName = options.Organisation.Name,
        Lines = { options.Organisation.Lines },
        TaxNote = options.Organisation.TaxNote.TryGetValue(locale, out var note) ? note : "",
    };

    private ReceiptGift ToGift(GiftRow row, ReceiptHeader header) => new()
    {
        Payment = PaymentMapping.PaymentPrefix + row.PaymentId,
        PledgeReference = row.PledgeReference ?? "",
        PayDate = ToDate(row.PayTimeUs),
        Amount = new MinorAmount(row.AmountMinor, row.Currency).ToWire(),
        FeeCoverAmount = row.FeeCoverMinor == 0 ? null : new MinorAmount(row.FeeCoverMinor, row.Currency).ToWire(),
        Interval = row.Interval,
        Campaign = CampaignNames.Campaign(row.CampaignId),
        CampaignDisplayName = header.CampaignNames.GetValueOrDefault(row.CampaignId) ?? "",
    };

    private ReceiptReturn ToReturn(ReturnRow row) => new()
    {
        Kind = row.Kind,
        ReturnDate = ToDate(row.ReturnTimeUs),
        Amount = new MinorAmount(row.AmountMinor, row.Currency).ToWire(),
        Payment = PaymentMapping.PaymentPrefix + row.PaymentId,
        PledgeReference = row.PledgeReference ?? "",
        PayDate = ToDate(row.PayTimeUs),
    };

    private static ReceiptTotal ToTotal((string Currency, long PaidMinor, long ReturnedMinor) total) => new()
    {
        PaidAmount = new MinorAmount(total.PaidMinor, total.Currency).ToWire(),
        ReturnedAmount = new MinorAmount(total.ReturnedMinor, total.Currency).ToWire(),
        NetAmount = new MinorAmount(total.PaidMinor - total.ReturnedMinor, total.Currency).ToWire(),
    };

    private Date ToDate(long micros) => LedgerMapping.ToDate(calendar.DayOf(micros));
}
