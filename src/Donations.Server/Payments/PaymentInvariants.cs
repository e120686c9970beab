using Dapper;
using Donations.Server.Ledger;
using Donations.Server.Storage;
using Microsoft.Data.Sqlite;
using Kind = Donations.V1.ReconciliationException.Types.Kind;

namespace Donations.Server.Payments;

/// <summary>What holds between payments, what was given back of them, and the books.</summary>
internal sealed class PaymentInvariants(BookCalendar calendar) : IInvariants
{
    public IEnumerable<Invariant> All =>
    [
        new("gifts_are_booked", "A settled payment is in the books as it was settled", (c, from) => c.Query<string>(
            """
            SELECT 'payments/' || p.payment_id FROM balance_transactions b JOIN payments p ON p.payment_id = b.payment_id
            WHERE b.category = 'charge' AND b.entry_id > @from AND (p.stripe_balance_transaction_id, p.settlement_gross_minor, p.settlement_fee_minor, p.settlement_net_minor, p.settlement_currency)
              IS NOT (b.balance_transaction_id, b.amount_minor, b.fee_minor, b.net_minor, b.currency) LIMIT @Limit
            """,
            new { from, Invariant.Limit })),
        new("settled_gifts_have_entries", "A payment with a balance transaction has its entry", (c, from) => from > 0 ? [] : c.Query<string>(
            """
            SELECT 'payments/' || p.payment_id FROM payments p WHERE p.stripe_balance_transaction_id IS NOT NULL AND p.pay_time_us >= @OpeningMicros
              AND NOT EXISTS (SELECT 1 FROM balance_transactions b WHERE b.balance_transaction_id = p.stripe_balance_transaction_id AND b.payment_id = p.payment_id) LIMIT @Limit
            """,
            new { Invariant.Limit, calendar.OpeningMicros })),
        new("returns_are_bounded", "Refunds and lost disputes of a gift are at most twice the gift", (c, _) => c.Query<string>(
            """
            SELECT 'payments/' || p.payment_id FROM payments p WHERE p.payment_id IN (SELECT payment_id FROM disputes WHERE state = 4)
              AND p.refunded_minor + (SELECT sum(amount_minor) FROM disputes d WHERE d.payment_id = p.payment_id AND d.state = 4) > 2 * p.amount_minor LIMIT @Limit
            """,
            new { Invariant.Limit })),
        new("refunds_add_up", "What is noted as refunded of a payment is what its refunds come to, and no more than it", (c, _) => c.Query<string>(
            """
            SELECT 'payments/' || p.payment_id FROM payments p WHERE p.payment_id IN (SELECT payment_id FROM refunds)
              AND (p.refunded_minor > p.amount_minor OR p.refunded_minor <>
                (SELECT coalesce(sum(amount_minor), 0) FROM refunds r WHERE r.payment_id = p.payment_id AND r.state IN (1, 2) AND r.stripe_refund_id IS NOT NULL)) LIMIT @Limit
            """,
            new { Invariant.Limit })),
    ];
}

/// <summary>How long a payment may wait for its settlement data before somebody is told.</summary>
internal sealed class SettlementOptions
{
    public const string Section = "Settlement";

    public TimeSpan AlertAfter { get; set; } = TimeSpan.FromHours(24);
}

/// <summary>
/// Payments that are paid, and not in the books because Stripe has not told what they were settled as; and gifts of which more went back than was given.
/// Neither is a defect of the books: somebody looks.
/// </summary>
internal sealed class AwaitingSettlement(Database database, SettlementOptions options, ExceptionStore exceptions, TimeProvider time) : IChore, IClosingObstacle
{
    private const int MaxListed = 100;

    public TimeSpan Every => TimeSpan.FromHours(1);

    public Task RunAsync(CancellationToken cancellationToken) => database.WriteAsync((SqliteConnection c) =>
    {
        var before = time.NowMicros() - (long)options.AlertAfter.TotalMicroseconds;
        foreach (var (id, intent) in c.Query<(string, string)>(
            "SELECT payment_id, stripe_payment_intent_id FROM payments WHERE state = 1 AND stripe_balance_transaction_id IS NULL AND pay_time_us < @before ORDER BY pay_time_us LIMIT @MaxListed", new { before, MaxListed }).AsList())
        {
            exceptions.Open(c, Kind.AwaitingSettlement, intent, PaymentMapping.PaymentPrefix + id, $"paid more than {options.AlertAfter.TotalHours:0} hours ago, and not settled");
        }

        foreach (var intent in ExceptionStore.OpenObjects(c, Kind.AwaitingSettlement).Where(o => PaymentStore.FindByIntent(c, o) is { StripeBalanceTransactionId: not null }))
            exceptions.Resolve(c, Kind.AwaitingSettlement, intent);
        foreach (var (id, intent, given, back) in c.Query<(string, string, long, long)>(
            $"""
            SELECT p.payment_id, p.stripe_payment_intent_id, p.amount_minor, p.refunded_minor + (SELECT sum(amount_minor) FROM disputes d WHERE d.payment_id = p.payment_id AND d.state = 4) AS back
            FROM payments p WHERE p.refunded_minor > 0 AND p.payment_id IN (SELECT payment_id FROM disputes WHERE state = 4) AND back > p.amount_minor
              AND {ExceptionStore.NeverNoted("p.stripe_payment_intent_id")} LIMIT @MaxListed
            """,
            new { kind = Kind.OverReturned, MaxListed }).AsList())
        {
            exceptions.Open(c, Kind.OverReturned, intent, PaymentMapping.PaymentPrefix + id, $"given {given}, given back {back} minor units by refunds and lost disputes");
        }
    });

    public IEnumerable<string> Find(SqliteConnection connection, long endMicros)
    {
        var count = connection.ExecuteScalar<long>("SELECT count(*) FROM payments WHERE state = 1 AND stripe_balance_transaction_id IS NULL AND pay_time_us < @endMicros", new { endMicros });
        return count == 0 ? [] : [$"{count} payments await settlement data"];
    }
}
