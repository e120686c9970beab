using Donations.Server.Ledger;
using Donations.Server.Money;
using Donations.Server.Rpc;
using Donations.V1;

namespace Donations.Server.Payments;

/// <summary>How the reader pays: Stripe's confirmation token, or a payment method from PaymentSheet. Neither: intent first.</summary>
internal sealed record PaymentSource(string? ConfirmationToken, string? PaymentMethod)
{
    public bool IsNone => ConfirmationToken is null && PaymentMethod is null;
}

/// <summary>What is known of a card before anything is asked of its bank.</summary>
/// <param name="Country">ISO 3166-1 alpha-2 code of the issuer; null where Stripe does not know.</param>
/// <param name="Fingerprint">The same for the same card in this account, whoever types it.</param>
/// <param name="ExpireMonth">Last month that it can be charged, as year * 12 + month - 1.</param>
internal sealed record CardFacts(string? Country, string? Fingerprint = null, long? ExpireMonth = null);

/// <summary>A payment intent as it is now.</summary>
internal sealed record IntentFacts(
    string Id,
    string Status,
    string? ClientSecret,
    MinorAmount Amount,
    string? PledgeName,
    string? ChargeId,
    long? ChargeTimeMicros,
    BalanceTransactionFacts? BalanceTransaction,
    string? FailureCode,
    string? CustomerId = null,
    string? Method = null)
{
    public bool Succeeded => Status == "succeeded";

    public bool NeedsAction => Status is "requires_action" or "requires_confirmation";
}

/// <summary>
/// A subscription as it is now. The payment intent is that of its latest invoice; the interval is unspecified where it is none of ours; without
/// a payment method of its own the customer's is charged; the open invoice is the latest, where it waits to be paid.
/// </summary>
internal sealed record SubscriptionFacts(
    string Id,
    string Status,
    string? PledgeName,
    string CustomerId,
    string? FirstIntentId,
    string? ClientSecret,
    string ItemId,
    string ProductId,
    MinorAmount Amount,
    long? PeriodEndMicros,
    bool CancelAtPeriodEnd,
    string? CancellationReason,
    long? EndTimeMicros,
    bool CollectionPaused,
    long? ResumeTimeMicros,
    PledgeInterval Interval = PledgeInterval.Unspecified,
    string? PaymentMethodId = null,
    CardFacts? Card = null,
    string? ScheduleId = null,
    string? OpenInvoiceId = null,
    string? DraftInvoiceId = null)
{
    /// <summary>It can never charge again.</summary>
    public bool Ended => Status is "canceled" or "incomplete_expired";
}

/// <summary>A new card on its way to a customer.</summary>
internal sealed record SetupFacts(string Id, string Status, string? ClientSecret, string? PaymentMethodId, string? FailureCode)
{
    public bool Succeeded => Status == "succeeded";

    public bool NeedsAction => Status is "requires_action" or "requires_confirmation";
}

/// <summary>A hosted page of Checkout as it is now.</summary>
internal sealed record CheckoutFacts(string Id, string Status, string? Url, string? PledgeName, string? IntentId, string? SubscriptionId);

/// <summary>A card's issuer says that a payment may be fraud.</summary>
internal sealed record FraudWarningFacts(string Id, string ChargeId, bool Actionable, string FraudType, long CreateTimeMicros);

/// <summary>A refund as it is now.</summary>
internal sealed record RefundFacts(
    string Id,
    string Status,
    MinorAmount Amount,
    string? RefundName,
    string? ChargeId,
    string? FailureReason,
    string? Reason,
    long CreateTimeMicros,
    BalanceTransactionFacts? BalanceTransaction,
    BalanceTransactionFacts? FailureBalanceTransaction);

/// <summary>A dispute as it is now, with the balance transactions that moved its money out and perhaps back.</summary>
internal sealed record DisputeFacts(
    string Id,
    string Status,
    string ChargeId,
    MinorAmount Amount,
    string Reason,
    long? EvidenceDueMicros,
    bool EvidenceSubmitted,
    long CreateTimeMicros,
    IReadOnlyList<BalanceTransactionFacts> BalanceTransactions);

/// <summary>A payout as it is now. It can be itemised once Stripe has finished telling which balance transactions it carries.</summary>
internal sealed record PayoutFacts(
    string Id, string Status, MinorAmount Amount, long? ArrivalTimeMicros, BalanceTransactionFacts? BalanceTransaction, long CreateTimeMicros, bool Automatic, bool Itemisable, string? FailureCode);

/// <summary>Stripe's balance in one currency (upper case), in minor units.</summary>
internal sealed record BalanceFacts(string Currency, long AvailableMinor, long PendingMinor);

/// <summary>An event as Stripe lists it, cut down to what the inbox keeps.</summary>
internal sealed record StripeEventFacts(string Id, string Type, string? ApiVersion, bool Livemode, long CreateTimeMicros, EventProjection Projection);

/// <summary>Stripe knows the answer and it is no: the card was declined.</summary>
/// <param name="code">Stripe's decline_code, or its error code.</param>
/// <param name="intentId">The payment intent that was tried, where Stripe names it.</param>
internal sealed class GatewayDeclinedException(string code, string? intentId) : Exception($"Declined: {code}")
{
    public string Code => code;

    public string? IntentId => intentId;
}

/// <summary>Stripe knows the answer and it is no: the request was wrong, or does not fit the object's state.</summary>
internal sealed class GatewayRefusedException(string code) : Exception($"Refused: {code}")
{
    public string Code => code;
}

/// <summary>Nobody knows: a lost connection, a time-out, a 5xx, 409 or 429. The same key may be sent again; a new one never.</summary>
internal sealed class GatewayUnknownException(string what, Exception? inner = null) : OutcomeUnknownException($"Unknown outcome: {what}", inner);
