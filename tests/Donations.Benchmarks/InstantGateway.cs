using Donations.Server.Ledger;
using Donations.Server.Money;
using Donations.Server.Payments;
using Donations.V1;

namespace Donations.Benchmarks;

/// <summary>A gateway that answers at once, so that what is measured is ours.</summary>
internal class InstantGateway(TimeProvider time) : IPaymentGateway
{
    private long _next;

    public Task<CardFacts> InspectAsync(PaymentSource source, CancellationToken cancellationToken) => Task.FromResult(new CardFacts("US"));

    public Task<IntentFacts> CreateIntentAsync(string key, string pledgeName, MinorAmount amount, PaymentSource source, string? returnUrl, CancellationToken cancellationToken) => Task.FromResult(Paid(pledgeName, amount));

    public Task<IntentFacts> ConfirmIntentAsync(string key, string intentId, PaymentSource source, string? returnUrl, CancellationToken cancellationToken) => Task.FromResult(Paid(null, new(200, "USD")) with { Id = intentId });

    public Task<string> CreateCustomerAsync(string key, string pledgeName, CancellationToken cancellationToken) => Task.FromResult(NewId("cus"));

    public Task<SubscriptionFacts> CreateSubscriptionAsync(string key, string pledgeName, string customerId, string campaignId, MinorAmount amount, PledgeInterval interval, CancellationToken cancellationToken) =>
        Task.FromResult(new SubscriptionFacts(NewId("sub"), "incomplete", pledgeName, customerId, NewId("pi"), null, "si_1", "prod_1", amount, Now + 2_592_000_000_000, false, null, null, false, null));

    public virtual Task<IntentFacts> GetIntentAsync(string intentId, CancellationToken cancellationToken) => throw Never();

    public Task<IntentFacts> CancelIntentAsync(string key, string intentId, CancellationToken cancellationToken) => throw Never();

    public Task<SubscriptionFacts> GetSubscriptionAsync(string subscriptionId, CancellationToken cancellationToken) => throw Never();

    public Task<string?> FindSubscriptionOfIntentAsync(string intentId, CancellationToken cancellationToken) => throw Never();

    public Task<SubscriptionFacts> ChangeAmountAsync(string key, string subscriptionId, MinorAmount amount, PledgeInterval interval, CancellationToken cancellationToken) => throw Never();

    public Task<SubscriptionFacts> PauseAsync(string key, string subscriptionId, long? resumeTimeMicros, CancellationToken cancellationToken) => throw Never();

    public Task<SubscriptionFacts> ResumeAsync(string key, string subscriptionId, CancellationToken cancellationToken) => throw Never();

    public Task<SubscriptionFacts> CancelAsync(string key, string subscriptionId, bool atPeriodEnd, string? feedback, CancellationToken cancellationToken) => throw Never();

    public Task<RefundFacts> RefundAsync(string key, string refundName, string intentId, MinorAmount amount, string? reason, CancellationToken cancellationToken) => throw Never();

    public Task<RefundFacts> GetRefundAsync(string refundId, CancellationToken cancellationToken) => throw Never();

    public Task<RefundFacts?> FindRefundAsync(string intentId, string refundName, CancellationToken cancellationToken) => throw Never();

    public Task<DisputeFacts> GetDisputeAsync(string disputeId, CancellationToken cancellationToken) => throw Never();

    public IAsyncEnumerable<IReadOnlyList<BalanceTransactionFacts>> ListTransactionsOfPayoutAsync(string payoutId, CancellationToken cancellationToken) => throw Never();

    public Task<IReadOnlyList<BalanceFacts>> GetBalanceAsync(CancellationToken cancellationToken) => throw Never();

    public Task<PayoutFacts> GetPayoutAsync(string payoutId, CancellationToken cancellationToken) => throw Never();

    public virtual Task<(IReadOnlyList<BalanceTransactionFacts> Rows, bool HasMore)> ListBalanceTransactionsAsync(long sinceMicros, long? untilMicros, string? startingAfter, int limit, CancellationToken cancellationToken) =>
        Task.FromResult<(IReadOnlyList<BalanceTransactionFacts>, bool)>(([], false));

    public Task<string?> FindIntentOfChargeAsync(string chargeId, CancellationToken cancellationToken) => throw Never();

    public Task<string> GetAccountIdAsync(CancellationToken cancellationToken) => Task.FromResult("acct_benchmark");

    public Task<IReadOnlyList<StripeEventFacts>> ListEventsAsync(long sinceMicros, int max, bool undelivered, CancellationToken cancellationToken, Func<string, bool>? wanted = null, string? type = null) => Task.FromResult<IReadOnlyList<StripeEventFacts>>([]);

    public Task<string?> FindIntentOfPledgeAsync(string pledgeName, long sinceMicros, CancellationToken cancellationToken) => throw Never();

    public Task<string?> FindSubscriptionOfPledgeAsync(string pledgeName, long sinceMicros, CancellationToken cancellationToken) => throw Never();

    public Task<SubscriptionFacts> RestartSubscriptionAsync(string key, string pledgeName, string customerId, string campaignId, string paymentMethodId, MinorAmount amount, PledgeInterval interval, CancellationToken cancellationToken) => throw Never();

    public Task<SubscriptionFacts> ScheduleIntervalAsync(string key, string subscriptionId, MinorAmount amount, PledgeInterval interval, CancellationToken cancellationToken) => throw Never();

    public Task<SubscriptionFacts> ReleaseScheduleAsync(string key, string subscriptionId, CancellationToken cancellationToken) => throw Never();

    public Task<SubscriptionFacts> KeepAsync(string key, string subscriptionId, CancellationToken cancellationToken) => throw Never();

    public Task<SetupFacts> SetUpAsync(string key, string pledgeName, string customerId, PaymentSource source, string? returnUrl, CancellationToken cancellationToken) => throw Never();

    public Task<SetupFacts> GetSetupAsync(string setupIntentId, CancellationToken cancellationToken) => throw Never();

    public Task<SubscriptionFacts> SetPaymentMethodAsync(string key, string subscriptionId, string paymentMethodId, CancellationToken cancellationToken) => throw Never();

    public Task<IntentFacts> PayInvoiceAsync(string key, string invoiceId, CancellationToken cancellationToken) => throw Never();

    public Task StopRetriesAsync(string key, string invoiceId, CancellationToken cancellationToken) => throw Never();

    public Task<CheckoutFacts> CreateCheckoutAsync(string key, string pledgeName, string campaignId, MinorAmount amount, PledgeInterval interval, string successUrl, string cancelUrl, string? locale, CancellationToken cancellationToken) => throw Never();

    public Task<CheckoutFacts> GetCheckoutAsync(string sessionId, CancellationToken cancellationToken) => throw Never();

    public Task<CheckoutFacts> ExpireCheckoutAsync(string key, string sessionId, CancellationToken cancellationToken) => throw Never();

    public Task<IReadOnlyList<RefundFacts>> ListRefundsOfAsync(string intentId, CancellationToken cancellationToken) => throw Never();

    public Task<DisputeFacts> SubmitEvidenceAsync(string key, string disputeId, string text, CancellationToken cancellationToken) => throw Never();

    public Task<FraudWarningFacts> GetFraudWarningAsync(string warningId, CancellationToken cancellationToken) => throw Never();

    public IAsyncEnumerable<IReadOnlyList<IntentFacts>> ListIntentsAsync(long sinceMicros, CancellationToken cancellationToken) => throw Never();

    public IAsyncEnumerable<IReadOnlyList<SubscriptionFacts>> ListSubscriptionsAsync(CancellationToken cancellationToken) => throw Never();

    public IAsyncEnumerable<IReadOnlyList<RefundFacts>> ListRefundsAsync(long sinceMicros, CancellationToken cancellationToken) => throw Never();

    public IAsyncEnumerable<IReadOnlyList<DisputeFacts>> ListDisputesAsync(long sinceMicros, CancellationToken cancellationToken) => throw Never();

    public IAsyncEnumerable<IReadOnlyList<PayoutFacts>> ListPayoutsAsync(long sinceMicros, CancellationToken cancellationToken) => throw Never();

    public IAsyncEnumerable<IReadOnlyList<FraudWarningFacts>> ListFraudWarningsAsync(long sinceMicros, CancellationToken cancellationToken) => throw Never();

    public Task DropInvoiceAsync(string key, SubscriptionFacts subscription, CancellationToken cancellationToken) => throw Never();

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds() * 1000;

    private IntentFacts Paid(string? pledgeName, MinorAmount amount) => new(NewId("pi"), "succeeded", null, amount, pledgeName, NewId("ch"), Now, null, null);

    // As long as Stripe's ids, and as random to an index.
    private string NewId(string prefix) => $"{prefix}_{(ulong)Interlocked.Increment(ref _next) * 0x9E3779B97F4A7C15:x16}{_next:x8}";

    private static InvalidOperationException Never() => new("Not part of the benchmark");
}
