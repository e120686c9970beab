using System.Globalization;
using System.Text.Json;
using Donations.Server.Campaigns;
using Donations.Server.Ledger;
using Donations.Server.Money;
using Donations.Server.Payments;
using Donations.Server.Storage;
using Donations.V1;

namespace Donations.Server.Reports;

internal static class ReportMapping
{
    /// <summary>A share in percent with so many decimals, such as `17.90`; empty of nothing.</summary>
    public static string Percent(long part, long whole, int decimals) => whole == 0 ? ""
        : Math.Round(100m * part / whole, decimals, MidpointRounding.AwayFromZero).ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>A value of the contract's enums as it is written on the wire, without its prefix: `BALANCE_TRANSACTION`.</summary>
    public static string Word<T>(T value)
        where T : struct, System.Enum => JsonNamingPolicy.SnakeCaseUpper.ConvertName(value.ToString());

    public static ContributionDetail ToDetail(ContributionRow row) => new()
    {
        Payment = PaymentMapping.PaymentPrefix + row.PaymentId,
        PayTime = UnixMicros.ToTimestamp(row.PayTimeUs),
        Campaign = CampaignNames.Campaign(row.CampaignId),
        Fund = row.Fund,
        Interval = (PledgeInterval)row.Interval,
        Kind = (Payment.Types.Kind)row.Kind,
        Amount = row.Amount.ToWire(),
        RefundedAmount = row.RefundedMinor == 0 ? null : row.Refunded.ToWire(),
        Settlement = PaymentMapping.ToSettlement(row.BalanceTransactionId, row.Gross, row.Fee, row.Net, row.ExchangeRate, row.AvailableTimeUs),
        Charge = row.ChargeId ?? "",
        Appeal = row.AppealId is null ? "" : CampaignNames.Appeal(row.CampaignId, row.AppealId),
        Placement = (Placement)row.Placement,
        Method = row.Method ?? "",
        FeeCoverAmount = row.FeeCoverMinor == 0 ? null : row.FeeCover.ToWire(),
    };

    public static GeneralLedgerLine ToLine(LedgerLineRow row, ChartOfAccounts chart) => new()
    {
        JournalEntry = LedgerMapping.EntryName(row.EntryId),
        BookDate = LedgerMapping.ToDate(row.BookDate),
        Account = row.Account,
        AccountDisplayName = chart.Name(row.Account),
        Debit = LedgerMapping.SideOf(row.DebitMinor, row.Currency),
        Credit = LedgerMapping.SideOf(row.CreditMinor, row.Currency),
        Campaign = row.CampaignId is null ? "" : CampaignNames.Campaign(row.CampaignId),
        Fund = row.Fund ?? "",
        Document = row.SourceId,
        Memo = row.Memo,
        ExchangeRate = row.ExchangeRate ?? "",
        Journal = row.SourceKind,
        Payout = row.PayoutId is null ? "" : LedgerMapping.PayoutPrefix + row.PayoutId,
        OriginalAmount = row.OriginalMinor is { } minor ? new MinorAmount(minor, row.OriginalCurrency!).ToWire() : null,
        Placement = (Placement)(row.Placement ?? 0),
        Method = row.Method ?? "",
        Closed = row.Closed == 1,
        StripeAccount = row.StripeAccount ?? "",
        Livemode = row.Livemode == 1,
    };

    public static GiftReturn ToReturn(LedgerReports.ReturnRow row) => new()
    {
        Name = row.Name,
        Payment = PaymentMapping.PaymentPrefix + row.PaymentId,
        Charge = row.ChargeId ?? "",
        PayTime = UnixMicros.ToTimestamp(row.PayTimeUs),
        EventTime = UnixMicros.ToTimestamp(row.TimeUs),
        GiftAmount = new MinorAmount(row.GiftMinor, row.Currency).ToWire(),
        Amount = new MinorAmount(row.AmountMinor, row.Currency).ToWire(),
        RefundState = (Refund.Types.State)row.RefundState,
        DisputeState = (Dispute.Types.State)row.DisputeState,
        Reason = row.Reason,
        EvidenceDueTime = UnixMicros.ToTimestamp(row.EvidenceDueUs),
        Campaign = CampaignNames.Campaign(row.CampaignId),
        Fund = row.Fund,
    };

    /// <summary>A row of the summary; a total has no period.</summary>
    public static PeriodSummaryRow ToSummary(SummaryRow row, bool total)
    {
        MinorAmount Of(long minor) => new(minor, row.Currency);
        return new()
        {
            PeriodStartDate = total ? null : LedgerMapping.ToDate(row.Period),
            Campaign = row.CampaignId.Length == 0 ? "" : CampaignNames.Campaign(row.CampaignId),
            Fund = row.Fund,
            PaymentCount = row.PaymentCount,
            Gross = Of(row.GrossMinor).ToWire(),
            Fee = Of(row.FeeMinor).ToWire(),
            RefundCount = row.RefundCount,
            Refunded = Of(row.RefundedMinor).ToWire(),
            Net = Of(row.NetMinor).ToWire(),
            Placement = (Placement)row.Placement,
            Method = row.Method,
            ChargebackCount = row.ChargebackCount,
            ChargedBack = Of(row.ChargedBackMinor).ToWire(),
        };
    }
}
