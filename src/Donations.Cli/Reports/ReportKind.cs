using Donations.V1;
using Report = Donations.V1.ExportReportRequest.Types.Report;

namespace Donations.Cli.Reports;

/// <summary>What of the command line a report heeds. Everything else is refused, so that nobody believes it was heeded.</summary>
[Flags]
internal enum Uses
{
    None = 0,
    From = 1,
    To = 2,
    TimeZone = 4,
    Currency = 8,
    Campaign = 16,
    Payout = 32,
    Period = 64,
    JournalBy = 128,
    Compare = 256,
    Years = 512,
    Placement = 1024,
    Interval = From | To | TimeZone,
}

/// <summary>A report that can be asked for.</summary>
/// <param name="Name">As it is typed.</param>
/// <param name="Report">As the contract's export knows it.</param>
/// <param name="Uses">Options that it heeds.</param>
/// <param name="GroupBy">Dimensions that it can have rows for.</param>
/// <param name="IsDetail">A row for each fact: any zone will do. Summaries exist in the book time zone only.</param>
/// <param name="HasSeries">There is something to plot.</param>
/// <param name="Columns">What a table shows unless told otherwise; null: every column that has something in it.</param>
/// <param name="Keep">What a narrow terminal shows before all else.</param>
internal sealed record ReportKind(string Name, Report Report, Uses Uses, string[]? GroupBy = null, bool IsDetail = false, bool HasSeries = false, string[]? Columns = null, string[]? Keep = null)
{
    public static readonly IReadOnlyList<ReportKind> All =
    [
        new("contributions", Report.ContributionDetail, Uses.Interval | Uses.Currency | Uses.Campaign, IsDetail: true,
            Columns: ["pay_time", "payment", "campaign", "interval", "kind", "currency", "amount", "refunded", "fee", "net"], Keep: ["pay_time", "payment", "amount", "net"]),
        new("summary", Report.PeriodSummary, Uses.Interval | Uses.Currency | Uses.Period, ["campaign", "fund", "placement", "method"], HasSeries: true, Keep: ["date", "payment_count", "gross", "fee", "net"]),
        new("ledger", Report.GeneralLedger, Uses.Interval | Uses.Currency,
            Columns: ["journal_entry", "book_date", "account", "account_name", "currency", "debit", "credit", "document", "journal"], Keep: ["journal_entry", "book_date", "account", "debit", "credit"]),
        new("ledger-summary", Report.GeneralLedgerSummary, Uses.Interval | Uses.Currency | Uses.JournalBy),
        new("balance", Report.BalanceSummary, Uses.Interval | Uses.Currency),
        new("payouts", Report.PayoutReconciliation, Uses.Interval | Uses.Currency, IsDetail: true,
            Columns: ["create_time", "payout", "state", "batch_state", "open_reason", "currency", "amount", "transaction_count", "gross", "fee", "net", "document"], Keep: ["payout", "amount", "batch_state", "state"]),
        new("payout-transactions", Report.PayoutTransactions, Uses.Interval | Uses.Payout, IsDetail: true,
            Columns: ["payout", "balance_transaction", "category", "create_time", "currency", "gross", "fee", "net", "payment", "journal_entry"], Keep: ["balance_transaction", "category", "net"]),
        new("unsettled", Report.UnsettledBalance, Uses.To | Uses.TimeZone | Uses.Currency, IsDetail: true),
        new("trial-balance", Report.TrialBalance, Uses.To | Uses.TimeZone | Uses.Currency),
        new("fees", Report.Fees, Uses.Interval | Uses.Currency, HasSeries: true, Keep: ["month", "category", "gross", "actual", "effective_percent"]),
        new("returns", Report.Returns, Uses.Interval | Uses.Currency, IsDetail: true,
            Columns: ["event_time", "gift_time", "name", "payment", "state", "reason", "evidence_due_time", "campaign", "currency", "gift_amount", "amount"], Keep: ["event_time", "name", "amount", "state"]),
        new("mrr", Report.MrrMovements, Uses.Interval | Uses.Currency | Uses.Campaign, HasSeries: true, Keep: ["month", "opening", "new", "failed_churn", "voluntary_churn", "closing"]),
        new("dunning", Report.Dunning, Uses.Currency, IsDetail: true),
        new("retention", Report.Retention, Uses.Interval | Uses.Currency, HasSeries: true),
        new("lifecycle", Report.DonorLifecycle, Uses.Years | Uses.TimeZone, HasSeries: true),
        new("comparison", Report.PeriodComparison, Uses.Interval | Uses.Currency | Uses.Compare, ["campaign", "fund"], Keep: ["net", "compared_net", "net_change", "net_change_percent"]),
        new("performance", Report.CampaignPerformance, Uses.Interval | Uses.Currency | Uses.Campaign, ["appeal", "placement"], HasSeries: true, Keep: ["campaign", "payment_count", "amount", "average_amount"]),
        new("experiment", Report.Experiment, Uses.Interval | Uses.Currency | Uses.Campaign | Uses.Placement, HasSeries: true),
        new("exceptions", Report.Exceptions, Uses.Interval, IsDetail: true,
            Columns: ["create_time", "exception", "kind", "state", "object", "resource", "age_days", "detail"], Keep: ["exception", "kind", "state", "detail"]),
        new("close-log", Report.CloseLog, Uses.Interval, IsDetail: true),
    ];

    public static string[] Names => [.. All.Select(r => r.Name)];

    public static ReportKind Of(string name) => All.First(r => r.Name == name);

    /// <summary>The contract's dimension for a word of --group-by.</summary>
    public static ExportReportRequest.Types.Dimension Dimension(string word) => Enum.Parse<ExportReportRequest.Types.Dimension>(word, ignoreCase: true);
}
