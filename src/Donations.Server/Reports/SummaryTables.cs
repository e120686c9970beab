using Donations.Server.Ledger;
using Donations.Server.Money;
using Donations.Server.Storage;
using Donations.V1;
using Date = Google.Type.Date;
using WireMoney = Google.Type.Money;

namespace Donations.Server.Reports;

/// <summary>Columns of the summaries: the rows that the typed methods answer with.</summary>
internal static class SummaryTables
{
    /// <summary>A category of the balance, or one of its sums, in a row of its own.</summary>
    public sealed record BalanceRow(string Currency, string Line, long? Count, WireMoney? Gross, WireMoney? Fee, WireMoney? Net);

    /// <summary>One month of a cohort.</summary>
    public sealed record RetentionRow(Date Cohort, string Currency, int MonthNumber, long Began, long Retained, WireMoney Amount);

    /// <summary>An appeal in a group, all appeals of one, or the lift: then the values per view are differences, and there is no more.</summary>
    public sealed record ExperimentLine(string Line, string Currency, ExperimentRow Row);

    public static readonly ReportTable<SummaryRow> PeriodSummary = new ReportTable<SummaryRow>("period_summary")
        .Date("date", r => BookCalendar.ToDate((int)r.Period))
        .Text("campaign", r => r.CampaignId)
        .Text("fund", r => r.Fund)
        .Text("placement", r => Placement((Placement)r.Placement))
        .Text("method", r => r.Method)
        .Text("currency", r => r.Currency)
        .WholeNumber("payment_count", r => r.PaymentCount)
        .Amount("gross", r => new(r.GrossMinor, r.Currency))
        .Amount("fee", r => new(r.FeeMinor, r.Currency))
        .WholeNumber("refund_count", r => r.RefundCount)
        .Amount("refunded", r => new(r.RefundedMinor, r.Currency))
        .WholeNumber("chargeback_count", r => r.ChargebackCount)
        .Amount("charged_back", r => new(r.ChargedBackMinor, r.Currency))
        .Amount("net", r => new(r.NetMinor, r.Currency));

    public static readonly ReportTable<BalanceRow> BalanceSummary = new ReportTable<BalanceRow>("balance_summary")
        .Text("currency", r => r.Currency)
        .Text("line", r => r.Line)
        .WholeNumber("transaction_count", r => r.Count)
        .Amount("gross", r => Minor(r.Gross))
        .Amount("fee", r => Minor(r.Fee))
        .Amount("net", r => Minor(r.Net));

    public static readonly ReportTable<Payout> Payouts = new ReportTable<Payout>("payout_reconciliation")
        .Text("payout", r => r.Name)
        .Text("state", r => ReportMapping.Word(r.State))
        .Text("batch_state", r => ReportMapping.Word(r.BatchState))
        .Text("open_reason", r => r.OpenReason)
        .Time("create_time", r => Micros(r.CreateTime))
        .Time("arrival_time", r => Micros(r.ArrivalTime))
        .Text("currency", r => r.Amount.CurrencyCode)
        .Amount("amount", r => Minor(r.Amount))
        .WholeNumber("transaction_count", r => r.TransactionCount)
        .Amount("gross", r => Minor(r.Gross))
        .Amount("fee", r => Minor(r.Fee))
        .Amount("net", r => Minor(r.Net))
        .Text("document", r => r.Document);

    public static readonly ReportTable<UnsettledRow> Unsettled = new ReportTable<UnsettledRow>("unsettled_balance")
        .Text("currency", r => r.Net.CurrencyCode)
        .Text("category", r => r.Category)
        .WholeNumber("transaction_count", r => r.TransactionCount)
        .Amount("gross", r => Minor(r.Gross))
        .Amount("fee", r => Minor(r.Fee))
        .Amount("net", r => Minor(r.Net))
        .Amount("available", r => Minor(r.Available));

    public static readonly ReportTable<GeneralLedgerSummaryRow> LedgerSummary = new ReportTable<GeneralLedgerSummaryRow>("general_ledger_summary")
        .Text("journal", r => r.Journal)
        .Text("account", r => r.Account)
        .Text("account_name", r => r.AccountDisplayName)
        .Text("currency", r => r.Debit.CurrencyCode)
        .Amount("debit", r => Minor(r.Debit))
        .Amount("credit", r => Minor(r.Credit))
        .Text("campaign", r => LastPart(r.Campaign))
        .Text("fund", r => r.Fund);

    public static readonly ReportTable<FeeRow> Fees = new ReportTable<FeeRow>("fees")
        .Date("month", r => Day(r.MonthStartDate))
        .Text("category", r => r.Category)
        .Text("currency", r => r.Actual.CurrencyCode)
        .WholeNumber("transaction_count", r => r.TransactionCount)
        .Amount("gross", r => Minor(r.Gross))
        .Amount("expected", r => Minor(r.Expected))
        .Amount("actual", r => Minor(r.Actual))
        .Amount("difference", r => Minor(r.Difference))
        .Rate("effective_percent", r => Empty(r.EffectivePercent));

    public static readonly ReportTable<MrrRow> Mrr = new ReportTable<MrrRow>("mrr_movements")
        .Date("month", r => Day(r.MonthStartDate))
        .Text("currency", r => r.Opening.CurrencyCode)
        .Amount("opening", r => Minor(r.Opening))
        .Amount("new", r => Minor(r.NewAmount))
        .Amount("reactivated", r => Minor(r.ReactivatedAmount))
        .Amount("upgrade", r => Minor(r.UpgradeAmount))
        .Amount("downgrade", r => Minor(r.DowngradeAmount))
        .Amount("paused", r => Minor(r.PausedAmount))
        .Amount("voluntary_churn", r => Minor(r.VoluntaryChurnAmount))
        .Amount("failed_churn", r => Minor(r.FailedChurnAmount))
        .Amount("closing", r => Minor(r.Closing));

    public static readonly ReportTable<DunningRow> Dunning = new ReportTable<DunningRow>("dunning")
        .Text("risk", r => ReportMapping.Word(r.Risk))
        .Text("reason", r => r.Reason)
        .WholeNumber("weeks_late", r => r.WeeksLate)
        .Text("currency", r => r.MonthlyAmount.CurrencyCode)
        .WholeNumber("pledge_count", r => r.PledgeCount)
        .Amount("monthly_amount", r => Minor(r.MonthlyAmount));

    public static readonly ReportTable<RetentionRow> Retention = new ReportTable<RetentionRow>("retention")
        .Date("cohort", r => Day(r.Cohort))
        .Text("currency", r => r.Currency)
        .WholeNumber("month_number", r => r.MonthNumber)
        .WholeNumber("began_count", r => r.Began)
        .WholeNumber("retained_count", r => r.Retained)
        .Amount("monthly_amount", r => Minor(r.Amount));

    public static readonly ReportTable<DonorLifecycleRow> Lifecycle = new ReportTable<DonorLifecycleRow>("donor_lifecycle")
        .WholeNumber("year", r => r.Year)
        .WholeNumber("donor_count", r => r.DonorCount)
        .WholeNumber("new_count", r => r.NewCount)
        .WholeNumber("retained_count", r => r.RetainedCount)
        .WholeNumber("reactivated_count", r => r.ReactivatedCount)
        .WholeNumber("lybunt_count", r => r.LybuntCount)
        .WholeNumber("sybunt_count", r => r.SybuntCount)
        .Rate("retention_percent", r => Empty(r.RetentionPercent));

    public static readonly ReportTable<PeriodComparisonRow> Comparison = new ReportTable<PeriodComparisonRow>("period_comparison")
        .Text("campaign", r => LastPart(r.Campaign))
        .Text("fund", r => r.Fund)
        .Text("currency", r => r.Net.CurrencyCode)
        .WholeNumber("payment_count", r => r.PaymentCount)
        .WholeNumber("compared_payment_count", r => r.ComparedPaymentCount)
        .Amount("gross", r => Minor(r.Gross))
        .Amount("compared_gross", r => Minor(r.ComparedGross))
        .Amount("net", r => Minor(r.Net))
        .Amount("compared_net", r => Minor(r.ComparedNet))
        .Amount("net_change", r => Minor(r.NetChange))
        .Rate("net_change_percent", r => Empty(r.NetChangePercent));

    public static readonly ReportTable<CampaignPerformanceRow> Performance = new ReportTable<CampaignPerformanceRow>("campaign_performance")
        .Text("campaign", r => LastPart(r.Campaign))
        .Text("appeal", r => LastPart(r.Appeal))
        .Text("placement", r => Placement(r.Placement))
        .Text("currency", r => r.Amount.CurrencyCode)
        .WholeNumber("one_time_count", r => r.OneTimeCount)
        .Amount("one_time_amount", r => Minor(r.OneTimeAmount))
        .WholeNumber("new_pledge_count", r => r.NewPledgeCount)
        .Amount("new_pledge_amount", r => Minor(r.NewPledgeAmount))
        .WholeNumber("renewal_count", r => r.RenewalCount)
        .Amount("renewal_amount", r => Minor(r.RenewalAmount))
        .WholeNumber("payment_count", r => r.PaymentCount)
        .Amount("amount", r => Minor(r.Amount))
        .Amount("average_amount", r => Minor(r.AverageAmount));

    public static readonly ReportTable<ExperimentLine> Experiment = new ReportTable<ExperimentLine>("experiment")
        .Text("line", r => r.Line)
        .Text("appeal", r => Empty(LastPart(r.Row.Appeal)))
        .Text("placement", r => Placement(r.Row.Placement))
        .Text("experiment_group", r => r.Row.ExperimentGroup == 0 ? null : ReportMapping.Word(r.Row.ExperimentGroup))
        .Text("currency", r => r.Currency)
        .WholeNumber("view_count", r => Counted(r, r.Row.ViewCount))
        .WholeNumber("click_count", r => Counted(r, r.Row.ClickCount))
        .WholeNumber("dismiss_count", r => Counted(r, r.Row.DismissCount))
        .WholeNumber("remind_count", r => Counted(r, r.Row.RemindCount))
        .WholeNumber("checkout_count", r => Counted(r, r.Row.CheckoutCount))
        .WholeNumber("conversion_count", r => Counted(r, r.Row.ConversionCount))
        .Amount("amount", r => Minor(r.Row.Amount))
        .Amount("value", r => Minor(r.Row.Value))
        .Amount("net_value", r => Minor(r.Row.NetValue))
        .WholeNumber("conversion_rate_ppm", r => Counted(r, r.Row.ConversionRatePpm))
        .WholeNumber("conversion_rate_low_ppm", r => Counted(r, r.Row.ConversionRateLowPpm))
        .WholeNumber("conversion_rate_high_ppm", r => Counted(r, r.Row.ConversionRateHighPpm))
        .WholeNumber("value_per_view_micros", r => r.Row.ValuePerViewMicros)
        .WholeNumber("value_per_view_low_micros", r => Concluded(r, r.Row.ValuePerViewLowMicros))
        .WholeNumber("value_per_view_high_micros", r => Concluded(r, r.Row.ValuePerViewHighMicros))
        .WholeNumber("net_value_per_view_micros", r => r.Row.NetValuePerViewMicros)
        .WholeNumber("net_value_per_view_low_micros", r => Concluded(r, r.Row.NetValuePerViewLowMicros))
        .WholeNumber("net_value_per_view_high_micros", r => Concluded(r, r.Row.NetValuePerViewHighMicros))
        .WholeNumber("best_ppm", r => r.Row.BestPpm == 0 ? null : r.Row.BestPpm)
        .Text("enough_data", r => r.Row.EnoughData ? "yes" : "not enough data yet");

    public static readonly ReportTable<CloseLogEntry> CloseLog = new ReportTable<CloseLogEntry>("close_log")
        .Time("event_time", r => Micros(r.EventTime))
        .Text("person", r => r.Person)
        .Text("action", r => r.Action)
        .Text("resource", r => r.Resource)
        .Text("note", r => r.Note);

    public static ReportTable<Ledger.BalanceRow> TrialBalance(ChartOfAccounts chart) => new ReportTable<Ledger.BalanceRow>("trial_balance")
        .Text("account", r => r.Account)
        .Text("account_name", r => chart.Name(r.Account))
        .Text("currency", r => r.Currency)
        .Amount("debit", r => new(r.DebitMinor, r.Currency))
        .Amount("credit", r => new(r.CreditMinor, r.Currency))
        .Amount("balance", r => new(r.DebitMinor - r.CreditMinor, r.Currency));

    public static IReadOnlyList<BalanceRow> Flat(BalanceSummary summary) => [.. summary.Currencies.SelectMany(c => new[] { new BalanceRow(c.Opening.CurrencyCode, "opening", null, null, null, c.Opening) }
        .Concat(c.Rows.Select(r => new BalanceRow(c.Opening.CurrencyCode, r.Category, r.TransactionCount, r.Gross, r.Fee, r.Net)))
        .Append(new(c.Opening.CurrencyCode, "payouts", null, null, null, c.Payouts))
        .Append(new(c.Opening.CurrencyCode, "closing", null, null, null, c.Closing))
        .Append(new(c.Opening.CurrencyCode, "late_facts", null, null, null, c.LateFacts))
        .Append(new(c.Opening.CurrencyCode, "ledger_closing", null, null, null, c.LedgerClosing))
        .Append(new(c.Opening.CurrencyCode, "stripe_closing", null, null, null, c.StripeClosing))
        .Append(new(c.Opening.CurrencyCode, "difference", null, null, null, c.Difference)))];

    public static IReadOnlyList<RetentionRow> Flat(Retention retention) =>
        [.. retention.Cohorts.SelectMany(c => c.RetainedCounts.Select((count, i) => new RetentionRow(c.MonthStartDate, c.Currency, i, c.PledgeCount, count, c.RetainedAmounts[i])))];

    public static IReadOnlyList<ExperimentLine> Flat(ExperimentReport report, string currency) =>
    [
        .. report.Rows.Select(r => new ExperimentLine("appeal", currency, r)),
        .. report.Totals.Select(r => new ExperimentLine("total", currency, r)),
        new(Lift, currency, new()
        {
            ValuePerViewMicros = report.Lift.ValuePerViewMicros,
            ValuePerViewLowMicros = report.Lift.ValuePerViewLowMicros,
            ValuePerViewHighMicros = report.Lift.ValuePerViewHighMicros,
            NetValuePerViewMicros = report.Lift.NetValuePerViewMicros,
            NetValuePerViewLowMicros = report.Lift.NetValuePerViewLowMicros,
            NetValuePerViewHighMicros = report.Lift.NetValuePerViewHighMicros,
            EnoughData = report.Lift.Verdict != ExperimentLift.Types.Verdict.NotEnoughData,
        }),
    ];

    public static string? Placement(Placement placement) => placement == 0 ? null : ReportMapping.Word(placement);

    private const string Lift = "lift";

    private static long? Counted(ExperimentLine line, long number) => line.Line == Lift ? null : number;

    private static long? Concluded(ExperimentLine line, long number) => line.Row.EnoughData ? number : null;

    private static MinorAmount? Minor(WireMoney? money) => money is null ? null : MinorAmount.TryFromWire(money, out var amount, out var error) ? amount : throw new InvalidOperationException(error);

    private static DateOnly? Day(Date? date) => date is null ? null : new(date.Year, date.Month, date.Day);

    private static long? Micros(Google.Protobuf.WellKnownTypes.Timestamp? time) => time is null ? null : UnixMicros.FromTimestamp(time);

    private static string? Empty(string text) => text.Length == 0 ? null : text;

    private static string LastPart(string name) => name[(name.LastIndexOf('/') + 1)..];
}
