using System.Text.Json.Nodes;
using Donations.Server.Ledger;
using Donations.Server.Money;
using Donations.Server.Storage;
using Stripe;

namespace Donations.Server.Payments;

/// <summary>Refunds, payouts, balance transactions and events.</summary>
internal sealed partial class StripeGateway
{
    private static readonly List<string> RefundExpand = ["balance_transaction", "failure_balance_transaction"];

    public Task<RefundFacts> RefundAsync(string key, string refundName, string intentId, MinorAmount amount, string? reason, CancellationToken cancellationToken) => CallAsync(async () =>
        ToFacts(await V1.Refunds.CreateAsync(
            new() { PaymentIntent = intentId, Amount = amount.Minor, Reason = reason, Metadata = new() { [RefundKey] = refundName }, Expand = RefundExpand },
            Key(key),
            cancellationToken)));

    public Task<RefundFacts> GetRefundAsync(string refundId, CancellationToken cancellationToken) => CallAsync(async () =>
        ToFacts(await V1.Refunds.GetAsync(refundId, new() { Expand = RefundExpand }, cancellationToken: cancellationToken)));

    public Task<RefundFacts?> FindRefundAsync(string intentId, string refundName, CancellationToken cancellationToken) => CallAsync(async () =>
    {
        var options = new RefundListOptions { PaymentIntent = intentId, Limit = PageLimit, Expand = ["data.balance_transaction", "data.failure_balance_transaction"] };
        await foreach (var refund in V1.Refunds.ListAutoPagingAsync(options, cancellationToken: cancellationToken))
        {
            if (refund.Metadata?.GetValueOrDefault(RefundKey) == refundName)
                return ToFacts(refund);
        }

        return null;
    });

    public Task<DisputeFacts> GetDisputeAsync(string disputeId, CancellationToken cancellationToken) => CallAsync(async () =>
    {
        var dispute = await V1.Disputes.GetAsync(disputeId, cancellationToken: cancellationToken);
        return new DisputeFacts(dispute.Id, dispute.Status, dispute.ChargeId, dispute.BalanceTransactions?.ConvertAll(ToFacts) ?? []);
    });

    public Task<PayoutFacts> GetPayoutAsync(string payoutId, CancellationToken cancellationToken) => CallAsync(async () =>
    {
        var payout = await V1.Payouts.GetAsync(payoutId, new() { Expand = ["balance_transaction"] }, cancellationToken: cancellationToken);
        return new PayoutFacts(
            payout.Id,
            payout.Status,
            new(payout.Amount, payout.Currency.ToUpperInvariant()),
            payout.ArrivalDate.ToMicrosOrNull(),
            payout.BalanceTransaction is { } transaction ? ToFacts(transaction) : null);
    });

    public Task<(IReadOnlyList<BalanceTransactionFacts> Rows, bool HasMore)> ListBalanceTransactionsAsync(long sinceMicros, string? startingAfter, int limit, CancellationToken cancellationToken) => CallAsync(async () =>
    {
        var page = await V1.BalanceTransactions.ListAsync(new() { Limit = limit, StartingAfter = startingAfter, Created = Since(sinceMicros) }, cancellationToken: cancellationToken);
        return ((IReadOnlyList<BalanceTransactionFacts>)page.Data.ConvertAll(ToFacts), page.HasMore);
    });

    public Task<string?> FindIntentOfChargeAsync(string chargeId, CancellationToken cancellationToken) => CallAsync(async () =>
        (await V1.Charges.GetAsync(chargeId, cancellationToken: cancellationToken)).PaymentIntentId)!;

    public Task<IReadOnlyList<StripeEventFacts>> ListEventsAsync(long sinceMicros, int max, CancellationToken cancellationToken) => CallAsync(async () =>
    {
        var options = new EventListOptions { Created = Since(sinceMicros), Limit = PageLimit };
        var found = new List<StripeEventFacts>();
        await foreach (var item in V1.Events.ListAutoPagingAsync(options, cancellationToken: cancellationToken))
        {
            found.Add(ToFacts(item));
            if (found.Count == max)
                break;
        }

        // Stripe lists newest first.
        found.Reverse();
        return (IReadOnlyList<StripeEventFacts>)found;
    });

    public Task<string?> FindIntentOfPledgeAsync(string pledgeName, long sinceMicros, CancellationToken cancellationToken) => CallAsync(async () =>
    {
        var options = new PaymentIntentListOptions { Created = Around(sinceMicros), Limit = PageLimit };
        await foreach (var intent in V1.PaymentIntents.ListAutoPagingAsync(options, cancellationToken: cancellationToken))
        {
            if (intent.Metadata?.GetValueOrDefault(PledgeKey) == pledgeName)
                return intent.Id;
        }

        return null;
    });

    public Task<string?> FindSubscriptionOfPledgeAsync(string pledgeName, long sinceMicros, CancellationToken cancellationToken) => CallAsync(async () =>
    {
        var options = new SubscriptionListOptions { Created = Around(sinceMicros), Status = "all", Limit = PageLimit };
        await foreach (var subscription in V1.Subscriptions.ListAutoPagingAsync(options, cancellationToken: cancellationToken))
        {
            if (subscription.Metadata?.GetValueOrDefault(PledgeKey) == pledgeName)
                return subscription.Id;
        }

        return null;
    });

    internal static StripeEventFacts ToFacts(Event item) => new(
        item.Id,
        item.Type,
        item.ApiVersion,
        item.Livemode,
        item.Created.ToMicrosOrNull() ?? 0,
        EventProjection.From(new JsonObject
        {
            ["object"] = JsonNode.Parse((item.Data.Object as StripeEntity)?.ToJson() ?? item.Data.RawObject?.ToString() ?? "{}"),
        }));

    private static DateRangeOptions Since(long micros) => new() { GreaterThanOrEqual = UnixMicros.ToDateTimeOffset(micros).UtcDateTime };

    // An operation's objects were made between its first and its last try; clocks may differ by minutes.
    private static DateRangeOptions Around(long sinceMicros) => new()
    {
        GreaterThanOrEqual = UnixMicros.ToDateTimeOffset(sinceMicros).AddMinutes(-10).UtcDateTime,
        LessThanOrEqual = UnixMicros.ToDateTimeOffset(sinceMicros).AddHours(24).UtcDateTime,
    };

    private static RefundFacts ToFacts(Refund refund) => new(
        refund.Id,
        refund.Status,
        new(refund.Amount, refund.Currency.ToUpperInvariant()),
        refund.Metadata?.GetValueOrDefault(RefundKey),
        refund.ChargeId,
        refund.FailureReason,
        refund.Reason,
        refund.Created.ToMicrosOrNull() ?? 0,
        refund.BalanceTransaction is { } transaction ? ToFacts(transaction) : null,
        refund.FailureBalanceTransaction is { } failure ? ToFacts(failure) : null);
}
