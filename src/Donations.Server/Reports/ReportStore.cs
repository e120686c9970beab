using Dapper;
using Donations.Server.Ledger;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Reports;

/// <summary>By properties, not by constructor: sums have no declared type, and over no rows not even a found one.</summary>
internal sealed record SummaryRow
{
    /// <summary>First day of the period.</summary>
    public long Period { get; init; }
    public string Currency { get; init; } = "";
    public string CampaignId { get; init; } = "";
    public string Fund { get; init; } = "";
    public long Placement { get; init; }
    public string Method { get; init; } = "";
    public long PaymentCount { get; init; }
    public long GrossMinor { get; init; }
    public long FeeMinor { get; init; }
    public long RefundCount { get; init; }
    public long RefundedMinor { get; init; }
    public long ChargebackCount { get; init; }
    public long ChargedBackMinor { get; init; }

    public long NetMinor => GrossMinor - FeeMinor - RefundedMinor - ChargedBackMinor;

    /// <summary>Both in one; what they are grouped by is the first one's.</summary>
    public static SummaryRow operator +(SummaryRow sum, SummaryRow row) => sum with
    {
        PaymentCount = sum.PaymentCount + row.PaymentCount,
        GrossMinor = sum.GrossMinor + row.GrossMinor,
        FeeMinor = sum.FeeMinor + row.FeeMinor,
        RefundCount = sum.RefundCount + row.RefundCount,
        RefundedMinor = sum.RefundedMinor + row.RefundedMinor,
        ChargebackCount = sum.ChargebackCount + row.ChargebackCount,
        ChargedBackMinor = sum.ChargedBackMinor + row.ChargedBackMinor,
    };
}

/// <summary>What a summary has a row for.</summary>
internal sealed record Grouping(bool Campaign = false, bool Fund = false, bool Placement = false, bool Method = false);

/// <inheritdoc cref="SummaryRow"/>
internal sealed record LedgerLineRow
{
    public long EntryId { get; init; }
    public long Line { get; init; }
    public long BookDate { get; init; }
    public string Account { get; init; } = "";
    public string Currency { get; init; } = "";
    public long DebitMinor { get; init; }
    public long CreditMinor { get; init; }
    public long? OriginalMinor { get; init; }
    public string? OriginalCurrency { get; init; }
    public string? ExchangeRate { get; init; }
    public string? CampaignId { get; init; }
    public string? Fund { get; init; }
    public long? Placement { get; init; }
    public string? Method { get; init; }
    public string SourceKind { get; init; } = "";
    public string SourceId { get; init; } = "";
    public string? PayoutId { get; init; }
    public string Memo { get; init; } = "";
    public long Closed { get; init; }
    public string? StripeAccount { get; init; }
    public long Livemode { get; init; }
}

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

    /// <summary>Journal lines of booked days before one, after a cursor (at first: the first day and zeros), oldest first.</summary>
    public static IEnumerable<LedgerLineRow> Lines(SqliteConnection connection, int toDay, string? currency, (long Day, long EntryId, long Line) after, int limit) =>
        connection.Query<LedgerLineRow>(
            $"""
            SELECT e.entry_id AS EntryId, l.line AS Line, e.book_date AS BookDate, l.account AS Account, l.currency AS Currency,
              l.debit_minor AS DebitMinor, l.credit_minor AS CreditMinor, l.original_minor AS OriginalMinor, l.original_currency AS OriginalCurrency, l.exchange_rate AS ExchangeRate,
              l.campaign_id AS CampaignId, l.fund AS Fund, l.placement AS Placement, l.method AS Method, e.source_kind AS SourceKind, e.source_id AS SourceId,
              CASE e.source_kind WHEN 'payout' THEN e.source_id ELSE b.payout_id END AS PayoutId, e.memo AS Memo, e.book_date < @open AS Closed, {BooksAccount.IdColumn} AS StripeAccount, e.livemode AS Livemode
            FROM journal_entries e JOIN journal_lines l ON l.entry_id = e.entry_id LEFT JOIN balance_transactions b ON e.source_kind = 'balance_transaction' AND b.balance_transaction_id = e.source_id
            WHERE (e.book_date, e.entry_id) >= (@Day, @EntryId) AND e.book_date < @toDay AND (e.book_date, e.entry_id, l.line) > (@Day, @EntryId, @Line)
              AND (@currency IS NULL OR l.currency = @currency)
            ORDER BY e.book_date, e.entry_id, l.line LIMIT @limit
            """,
            new { toDay, currency, after.Day, after.EntryId, after.Line, limit, open = PeriodStore.FirstOpenDay(connection) },
            buffered: false);

    /// <summary>Sums of the journal between two booked days, half-open, per period and what else is asked for; from the roll-up. Fees of what was no gift are not the gifts', and what is taken back counts down.</summary>
    public List<SummaryRow> Summary(SqliteConnection connection, int fromDay, int toDay, Periods periods, string? currency, Grouping grouping)
    {
        string[] revenue = [chart.Code(Account.DonationsOneTime), chart.Code(Account.DonationsRecurringFirst), chart.Code(Account.DonationsRecurringSubsequent)];
        var (cover, fee, refunds, chargebacks) = (chart.Code(Account.FeeCoverContributions), chart.Code(Account.ProcessingFees), chart.Code(Account.Refunds), chart.Code(Account.ChargebacksLost));
        var cut = LedgerSums.Journal.Cut(grouping.Campaign ? "campaign_id" : "", grouping.Fund ? "fund" : "", grouping.Placement ? "placement" : "", grouping.Method ? "method" : "");
        var rows = connection.Query<SummaryRow>(
            $"""
            SELECT day / @Divisor AS Period, currency AS Currency, {(grouping.Campaign ? "campaign_id" : "''")} AS CampaignId, {(grouping.Fund ? "fund" : "''")} AS Fund,
              {(grouping.Placement ? "placement" : "0")} AS Placement, {(grouping.Method ? "method" : "''")} AS Method,
              sum(CASE WHEN account IN @revenue THEN credit_count - debit_count ELSE 0 END) AS PaymentCount,
              sum(CASE WHEN account IN @revenue OR account = @cover THEN credit_minor - debit_minor ELSE 0 END) AS GrossMinor,
              sum(CASE WHEN account = @fee THEN debit_minor - credit_minor ELSE 0 END) AS FeeMinor,
              sum(CASE WHEN account = @refunds THEN debit_count - credit_count ELSE 0 END) AS RefundCount,
              sum(CASE WHEN account = @refunds THEN debit_minor - credit_minor ELSE 0 END) AS RefundedMinor,
              sum(CASE WHEN account = @chargebacks THEN debit_count - credit_count ELSE 0 END) AS ChargebackCount,
              sum(CASE WHEN account = @chargebacks THEN debit_minor - credit_minor ELSE 0 END) AS ChargedBackMinor
            FROM {LedgerSums.Journal.Between} WHERE account IN @accounts AND (account <> @fee OR of_gift = 1) AND (@currency IS NULL OR currency = @currency)
            GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
            """,
            Sums.Range(cut, fromDay, toDay, periods.Divisor, new { periods.Divisor, revenue, cover, fee, refunds, chargebacks, accounts = (string[])[.. revenue, cover, fee, refunds, chargebacks], currency })).AsList();
        return periods.Fold(rows, fromDay);
    }
}
