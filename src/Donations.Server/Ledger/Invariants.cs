using Dapper;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Ledger;

/// <summary>Something that always holds of the books (docs/finance.md).</summary>
/// <param name="Name">Its name in answers and metrics.</param>
/// <param name="Description">What it says.</param>
/// <param name="Find">What violates it, in a few words each, among entries after one; at most <see cref="Limit"/>.</param>
internal sealed record Invariant(string Name, string Description, Func<SqliteConnection, long, IEnumerable<string>> Find)
{
    public const int Limit = 100;
}

/// <summary>A room's invariants.</summary>
internal interface IInvariants
{
    IEnumerable<Invariant> All { get; }
}

/// <summary>What holds of the journal, the payouts and the closed periods.</summary>
internal sealed class LedgerInvariants(ChartOfAccounts chart, RollUps rollUps) : IInvariants
{
    public IEnumerable<Invariant> All =>
    [
        new("entries_balance", "Debits equal credits in each entry and currency", (c, from) => c.Query<string>(
            """
            SELECT 'journalEntries/' || entry_id || ' in ' || currency FROM journal_lines WHERE entry_id > @from
            GROUP BY entry_id, currency HAVING sum(debit_minor) <> sum(credit_minor) LIMIT @Limit
            """,
            new { from, Invariant.Limit })),
        new("facts_are_booked", "Each balance transaction that moved money has one entry, whose line on Stripe clearing is its net", (c, from) => c.Query<string>(
            """
            SELECT b.balance_transaction_id FROM balance_transactions b LEFT JOIN journal_lines l ON l.entry_id = b.entry_id AND l.account = @clearing
            WHERE b.entry_id > @from OR (b.entry_id IS NULL AND b.net_minor <> 0)
            GROUP BY b.balance_transaction_id, b.net_minor HAVING coalesce(sum(l.debit_minor - l.credit_minor), 0) <> b.net_minor LIMIT @Limit
            """,
            new { from, clearing = chart.Code(Account.StripeClearing), Invariant.Limit })),
        new("entries_have_facts", "Each entry of a balance transaction has that balance transaction", (c, from) => c.Query<string>(
            """
            SELECT 'journalEntries/' || e.entry_id FROM journal_entries e WHERE e.entry_id > @from AND e.source_kind = 'balance_transaction'
              AND NOT EXISTS (SELECT 1 FROM balance_transactions b WHERE b.balance_transaction_id = e.source_id AND b.entry_id = e.entry_id) LIMIT @Limit
            """,
            new { from, Invariant.Limit })),
        new("payouts_add_up", "The rows of a payout whose total is verified come to the payout", (c, _) => c.Query<string>(
            """
            SELECT 'payouts/' || p.payout_id FROM payouts p WHERE p.batch_state > 1 AND p.automatic = 1 AND p.itemised = 1 AND (p.net_minor + p.opening_minor <> p.amount_minor OR p.net_minor <>
              (SELECT coalesce(sum(b.net_minor), 0) FROM balance_transactions b WHERE b.payout_id = p.payout_id AND b.balance_transaction_id IS NOT p.balance_transaction_id)) LIMIT @Limit
            """,
            new { Invariant.Limit })),
        new("closed_stays_closed", "Nothing was booked in a period after it was closed", (c, _) => c.Query<string>(
            """
            SELECT 'periods/' || p.period_id FROM periods p WHERE p.state = 3
              AND p.entry_count <> (SELECT count(*) FROM journal_entries e WHERE e.book_date BETWEEN p.period_id * 100 + 1 AND p.period_id * 100 + 31) LIMIT @Limit
            """,
            new { Invariant.Limit })),
        new("sums_are_right", "Roll-ups are what they sum (looked at when everything is)", (c, from) => from > 0 ? [] :
            rollUps.Compare(c).Where(r => r.Differences > 0).Select(r => $"{r.Table}: {r.Differences} rows")),
    ];
}
