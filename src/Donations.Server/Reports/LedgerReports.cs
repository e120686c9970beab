using Dapper;
using Donations.Server.Campaigns;
using Donations.Server.Ledger;
using Donations.Server.Money;
using Donations.Server.Storage;
using Donations.V1;
using Microsoft.Data.Sqlite;
using JournalBy = Donations.V1.GetGeneralLedgerSummaryRequest.Types.JournalBy;

namespace Donations.Server.Reports;

/// <summary>Reports on the journal: two periods side by side, the journal in sums, what went back, and who closed what.</summary>
internal sealed class LedgerReports(ReportStore store, ChartOfAccounts chart, TimeProvider time)
{
    /// <inheritdoc cref="SummaryRow"/>
    public sealed record ReturnRow
    {
        public string Name { get; init; } = "";
        public long TimeUs { get; init; }
        public string PaymentId { get; init; } = "";
        public string? ChargeId { get; init; }
        public long? PayTimeUs { get; init; }
        public long GiftMinor { get; init; }
        public string Currency { get; init; } = "";
        public long AmountMinor { get; init; }
        public long RefundState { get; init; }
        public long DisputeState { get; init; }
        public string Reason { get; init; } = "";
        public long? EvidenceDueUs { get; init; }
        public string CampaignId { get; init; } = "";
        public string Fund { get; init; } = "";
    }

    private sealed record SumRow
    {
        public string Journal { get; init; } = "";
        public string Currency { get; init; } = "";
        public string Account { get; init; } = "";
        public string CampaignId { get; init; } = "";
        public string Fund { get; init; } = "";
        public long DebitMinor { get; init; }
        public long CreditMinor { get; init; }
    }

    public PeriodComparison Compare(SqliteConnection connection, (int From, int To) one, (int From, int To) two, string? currency, Grouping grouping)
    {
        var (first, second) = (store.Summary(connection, one.From, one.To, Periods.All, currency, grouping), store.Summary(connection, two.From, two.To, Periods.All, currency, grouping));
        static (string, string, string) Key(SummaryRow row) => (row.Currency, row.CampaignId, row.Fund);
        var (firsts, seconds) = (first.ToDictionary(Key), second.ToDictionary(Key));
        var answer = new PeriodComparison();
        foreach (var key in firsts.Keys.Union(seconds.Keys).Order())
            answer.Rows.Add(ToComparison(key.Item1, key.Item2, key.Item3, firsts.GetValueOrDefault(key) ?? new(), seconds.GetValueOrDefault(key) ?? new()));
        var (total, compared) = (Totals(first), Totals(second));
        foreach (var code in total.Keys.Union(compared.Keys).Order(StringComparer.Ordinal))
            answer.Totals.Add(ToComparison(code, "", "", total.GetValueOrDefault(code) ?? new(), compared.GetValueOrDefault(code) ?? new()));
        return answer;
    }

    public GeneralLedgerSummary Summary(SqliteConnection connection, (int From, int To) days, (long FromUs, long ToUs) ends, JournalBy by, string? currency)
    {
        var rows = connection.Query<SumRow>(
            by == JournalBy.Payout
                ? """
                  SELECT 'payouts/' || b.payout_id AS Journal, l.currency AS Currency, l.account AS Account, coalesce(l.campaign_id, '') AS CampaignId, coalesce(l.fund, '') AS Fund,
                    sum(l.debit_minor) AS DebitMinor, sum(l.credit_minor) AS CreditMinor
                  FROM payouts p CROSS JOIN balance_transactions b ON b.payout_id = p.payout_id CROSS JOIN journal_lines l ON l.entry_id = b.entry_id
                  WHERE p.create_time_us >= @FromUs AND p.create_time_us < @ToUs AND (@currency IS NULL OR l.currency = @currency) GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5 LIMIT @limit
                  """
                : $"""
                  SELECT CAST(day{(by == JournalBy.Month ? " / 100" : "")} AS TEXT) AS Journal, currency AS Currency, account AS Account, campaign_id AS CampaignId, fund AS Fund,
                    sum(debit_minor) AS DebitMinor, sum(credit_minor) AS CreditMinor
                  FROM {LedgerSums.Journal.Between} WHERE (@currency IS NULL OR currency = @currency) GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5 LIMIT @limit
                  """,
            Sums.Range(LedgerSums.Journal.Cut("campaign_id", "fund"), days.From, days.To, by == JournalBy.Month ? 100 : 1, new { ends.FromUs, ends.ToUs, currency, limit = ReportValidation.MaxRows + 1 })).AsList();
        ReportValidation.RefuseCut(rows.Count);
        var answer = new GeneralLedgerSummary();
        answer.Rows.AddRange(rows.Select(r => ToSum(r, by == JournalBy.Payout ? r.Journal : r.Journal.Length == 8 ? $"{r.Journal[..4]}-{r.Journal[4..6]}-{r.Journal[6..]}" : $"{r.Journal[..4]}-{r.Journal[4..]}")));
        answer.Totals.AddRange(rows.GroupBy(r => r.Currency).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => ToSum(
            new() { Currency = g.Key, DebitMinor = g.Sum(r => r.DebitMinor), CreditMinor = g.Sum(r => r.CreditMinor) }, "")));
        return answer;
    }

    /// <summary>Refunds and disputes by when money was asked back, after a cursor, oldest first. Each kind reads a page of its own, so that the rest of the interval is not.</summary>
    public static IEnumerable<ReturnRow> Returns(SqliteConnection connection, (long FromUs, long ToUs) ends, string? currency, (long TimeUs, string Name) after, int limit) => connection.Query<ReturnRow>(
        $"""
        SELECT * FROM ({Page("refunds", "refund_id", "x.state AS RefundState, 0 AS DisputeState, CASE x.reason WHEN 1 THEN 'requested_by_donor' WHEN 2 THEN 'duplicate' WHEN 3 THEN 'fraudulent' ELSE '' END AS Reason, NULL AS EvidenceDueUs")})
        UNION ALL
        SELECT * FROM ({Page("disputes", "dispute_id", "0, x.state, x.reason, x.evidence_due_time_us")})
        ORDER BY TimeUs, Name LIMIT @limit
        """,
        new { from = Math.Max(ends.FromUs, after.TimeUs), ends.ToUs, currency, after.TimeUs, after.Name, limit },
        buffered: false);

    private static string Page(string table, string id, string columns) =>
        $"""
        SELECT '{table}/' || x.{id} AS Name, x.create_time_us AS TimeUs, p.payment_id AS PaymentId, p.stripe_charge_id AS ChargeId, p.pay_time_us AS PayTimeUs, p.amount_minor AS GiftMinor, p.currency AS Currency,
          x.amount_minor AS AmountMinor, p.campaign_id AS CampaignId, p.fund AS Fund, {columns}
        FROM {table} x CROSS JOIN payments p ON p.payment_id = x.payment_id
        WHERE x.create_time_us >= @from AND x.create_time_us < @ToUs AND (x.create_time_us, '{table}/' || x.{id}) > (@TimeUs, @Name) AND (@currency IS NULL OR p.currency = @currency)
        ORDER BY x.create_time_us, x.{id} LIMIT @limit
        """;

    public CloseLog CloseLog(SqliteConnection connection, long fromUs, long toUs)
    {
        var answer = new CloseLog();
        answer.Entries.AddRange(connection.Query<(long TimeUs, string? Person, string Action, string Resource, string? Note)>(
            """
            SELECT * FROM (
              SELECT request_time_us AS time_us, requested_by, 'close requested', 'periods/' || (period_id / 100) || '-' || substr('0' || (period_id % 100), -2), '' FROM periods
              UNION ALL SELECT close_time_us, closed_by, 'closed', 'periods/' || (period_id / 100) || '-' || substr('0' || (period_id % 100), -2), '' FROM periods
              UNION ALL SELECT propose_time_us, proposed_by, 'proposed', 'journalProposals/' || proposal_id, reason FROM journal_proposals
              UNION ALL SELECT decide_time_us, decided_by, CASE state WHEN 2 THEN 'posted' ELSE 'rejected' END, 'journalProposals/' || proposal_id, decision FROM journal_proposals
              UNION ALL SELECT close_time_us, closed_by, 'closed', 'payouts/' || payout_id, '' FROM payouts WHERE close_time_us IS NOT NULL
              UNION ALL SELECT export_time_us, exported_by, 'exported', 'payouts/' || payout_id, document FROM payouts WHERE export_time_us IS NOT NULL
              UNION ALL SELECT resolve_time_us, resolved_by, 'resolved', 'exceptions/' || exception_id, resolution FROM exceptions WHERE state = 3 AND resolved_by IS NOT NULL)
            WHERE time_us >= @fromUs AND time_us < @toUs ORDER BY time_us LIMIT @limit
            """,
            new { fromUs, toUs, limit = ReportValidation.MaxRows + 1 }).Select(e => new CloseLogEntry { EventTime = UnixMicros.ToTimestamp(e.TimeUs), Person = e.Person ?? "", Action = e.Action, Resource = e.Resource, Note = e.Note ?? "" }));
        ReportValidation.RefuseCut(answer.Entries.Count);
        var now = time.NowMicros();
        answer.Exceptions.AddRange(connection.Query<(long Kind, long Found, long Healed, long Resolved, long Open, long? OldestUs)>(
            """
            SELECT kind, count(*), sum(state = 2), sum(state = 3), sum(state = 1), min(CASE WHEN state = 1 THEN create_time_us END) FROM exceptions
            WHERE exception_id >= @from AND exception_id < @to AND create_time_us >= @fromUs AND create_time_us < @toUs GROUP BY kind ORDER BY kind
            """,
            new { fromUs, toUs, from = Ids.Floor(fromUs), to = Ids.Floor(toUs + UnixMicros.PerSecond) }).Select(e => new ExceptionCount
            {
                Kind = ReportMapping.Word((ReconciliationException.Types.Kind)e.Kind),
                FoundCount = e.Found,
                HealedCount = e.Healed,
                ResolvedCount = e.Resolved,
                OpenCount = e.Open,
                OldestOpenDays = e.OldestUs is { } oldest ? (int)((now - oldest) / UnixMicros.PerDay) : 0,
            }));
        return answer;
    }

    private static Dictionary<string, SummaryRow> Totals(IEnumerable<SummaryRow> rows) => rows.GroupBy(r => r.Currency).ToDictionary(g => g.Key, g => g.Aggregate((sum, row) => sum + row), StringComparer.Ordinal);

    private static PeriodComparisonRow ToComparison(string currency, string campaignId, string fund, SummaryRow one, SummaryRow two)
    {
        Google.Type.Money Of(long minor) => new MinorAmount(minor, currency).ToWire();
        return new()
        {
            Campaign = campaignId.Length == 0 ? "" : CampaignNames.Campaign(campaignId),
            Fund = fund,
            PaymentCount = one.PaymentCount,
            ComparedPaymentCount = two.PaymentCount,
            Gross = Of(one.GrossMinor),
            ComparedGross = Of(two.GrossMinor),
            Net = Of(one.NetMinor),
            ComparedNet = Of(two.NetMinor),
            NetChange = Of(one.NetMinor - two.NetMinor),
            NetChangePercent = two.NetMinor > 0 ? ReportMapping.Percent(one.NetMinor - two.NetMinor, two.NetMinor, 1) : "",
        };
    }

    private GeneralLedgerSummaryRow ToSum(SumRow row, string journal) => new()
    {
        Journal = journal,
        Account = row.Account,
        AccountDisplayName = row.Account.Length == 0 ? "" : chart.Name(row.Account),
        Debit = new MinorAmount(row.DebitMinor, row.Currency).ToWire(),
        Credit = new MinorAmount(row.CreditMinor, row.Currency).ToWire(),
        Campaign = row.CampaignId.Length == 0 ? "" : CampaignNames.Campaign(row.CampaignId),
        Fund = row.Fund,
    };
}
