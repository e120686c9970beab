using Dapper;
using Donations.Server.Money;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Ledger;

internal sealed record BalanceTransactionRow(
    string BalanceTransactionId, long? EntryId, string Category, string? SourceId, string? PaymentId, string Currency, long AmountMinor, long FeeMinor, long NetMinor, long ExpectedFeeMinor,
    long FactDate, long CreateTimeUs, long? AvailableTimeUs, string? PayoutId, string? StripeAccount = null, long? Livemode = null);

/// <summary>Stripe's balance transactions as they are in the books: each once, with its entry.</summary>
internal sealed class BalanceTransactions(LedgerStore ledger, BookCalendar calendar, FeeSchedule fees)
{
    public const string Columns =
        $"""
        balance_transaction_id AS BalanceTransactionId, entry_id AS EntryId, category AS Category, source_id AS SourceId, payment_id AS PaymentId, currency AS Currency,
        amount_minor AS AmountMinor, fee_minor AS FeeMinor, net_minor AS NetMinor, expected_fee_minor AS ExpectedFeeMinor, fact_date AS FactDate, create_time_us AS CreateTimeUs,
        available_time_us AS AvailableTimeUs, payout_id AS PayoutId, {BooksAccount.IdColumn} AS StripeAccount, (SELECT livemode FROM books_account) AS Livemode
        """;

    /// <summary>Posts one, with its sums; <paramref name="gift"/> is null where it is none of ours. False where it is in the books already, or from before they were opened.</summary>
    public bool Post(SqliteConnection connection, BalanceTransactionFacts facts, GiftFacts? gift, bool livemode, PostingContext context)
    {
        if (facts.CreateTimeMicros < calendar.OpeningMicros || Find(connection, facts.Id) is not null)
            return false;
        // An entry without its row is from before this table.
        var entryId = ledger.Post(connection, PostingRules.ForBalanceTransaction(facts, gift, livemode, context))
            ?? connection.ExecuteScalar<long?>("SELECT entry_id FROM journal_entries WHERE source_kind = @kind AND source_id = @Id", new { kind = PostingRules.BalanceTransaction, facts.Id });
        var expected = facts.ReportingCategory == "charge" && gift is not null ? fees.Expected(facts.AmountMinor, facts.Currency, gift.Kind != V1.Payment.Types.Kind.OneTime) : facts.FeeMinor;
        var row = new BalanceTransactionRow(
            facts.Id, entryId, facts.ReportingCategory, facts.SourceId, gift?.PaymentId, facts.Currency, facts.AmountMinor, facts.FeeMinor, facts.NetMinor, expected,
            calendar.DayOf(facts.CreateTimeMicros), facts.CreateTimeMicros, facts.AvailableTimeMicros, null);
        connection.Execute(
            """
            INSERT INTO balance_transactions (balance_transaction_id, entry_id, category, source_id, payment_id, currency, amount_minor, fee_minor, net_minor, expected_fee_minor, fact_date, create_time_us, available_time_us)
            VALUES (@BalanceTransactionId, @EntryId, @Category, @SourceId, @PaymentId, @Currency, @AmountMinor, @FeeMinor, @NetMinor, @ExpectedFeeMinor, @FactDate, @CreateTimeUs, @AvailableTimeUs)
            """,
            row);
        LedgerSums.Balance.Add(connection, row.BalanceTransactionId);
        return true;
    }

    public static BalanceTransactionRow? Find(SqliteConnection connection, string id) =>
        connection.QuerySingleOrDefault<BalanceTransactionRow>($"SELECT {Columns} FROM balance_transactions WHERE balance_transaction_id = @id", new { id });

    /// <summary>Whether the one by which a payout, or the money of a dispute, left the balance is in the books.</summary>
    public static bool IsOut(SqliteConnection connection, string sourceId) => connection.ExecuteScalar<long>(
        "SELECT EXISTS (SELECT 1 FROM balance_transactions WHERE category IN ('payout', 'dispute') AND source_id = @sourceId)", new { sourceId }) == 1;

    /// <summary>Notes which payout carried one out. False where it is not in the books.</summary>
    public static bool SetPayout(SqliteConnection connection, string id, string payoutId) => connection.Execute(
        "UPDATE balance_transactions SET payout_id = @payoutId WHERE balance_transaction_id = @id", new { id, payoutId }) == 1;
}
