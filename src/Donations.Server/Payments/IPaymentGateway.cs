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
internal sealed record CardFacts(string? Country);

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
    string? FailureCode)
{
    public bool Succeeded => Status == "succeeded";

    public bool NeedsAction => Status is "requires_action" or "requires_confirmation";
}

/// <summary>A subscription as it is now.</summary>
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
    long? ResumeTimeMicros);

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
internal sealed record DisputeFacts(string Id, string Status, string ChargeId, IReadOnlyList<BalanceTransactionFacts> BalanceTransactions)
{
    /// <summary>What is still gone, in minor units of the settlement currency.</summary>
    public long WithdrawnMinor => -BalanceTransactions.Sum(t => t.AmountMinor);
}

/// <summary>A payout as it is now.</summary>
internal sealed record PayoutFacts(string Id, string Status, MinorAmount Amount, long? ArrivalTimeMicros, BalanceTransactionFacts? BalanceTransaction);

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

/// <summary>
/// The only way out to Stripe. Every POST carries the idempotency key that it is given. All methods throw
/// <see cref="GatewayUnknownException"/> when the outcome is not known, <see cref="GatewayRefusedException"/> or
/// <see cref="GatewayDeclinedException"/> when it is known to be no.
/// </summary>
internal interface IPaymentGateway
{
    /// <summary>Reads the card behind a token or payment method. Nothing reaches the issuer.</summary>
    Task<CardFacts> InspectAsync(PaymentSource source, CancellationToken cancellationToken);

    /// <summary>Creates a payment intent for one payment and, with a source, confirms it at once.</summary>
    Task<IntentFacts> CreateIntentAsync(string key, string pledgeName, MinorAmount amount, PaymentSource source, string? returnUrl, CancellationToken cancellationToken);

    /// <summary>Confirms a payment intent (the first invoice's).</summary>
    Task<IntentFacts> ConfirmIntentAsync(string key, string intentId, PaymentSource source, string? returnUrl, CancellationToken cancellationToken);

    Task<IntentFacts> GetIntentAsync(string intentId, CancellationToken cancellationToken);

    /// <summary>Cancels a payment intent that nobody will finish. Does nothing where it has succeeded or is cancelled; answers with it as it is then.</summary>
    Task<IntentFacts> CancelIntentAsync(string key, string intentId, CancellationToken cancellationToken);

    Task<string> CreateCustomerAsync(string key, string pledgeName, CancellationToken cancellationToken);

    /// <summary>Creates an incomplete subscription with inline price data on the campaign's product, which is made if need be.</summary>
    Task<SubscriptionFacts> CreateSubscriptionAsync(string key, string pledgeName, string customerId, string campaignId, MinorAmount amount, PledgeInterval interval, CancellationToken cancellationToken);

    Task<SubscriptionFacts> GetSubscriptionAsync(string subscriptionId, CancellationToken cancellationToken);

    /// <summary>The subscription whose invoice a payment intent pays, or null.</summary>
    Task<string?> FindSubscriptionOfIntentAsync(string intentId, CancellationToken cancellationToken);

    /// <summary>Changes what later invoices charge; no proration.</summary>
    Task<SubscriptionFacts> ChangeAmountAsync(string key, string subscriptionId, MinorAmount amount, PledgeInterval interval, CancellationToken cancellationToken);

    /// <summary>Voids the invoices of a pause.</summary>
    Task<SubscriptionFacts> PauseAsync(string key, string subscriptionId, long? resumeTimeMicros, CancellationToken cancellationToken);

    Task<SubscriptionFacts> ResumeAsync(string key, string subscriptionId, CancellationToken cancellationToken);

    /// <summary>Ends a subscription now or with its period. Does nothing where it has ended.</summary>
    Task<SubscriptionFacts> CancelAsync(string key, string subscriptionId, bool atPeriodEnd, string? feedback, CancellationToken cancellationToken);

    Task<RefundFacts> RefundAsync(string key, string refundName, string intentId, MinorAmount amount, string? reason, CancellationToken cancellationToken);

    Task<RefundFacts> GetRefundAsync(string refundId, CancellationToken cancellationToken);

    /// <summary>The refund of a payment intent that carries this name of ours, or null.</summary>
    Task<RefundFacts?> FindRefundAsync(string intentId, string refundName, CancellationToken cancellationToken);

    Task<PayoutFacts> GetPayoutAsync(string payoutId, CancellationToken cancellationToken);

    /// <summary>Balance transactions since a time, newest first, a page at a time.</summary>
    Task<(IReadOnlyList<BalanceTransactionFacts> Rows, bool HasMore)> ListBalanceTransactionsAsync(long sinceMicros, string? startingAfter, int limit, CancellationToken cancellationToken);

    Task<DisputeFacts> GetDisputeAsync(string disputeId, CancellationToken cancellationToken);

    /// <summary>The payment intent of a charge, or null.</summary>
    Task<string?> FindIntentOfChargeAsync(string chargeId, CancellationToken cancellationToken);

    /// <summary>Events since a time, oldest first, at most <paramref name="max"/> of them.</summary>
    Task<IReadOnlyList<StripeEventFacts>> ListEventsAsync(long sinceMicros, int max, CancellationToken cancellationToken);

    /// <summary>Objects with this pledge in their metadata, made since a time: how an operation whose key is too old is settled.</summary>
    Task<string?> FindIntentOfPledgeAsync(string pledgeName, long sinceMicros, CancellationToken cancellationToken);

    /// <inheritdoc cref="FindIntentOfPledgeAsync"/>
    Task<string?> FindSubscriptionOfPledgeAsync(string pledgeName, long sinceMicros, CancellationToken cancellationToken);
}
