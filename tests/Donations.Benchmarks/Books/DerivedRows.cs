using System.Diagnostics;
using Dapper;
using Donations.Server.Ledger;
using Donations.Server.Payments;
using Donations.Server.Pledges;
using Donations.Server.Storage;
using Microsoft.Data.Sqlite;
using Spectre.Console;

namespace Donations.Benchmarks.Books;

/// <summary>
/// What follows from the journal and the pledges: balance transactions with their payouts, movements of recurring revenue, and the roll-ups, by
/// their own queries. Made in bulk, once; also for a file from before them.
/// </summary>
internal static class DerivedRows
{
    private static readonly (string What, string Sql)[] Rows =
    [
        ("days of payments", "UPDATE payments SET method = 'card', pay_date = CAST(strftime('%Y%m%d', pay_time_us / 1000000, 'unixepoch') AS INTEGER) WHERE state = 1 AND pay_date IS NULL"),
        ("payouts",
            """
            INSERT INTO payouts (payout_id, state, amount_minor, currency, automatic, create_time_us, arrival_time_us, balance_transaction_id, itemised, batch_state, update_time_us)
            SELECT substr(e.memo, length('Stripe payout ') + 1), 3, l.credit_minor, l.currency, 1, e.fact_time_us, e.fact_time_us + 172800000000, e.source_id, 1, 2, e.fact_time_us
            FROM journal_entries e JOIN journal_lines l ON l.entry_id = e.entry_id AND l.account = '1010' WHERE e.source_kind = 'balance_transaction' AND e.transition = 'payout'
            """),
        ("days of payouts",
            "CREATE TEMP TABLE day_payouts AS SELECT CAST(strftime('%Y%m%d', create_time_us / 1000000, 'unixepoch') AS INTEGER) AS day, currency, min(payout_id) AS payout_id FROM payouts GROUP BY 1, 2; CREATE INDEX temp.by_day ON day_payouts (day, currency)"),
        ("balance transactions",
            """
            INSERT INTO balance_transactions (balance_transaction_id, entry_id, category, currency, amount_minor, fee_minor, net_minor, expected_fee_minor, fact_date, create_time_us, available_time_us, payout_id)
            SELECT e.source_id, e.entry_id, e.transition, l.currency, sum(CASE WHEN l.account IN ('1010', '6000') THEN l.debit_minor - l.credit_minor ELSE 0 END), sum(CASE WHEN l.account = '6000' THEN l.debit_minor ELSE 0 END),
              sum(CASE WHEN l.account = '1010' THEN l.debit_minor - l.credit_minor ELSE 0 END), sum(CASE WHEN l.account = '6000' THEN l.debit_minor ELSE 0 END), e.book_date, e.fact_time_us, e.fact_time_us + 172800000000,
              (SELECT d.payout_id FROM day_payouts d WHERE d.day = e.book_date AND d.currency = l.currency)
            FROM journal_entries e JOIN journal_lines l ON l.entry_id = e.entry_id WHERE e.source_kind = 'balance_transaction' GROUP BY e.entry_id ORDER BY e.source_id
            """),
        ("control totals",
            """
            UPDATE payouts SET (transaction_count, gross_minor, fee_minor, net_minor, first_transaction_time_us) =
              (SELECT count(*), coalesce(sum(amount_minor), 0), coalesce(sum(fee_minor), 0), coalesce(sum(net_minor), 0), min(create_time_us) FROM balance_transactions b WHERE b.payout_id = payouts.payout_id)
            """),
        ("movements",
            """
            INSERT INTO pledge_movements (pledge_id, move_date, move_time_us, kind, currency, campaign_id, cohort_month, amount_minor, pledge_count)
            SELECT pledge_id, CAST(strftime('%Y%m%d', at / 1000000, 'unixepoch') AS INTEGER), at, kind, currency, campaign_id, CAST(strftime('%Y%m', create_time_us / 1000000, 'unixepoch') AS INTEGER), sign * monthly, sign
            FROM (
              SELECT *, create_time_us AS at, 1 AS kind, 1 AS sign, CASE interval WHEN 3 THEN amount_minor / 12 ELSE amount_minor END AS monthly FROM pledges WHERE interval > 1
              UNION ALL
              SELECT *, cancel_time_us, 6, -1, CASE interval WHEN 3 THEN amount_minor / 12 ELSE amount_minor END FROM pledges WHERE interval > 1 AND cancel_time_us IS NOT NULL)
            ORDER BY at
            """),
    ];

    private static readonly IRollUp[] RollUps = [LedgerSums.Journal, LedgerSums.Balance, GiftSums.Gifts, new DonorYears(), new LifecycleYears(), Movements.Mrr, Movements.Cohorts];

    /// <summary>Makes what is missing in a file that nobody else has open.</summary>
    public static void Make(string path)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 0 }.ToString());
        connection.Open();
        var built = connection.Query<string>("SELECT name FROM roll_ups").ToHashSet(StringComparer.Ordinal);
        var missing = RollUps.Where(r => !built.Contains(r.Table)).ToList();
        if (missing.Count == 0)
            return;
        connection.Execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -2000000; PRAGMA temp_store = FILE;");
        foreach (var step in missing.OfType<ICommitStep>())
            step.Prepare(connection);
        var rows = built.Count > 0 ? [] : Rows.Select(r => (r.What, Make: (Action)(() => connection.Execute(r.Sql))));
        foreach (var (what, make) in rows.Concat(missing.Select(r => (r.Table, (Action)(() => r.Rebuild(connection))))))
        {
            var watch = Stopwatch.StartNew();
            make();
            AnsiConsole.MarkupLineInterpolated($"  {what}: {watch.Elapsed.TotalSeconds:N0} s");
        }

        connection.Execute("INSERT INTO roll_ups (name, build_time_us) VALUES (@Table, 0)", missing.Select(r => new { r.Table }));
    }
}
