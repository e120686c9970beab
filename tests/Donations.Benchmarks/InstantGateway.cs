using Donations.Server.Ledger;
using Donations.Server.Money;
using Donations.Server.Payments;
using Donations.V1;

namespace Donations.Benchmarks;

/// <summary>A gateway that answers at once, so that what is measured is ours.</summary>
internal sealed class InstantGateway(TimeProvider time) : IPaymentGateway
{
    private long _next;

    public Task<CardFacts> InspectAsync(PaymentSource source, CancellationToken cancellationToken) => Task.FromResult(new CardFacts("US"));

    public Task<IntentFacts> CreateIntentAsync(string key, string pledgeName, MinorAmount amount, PaymentSource source, string? returnUrl, CancellationToken cancellationToken) => Task.FromResult(Paid(pledgeName, amount));

    public Task<IntentFacts> ConfirmIntentAsync(string key, string intentId, PaymentSource source, string? returnUrl, CancellationToken cancellationToken) => Task.FromResult(Paid(null, new(200, "USD")) with { Id = intentId });

    public Task<string> CreateCustomerAsync(string key, string pledgeName, CancellationToken cancellationToken) => Task.FromResult(NewId("cus"));

    public Task<SubscriptionFacts> CreateSubscriptionAsync(string key, string pledgeName, string customerId, string campaignId, MinorAmount amount, PledgeInterval interval, CancellationToken cancellationToken) =>
        Task.FromResult(new SubscriptionFacts(NewId("sub"), "incomplete", pledgeName, customerId, NewId("pi"), null, "si_1", "prod_1", amount, Now + 2_592_000_000_000, false, null, null, false, null));

    public Task<IntentFacts> GetIntentAsync(string intentId, CancellationToken cancellationToken) => throw Never();

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

    public Task<PayoutFacts> GetPayoutAsync(string payoutId, CancellationToken cancellationToken) => throw Never();

    public Task<(IReadOnlyList<BalanceTransactionFacts> Rows, bool HasMore)> ListBalanceTransactionsAsync(long sinceMicros, string? startingAfter, int limit, CancellationToken cancellationToken) =>
        Task.FromResult<(IReadOnlyList<BalanceTransactionFacts>, bool)>(([], false));

    public Task<string?> FindIntentOfChargeAsync(string chargeId, CancellationToken cancellationToken) => throw Never();

    public Task<IReadOnlyList<StripeEventFacts>> ListEventsAsync(long sinceMicros, int max, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<StripeEventFacts>>([]);

    public Task<string?> FindIntentOfPledgeAsync(string pledgeName, long sinceMicros, CancellationToken cancellationToken) => throw Never();

    public Task<string?> FindSubscriptionOfPledgeAsync(string pledgeName, long sinceMicros, CancellationToken cancellationToken) => throw Never();

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds() * 1000;

    private IntentFacts Paid(string? pledgeName, MinorAmount amount) => new(NewId("pi"), "succeeded", null, amount, pledgeName, NewId("ch"), Now, null, null);

    // As long as Stripe's ids, and as random to an index.
    private string NewId(string prefix) => $"{prefix}_{(ulong)Interlocked.Increment(ref _next) * 0x9E3779B97F4A7C15:x16}{_next:x8}";

    private static InvalidOperationException Never() => new("Not part of the benchmark");
}
