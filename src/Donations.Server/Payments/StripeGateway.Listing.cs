using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Donations.Server.Ledger;
using Donations.Server.Storage;
using Stripe;

namespace Donations.Server.Payments;

/// <summary>Listings: events, balance transactions, and every kind of object that reconciliation compares.</summary>
internal sealed partial class StripeGateway
{
    public Task<(IReadOnlyList<BalanceTransactionFacts> Rows, bool HasMore)> ListBalanceTransactionsAsync(long sinceMicros, long? untilMicros, string? startingAfter, int limit, CancellationToken cancellationToken) => reads.WaitAsync(() => CallAsync(async () =>
    {
        var page = await V1.BalanceTransactions.ListAsync(new() { Limit = limit, StartingAfter = startingAfter, Created = Between(sinceMicros, untilMicros) }, cancellationToken: cancellationToken);
        return ((IReadOnlyList<BalanceTransactionFacts>)page.Data.ConvertAll(ToFacts), page.HasMore);
    }), cancellationToken);

    public async Task<IReadOnlyList<StripeEventFacts>> ListEventsAsync(long sinceMicros, int max, bool undelivered, CancellationToken cancellationToken, Func<string, bool>? wanted = null, string? type = null)
    {
        var found = new List<StripeEventFacts>();
        await foreach (var page in PagesAsync(
            after => V1.Events.ListAsync(new() { Created = Since(sinceMicros), DeliverySuccess = undelivered ? false : null, Type = type, Limit = PageLimit, StartingAfter = after }), e => wanted?.Invoke(e.Type) == false ? null : ToFacts(e), cancellationToken))
        {
            found.AddRange(page.OfType<StripeEventFacts>());
            if (found.Count >= max)
                break;
        }

        // Stripe lists newest first.
        found.Reverse();
        return found;
    }

    public IAsyncEnumerable<IReadOnlyList<IntentFacts>> ListIntentsAsync(long sinceMicros, CancellationToken cancellationToken) => PagesAsync(
        after => V1.PaymentIntents.ListAsync(new() { Created = Since(sinceMicros), Limit = PageLimit, StartingAfter = after, Expand = ["data.latest_charge.balance_transaction"] }), ToFacts, cancellationToken);

    // Without a status, Stripe lists those that are not canceled.
    public IAsyncEnumerable<IReadOnlyList<SubscriptionFacts>> ListSubscriptionsAsync(CancellationToken cancellationToken) => PagesAsync(
        after => V1.Subscriptions.ListAsync(new() { Limit = PageLimit, StartingAfter = after, Expand = ["data.latest_invoice.payments", "data.default_payment_method"] }), ToFacts, cancellationToken);

    public IAsyncEnumerable<IReadOnlyList<RefundFacts>> ListRefundsAsync(long sinceMicros, CancellationToken cancellationToken) => PagesAsync(
        after => V1.Refunds.ListAsync(new() { Created = Since(sinceMicros), Limit = PageLimit, StartingAfter = after, Expand = ["data.balance_transaction", "data.failure_balance_transaction"] }), ToFacts, cancellationToken);

    public IAsyncEnumerable<IReadOnlyList<DisputeFacts>> ListDisputesAsync(long sinceMicros, CancellationToken cancellationToken) => PagesAsync(
        after => V1.Disputes.ListAsync(new() { Created = Since(sinceMicros), Limit = PageLimit, StartingAfter = after }), ToFacts, cancellationToken);

    public IAsyncEnumerable<IReadOnlyList<PayoutFacts>> ListPayoutsAsync(long sinceMicros, CancellationToken cancellationToken) => PagesAsync(
        after => V1.Payouts.ListAsync(new() { Created = Since(sinceMicros), Limit = PageLimit, StartingAfter = after, Expand = ["data.balance_transaction"] }), ToFacts, cancellationToken);

    public IAsyncEnumerable<IReadOnlyList<FraudWarningFacts>> ListFraudWarningsAsync(long sinceMicros, CancellationToken cancellationToken) => PagesAsync(
        after => V1.Radar.EarlyFraudWarnings.ListAsync(new() { Created = Since(sinceMicros), Limit = PageLimit, StartingAfter = after }), ToFacts, cancellationToken);

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

    private static DateRangeOptions Between(long sinceMicros, long? untilMicros)
    {
        var range = Since(sinceMicros);
        if (untilMicros is { } until)
            range.LessThanOrEqual = UnixMicros.ToDateTimeOffset(until).UtcDateTime;
        return range;
    }

    // An operation's objects were made between its first and its last try; clocks may differ by minutes.
    private static DateRangeOptions Around(long sinceMicros) => new()
    {
        GreaterThanOrEqual = UnixMicros.ToDateTimeOffset(sinceMicros).AddMinutes(-10).UtcDateTime,
        LessThanOrEqual = UnixMicros.ToDateTimeOffset(sinceMicros).AddHours(24).UtcDateTime,
    };

    /// <summary>Lists to the end, each page a call of its own behind the rate limit.</summary>
    private async IAsyncEnumerable<IReadOnlyList<TFacts>> PagesAsync<T, TFacts>(
        Func<string?, Task<StripeList<T>>> list, Func<T, TFacts> toFacts, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : IHasId
    {
        string? after = null;
        while (true)
        {
            var page = await reads.WaitAsync(() => CallAsync(() => list(after)), cancellationToken);
            if (page.Data.Count > 0)
                yield return page.Data.ConvertAll(i => toFacts(i));
            if (!page.HasMore || page.Data.Count == 0)
                yield break;
            after = page.Data[^1].Id;
        }
    }
}
