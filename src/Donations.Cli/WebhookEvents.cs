using Stripe;

namespace Donations.Cli;

/// <summary>
/// What the service asks Stripe to send: each type is handled by some room, and nothing else is sent. Not here: mandate.updated (debit
/// methods are off), test_helpers.* (test clocks), pending updates (never asked for), invoice.created (Stripe waits for its answer), and
/// v2 thin events, which the inbox refuses.
/// </summary>
internal static class WebhookEvents
{
    /// <summary>The version that the service reads; an endpoint keeps for ever the one that it was made with.</summary>
    public const string ApiVersion = "2026-10-28.endive";

    /// <summary>The path that the service listens on.</summary>
    public const string Path = "/webhooks/stripe";

    /// <summary>By name.</summary>
    public static readonly IReadOnlyList<string> All =
    [
        EventTypes.ChargeDisputeClosed,
        EventTypes.ChargeDisputeCreated,
        EventTypes.ChargeDisputeFundsReinstated,
        EventTypes.ChargeDisputeFundsWithdrawn,
        EventTypes.ChargeDisputeUpdated,
        EventTypes.ChargeFailed,
        EventTypes.ChargeRefunded,
        EventTypes.ChargeSucceeded,
        EventTypes.ChargeUpdated,
        EventTypes.CheckoutSessionAsyncPaymentFailed,
        EventTypes.CheckoutSessionAsyncPaymentSucceeded,
        EventTypes.CheckoutSessionCompleted,
        EventTypes.CheckoutSessionExpired,
        EventTypes.CustomerDeleted,
        EventTypes.CustomerSubscriptionCreated,
        EventTypes.CustomerSubscriptionDeleted,
        EventTypes.CustomerSubscriptionPaused,
        EventTypes.CustomerSubscriptionResumed,
        EventTypes.CustomerSubscriptionUpdated,
        EventTypes.CustomerUpdated,
        EventTypes.InvoiceFinalizationFailed,
        EventTypes.InvoiceMarkedUncollectible,
        EventTypes.InvoicePaid,
        EventTypes.InvoicePaymentActionRequired,
        EventTypes.InvoicePaymentFailed,
        EventTypes.InvoiceUpcoming,
        EventTypes.InvoiceVoided,
        EventTypes.InvoicePaymentPaid,
        EventTypes.PaymentIntentCanceled,
        EventTypes.PaymentIntentPaymentFailed,
        EventTypes.PaymentIntentProcessing,
        EventTypes.PaymentIntentRequiresAction,
        EventTypes.PaymentIntentSucceeded,
        EventTypes.PaymentMethodAttached,
        EventTypes.PaymentMethodAutomaticallyUpdated,
        EventTypes.PaymentMethodDetached,
        EventTypes.PaymentMethodUpdated,
        EventTypes.PayoutCanceled,
        EventTypes.PayoutCreated,
        EventTypes.PayoutFailed,
        EventTypes.PayoutPaid,
        EventTypes.PayoutReconciliationCompleted,
        EventTypes.RadarEarlyFraudWarningCreated,
        EventTypes.RefundCreated,
        EventTypes.RefundFailed,
        EventTypes.RefundUpdated,
        EventTypes.ReviewClosed,
        EventTypes.ReviewOpened,
        EventTypes.SetupIntentSetupFailed,
        EventTypes.SetupIntentSucceeded,
        EventTypes.SubscriptionScheduleAborted,
        EventTypes.SubscriptionScheduleCanceled,
        EventTypes.SubscriptionScheduleCompleted,
        EventTypes.SubscriptionScheduleReleased,
    ];
}
