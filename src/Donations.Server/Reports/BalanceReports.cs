using Dapper;
using Donations.Server.Ledger;
using Donations.Server.Money;
using Donations.Server.Storage;
using Donations.V1;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Reports;

/// <summary>Reports on Stripe's balance: what moved it, what was paid out, what was not, and what Stripe took.</summary>
internal sealed class BalanceReports(ChartOfAccounts chart, TimeProvider time)
{
    /// <summary>Stripe's balance when the books were opened: of no balance transaction.</summary>
    private const string Opened = "FROM journal_entries e JOIN journal_lines l ON l.entry_id = e.entry_id WHERE e.source_kind = 'opening' AND l.account = @clearing";

    private sealed record CategoryRow
    {
        public long Month { get; init; }
        public string Currency { get; init; } = "";
        public string Category { get; init; } = "";
        public long TransactionCount { get; init; }
        public long AmountMinor { get; init; }
        public long FeeMinor { get; init; }
        public long NetMinor { get; init; }
        public long ExpectedFeeMinor { get; init; }
        public long AvailableMinor { get; init; }
    }

    public BalanceSummary Summary(SqliteConnection connection, int fromDay, int toDay, long toUs, string? currency, string zoneId)
    {
        var rows = connection.Query<CategoryRow>(
            $"""
            SELECT currency AS Currency, category AS Category, sum(transaction_count) AS TransactionCount, sum(amount_minor) AS AmountMinor, sum(fee_minor) AS FeeMinor, sum(net_minor) AS NetMinor
            FROM {LedgerSums.Balance.Between} WHERE (@currency IS NULL OR currency = @currency) GROUP BY currency, category
            UNION ALL
            SELECT l.currency, 'opening', count(*), sum(l.debit_minor - l.credit_minor), 0, sum(l.debit_minor - l.credit_minor)
            {Opened} AND e.book_date >= @fromDay AND e.book_date < @toDay AND (@currency IS NULL OR l.currency = @currency) GROUP BY l.currency
            ORDER BY 1, 2
            """,
            Sums.Range(LedgerSums.Balance.Cut(), fromDay, toDay, int.MaxValue, new { fromDay, toDay, currency, clearing = chart.Code(Account.StripeClearing) })).AsList();
        var opening = Before(connection, fromDay);
        var ledger = LedgerStore.BalanceOf(connection, chart.Code(Account.StripeClearing), toDay - 1);
        var late = Late(connection, toDay, toUs);
        var answer = new BalanceSummary { TimeZone = zoneId };
        foreach (var code in rows.Select(r => r.Currency).Union(opening.Keys).Where(c => currency is null || c == currency).Order(StringComparer.Ordinal))
            answer.Currencies.Add(OfCurrency(connection, code, [.. rows.Where(r => r.Currency == code)], opening.GetValueOrDefault(code), ledger.GetValueOrDefault(code), late.GetValueOrDefault(code), toUs));
        return answer;
    }

    public static PayoutReconciliation PayoutReconciliation(SqliteConnection connection, long fromUs, long toUs, string? currency)
    {
        var scope = new { fromUs, toUs, currency, limit = ReportValidation.MaxRows + 1 };
        const string Where = "FROM payouts WHERE create_time_us >= @fromUs AND create_time_us < @toUs AND (@currency IS NULL OR currency = @currency)";
        var answer = new PayoutReconciliation();
        answer.Payouts.AddRange(connection.Query<PayoutRow>($"SELECT {PayoutStore.Columns} {Where} ORDER BY create_time_us, payout_id LIMIT @limit", scope).Select(LedgerMapping.ToPayout));
        ReportValidation.RefuseCut(answer.Payouts.Count);
        foreach (var (code, count, open, amount, gross, fee, net) in connection.Query<(string, long, long, long, long, long, long)>(
            $"SELECT currency, count(*), sum(batch_state = 1), sum(CASE WHEN state IN (4, 5) THEN 0 ELSE amount_minor END), sum(gross_minor), sum(fee_minor), sum(net_minor) {Where} GROUP BY currency ORDER BY currency", scope))
        {
            answer.Totals.Add(new PayoutTotal
            {
                PayoutCount = count,
                OpenCount = open,
                Amount = new MinorAmount(amount, code).ToWire(),
                Gross = new MinorAmount(gross, code).ToWire(),
                Fee = new MinorAmount(fee, code).ToWire(),
                Net = new MinorAmount(net, code).ToWire(),
            });
        }

        return answer;
    }

    /// <summary>Balance transactions of one payout, or of all that were made in an interval, by payout and id, after a cursor.</summary>
    public static IEnumerable<BalanceTransactionRow> PayoutTransactions(SqliteConnection connection, string? payoutId, (long FromUs, long ToUs) ends, (string PayoutId, string Id) after, int limit) => connection.Query<BalanceTransactionRow>(
        $"""
        SELECT {BalanceTransactions.Columns} FROM balance_transactions
        WHERE {(payoutId is null ? "payout_id IN (SELECT payout_id FROM payouts WHERE create_time_us >= @FromUs AND create_time_us < @ToUs) AND payout_id >= @afterPayout" : "payout_id = @payoutId")}
          AND (payout_id, balance_transaction_id) > (@afterPayout, @Id) ORDER BY payout_id, balance_transaction_id LIMIT @limit
        """,
        new { payoutId, ends.FromUs, ends.ToUs, afterPayout = after.PayoutId, after.Id, limit },
        buffered: false);

    public UnsettledBalance Unsettled(SqliteConnection connection, long? asOfUs, string? currency)
    {
        // Rows that nothing carried out yet, and rows that a later payout carried; and of the balance that the books were opened with, what no payout has carried yet.
        // CROSS JOIN: from the few payouts to their rows, never the other way round.
        const string Sums = "category AS Category, count(*) AS TransactionCount, sum(b.amount_minor) AS AmountMinor, sum(b.fee_minor) AS FeeMinor, sum(b.net_minor) AS NetMinor, sum(CASE WHEN available_time_us <= @available THEN b.net_minor ELSE 0 END) AS AvailableMinor";
        var rows = connection.Query<CategoryRow>(
            $"""
            SELECT Currency, Category, sum(TransactionCount) AS TransactionCount, sum(AmountMinor) AS AmountMinor, sum(FeeMinor) AS FeeMinor, sum(NetMinor) AS NetMinor, sum(AvailableMinor) AS AvailableMinor FROM (
              SELECT b.currency AS Currency, {Sums} FROM balance_transactions b WHERE b.payout_id IS NULL AND b.create_time_us < @at AND (@currency IS NULL OR b.currency = @currency) GROUP BY b.currency, category
              UNION ALL
              SELECT b.currency AS Currency, {Sums} FROM payouts p CROSS JOIN balance_transactions b ON b.payout_id = p.payout_id
              WHERE p.create_time_us >= @at AND p.first_transaction_time_us < @at AND b.create_time_us < @at AND (@currency IS NULL OR b.currency = @currency) GROUP BY b.currency, category
              UNION ALL
              SELECT Currency, 'opening', 1, NetMinor, 0, NetMinor, NetMinor FROM (
                SELECT l.currency AS Currency, l.debit_minor - l.credit_minor - (SELECT coalesce(sum(p.opening_minor), 0) FROM payouts p WHERE p.currency = l.currency AND p.create_time_us < @at) AS NetMinor
                {Opened} AND e.fact_time_us < @at AND (@currency IS NULL OR l.currency = @currency)) WHERE NetMinor <> 0)
            GROUP BY 1, 2 ORDER BY 1, 2
            """,
            new { at = asOfUs ?? long.MaxValue, available = asOfUs ?? time.NowMicros(), currency, clearing = chart.Code(Account.StripeClearing) }).AsList();
        var answer = new UnsettledBalance();
        answer.Rows.AddRange(rows.Select(r => ToUnsettled(r, r.Category)));
        answer.Totals.AddRange(rows.GroupBy(r => r.Currency).Select(g => ToUnsettled(Total(g), "")));
        return answer;
    }

    public static Fees Fees(SqliteConnection connection, int fromDay, int toDay, string? currency)
    {
        var rows = connection.Query<CategoryRow>(
            $"""
            SELECT day / 100 AS Month, currency AS Currency, category AS Category, sum(transaction_count) AS TransactionCount, sum(amount_minor) AS AmountMinor, sum(fee_minor) AS FeeMinor,
              sum(net_minor) AS NetMinor, sum(expected_fee_minor) AS ExpectedFeeMinor
            FROM {LedgerSums.Balance.Between} WHERE (@currency IS NULL OR currency = @currency) AND (fee_minor <> 0 OR category IN ('charge', 'fee', 'network_cost', 'tax'))
            GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
            """,
            Sums.Range(LedgerSums.Balance.Cut(), fromDay, toDay, 100, new { currency })).AsList();
        // What Stripe invoices is a fee itself: its amount, not its fee, and nothing else was expected.
        rows = rows.ConvertAll(r => r.Category is "fee" or "network_cost" or "tax" ? r with { AmountMinor = 0, FeeMinor = -r.NetMinor, ExpectedFeeMinor = -r.NetMinor } : r);
        var answer = new Fees();
        answer.Rows.AddRange(rows.Select(r => ToFee(r, r.Category, Math.Max(fromDay, PeriodStore.FirstDay((int)r.Month)))));
        // Of a total only payments have a gross that fees can be held against.
        answer.Totals.AddRange(rows.GroupBy(r => r.Currency).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => ToFee(Total(g) with { AmountMinor = g.Where(r => r.Category == "charge").Sum(r => r.AmountMinor) }, "", null)));
        return answer;
    }

    private BalanceSummaryOfCurrency OfCurrency(SqliteConnection connection, string currency, List<CategoryRow> rows, long opening, long ledger, long late, long toUs)
    {
        MinorAmount Of(long minor) => new(minor, currency);
        var closing = opening + rows.Sum(r => r.NetMinor);
        var answer = new BalanceSummaryOfCurrency
        {
            Opening = Of(opening).ToWire(),
            Payouts = Of(rows.Where(r => r.Category is "payout" or "payout_reversal").Sum(r => r.NetMinor)).ToWire(),
            Closing = Of(closing).ToWire(),
            LedgerClosing = Of(ledger).ToWire(),
            LateFacts = Of(late).ToWire(),
        };
        answer.Rows.AddRange(rows.Where(r => r.Category is not ("payout" or "payout_reversal")).Select(r => new BalanceCategoryRow
        {
            Category = r.Category,
            TransactionCount = r.TransactionCount,
            Gross = Of(r.AmountMinor).ToWire(),
            Fee = Of(r.FeeMinor).ToWire(),
            Net = Of(r.NetMinor).ToWire(),
        }));
        // The first balance seen after the end; of an interval that is not over, the last one seen. What differed then differs at the end too.
        if (connection.Query<(long TimeUs, long DifferenceMinor)>(
            $"""
            SELECT snapshot_time_us, clearing_minor - available_minor - pending_minor FROM balance_snapshots
            WHERE currency = @currency {(toUs > time.NowMicros() ? "ORDER BY snapshot_time_us DESC" : "AND snapshot_time_us >= @toUs ORDER BY snapshot_time_us")} LIMIT 1
            """,
            new { currency, toUs }).AsList() is [var seen])
        {
            answer.StripeClosing = Of(closing - seen.DifferenceMinor).ToWire();
            answer.StripeBalanceTime = UnixMicros.ToTimestamp(seen.TimeUs);
            answer.Difference = Of(seen.DifferenceMinor).ToWire();
        }

        return answer;
    }

    /// <summary>The balance before a day, per currency, by the days of the facts.</summary>
    private Dictionary<string, long> Before(SqliteConnection connection, int day) => connection.Query<CategoryRow>(
        $"""
        SELECT Currency, sum(NetMinor) AS NetMinor FROM (
          SELECT currency AS Currency, sum(net_minor) AS NetMinor FROM {LedgerSums.Balance.Between} GROUP BY currency
          UNION ALL
          SELECT l.currency, sum(l.debit_minor - l.credit_minor) {Opened} AND e.book_date < @day GROUP BY l.currency)
        GROUP BY 1
        """,
        Sums.Range(LedgerSums.Balance.Cut(), 0, day, int.MaxValue, new { day, clearing = chart.Code(Account.StripeClearing) })).ToDictionary(r => r.Currency, r => r.NetMinor, StringComparer.Ordinal);

    /// <summary>What facts from before a day moved that were booked on it or later, per currency. Each is noted when it is booked, so nothing need be searched.</summary>
    private Dictionary<string, long> Late(SqliteConnection connection, int toDay, long toUs) => connection.Query<CategoryRow>(
        """
        SELECT l.currency AS Currency, sum(l.debit_minor - l.credit_minor) AS NetMinor
        FROM exceptions x CROSS JOIN journal_entries e ON e.entry_id = CAST(substr(x.resource, @skip) AS INTEGER) CROSS JOIN journal_lines l ON l.entry_id = e.entry_id
        WHERE x.kind = @kind AND e.fact_time_us < @toUs AND e.book_date >= @toDay AND l.account = @clearing GROUP BY l.currency
        """,
        new { kind = ReconciliationException.Types.Kind.Late, skip = LedgerMapping.EntryPrefix.Length + 1, toDay, toUs, clearing = chart.Code(Account.StripeClearing) }).ToDictionary(r => r.Currency, r => r.NetMinor, StringComparer.Ordinal);

    private static CategoryRow Total(IEnumerable<CategoryRow> rows) => rows.Aggregate((sum, r) => sum with
    {
        TransactionCount = sum.TransactionCount + r.TransactionCount,
        AmountMinor = sum.AmountMinor + r.AmountMinor,
        FeeMinor = sum.FeeMinor + r.FeeMinor,
        NetMinor = sum.NetMinor + r.NetMinor,
        ExpectedFeeMinor = sum.ExpectedFeeMinor + r.ExpectedFeeMinor,
        AvailableMinor = sum.AvailableMinor + r.AvailableMinor,
    });

    private static UnsettledRow ToUnsettled(CategoryRow row, string category)
    {
        MinorAmount Of(long minor) => new(minor, row.Currency);
        return new()
        {
            Category = category,
            TransactionCount = row.TransactionCount,
            Gross = Of(row.AmountMinor).ToWire(),
            Fee = Of(row.FeeMinor).ToWire(),
            Net = Of(row.NetMinor).ToWire(),
            Available = Of(row.AvailableMinor).ToWire(),
        };
    }

    private static FeeRow ToFee(CategoryRow row, string category, int? startDay)
    {
        MinorAmount Of(long minor) => new(minor, row.Currency);
        return new()
        {
            MonthStartDate = startDay is { } day ? LedgerMapping.ToDate(day) : null,
            Category = category,
            TransactionCount = row.TransactionCount,
            Gross = Of(row.AmountMinor).ToWire(),
            Expected = Of(row.ExpectedFeeMinor).ToWire(),
            Actual = Of(row.FeeMinor).ToWire(),
            Difference = Of(row.FeeMinor - row.ExpectedFeeMinor).ToWire(),
            EffectivePercent = ReportMapping.Percent(row.FeeMinor, row.AmountMinor, 2),
        };
    }
}
