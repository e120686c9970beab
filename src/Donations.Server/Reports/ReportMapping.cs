using Donations.Server.Ledger;
using Donations.Server.Money;
using Donations.Server.Payments;
using Donations.Server.Storage;
using Donations.V1;

namespace Donations.Server.Reports;

internal static class ReportMapping
{
    public static ContributionDetail ToDetail(ContributionRow row) => new()
    {
        Payment = PaymentMapping.PaymentPrefix + row.PaymentId,
        PayTime = UnixMicros.ToTimestamp(row.PayTimeUs),
        Campaign = "campaigns/" + row.CampaignId,
        Fund = row.Fund,
        Interval = (PledgeInterval)row.Interval,
        Kind = (Payment.Types.Kind)row.Kind,
        Amount = row.Amount.ToWire(),
        RefundedAmount = row.RefundedMinor == 0 ? null : row.Refunded.ToWire(),
        Settlement = ToSettlement(row),
        Charge = row.ChargeId ?? "",
    };

    /// <summary>What Stripe settled, or null while awaiting settlement data.</summary>
    private static Settlement? ToSettlement(ContributionRow row) => row.BalanceTransactionId is null ? null : new()
    {
        BalanceTransaction = row.BalanceTransactionId,
        Gross = row.Gross!.Value.ToWire(),
        Fee = row.Fee!.Value.ToWire(),
        Net = row.Net!.Value.ToWire(),
        ExchangeRate = row.ExchangeRate ?? "",
        AvailableTime = UnixMicros.ToTimestamp(row.AvailableTimeUs),
    };

    public static GeneralLedgerLine ToLine(LedgerLineRow row, ChartOfAccounts chart) => new()
    {
        JournalEntry = LedgerMapping.EntryName(row.EntryId),
        BookDate = LedgerMapping.ToDate(row.BookDate),
        Account = row.Account,
        AccountDisplayName = chart.Name(row.Account),
        Debit = LedgerMapping.SideOf(row.DebitMinor, row.Currency),
        Credit = LedgerMapping.SideOf(row.CreditMinor, row.Currency),
        Campaign = row.CampaignId is null ? "" : "campaigns/" + row.CampaignId,
        Fund = row.Fund ?? "",
        Document = row.SourceId,
        Memo = row.Memo,
        ExchangeRate = row.ExchangeRate ?? "",
    };

    /// <summary>A row of the summary; <paramref name="startDay"/> is null in totals.</summary>
    public static PeriodSummaryRow ToSummary(SummaryRow row, int? startDay)
    {
        MinorAmount Of(long minor) => new(minor, row.Currency);
        return new()
        {
            PeriodStartDate = startDay is { } day ? LedgerMapping.ToDate(day) : null,
            Campaign = row.CampaignId.Length == 0 ? "" : "campaigns/" + row.CampaignId,
            Fund = row.Fund,
            PaymentCount = row.PaymentCount,
            Gross = Of(row.GrossMinor).ToWire(),
            Fee = Of(row.FeeMinor).ToWire(),
            RefundCount = row.RefundCount,
            Refunded = Of(row.RefundedMinor).ToWire(),
            Net = Of(row.GrossMinor - row.FeeMinor - row.RefundedMinor).ToWire(),
        };
    }
}
