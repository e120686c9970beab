using Dapper;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Microsoft.Data.Sqlite;
using BatchState = Donations.V1.Payout.Types.BatchState;

namespace Donations.Server.Ledger;

internal sealed record PayoutRow(
    string PayoutId, long State, long AmountMinor, string Currency, long Automatic, long CreateTimeUs, long? ArrivalTimeUs, string? BalanceTransactionId, string? FailureReason, long Itemised, long BatchState,
    long TransactionCount, long GrossMinor, long FeeMinor, long NetMinor, long OpeningMinor, string? OpenReason, long? VerifyTimeUs, long? CloseTimeUs, string? ClosedBy, long? ExportTimeUs, string? ExportedBy, string? Document);

/// <summary>Payouts and their batches: control totals over the balance transactions that each carried out.</summary>
internal sealed class PayoutStore(ChartOfAccounts chart, TimeProvider time)
{
    private const int MaxListedOpen = 100;

    public const string Columns =
        """
        payout_id AS PayoutId, state AS State, amount_minor AS AmountMinor, currency AS Currency, automatic AS Automatic, create_time_us AS CreateTimeUs, arrival_time_us AS ArrivalTimeUs,
        balance_transaction_id AS BalanceTransactionId, failure_reason AS FailureReason, itemised AS Itemised, batch_state AS BatchState, transaction_count AS TransactionCount, gross_minor AS GrossMinor,
        fee_minor AS FeeMinor, net_minor AS NetMinor, opening_minor AS OpeningMinor, open_reason AS OpenReason, verify_time_us AS VerifyTimeUs, close_time_us AS CloseTimeUs, closed_by AS ClosedBy, export_time_us AS ExportTimeUs,
        exported_by AS ExportedBy, document AS Document
        """;

    /// <summary>Writes a payout as Stripe tells it; its batch stays as it is.</summary>
    public void Upsert(SqliteConnection connection, PayoutRow row) => connection.Execute(
        """
        INSERT INTO payouts (payout_id, state, amount_minor, currency, automatic, create_time_us, arrival_time_us, balance_transaction_id, failure_reason, batch_state, update_time_us)
        VALUES (@PayoutId, @State, @AmountMinor, @Currency, @Automatic, @CreateTimeUs, @ArrivalTimeUs, @BalanceTransactionId, @FailureReason, 1, @now)
        ON CONFLICT (payout_id) DO UPDATE SET state = excluded.state, arrival_time_us = excluded.arrival_time_us, balance_transaction_id = coalesce(excluded.balance_transaction_id, balance_transaction_id),
          failure_reason = excluded.failure_reason, update_time_us = excluded.update_time_us
        WHERE (state, arrival_time_us, balance_transaction_id, failure_reason) IS NOT (excluded.state, excluded.arrival_time_us, excluded.balance_transaction_id, excluded.failure_reason)
        """,
        new { row.PayoutId, row.State, row.AmountMinor, row.Currency, row.Automatic, row.CreateTimeUs, row.ArrivalTimeUs, row.BalanceTransactionId, row.FailureReason, now = time.NowMicros() });

    public static PayoutRow? Find(SqliteConnection connection, string payoutId) =>
        connection.QuerySingleOrDefault<PayoutRow>($"SELECT {Columns} FROM payouts WHERE payout_id = @payoutId", new { payoutId });

    /// <summary>Payouts made in an interval, before a cursor, newest first.</summary>
    public static List<PayoutRow> List(SqliteConnection connection, (long FromUs, long ToUs) ends, BatchState state, string? currency, (long TimeUs, string Id) before, int limit) => connection.Query<PayoutRow>(
        $"""
        SELECT {Columns} FROM payouts WHERE create_time_us >= @FromUs AND create_time_us < @ToUs AND (create_time_us, payout_id) < (@TimeUs, @Id)
          {(state == 0 ? "" : "AND batch_state = @state")} {(currency is null ? "" : "AND currency = @currency")}
        ORDER BY create_time_us DESC, payout_id DESC LIMIT @limit
        """,
        new { ends.FromUs, ends.ToUs, state, currency, before.TimeUs, before.Id, limit }).AsList();

    /// <summary>Open batches of payouts made before a time, oldest first.</summary>
    public static List<PayoutRow> ListOpen(SqliteConnection connection, long beforeMicros) => connection.Query<PayoutRow>(
        $"SELECT {Columns} FROM payouts WHERE batch_state = 1 AND create_time_us < @beforeMicros ORDER BY create_time_us LIMIT @MaxListedOpen", new { beforeMicros, MaxListedOpen }).AsList();

    /// <summary>
    /// All of a payout's rows have been read: <paramref name="missing"/> of them could not be posted, and <paramref name="openingMinor"/> is the net of those from before the books
    /// were opened. Adds them up, and verifies the total.
    /// </summary>
    public void Itemise(SqliteConnection connection, string payoutId, int missing, long openingMinor)
    {
        connection.Execute(
            """
            UPDATE payouts SET itemised = 1, opening_minor = @openingMinor, (transaction_count, gross_minor, fee_minor, net_minor, first_transaction_time_us) =
              (SELECT count(*), coalesce(sum(b.amount_minor), 0), coalesce(sum(b.fee_minor), 0), coalesce(sum(b.net_minor), 0), min(b.create_time_us)
               FROM balance_transactions b WHERE b.payout_id = @payoutId AND b.balance_transaction_id IS NOT payouts.balance_transaction_id)
            WHERE payout_id = @payoutId
            """,
            new { payoutId, openingMinor });
        Verify(connection, payoutId, missing);
    }

    /// <summary>Moves a batch between OPEN and TOTAL_VERIFIED by what its rows are now. A closed one stays closed.</summary>
    public void Verify(SqliteConnection connection, string payoutId, int missing = 0)
    {
        if (Find(connection, payoutId) is not { BatchState: <= (long)BatchState.TotalVerified } payout)
            return;
        var reason = OpenReason(connection, payout, missing);
        connection.Execute(
            "UPDATE payouts SET batch_state = @state, open_reason = @reason, verify_time_us = CASE WHEN @reason IS NULL THEN coalesce(verify_time_us, @now) END WHERE payout_id = @payoutId",
            new { payoutId, reason, now = time.NowMicros(), state = reason is null ? BatchState.TotalVerified : BatchState.Open });
    }

    public void Close(SqliteConnection connection, string payoutId, string by) => Move(connection, payoutId, BatchState.TotalVerified, BatchState.Closed, "close_time_us = @now, closed_by = @by", by, null);

    public void MarkExported(SqliteConnection connection, string payoutId, string by, string document) =>
        Move(connection, payoutId, BatchState.Closed, BatchState.Exported, "export_time_us = @now, exported_by = @by, document = @document", by, document);

    private string? OpenReason(SqliteConnection connection, PayoutRow payout, int missing)
    {
        if (payout.BalanceTransactionId is null || BalanceTransactions.Find(connection, payout.BalanceTransactionId) is null)
            return "its own balance transaction is not in the books";
        // Of a payout by hand Stripe tells no rows: its own is all there is.
        if (payout.Automatic == 0)
            return null;
        // One that never reached the bank may never be itemised: its money is on Stripe's balance again, by a transaction of its own.
        if (payout is { Itemised: 0, State: (long)V1.Payout.Types.State.Failed or (long)V1.Payout.Types.State.Cancelled })
            return null;
        if (payout.Itemised == 0)
            return "its rows are not read yet";
        if (missing > 0)
            return $"{missing} of its rows are not in the books";
        if (payout.NetMinor + payout.OpeningMinor != payout.AmountMinor)
            return $"its rows come to {payout.NetMinor + payout.OpeningMinor - payout.AmountMinor} minor units more than it";
        var unmapped = connection.ExecuteScalar<long>(
            """
            SELECT count(*) FROM balance_transactions b JOIN journal_lines l ON l.entry_id = b.entry_id AND l.account = @suspense
            WHERE b.payout_id = @PayoutId AND NOT EXISTS (SELECT 1 FROM journal_entries r WHERE r.source_kind = 'reversal' AND r.source_id = CAST(b.entry_id AS TEXT))
            """,
            new { payout.PayoutId, suspense = chart.Code(Account.Suspense) });
        return unmapped > 0 ? $"{unmapped} of its rows are in suspense" : null;
    }

    private void Move(SqliteConnection connection, string payoutId, BatchState from, BatchState to, string set, string by, string? document)
    {
        var name = LedgerMapping.PayoutPrefix + payoutId;
        var payout = Find(connection, payoutId) ?? throw RpcErrors.NotFound(name);
        // Done before is done.
        if (payout.BatchState == (long)to && (document is null || payout.Document == document))
            return;
        if (payout.BatchState != (long)from)
            throw RpcErrors.StateInvalid(name, ((BatchState)payout.BatchState).ToString().ToUpperInvariant(), payout.OpenReason ?? "is not at that step");
        connection.Execute($"UPDATE payouts SET batch_state = @to, {set} WHERE payout_id = @payoutId", new { payoutId, to, by, document, now = time.NowMicros() });
    }
}
