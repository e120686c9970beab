using Dapper;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Ledger;

/// <summary>Roll-up of the journal by day, account and dimensions: what trial balance and summaries read, kept in the transaction of each entry.</summary>
internal sealed class LedgerDays : IRollUp
{
    private const string Key = "book_date, currency, account, coalesce(campaign_id, ''), coalesce(fund, ''), coalesce(placement, 0), coalesce(method, '')";
    internal const string Sums = "sum(debit_minor), sum(credit_minor), sum(debit_minor > 0), sum(credit_minor > 0)";

    /// <summary>Adds sums to those that are there.</summary>
    internal const string OrAdd =
        """
        ON CONFLICT DO UPDATE SET debit_minor = debit_minor + excluded.debit_minor, credit_minor = credit_minor + excluded.credit_minor,
          debit_count = debit_count + excluded.debit_count, credit_count = credit_count + excluded.credit_count
        """;

    public string Table => "ledger_days";

    /// <summary>Adds an entry that was just written.</summary>
    public static void Add(SqliteConnection connection, long entryId) => connection.Execute(
        $"""
        INSERT INTO ledger_days (book_date, currency, account, campaign_id, fund, placement, method, debit_minor, credit_minor, debit_count, credit_count)
        SELECT {Key}, {Sums} FROM journal_lines WHERE entry_id = @entryId GROUP BY 1, 2, 3, 4, 5, 6, 7
        {OrAdd}
        """,
        new { entryId });

    public string Source => $"SELECT {Key}, {Sums} FROM journal_lines GROUP BY 1, 2, 3, 4, 5, 6, 7";
}

/// <summary>Intervals of days from two roll-ups: whole months from the one by month, the days at the ends from the one by day.</summary>
internal static class MonthSums
{
    /// <summary>A subquery with the sums of the days from @FromDay to @ToDay (half-open), those of a whole month on its first day. Needs the parameters of <see cref="Range"/>.</summary>
    public static string Between(string months, string month, string days, string day, string columns) =>
        $"""
        (SELECT {month} * 100 + 1 AS {day}, {columns} FROM {months} WHERE {month} >= @FirstMonth AND {month} < @EndMonth
         UNION ALL
         SELECT {day}, {columns} FROM {days} WHERE {day} >= @FromDay AND {day} < min(@FirstMonth * 100, @ToDay)
         UNION ALL
         SELECT {day}, {columns} FROM {days} WHERE {day} >= @EndMonth * 100 AND {day} < @ToDay)
        """;

    /// <summary>Parameters of <see cref="Between"/>: the days, and which whole months lie between them; with <paramref name="others"/>, which the query needs beside them.</summary>
    public static DynamicParameters Range(long fromDay, long toDay, object? others = null)
    {
        var (first, end) = (fromDay % 100 <= 1 ? fromDay / 100 : (fromDay / 100) + 1, toDay / 100);
        // Without a whole month all is before the first one.
        if (first >= end)
            first = end = (toDay / 100) + 1;
        var range = new DynamicParameters(new { FromDay = fromDay, ToDay = toDay, FirstMonth = first, EndMonth = end });
        range.AddDynamicParams(others);
        return range;
    }
}

/// <summary>
/// The same by month and campaign: small, however many dimensions the days have. What spans months reads whole months here, and the days at its ends from
/// the roll-up by day.
/// </summary>
internal sealed class LedgerMonths : IRollUp
{
    private const string Key = "book_date / 100, currency, account, coalesce(campaign_id, '')";

    /// <summary>Sums of an interval of days; see <see cref="MonthSums"/>.</summary>
    public static readonly string Between = MonthSums.Between("ledger_months", "book_month", "ledger_days", "book_date", "currency, account, campaign_id, debit_minor, credit_minor, debit_count, credit_count");

    public string Table => "ledger_months";

    public string Source => $"SELECT {Key}, {LedgerDays.Sums} FROM journal_lines GROUP BY 1, 2, 3, 4";

    /// <inheritdoc cref="LedgerDays.Add"/>
    public static void Add(SqliteConnection connection, long entryId) => connection.Execute(
        $"""
        INSERT INTO ledger_months (book_month, currency, account, campaign_id, debit_minor, credit_minor, debit_count, credit_count)
        SELECT {Key}, {LedgerDays.Sums} FROM journal_lines WHERE entry_id = @entryId GROUP BY 1, 2, 3, 4
        {LedgerDays.OrAdd}
        """,
        new { entryId });
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
