using Dapper;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Ledger;

/// <summary>Roll-up of the journal by day, account and dimensions: what trial balance and summaries read, kept in the transaction of each entry.</summary>
internal sealed class LedgerDays : IRollUp
{
    private const string Key = "book_date, currency, account, coalesce(campaign_id, ''), coalesce(fund, ''), coalesce(placement, 0), coalesce(method, '')";
    private const string Sums = "sum(debit_minor), sum(credit_minor), sum(debit_minor > 0), sum(credit_minor > 0)";

    public string Table => "ledger_days";

    /// <summary>Adds an entry that was just written.</summary>
    public static void Add(SqliteConnection connection, long entryId) => connection.Execute(
        $"""
        INSERT INTO ledger_days (book_date, currency, account, campaign_id, fund, placement, method, debit_minor, credit_minor, debit_count, credit_count)
        SELECT {Key}, {Sums} FROM journal_lines WHERE entry_id = @entryId GROUP BY 1, 2, 3, 4, 5, 6, 7
        ON CONFLICT DO UPDATE SET debit_minor = debit_minor + excluded.debit_minor, credit_minor = credit_minor + excluded.credit_minor,
          debit_count = debit_count + excluded.debit_count, credit_count = credit_count + excluded.credit_count
        """,
        new { entryId });

    public string Source => $"SELECT {Key}, {Sums} FROM journal_lines GROUP BY 1, 2, 3, 4, 5, 6, 7";
}

/// <summary>Roll-up of Stripe's balance transactions by day and category.</summary>
internal sealed class BalanceDays : IRollUp
{
    public string Table => "balance_days";

    public string Source =>
        """
        SELECT fact_date, currency, category, count(*), sum(amount_minor), sum(fee_minor), sum(net_minor), sum(expected_fee_minor) FROM balance_transactions GROUP BY 1, 2, 3
        """;

    public static void Add(SqliteConnection connection, BalanceTransactionRow row) => connection.Execute(
        """
        INSERT INTO balance_days (fact_date, currency, category, transaction_count, amount_minor, fee_minor, net_minor, expected_fee_minor)
        VALUES (@FactDate, @Currency, @Category, 1, @AmountMinor, @FeeMinor, @NetMinor, @ExpectedFeeMinor)
        ON CONFLICT DO UPDATE SET transaction_count = transaction_count + 1, amount_minor = amount_minor + excluded.amount_minor, fee_minor = fee_minor + excluded.fee_minor,
          net_minor = net_minor + excluded.net_minor, expected_fee_minor = expected_fee_minor + excluded.expected_fee_minor
        """,
        row);
}
