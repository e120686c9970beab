using Donations.Server.Ledger;
using Donations.Server.Money;
using Donations.V1;

namespace Donations.Server.Payments;

/// <summary>
/// The only way out to Stripe. Every POST carries the idempotency key that it is given. All methods throw
/// <see cref="GatewayUnknownException"/> when the outcome is not known, <see cref="GatewayRefusedException"/> or
/// <see cref="GatewayDeclinedException"/> when it is known to be no.
/// </summary>
internal interface IPaymentGateway
{
    /// <summary>The id of the account that the key is of, `acct_…`.</summary>
    Task<string> GetAccountIdAsync(CancellationToken cancellationToken);

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

    /// <summary>The same for a customer that is known already, paid from a card that is set up: how a lapsed pledge starts again.</summary>
    Task<SubscriptionFacts> RestartSubscriptionAsync(string key, string pledgeName, string customerId, string campaignId, string paymentMethodId, MinorAmount amount, PledgeInterval interval, CancellationToken cancellationToken);

    Task<SubscriptionFacts> GetSubscriptionAsync(string subscriptionId, CancellationToken cancellationToken);

    /// <summary>The subscription whose invoice a payment intent pays, or null.</summary>
    Task<string?> FindSubscriptionOfIntentAsync(string intentId, CancellationToken cancellationToken);

    /// <summary>Changes what later invoices charge; no proration.</summary>
    Task<SubscriptionFacts> ChangeAmountAsync(string key, string subscriptionId, MinorAmount amount, PledgeInterval interval, CancellationToken cancellationToken);

    /// <summary>Changes the interval when the period ends: a schedule of the subscription, of the present phase and the next.</summary>
    Task<SubscriptionFacts> ScheduleIntervalAsync(string key, string subscriptionId, MinorAmount amount, PledgeInterval interval, CancellationToken cancellationToken);

    /// <summary>Drops a subscription's schedule, and with it what it had planned. Does nothing where there is none.</summary>
    Task<SubscriptionFacts> ReleaseScheduleAsync(string key, string subscriptionId, CancellationToken cancellationToken);

    /// <summary>Keeps a subscription that was to end with its period.</summary>
    Task<SubscriptionFacts> KeepAsync(string key, string subscriptionId, CancellationToken cancellationToken);

    /// <summary>Sets a card up for later charges without the reader, by a setup intent.</summary>
    Task<SetupFacts> SetUpAsync(string key, string pledgeName, string customerId, PaymentSource source, string? returnUrl, CancellationToken cancellationToken);

    Task<SetupFacts> GetSetupAsync(string setupIntentId, CancellationToken cancellationToken);

    /// <summary>Charges later invoices to this card: sets the field that the failed one came from, the subscription's or the customer's.</summary>
    Task<SubscriptionFacts> SetPaymentMethodAsync(string key, string subscriptionId, string paymentMethodId, CancellationToken cancellationToken);

    /// <summary>Tries an invoice again with the reader present; answers with its payment intent, paid or not.</summary>
    Task<IntentFacts> PayInvoiceAsync(string key, string invoiceId, CancellationToken cancellationToken);

    /// <summary>Nothing more is collected on the invoice that a subscription has open or in draft: a pause stops only later ones.</summary>
    Task DropInvoiceAsync(string key, SubscriptionFacts subscription, CancellationToken cancellationToken);

    /// <summary>No more automatic tries of an invoice.</summary>
    Task StopRetriesAsync(string key, string invoiceId, CancellationToken cancellationToken);

    /// <summary>A hosted page that takes the first payment of a pledge.</summary>
    Task<CheckoutFacts> CreateCheckoutAsync(string key, string pledgeName, string campaignId, MinorAmount amount, PledgeInterval interval, string successUrl, string cancelUrl, string? locale, CancellationToken cancellationToken);

    Task<CheckoutFacts> GetCheckoutAsync(string sessionId, CancellationToken cancellationToken);

    /// <summary>Closes a hosted page. Does nothing where it was completed or has expired; answers with it as it is then.</summary>
    Task<CheckoutFacts> ExpireCheckoutAsync(string key, string sessionId, CancellationToken cancellationToken);

    /// <summary>Voids the invoices of a pause.</summary>
    Task<SubscriptionFacts> PauseAsync(string key, string subscriptionId, long? resumeTimeMicros, CancellationToken cancellationToken);

    Task<SubscriptionFacts> ResumeAsync(string key, string subscriptionId, CancellationToken cancellationToken);

    /// <summary>Ends a subscription now or with its period. Does nothing where it has ended.</summary>
    Task<SubscriptionFacts> CancelAsync(string key, string subscriptionId, bool atPeriodEnd, string? feedback, CancellationToken cancellationToken);

    Task<RefundFacts> RefundAsync(string key, string refundName, string intentId, MinorAmount amount, string? reason, CancellationToken cancellationToken);

    Task<RefundFacts> GetRefundAsync(string refundId, CancellationToken cancellationToken);

    /// <summary>The refund of a payment intent that carries this name of ours, or null.</summary>
    Task<RefundFacts?> FindRefundAsync(string intentId, string refundName, CancellationToken cancellationToken);

    /// <summary>All refunds of a payment intent.</summary>
    Task<IReadOnlyList<RefundFacts>> ListRefundsOfAsync(string intentId, CancellationToken cancellationToken);

    Task<PayoutFacts> GetPayoutAsync(string payoutId, CancellationToken cancellationToken);

    /// <summary>The balance transactions that an automatic payout carries, a page at a time, its own among them.</summary>
    IAsyncEnumerable<IReadOnlyList<BalanceTransactionFacts>> ListTransactionsOfPayoutAsync(string payoutId, CancellationToken cancellationToken);

    /// <summary>Stripe's balance now, per currency.</summary>
    Task<IReadOnlyList<BalanceFacts>> GetBalanceAsync(CancellationToken cancellationToken);

    /// <summary>Balance transactions since a time, and until one where it is given, newest first, a page at a time.</summary>
    Task<(IReadOnlyList<BalanceTransactionFacts> Rows, bool HasMore)> ListBalanceTransactionsAsync(long sinceMicros, long? untilMicros, string? startingAfter, int limit, CancellationToken cancellationToken);

    Task<DisputeFacts> GetDisputeAsync(string disputeId, CancellationToken cancellationToken);

    /// <summary>Submits evidence, for good.</summary>
    Task<DisputeFacts> SubmitEvidenceAsync(string key, string disputeId, string text, CancellationToken cancellationToken);

    Task<FraudWarningFacts> GetFraudWarningAsync(string warningId, CancellationToken cancellationToken);

    /// <summary>The payment intent of a charge, or null.</summary>
    Task<string?> FindIntentOfChargeAsync(string chargeId, CancellationToken cancellationToken);

    /// <summary>
    /// Events since a time, oldest first, at most <paramref name="max"/> of them; only those that no endpoint took where
    /// <paramref name="undelivered"/>, and only those of a <paramref name="type"/> where it is given. Stripe keeps thirty days.
    /// </summary>
    Task<IReadOnlyList<StripeEventFacts>> ListEventsAsync(long sinceMicros, int max, bool undelivered, CancellationToken cancellationToken, Func<string, bool>? wanted = null, string? type = null);

    /// <summary>Payment intents made since a time, a page at a time, newest first.</summary>
    IAsyncEnumerable<IReadOnlyList<IntentFacts>> ListIntentsAsync(long sinceMicros, CancellationToken cancellationToken);

    /// <summary>Subscriptions that have not ended, a page at a time.</summary>
    IAsyncEnumerable<IReadOnlyList<SubscriptionFacts>> ListSubscriptionsAsync(CancellationToken cancellationToken);

    /// <inheritdoc cref="ListIntentsAsync"/>
    IAsyncEnumerable<IReadOnlyList<RefundFacts>> ListRefundsAsync(long sinceMicros, CancellationToken cancellationToken);

    /// <inheritdoc cref="ListIntentsAsync"/>
    IAsyncEnumerable<IReadOnlyList<DisputeFacts>> ListDisputesAsync(long sinceMicros, CancellationToken cancellationToken);

    /// <inheritdoc cref="ListIntentsAsync"/>
    IAsyncEnumerable<IReadOnlyList<PayoutFacts>> ListPayoutsAsync(long sinceMicros, CancellationToken cancellationToken);

    /// <inheritdoc cref="ListIntentsAsync"/>
    IAsyncEnumerable<IReadOnlyList<FraudWarningFacts>> ListFraudWarningsAsync(long sinceMicros, CancellationToken cancellationToken);

    /// <summary>Objects with this pledge in their metadata, made since a time: how an operation whose key is too old is settled.</summary>
    Task<string?> FindIntentOfPledgeAsync(string pledgeName, long sinceMicros, CancellationToken cancellationToken);

    /// <inheritdoc cref="FindIntentOfPledgeAsync"/>
    Task<string?> FindSubscriptionOfPledgeAsync(string pledgeName, long sinceMicros, CancellationToken cancellationToken);
}
