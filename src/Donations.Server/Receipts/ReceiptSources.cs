using Dapper;
using Donations.Server.Ledger;
using Donations.Server.Payments;
using Donations.Server.Rpc;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Receipts;

/// <summary>
/// Reads what a document has to tell, as it stands. CROSS JOIN says in which order: from the donor's few pledges to their payments, and from a
/// payment's dispute to the books, never the other way round.
/// </summary>
internal sealed class ReceiptSources(BookCalendar calendar)
{
    /// <summary>Lines of one statement.</summary>
    public const int MaxLines = 1000;

    private const string Gifts =
        """
        SELECT p.payment_id AS PaymentId, g.reference AS PledgeReference, p.campaign_id AS CampaignId, p.interval AS Interval, p.currency AS Currency,
          p.amount_minor AS AmountMinor, p.fee_cover_minor AS FeeCoverMinor, p.pay_time_us AS PayTimeUs
        """;

    /// <summary>
    /// Refunds that Stripe knows and that did not fail, and disputes that are lost. The books say when one was lost; where they do not, no money
    /// is gone.
    /// </summary>
    private const string Returns =
        $"""
        SELECT x.kind AS Kind, x.return_id AS ReturnId, x.payment_id AS PaymentId, g.reference AS PledgeReference, x.currency AS Currency, x.amount_minor AS AmountMinor,
          p.pay_time_us AS PayTimeUs, x.return_time_us AS ReturnTimeUs
        FROM (
          SELECT 1 AS kind, refund_id AS return_id, payment_id, currency, amount_minor, create_time_us AS return_time_us
          FROM refunds WHERE state IN (1, 2) AND stripe_refund_id IS NOT NULL
          UNION ALL
          SELECT 2, d.dispute_id, d.payment_id, d.currency, d.amount_minor, e.fact_time_us
          FROM disputes d CROSS JOIN journal_entries e
          WHERE d.state = 4 AND d.inquiry = 0 AND e.source_kind = '{PostingRules.Dispute}' AND e.source_id = d.stripe_dispute_id AND e.transition = '{PostingRules.Lost}'
        ) x
        """;

    /// <exception cref="Grpc.Core.RpcException">RESOURCE_NOT_FOUND, or STATE_INVALID where there is nothing to tell.</exception>
    public ReceiptFacts Read(SqliteConnection connection, ReceiptSubject subject, long now) =>
        subject.PaymentId is { } paymentId ? OfPayment(connection, subject.Name, paymentId) : OfYear(connection, subject.Name, subject.DonorId!, subject.Year!.Value, now);

    /// <summary>The language that the donor chose: of the pledge, or of the newest one.</summary>
    public static string? Locale(SqliteConnection connection, ReceiptSubject subject) => connection.ExecuteScalar<string?>(
        subject.PaymentId is not null
            ? "SELECT g.locale FROM payments p JOIN pledges g ON g.pledge_id = p.pledge_id WHERE p.payment_id = @PaymentId"
            : "SELECT locale FROM pledges WHERE donor_id = @DonorId ORDER BY pledge_id DESC LIMIT 1",
        new { subject.PaymentId, subject.DonorId });

    private static ReceiptFacts OfPayment(SqliteConnection connection, string name, string paymentId)
    {
        var payment = PaymentStore.Find(connection, paymentId) ?? throw RpcErrors.NotFound(name);
        if (!payment.Succeeded)
            throw RpcErrors.StateInvalid(name, "FAILED", "nothing was paid");
        var gifts = connection.Query<GiftRow>($"{Gifts} FROM payments p LEFT JOIN pledges g ON g.pledge_id = p.pledge_id WHERE p.payment_id = @paymentId", new { paymentId }).AsList();
        var returns = connection.Query<ReturnRow>(
            $"{Returns} JOIN payments p ON p.payment_id = x.payment_id LEFT JOIN pledges g ON g.pledge_id = p.pledge_id WHERE x.payment_id = @paymentId ORDER BY x.return_time_us, x.return_id",
            new { paymentId }).AsList();
        return new(gifts, returns, true);
    }

    private ReceiptFacts OfYear(SqliteConnection connection, string name, string donorId, int year, long now)
    {
        if (!connection.ExecuteScalar<bool>("SELECT EXISTS (SELECT 1 FROM pledges WHERE donor_id = @donorId)", new { donorId }))
            throw RpcErrors.NotFound(name);
        var range = new { donorId, from = calendar.StartOfYear(year), to = calendar.StartOfYear(year + 1), limit = MaxLines + 1 };
        var gifts = connection.Query<GiftRow>(
            $"""
            {Gifts} FROM pledges g CROSS JOIN payments p
            WHERE g.donor_id = @donorId AND p.pledge_id = g.pledge_id AND p.state = 1 AND p.pay_time_us >= @from AND p.pay_time_us < @to
            ORDER BY p.pay_time_us, p.payment_id LIMIT @limit
            """,
            range).AsList();
        var returns = connection.Query<ReturnRow>(
            $"""
            {Returns} JOIN payments p ON p.payment_id = x.payment_id JOIN pledges g ON g.pledge_id = p.pledge_id
            WHERE x.payment_id IN (SELECT q.payment_id FROM pledges h CROSS JOIN payments q WHERE h.donor_id = @donorId AND q.pledge_id = h.pledge_id AND q.state = 1)
              AND x.return_time_us >= @from AND x.return_time_us < @to
            ORDER BY x.return_time_us, x.return_id LIMIT @limit
            """,
            range).AsList();
        return (gifts.Count + returns.Count) switch
        {
            0 => throw RpcErrors.StateInvalid(name, "EMPTY", "nothing was paid or given back in that year"),
            > MaxLines => throw RpcErrors.StateInvalid(name, "TOO_LONG", $"it would have more than {MaxLines} lines"),
            _ => new(gifts, returns, now >= range.to),
        };
    }
}
