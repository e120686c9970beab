using System.Security.Cryptography;
using System.Text;
using Donations.Mailer;
using Donations.Server.Campaigns;
using Donations.Server.Ledger;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;
using Google.Protobuf;
using Microsoft.Data.Sqlite;
using Cause = Donations.V1.ReceiptVersion.Types.Cause;

namespace Donations.Server.Receipts;

/// <summary>
/// Issues documents. Number, version, log line and the finished texts in every language are one write, so that what was issued once is answered
/// with the same bytes for good, also by a later release with other templates.
/// </summary>
internal sealed class ReceiptIssuer(Database database, ReceiptSources sources, ReceiptMapping mapping, BookCalendar calendar, TimeProvider time)
{
    /// <summary>In the log, for any donor: the log is kept for good, and says of nobody that they gave.</summary>
    private const string AnyDonor = "donor";

    /// <summary>The document as it stands, issued now where it was not yet or where its facts have changed.</summary>
    public async Task<byte[]> IssueAsync(ReceiptSubject subject, string locale, Caller caller, CancellationToken cancellationToken)
    {
        var now = time.NowMicros();
        // Mostly it is there already: no write for that.
        if (database.Read(c => Current(c, subject, sources.Read(c, subject, now), locale), cancellationToken) is { } document)
            return document;
        return await database.WriteAsync(c =>
        {
            var facts = sources.Read(c, subject, now);
            if (Current(c, subject, facts, locale) is { } other)
                return other;
            var latest = ReceiptStore.Latest(c, subject);
            Write(c, subject, latest, facts, latest is null ? Cause.FirstIssue : Cause.Changed, null, caller, now);
            return Find(c, subject, 0, locale);
        });
    }

    /// <summary>A version as it was issued; 0: the newest.</summary>
    public byte[] Get(ReceiptSubject subject, int version, string locale, CancellationToken cancellationToken) => database.Read(c => Find(c, subject, version, locale), cancellationToken);

    /// <summary>The unit of work that makes the next version, whatever has changed or not; it answers with that version.</summary>
    public Func<SqliteConnection, int> Reissue(ReceiptSubject subject, string reason, Caller caller)
    {
        var now = time.NowMicros();
        return connection =>
        {
            var latest = ReceiptStore.Latest(connection, subject) ?? throw RpcErrors.NotFound(subject.Name);
            return Write(connection, subject, latest, sources.Read(connection, subject, now), Cause.Reissued, reason, caller, now);
        };
    }

    /// <summary>A version inside a unit of work or a read; 0: the newest.</summary>
    public static byte[] Find(SqliteConnection connection, ReceiptSubject subject, int version, string locale) =>
        ReceiptStore.FindEntry(connection, subject, version) is { } entryId && ReceiptStore.FindDocument(connection, entryId, Language(connection, subject, locale)) is { } document
            ? document
            : throw RpcErrors.NotFound(subject.Name);

    private static byte[]? Current(SqliteConnection connection, ReceiptSubject subject, ReceiptFacts facts, string locale) =>
        ReceiptStore.Latest(connection, subject) is { } latest && latest.FactsSha256.AsSpan().SequenceEqual(facts.Digest())
            ? ReceiptStore.FindDocument(connection, latest.EntryId, Language(connection, subject, locale))
            : null;

    /// <summary>What was asked for, else what the donor gave in, as far as there are texts.</summary>
    private static string Language(SqliteConnection connection, ReceiptSubject subject, string locale) =>
        LocaleFormats.For((locale.Length > 0 ? locale : ReceiptSources.Locale(connection, subject))?.Replace('_', '-')).Locale;

    private int Write(SqliteConnection connection, ReceiptSubject subject, LatestVersion? latest, ReceiptFacts facts, Cause cause, string? reason, Caller caller, long now)
    {
        var today = calendar.DayOf(now);
        var numberYear = latest is null ? today / 10_000 : (int)latest.NumberYear;
        var (receiptId, sequence) = latest is null ? ReceiptStore.TakeNumber(connection, subject, numberYear) : (latest.ReceiptId, latest.Sequence);
        var version = (int)(latest?.Version ?? 0) + 1;
        var entryId = ReceiptStore.InsertVersion(connection, receiptId, version, cause, reason, caller.DonorId is null ? caller.Subject : AnyDonor, facts.Digest(), now);
        var names = facts.Gifts.Select(g => g.CampaignId).Distinct().ToDictionary(id => id, id => CampaignName(connection, id));
        var header = new ReceiptHeader(subject, ReceiptSubject.Number(subject.Series, numberYear, sequence), version, now, names);
        foreach (var formats in LocaleFormats.All)
            ReceiptStore.InsertDocument(connection, entryId, ToDocument(header, facts, formats.Locale, LedgerMapping.ToDate(today)));
        return version;
    }

    private StoredDocument ToDocument(ReceiptHeader header, ReceiptFacts facts, string locale, Google.Type.Date issued)
    {
        if (header.Subject.PaymentId is null)
        {
            var statement = mapping.ToStatement(header, facts, locale);
            statement.Html = ReceiptTexts.Render(statement, issued);
            var digest = SHA256.HashData(Encoding.UTF8.GetBytes(statement.Html));
            statement.HtmlSha256 = Convert.ToHexStringLower(digest);
            return new(locale, digest, statement.ToByteArray());
        }
        else
        {
            var receipt = mapping.ToReceipt(header, facts, locale);
            receipt.Html = ReceiptTexts.Render(receipt, issued);
            var digest = SHA256.HashData(Encoding.UTF8.GetBytes(receipt.Html));
            receipt.HtmlSha256 = Convert.ToHexStringLower(digest);
            return new(locale, digest, receipt.ToByteArray());
        }
    }

    private static string CampaignName(SqliteConnection connection, string campaignId) =>
        CampaignStore.Find(connection, campaignId) is { } row ? Campaign.Parser.ParseFrom(row.Resource).DisplayName : "";
}
