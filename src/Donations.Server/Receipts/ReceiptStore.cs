using System.IO.Compression;
using Dapper;
using Donations.V1;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Receipts;

/// <summary>The newest version of a document.</summary>
internal sealed record LatestVersion(long ReceiptId, string Series, long NumberYear, long Sequence, long EntryId, long Version, byte[] FactsSha256);

/// <summary>A document in one language, as it is stored.</summary>
/// <param name="Locale">The language.</param>
/// <param name="HtmlSha256">Digest of its HTML.</param>
/// <param name="Message">Bytes of the message that is answered.</param>
internal sealed record StoredDocument(string Locale, byte[] HtmlSha256, byte[] Message);

/// <summary>One line of the log.</summary>
internal sealed record VersionRow(
    long EntryId, string Series, long NumberYear, long Sequence, string? PaymentId, string? DonorId, long? StatementYear, long Version, long Cause, string? Reason, string Actor, long IssueTimeUs);

/// <summary>Numbers, versions and documents in SQL. Nothing here is ever changed.</summary>
internal static class ReceiptStore
{
    private const string OfSubject = "(r.payment_id = @PaymentId OR (r.donor_id = @DonorId AND r.statement_year = @Year))";

    public static LatestVersion? Latest(SqliteConnection connection, ReceiptSubject subject) => connection.QuerySingleOrDefault<LatestVersion>(
        $"""
        SELECT r.receipt_id AS ReceiptId, r.series AS Series, r.number_year AS NumberYear, r.sequence AS Sequence, v.entry_id AS EntryId, v.version AS Version, v.facts_sha256 AS FactsSha256
        FROM receipts r JOIN receipt_versions v ON v.receipt_id = r.receipt_id
        WHERE {OfSubject} ORDER BY v.version DESC LIMIT 1
        """,
        new { subject.PaymentId, subject.DonorId, subject.Year });

    /// <summary>
    /// Takes the next number of a series and year. In the write of the first version: a number that is taken is used, and one that is not used
    /// is not taken.
    /// </summary>
    public static (long ReceiptId, long Sequence) TakeNumber(SqliteConnection connection, ReceiptSubject subject, int numberYear) => connection.QuerySingle<(long, long)>(
        """
        INSERT INTO receipts (series, number_year, sequence, payment_id, donor_id, statement_year)
        SELECT @Series, @numberYear, coalesce(max(sequence), 0) + 1, @PaymentId, @DonorId, @Year FROM receipts WHERE series = @Series AND number_year = @numberYear
        RETURNING receipt_id, sequence
        """,
        new { subject.Series, numberYear, subject.PaymentId, subject.DonorId, subject.Year });

    public static long InsertVersion(SqliteConnection connection, long receiptId, long version, ReceiptVersion.Types.Cause cause, string? reason, string actor, byte[] factsSha256, long issueTimeUs) =>
        connection.ExecuteScalar<long>(
            """
            INSERT INTO receipt_versions (receipt_id, version, cause, reason, actor, facts_sha256, issue_time_us)
            VALUES (@receiptId, @version, @cause, @reason, @actor, @factsSha256, @issueTimeUs) RETURNING entry_id
            """,
            new { receiptId, version, cause = (int)cause, reason, actor, factsSha256, issueTimeUs });

    public static void InsertDocument(SqliteConnection connection, long entryId, StoredDocument document) => connection.Execute(
        "INSERT INTO receipt_documents (entry_id, locale, html_sha256, document) VALUES (@entryId, @Locale, @HtmlSha256, @packed)",
        new { entryId, document.Locale, document.HtmlSha256, packed = Pack(document.Message) });

    /// <summary>Bytes of the message of one version in one language; null: there is none (any more).</summary>
    public static byte[]? FindDocument(SqliteConnection connection, long entryId, string locale) =>
        connection.ExecuteScalar<byte[]?>("SELECT document FROM receipt_documents WHERE entry_id = @entryId AND locale = @locale", new { entryId, locale }) is { } packed ? Unpack(packed) : null;

    /// <summary>The log's line of one version of a document; 0: the newest.</summary>
    public static long? FindEntry(SqliteConnection connection, ReceiptSubject subject, int version) => connection.ExecuteScalar<long?>(
        $"""
        SELECT v.entry_id FROM receipts r JOIN receipt_versions v ON v.receipt_id = r.receipt_id
        WHERE {OfSubject} AND (@version = 0 OR v.version = @version) ORDER BY v.version DESC LIMIT 1
        """,
        new { subject.PaymentId, subject.DonorId, subject.Year, version });

    /// <summary>The log before a line, newest first; of one number or one document, or all.</summary>
    public static List<VersionRow> List(SqliteConnection connection, (string Series, int Year, long Sequence)? number, ReceiptSubject? subject, long before, int limit) => connection.Query<VersionRow>(
        $"""
        SELECT v.entry_id AS EntryId, r.series AS Series, r.number_year AS NumberYear, r.sequence AS Sequence, r.payment_id AS PaymentId, r.donor_id AS DonorId, r.statement_year AS StatementYear,
          v.version AS Version, v.cause AS Cause, v.reason AS Reason, v.actor AS Actor, v.issue_time_us AS IssueTimeUs
        FROM receipt_versions v JOIN receipts r ON r.receipt_id = v.receipt_id
        WHERE v.entry_id < @before {(number is null ? "" : "AND r.series = @series AND r.number_year = @numberYear AND r.sequence = @sequence")} {(subject is null ? "" : $"AND {OfSubject}")}
        ORDER BY v.entry_id DESC LIMIT @limit
        """,
        new { before, series = number?.Series, numberYear = number?.Year, sequence = number?.Sequence, subject?.PaymentId, subject?.DonorId, subject?.Year, limit }).AsList();

    /// <summary>Language and digest of what one line of the log issued.</summary>
    public static IEnumerable<(string Locale, byte[] HtmlSha256)> Digests(SqliteConnection connection, long entryId) => connection.Query<(string, byte[])>(
        "SELECT locale, html_sha256 FROM receipt_documents WHERE entry_id = @entryId ORDER BY locale", new { entryId });

    private static byte[] Pack(byte[] message)
    {
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.Optimal))
            brotli.Write(message);
        return packed.ToArray();
    }

    private static byte[] Unpack(byte[] packed)
    {
        using var brotli = new BrotliStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var message = new MemoryStream();
        brotli.CopyTo(message);
        return message.ToArray();
    }
}
