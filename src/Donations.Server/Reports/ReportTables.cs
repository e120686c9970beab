using Donations.Server.Ledger;
using Donations.Server.Money;
using Donations.Server.Payments;
using Donations.V1;
using Report = Donations.V1.ExportReportRequest.Types.Report;

namespace Donations.Server.Reports;

/// <summary>What an export is asked for.</summary>
internal sealed record ReportScope(long FromUs, long ToUs, string? Currency);

/// <summary>The reports as tables: which columns each has, and where its rows come from.</summary>
internal sealed class ReportTables(ReportStore store, ChartOfAccounts chart, BookCalendar calendar)
{
    private readonly ReportTable<ContributionRow> _contributions = new ReportTable<ContributionRow>("contribution_detail")
        .Text("payment", r => PaymentMapping.PaymentPrefix + r.PaymentId)
        .Time("pay_time", r => r.PayTimeUs)
        .Text("campaign", r => r.CampaignId)
        .Text("fund", r => r.Fund)
        .Text("interval", r => ((PledgeInterval)r.Interval).ToString())
        .Text("kind", r => ((Payment.Types.Kind)r.Kind).ToString())
        .Text("currency", r => r.Currency)
        .Amount("amount", r => r.Amount)
        .Amount("refunded", r => r.Refunded)
        .Text("settlement_currency", r => r.SettlementCurrency)
        .Amount("gross", r => r.Gross)
        .Amount("fee", r => r.Fee)
        .Amount("net", r => r.Net)
        .Rate("exchange_rate", r => r.ExchangeRate)
        .Text("charge", r => r.ChargeId)
        .Text("balance_transaction", r => r.BalanceTransactionId);

    private readonly ReportTable<SummaryRow> _summary = new ReportTable<SummaryRow>("period_summary")
        .Date("date", r => BookCalendar.ToDate((int)r.Period))
        .Text("campaign", r => r.CampaignId)
        .Text("fund", r => r.Fund)
        .Text("currency", r => r.Currency)
        .WholeNumber("payment_count", r => r.PaymentCount)
        .Amount("gross", r => new(r.GrossMinor, r.Currency))
        .Amount("fee", r => new(r.FeeMinor, r.Currency))
        .WholeNumber("refund_count", r => r.RefundCount)
        .Amount("refunded", r => new(r.RefundedMinor, r.Currency))
        .Amount("net", r => new(r.GrossMinor - r.FeeMinor - r.RefundedMinor, r.Currency));

    private readonly ReportTable<LedgerLineRow> _ledger = new ReportTable<LedgerLineRow>("general_ledger")
        .WholeNumber("journal_entry", r => r.EntryId)
        .WholeNumber("line", r => r.Line)
        .Date("book_date", r => BookCalendar.ToDate((int)r.BookDate))
        .Text("account", r => r.Account)
        .Text("account_name", r => chart.Name(r.Account))
        .Text("currency", r => r.Currency)
        .Amount("debit", r => Side(r, r.DebitMinor))
        .Amount("credit", r => Side(r, r.CreditMinor))
        .Rate("exchange_rate", r => r.ExchangeRate)
        .Text("campaign", r => r.CampaignId)
        .Text("fund", r => r.Fund)
        .Text("document", r => r.SourceId)
        .Text("memo", r => r.Memo);

    /// <summary>A report, ready to be written. The enum's value is known to be one.</summary>
    public ReportExport Of(Report report, ReportScope scope) => report switch
    {
        Report.ContributionDetail => _contributions.Paged((c, after, limit) => ReportStore.Contributions(
            c, scope.ToUs, scope.Currency, null, after is null ? (scope.FromUs, "") : (after.PayTimeUs, after.PaymentId), limit)),
        Report.PeriodSummary => _summary.Whole(c => store.Summary(c, calendar.DayOf(scope.FromUs), calendar.DayOf(scope.ToUs), 1, scope.Currency, true, true)),
        _ => _ledger.Paged((c, after, limit) => ReportStore.Lines(
            c, scope.ToUs, scope.Currency, after is null ? (scope.FromUs, 0, 0) : (after.FactTimeUs, after.EntryId, after.Line), limit)),
    };

    private static MinorAmount? Side(LedgerLineRow row, long minor) => minor == 0 ? null : new(minor, row.Currency);
}
