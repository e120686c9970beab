using Donations.Server.Money;
using Donations.Server.Storage;
using Donations.V1;

namespace Donations.Server.Payments;

internal static class PaymentMapping
{
    public const string PaymentPrefix = "payments/";
    public const string RefundPrefix = "refunds/";
    public const string DisputePrefix = "disputes/";

    /// <summary>As donors see it; <paramref name="staff"/> adds Stripe's ids and the settlement.</summary>
    public static Payment ToPayment(PaymentRow row, bool staff)
    {
        var payment = new Payment
        {
            Name = PaymentPrefix + row.PaymentId,
            Pledge = row.PledgeId is null ? "" : $"donors/{row.DonorId}/pledges/{row.PledgeId}",
            Campaign = "campaigns/" + row.CampaignId,
            Interval = (PledgeInterval)row.Interval,
            Kind = (Payment.Types.Kind)row.Kind,
            State = (Payment.Types.State)row.State,
            Amount = row.Amount.ToWire(),
            RefundedAmount = row.RefundedMinor == 0 ? null : new MinorAmount(row.RefundedMinor, row.Currency).ToWire(),
            PayTime = UnixMicros.ToTimestamp(row.PayTimeUs),
            FailureReason = row.FailureReason ?? "",
            CreateTime = UnixMicros.ToTimestamp(row.CreateTimeUs),
        };
        if (staff)
        {
            payment.Charge = row.StripeChargeId ?? "";
            payment.PaymentIntent = row.StripePaymentIntentId;
            MinorAmount? Settled(long? minor) => minor is { } m ? new(m, row.SettlementCurrency!) : null;
            payment.Settlement = ToSettlement(
                row.StripeBalanceTransactionId, Settled(row.SettlementGrossMinor), Settled(row.SettlementFeeMinor), Settled(row.SettlementNetMinor), row.ExchangeRate, row.AvailableTimeUs);
            payment.FraudWarningTime = UnixMicros.ToTimestamp(row.FraudWarningTimeUs);
        }

        return payment;
    }

    /// <summary>What Stripe settled, or null while awaiting settlement data: then there is no balance transaction.</summary>
    public static Settlement? ToSettlement(string? balanceTransactionId, MinorAmount? gross, MinorAmount? fee, MinorAmount? net, string? exchangeRate, long? availableTimeUs) => balanceTransactionId is null ? null : new()
    {
        BalanceTransaction = balanceTransactionId,
        Gross = gross!.Value.ToWire(),
        Fee = fee!.Value.ToWire(),
        Net = net!.Value.ToWire(),
        ExchangeRate = exchangeRate ?? "",
        AvailableTime = UnixMicros.ToTimestamp(availableTimeUs),
    };

    public static Refund ToRefund(RefundRow row) => new()
    {
        Name = RefundPrefix + row.RefundId,
        Payment = PaymentPrefix + row.PaymentId,
        Amount = new MinorAmount(row.AmountMinor, row.Currency).ToWire(),
        State = (Refund.Types.State)row.State,
        Reason = (Refund.Types.Reason)row.Reason,
        FailureReason = row.FailureReason ?? "",
        CreateTime = UnixMicros.ToTimestamp(row.CreateTimeUs),
        Requester = row.AskedBy ?? "",
        Decider = row.DecidedBy ?? "",
    };

    public static Dispute ToDispute(DisputeRow row) => new()
    {
        Name = DisputePrefix + row.DisputeId,
        Payment = PaymentPrefix + row.PaymentId,
        Amount = row.Amount.ToWire(),
        State = (Dispute.Types.State)row.State,
        Inquiry = row.Inquiry == 1,
        Reason = row.Reason,
        EvidenceDueTime = UnixMicros.ToTimestamp(row.EvidenceDueTimeUs),
        EvidenceSubmitTime = UnixMicros.ToTimestamp(row.EvidenceSubmitTimeUs),
        StripeDispute = row.StripeDisputeId,
        CreateTime = UnixMicros.ToTimestamp(row.CreateTimeUs),
        UpdateTime = UnixMicros.ToTimestamp(row.UpdateTimeUs),
    };

    /// <summary>Stripe's word for a refund's state as ours; open enums: an unknown word is still on its way.</summary>
    public static Refund.Types.State ToRefundState(string status) => status switch
    {
        "succeeded" => Refund.Types.State.Succeeded,
        "failed" => Refund.Types.State.Failed,
        "canceled" => Refund.Types.State.Cancelled,
        _ => Refund.Types.State.Pending,
    };

    public static string? ToStripeReason(Refund.Types.Reason reason) => reason switch
    {
        Refund.Types.Reason.RequestedByDonor => "requested_by_customer",
        Refund.Types.Reason.Duplicate => "duplicate",
        Refund.Types.Reason.Fraudulent => "fraudulent",
        _ => null,
    };

    public static Refund.Types.Reason FromStripeReason(string? reason) => reason switch
    {
        "requested_by_customer" => Refund.Types.Reason.RequestedByDonor,
        "duplicate" => Refund.Types.Reason.Duplicate,
        "fraudulent" => Refund.Types.Reason.Fraudulent,
        _ => Refund.Types.Reason.Unspecified,
    };

    /// <summary>A few plain words for the many codes of banks: what a donor can do something about.</summary>
    public static string PlainFailure(string? code) => code switch
    {
        "insufficient_funds" => "insufficient_funds",
        "expired_card" => "card_expired",
        "lost_card" or "stolen_card" or "pickup_card" => "card_lost",
        "authentication_required" or "payment_intent_authentication_failure" or "authentication_failed" => "authentication_failed",
        _ => "declined",
    };
}
