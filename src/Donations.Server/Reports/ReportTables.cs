using Donations.Server.Ledger;
using Donations.Server.Money;
using Donations.Server.Payments;
using Donations.Server.Storage;
using Donations.V1;
using Report = Donations.V1.ExportReportRequest.Types.Report;

namespace Donations.Server.Reports;

/// <summary>The reports as tables: where the rows of each come from, and which columns the long ones have. Those of summaries are in <see cref="SummaryTables"/>.</summary>
internal sealed class ReportTables(ReportStore store, BalanceReports balances, LedgerReports ledger, PledgeReports pledges, ChartOfAccounts chart, BookCalendar calendar, TimeProvider time)
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
        .Text("balance_transaction", r => r.BalanceTransactionId)
        .Text("appeal", r => r.AppealId)
        .Text("placement", r => SummaryTables.Placement((Placement)r.Placement))
        .Text("method", r => r.Method)
        .Amount("fee_cover", r => r.FeeCover);

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
        .Text("memo", r => r.Memo)
        .Text("journal", r => r.SourceKind)
        .Text("batch", r => r.PayoutId)
        .Text("original_currency", r => r.OriginalCurrency)
        .Amount("original_amount", r => r.OriginalMinor is { } minor ? new(minor, r.OriginalCurrency!) : null)
        .Text("placement", r => SummaryTables.Placement((Placement)(r.Placement ?? 0)))
        .Text("method", r => r.Method)
        .Text("state", r => r.Closed == 1 ? "closed" : "open")
        .Text("stripe_account", r => r.StripeAccount)
        .Text("livemode", r => r.Livemode == 1 ? "true" : "false");

    private static readonly ReportTable<BalanceTransactionRow> PayoutTransactions = new ReportTable<BalanceTransactionRow>("payout_transactions")
        .Text("payout", r => r.PayoutId)
        .Text("balance_transaction", r => r.BalanceTransactionId)
        .Text("category", r => r.Category)
        .Text("document", r => r.SourceId)
        .Time("create_time", r => r.CreateTimeUs)
        .Time("available_time", r => r.AvailableTimeUs)
        .Text("currency", r => r.Currency)
        .Amount("gross", r => new(r.AmountMinor, r.Currency))
        .Amount("fee", r => new(r.FeeMinor, r.Currency))
        .Amount("net", r => new(r.NetMinor, r.Currency))
        .Text("payment", r => r.PaymentId is null ? null : PaymentMapping.PaymentPrefix + r.PaymentId)
        .WholeNumber("journal_entry", r => r.EntryId);

    private static readonly ReportTable<LedgerReports.ReturnRow> Returns = new ReportTable<LedgerReports.ReturnRow>("returns")
        .Text("name", r => r.Name)
        .Time("event_time", r => r.TimeUs)
        .Time("gift_time", r => r.PayTimeUs)
        .Text("payment", r => PaymentMapping.PaymentPrefix + r.PaymentId)
        .Text("charge", r => r.ChargeId)
        .Text("campaign", r => r.CampaignId)
        .Text("fund", r => r.Fund)
        .Text("currency", r => r.Currency)
        .Amount("gift_amount", r => new(r.GiftMinor, r.Currency))
        .Amount("amount", r => new(r.AmountMinor, r.Currency))
        .Text("state", r => r.RefundState > 0 ? ReportMapping.Word((Refund.Types.State)r.RefundState) : ReportMapping.Word((Dispute.Types.State)r.DisputeState))
        .Text("reason", r => r.Reason)
        .Time("evidence_due_time", r => r.EvidenceDueUs);

    private static readonly ReportTable<ExceptionRow> Exceptions = new ReportTable<ExceptionRow>("exceptions")
        .Text("exception", r => LedgerMapping.ExceptionPrefix + r.ExceptionId)
        .Text("kind", r => ReportMapping.Word((ReconciliationException.Types.Kind)r.Kind))
        .Text("state", r => ReportMapping.Word((ReconciliationException.Types.State)r.State))
        .Text("object", r => r.ObjectId)
        .Text("resource", r => r.Resource)
        .Text("detail", r => r.Detail)
        .Time("create_time", r => r.CreateTimeUs)
        .Time("resolve_time", r => r.ResolveTimeUs)
        .Text("resolver", r => r.ResolvedBy)
        .Text("resolution", r => r.Resolution);

    /// <summary>A report, ready to be written. The enum's value is known to be one.</summary>
    public ReportExport Of(Report report, ReportScope scope) => report switch
    {
        Report.ContributionDetail => _contributions.Paged((c, after, limit) => ReportStore.Contributions(
            c, scope.ToUs, scope.Currency, scope.CampaignId, after is null ? (scope.FromUs, "") : (after.PayTimeUs, after.PaymentId), limit)),
        Report.GeneralLedger => _ledger.Paged((c, after, limit) => ReportStore.Lines(
            c, scope.ToDay, scope.Currency, after is null ? (scope.FromDay, 0, 0) : (after.BookDate, after.EntryId, after.Line), limit)),
        Report.PayoutTransactions => PayoutTransactions.Paged((c, after, limit) => BalanceReports.PayoutTransactions(
            c, scope.PayoutId, (scope.FromUs, scope.ToUs), after is null ? ("", "") : (after.PayoutId!, after.BalanceTransactionId), limit)),
        Report.Returns => Returns.Paged((c, after, limit) => LedgerReports.Returns(c, (scope.FromUs, scope.ToUs), scope.Currency, after is null ? (long.MinValue, "") : (after.TimeUs, after.Name), limit)),
        Report.Exceptions => Exceptions.Paged((c, after, limit) => ExceptionStore.Between(c, after?.ExceptionId ?? Ids.Floor(scope.FromUs), Ids.Floor(scope.ToUs), limit)),
        Report.PeriodSummary => SummaryTables.PeriodSummary.Whole(c => store.Summary(c, scope.FromDay, scope.ToDay, scope.Periods, scope.Currency, scope.Grouping)),
        Report.BalanceSummary => SummaryTables.BalanceSummary.Whole(c => SummaryTables.Flat(balances.Summary(c, scope.FromDay, scope.ToDay, scope.ToUs, scope.Currency, calendar.ZoneId))),
        Report.PayoutReconciliation => SummaryTables.Payouts.Whole(c => BalanceReports.PayoutReconciliation(c, scope.FromUs, scope.ToUs, scope.Currency).Payouts),
        Report.UnsettledBalance => SummaryTables.Unsettled.Whole(c => balances.Unsettled(c, scope.ToUs >= time.NowMicros() ? null : scope.ToUs, scope.Currency).Rows),
        Report.GeneralLedgerSummary => SummaryTables.LedgerSummary.Whole(c => ledger.Summary(c, (scope.FromDay, scope.ToDay), (scope.FromUs, scope.ToUs), scope.JournalBy, scope.Currency).Rows),
        Report.TrialBalance => SummaryTables.TrialBalance(chart).Whole(c => LedgerStore.Balances(c, scope.ToDay - 1).FindAll(b => scope.Currency is null || b.Currency == scope.Currency)),
        Report.Fees => SummaryTables.Fees.Whole(c => BalanceReports.Fees(c, scope.FromDay, scope.ToDay, scope.Currency).Rows),
        Report.MrrMovements => SummaryTables.Mrr.Whole(c => PledgeReports.Mrr(c, scope.FromDay, scope.ToDay, scope.CampaignId, scope.Currency).Rows),
        Report.Dunning => SummaryTables.Dunning.Whole(c => pledges.Dunning(c, scope.Currency).Rows),
        Report.Retention => SummaryTables.Retention.Whole(c => SummaryTables.Flat(pledges.Retention(c, scope.FromDay, scope.ToDay, scope.Currency))),
        Report.DonorLifecycle => SummaryTables.Lifecycle.Whole(c => pledges.Lifecycle(c, scope.FromDay / 10_000, calendar.DayOf(scope.ToUs - 1) / 10_000).Rows),
        Report.PeriodComparison => SummaryTables.Comparison.Whole(c => ledger.Compare(c, (scope.FromDay, scope.ToDay), scope.ComparedDays, scope.Currency, scope.Grouping).Rows),
        Report.CampaignPerformance => SummaryTables.Performance.Whole(c => PledgeReports.Performance(
            c, scope.FromDay, scope.ToDay, scope.CampaignId, scope.Currency, scope.Dimensions.Contains(ExportReportRequest.Types.Dimension.Appeal), scope.Grouping.Placement).Rows),
        Report.Experiment => SummaryTables.Experiment.Whole(c => SummaryTables.Flat(ExperimentReports.Of(c, scope.Experiment!), scope.Experiment!.Currency)),
        Report.CloseLog => SummaryTables.CloseLog.Whole(c => ledger.CloseLog(c, scope.FromUs, scope.ToUs).Entries),
        _ => throw new ArgumentOutOfRangeException(nameof(report)),
    };

    private static MinorAmount? Side(LedgerLineRow row, long minor) => minor == 0 ? null : new(minor, row.Currency);
}
