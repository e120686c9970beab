using System.Collections.Concurrent;
using Donations.Server.Ledger;
using Donations.Server.Money;
using Donations.Server.Storage;
using Donations.V1;
using Stripe;

namespace Donations.Server.Payments;

/// <summary>The gateway on Stripe.net, against Stripe or the simulator alike.</summary>
internal sealed partial class StripeGateway(Lazy<IStripeClient> client, StripeReads reads) : IPaymentGateway
{
    /// <summary>Metadata key of our own name on every object; nothing personal ever goes there.</summary>
    public const string PledgeKey = "donations_pledge";
    public const string RefundKey = "donations_refund";
    private const string OperationKey = "donations_operation";
    private const int PageLimit = 100;
    private static readonly List<string> CardsOnly = ["card"];
    private static readonly List<string> IntentExpand = ["latest_charge.balance_transaction"];
    private static readonly List<string> SubscriptionExpand = ["latest_invoice.confirmation_secret", "latest_invoice.payments", "default_payment_method"];
    private readonly ConcurrentDictionary<string, bool> _products = new(StringComparer.Ordinal);

    // Lazy: a simulator's address is known only once it listens.
    private V1Services V1 => ((StripeClient)client.Value).V1;

    public Task<CardFacts> InspectAsync(PaymentSource source, CancellationToken cancellationToken) => CallAsync(async () =>
    {
        if (source.ConfirmationToken is { } token)
        {
            var card = (await V1.ConfirmationTokens.GetAsync(token, cancellationToken: cancellationToken)).PaymentMethodPreview?.Card;
            return new CardFacts(card?.Country, card?.Fingerprint);
        }

        return ToFacts((await V1.PaymentMethods.GetAsync(source.PaymentMethod, cancellationToken: cancellationToken)).Card);
    });

    public Task<IntentFacts> CreateIntentAsync(string key, string pledgeName, MinorAmount amount, PaymentSource source, string? returnUrl, CancellationToken cancellationToken) => CallAsync(async () =>
    {
        var options = new PaymentIntentCreateOptions
        {
            Amount = amount.Minor,
            Currency = amount.Currency.ToLowerInvariant(),
            AllowedPaymentMethodTypes = CardsOnly,
            Metadata = Metadata(pledgeName, key),
            Expand = IntentExpand,
        };
        if (!source.IsNone)
        {
            options.Confirm = true;
            options.ConfirmationToken = source.ConfirmationToken;
            options.PaymentMethod = source.PaymentMethod;
            options.ReturnUrl = returnUrl;
        }

        return ToFacts(await V1.PaymentIntents.CreateAsync(options, Key(key), cancellationToken));
    });

    public Task<IntentFacts> ConfirmIntentAsync(string key, string intentId, PaymentSource source, string? returnUrl, CancellationToken cancellationToken) => CallAsync(async () =>
        ToFacts(await V1.PaymentIntents.ConfirmAsync(
            intentId,
            new() { ConfirmationToken = source.ConfirmationToken, PaymentMethod = source.PaymentMethod, ReturnUrl = returnUrl, Expand = IntentExpand },
            Key(key),
            cancellationToken)));

    public Task<IntentFacts> GetIntentAsync(string intentId, CancellationToken cancellationToken) => ReadAsync(intentId, async () =>
        ToFacts(await V1.PaymentIntents.GetAsync(intentId, new() { Expand = IntentExpand })), cancellationToken);

    public async Task<IntentFacts> CancelIntentAsync(string key, string intentId, CancellationToken cancellationToken)
    {
        try
        {
            return await CallAsync(async () => ToFacts(await V1.PaymentIntents.CancelAsync(intentId, new() { CancellationReason = "abandoned", Expand = IntentExpand }, Key(key), cancellationToken)));
        }
        catch (GatewayRefusedException)
        {
            // It moved on meanwhile: what it is now decides.
            return await GetIntentAsync(intentId, cancellationToken);
        }
    }

    public Task<string> CreateCustomerAsync(string key, string pledgeName, CancellationToken cancellationToken) => CallAsync(async () =>
        (await V1.Customers.CreateAsync(new() { Metadata = Metadata(pledgeName, key) }, Key(key), cancellationToken)).Id);

    public Task<SubscriptionFacts> CreateSubscriptionAsync(string key, string pledgeName, string customerId, string campaignId, MinorAmount amount, PledgeInterval interval, CancellationToken cancellationToken) => CallAsync(async () =>
    {
        var product = await EnsureProductAsync(key, campaignId, cancellationToken);
        var subscription = await V1.Subscriptions.CreateAsync(
            new()
            {
                Customer = customerId,
                Items = [new() { PriceData = PriceData(product, amount, interval), Quantity = 1 }],
                PaymentBehavior = "default_incomplete",
                PaymentSettings = new() { SaveDefaultPaymentMethod = "on_subscription", PaymentMethodTypes = CardsOnly },
                Metadata = Metadata(pledgeName, key),
                Expand = SubscriptionExpand,
            },
            Key(key),
            cancellationToken);
        return ToFacts(subscription);
    });

    public async Task<SubscriptionFacts> RestartSubscriptionAsync(string key, string pledgeName, string customerId, string campaignId, string paymentMethodId, MinorAmount amount, PledgeInterval interval, CancellationToken cancellationToken) =>
        await CallAsync(async () => ToFacts(await V1.Subscriptions.CreateAsync(
            new()
            {
                Customer = customerId,
                Items = [new() { PriceData = PriceData(await EnsureProductAsync(key, campaignId, cancellationToken), amount, interval), Quantity = 1 }],
                DefaultPaymentMethod = paymentMethodId,
                PaymentBehavior = "allow_incomplete",
                PaymentSettings = new() { PaymentMethodTypes = CardsOnly },
                OffSession = false,
                Metadata = Metadata(pledgeName, key),
                Expand = SubscriptionExpand,
            },
            Key(key),
            cancellationToken)));

    public Task<SubscriptionFacts> GetSubscriptionAsync(string subscriptionId, CancellationToken cancellationToken) => ReadAsync(subscriptionId, async () =>
        ToFacts(await V1.Subscriptions.GetAsync(subscriptionId, new() { Expand = SubscriptionExpand })), cancellationToken);

    public Task<string?> FindSubscriptionOfIntentAsync(string intentId, CancellationToken cancellationToken) => ReadAsync("subscription of " + intentId, async () =>
    {
        var payments = await V1.InvoicePayments.ListAsync(
            new() { Payment = new() { Type = "payment_intent", PaymentIntent = intentId }, Limit = 1, Expand = ["data.invoice"] });
        return payments.Data.FirstOrDefault()?.Invoice?.Parent?.SubscriptionDetails?.SubscriptionId;
    }, cancellationToken);

    private async Task<string> EnsureProductAsync(string key, string campaignId, CancellationToken cancellationToken)
    {
        var id = "donations-" + campaignId;
        if (_products.ContainsKey(id))
            return id;
        try
        {
            await V1.Products.GetAsync(id, cancellationToken: cancellationToken);
        }
        catch (StripeException e) when (e.StripeError?.Code == "resource_missing")
        {
            try
            {
                // The operation's own key: a stored 500 under one for all would hold up every pledge of the campaign.
                await V1.Products.CreateAsync(new() { Id = id, Name = "Donation" }, Key(key + "-product"), cancellationToken);
            }
            catch (StripeException raced) when (raced.StripeError?.Code == "resource_already_exists")
            {
                // Made by another call or another node.
            }
        }

        _products[id] = true;
        return id;
    }

    private static SubscriptionItemPriceDataOptions PriceData(string product, MinorAmount amount, PledgeInterval interval) => new()
    {
        Currency = amount.Currency.ToLowerInvariant(),
        Product = product,
        UnitAmount = amount.Minor,
        Recurring = new() { Interval = StripeInterval(interval) },
    };

    private static string StripeInterval(PledgeInterval interval) => interval == PledgeInterval.Annual ? "year" : "month";

    private static RequestOptions Key(string key) => new() { IdempotencyKey = key };

    private static Dictionary<string, string> Metadata(string pledgeName, string key) => new() { [PledgeKey] = pledgeName, [OperationKey] = key };

    /// <summary>A read of what events and reconciliation look at: behind the rate limit, and joined where it waits already.</summary>
    private Task<T> ReadAsync<T>(string what, Func<Task<T>> call, CancellationToken cancellationToken) => reads.ReadAsync(what, () => CallAsync(call), cancellationToken);

    /// <summary>Sorts what the SDK throws into known and unknown.</summary>
    private static async Task<T> CallAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (StripeException e) when (e.StripeError is { } error && (int)e.HttpStatusCode is >= 400 and < 500 and not 401 and not 403 and not 409 and not 429)
        {
            throw error.Type == "card_error"
                ? new GatewayDeclinedException(error.DeclineCode ?? error.Code ?? "declined", error.PaymentIntent?.Id)
                : new GatewayRefusedException(error.Code ?? error.Type ?? "invalid_request");
        }
        catch (StripeException e)
        {
            throw new GatewayUnknownException($"HTTP {(int)e.HttpStatusCode} {e.StripeError?.Code}", e);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or IOException)
        {
            throw new GatewayUnknownException(e.GetType().Name, e);
        }
    }

    internal static IntentFacts ToFacts(PaymentIntent intent) => new(
        intent.Id,
        intent.Status,
        intent.ClientSecret,
        new(intent.Amount, intent.Currency.ToUpperInvariant()),
        intent.Metadata?.GetValueOrDefault(PledgeKey),
        intent.LatestChargeId,
        intent.LatestCharge?.Created.ToMicrosOrNull(),
        intent.LatestCharge?.BalanceTransaction is { } transaction ? ToFacts(transaction) : null,
        intent.LastPaymentError?.DeclineCode ?? intent.LastPaymentError?.Code,
        intent.CustomerId,
        intent.LatestCharge?.PaymentMethodDetails?.Type);

    private static CardFacts ToFacts(PaymentMethodCard? card) => new(card?.Country, card?.Fingerprint, card is null ? null : (card.ExpYear * 12) + card.ExpMonth - 1);

    internal static BalanceTransactionFacts ToFacts(Stripe.BalanceTransaction transaction) => new(
        transaction.Id,
        transaction.ReportingCategory,
        transaction.SourceId,
        transaction.Amount,
        transaction.Fee,
        transaction.Net,
        transaction.Currency.ToUpperInvariant(),
        transaction.ExchangeRate?.ToString(System.Globalization.CultureInfo.InvariantCulture),
        transaction.Created.ToMicrosOrNull() ?? throw new GatewayUnknownException("A balance transaction without a date"),
        transaction.AvailableOn.ToMicrosOrNull());

    private static SubscriptionFacts ToFacts(Subscription subscription)
    {
        var item = subscription.Items.Data[0];
        return new(
            subscription.Id,
            subscription.Status,
            subscription.Metadata?.GetValueOrDefault(PledgeKey),
            subscription.CustomerId,
            subscription.LatestInvoice?.Payments?.Data.FirstOrDefault(p => p.IsDefault)?.Payment?.PaymentIntentId,
            subscription.LatestInvoice?.ConfirmationSecret?.ClientSecret,
            item.Id,
            item.Price.ProductId,
            new((item.Price.UnitAmount ?? 0) * (item.Quantity == 0 ? 1 : item.Quantity), item.Price.Currency.ToUpperInvariant()),
            item.CurrentPeriodEnd.ToMicrosOrNull(),
            subscription.CancelAtPeriodEnd || subscription.CancelAt is not null,
            subscription.CancellationDetails?.Reason,
            subscription.EndedAt.ToMicrosOrNull(),
            subscription.PauseCollection is not null,
            subscription.PauseCollection?.ResumesAt.ToMicrosOrNull(),
            item.Price.Recurring switch
            {
                { Interval: "month", IntervalCount: 1 } => PledgeInterval.Monthly,
                { Interval: "year", IntervalCount: 1 } => PledgeInterval.Annual,
                _ => PledgeInterval.Unspecified,
            },
            subscription.DefaultPaymentMethodId,
            subscription.DefaultPaymentMethod is { } method ? ToFacts(method.Card) : null,
            subscription.ScheduleId,
            subscription.LatestInvoice is { Status: "open" } open ? open.Id : null,
            subscription.LatestInvoice is { Status: "draft" } draft ? draft.Id : null);
    }
}
