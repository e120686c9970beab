using Dapper;
using Donations.Server.Ledger;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Reports;

/// <summary>By properties, not by constructor: sums have no declared type, and over no rows not even a found one.</summary>
internal sealed record SummaryRow
{
    public long Period { get; init; }
    public string Currency { get; init; } = "";
    public string CampaignId { get; init; } = "";
    public string Fund { get; init; } = "";
    public long PaymentCount { get; init; }
    public long GrossMinor { get; init; }
    public long FeeMinor { get; init; }
    public long RefundCount { get; init; }
    public long RefundedMinor { get; init; }
}

internal sealed record LedgerLineRow(
    long EntryId, long Line, long FactTimeUs, long BookDate, string Account, string Currency, long DebitMinor, long CreditMinor,
    string? ExchangeRate, string? CampaignId, string? Fund, string SourceId, string Memo);

/// <summary>Reports in SQL. Everything reads on a snapshot; details go by keyset and row by row (enumerate them there), so that memory stays flat.</summary>
internal sealed class ReportStore(ChartOfAccounts chart)
{
    /// <summary>
    /// Payments by time of payment, after a cursor (at first: the interval's start and no id), oldest first. One lower bound only: with two,
    /// SQLite may start each page at the interval's start.
    /// </summary>
    public static IEnumerable<ContributionRow> Contributions(SqliteConnection connection, long toUs, string? currency, string? campaignId, (long TimeUs, string Id) after, int limit) =>
        connection.ExecuteReader(
            $"""
            SELECT {ContributionRow.Columns} FROM payments
            WHERE (pay_time_us, payment_id) > (@TimeUs, @Id) AND pay_time_us < @toUs AND state = 1
              AND (@currency IS NULL OR currency = @currency) AND (@campaignId IS NULL OR campaign_id = @campaignId)
            ORDER BY pay_time_us, payment_id LIMIT @limit
            """,
            new { toUs, currency, campaignId, after.TimeUs, after.Id, limit }).Rows(ContributionRow.Read);

    /// <summary>Journal lines by time of the fact, after a cursor (at first: the interval's start and zeros), oldest first.</summary>
    public static IEnumerable<LedgerLineRow> Lines(SqliteConnection connection, long toUs, string? currency, (long TimeUs, long EntryId, long Line) after, int limit) =>
        connection.Query<LedgerLineRow>(
            """
            SELECT e.entry_id AS EntryId, l.line AS Line, e.fact_time_us AS FactTimeUs, e.book_date AS BookDate, l.account AS Account, l.currency AS Currency,
              l.debit_minor AS DebitMinor, l.credit_minor AS CreditMinor, l.exchange_rate AS ExchangeRate, l.campaign_id AS CampaignId, l.fund AS Fund,
              e.source_id AS SourceId, e.memo AS Memo
            FROM journal_entries e JOIN journal_lines l USING (entry_id)
            WHERE e.fact_time_us >= @TimeUs AND e.fact_time_us < @toUs AND (e.fact_time_us, e.entry_id, l.line) > (@TimeUs, @EntryId, @Line)
              AND (@currency IS NULL OR l.currency = @currency)
            ORDER BY e.fact_time_us, e.entry_id, l.line LIMIT @limit
            """,
            new { toUs, currency, after.TimeUs, after.EntryId, after.Line, limit },
            buffered: false);

    /// <summary>
    /// Sums of the journal between two book days, half-open. <paramref name="divisor"/> cuts a day such as 20261124 down to
    /// its period: 1 day, 100 month, 10000 year, 100000000 all.
    /// </summary>
    public List<SummaryRow> Summary(SqliteConnection connection, int fromDay, int toDay, int divisor, string? currency, bool byCampaign, bool byFund)
    {
        string[] revenue = [chart.Code(Account.DonationsOneTime), chart.Code(Account.DonationsRecurringFirst), chart.Code(Account.DonationsRecurringSubsequent), chart.Code(Account.FeeCoverContributions)];
        var fee = chart.Code(Account.ProcessingFees);
        var refunds = chart.Code(Account.Refunds);
        return connection.Query<SummaryRow>(
            $"""
            SELECT book_date / @divisor AS Period, currency AS Currency, {(byCampaign ? "coalesce(campaign_id, '')" : "''")} AS CampaignId, {(byFund ? "coalesce(fund, '')" : "''")} AS Fund,
              count(DISTINCT CASE WHEN account IN @revenue AND credit_minor > 0 THEN entry_id END) AS PaymentCount,
              sum(CASE WHEN account IN @revenue THEN credit_minor - debit_minor ELSE 0 END) AS GrossMinor,
              sum(CASE WHEN account = @fee THEN debit_minor - credit_minor ELSE 0 END) AS FeeMinor,
              count(DISTINCT CASE WHEN account = @refunds AND debit_minor > 0 THEN entry_id END) AS RefundCount,
              sum(CASE WHEN account = @refunds THEN debit_minor - credit_minor ELSE 0 END) AS RefundedMinor
            FROM journal_lines
            WHERE account IN @accounts AND book_date >= @fromDay AND book_date < @toDay AND (@currency IS NULL OR currency = @currency)
            GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
            """,
            new { divisor, revenue, fee, refunds, accounts = (string[])[.. revenue, fee, refunds], fromDay, toDay, currency }).AsList();
    }
}
