using Donations.StripeSimulator;
using Microsoft.Extensions.Time.Testing;
using Stripe;
using Stripe.TestHelpers;

namespace Donations.Tests.StripeSimulator;

/// <summary>A simulator on a free port, with a clock that only the test moves, and Stripe's own client for it.</summary>
internal sealed class Simulator : IAsyncDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 1, 31, 10, 0, 0, TimeSpan.Zero);

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });

    private Simulator(SimulatorHost host, FakeTimeProvider time)
    {
        Host = host;
        Time = time;
        Raw = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = host.BaseAddress };
        Raw.DefaultRequestHeaders.Authorization = new("Bearer", "sk_test_simulator");
        Raw.DefaultRequestHeaders.Add("Stripe-Version", "2026-10-28.endive");
        Stripe = new StripeClient(new StripeClientOptions
        {
            ApiKey = "sk_test_simulator",
            ApiBase = host.BaseAddress.ToString().TrimEnd('/'),
            HttpClient = new SystemNetHttpClient(_http, maxNetworkRetries: 0, appInfo: null, enableTelemetry: false),
        });
    }

    public static CancellationToken Ct => TestContext.Current.CancellationToken;

    public SimulatorHost Host { get; }

    public FakeTimeProvider Time { get; }

    public StripeClient Stripe { get; }

    /// <summary>Plain HTTP, for what a client library hides.</summary>
    public HttpClient Raw { get; }

    public static async Task<Simulator> StartAsync(Action<SimulatorOptions>? configure = null, FakeTimeProvider? time = null)
    {
        var options = new SimulatorOptions { Url = "http://127.0.0.1:0", BackgroundTick = false };
        configure?.Invoke(options);
        time ??= new FakeTimeProvider(Start);
        return new Simulator(await SimulatorHost.StartAsync(options, time, Ct), time);
    }

    public Task AdvanceAsync(TimeSpan by) => Host.Engine.AdvanceAsync(by, Ct);

    public Task AdvanceToAsync(DateTimeOffset to) => Host.Engine.AdvanceToAsync(to, Ct);

    public Task<Customer> CustomerAsync(string? testClock = null) =>
        Stripe.V1.Customers.CreateAsync(new CustomerCreateOptions { Email = "reader@example.org", TestClock = testClock }, null, Ct);

    public async Task<string> TokenAsync(string method = "pm_card_visa") =>
        (await Stripe.V1.TestHelpers.ConfirmationTokens.CreateAsync(
            new ConfirmationTokenCreateOptions { PaymentMethod = method, ReturnUrl = "https://example.org/back" }, null, Ct)).Id;

    public Task<PaymentIntent> PayAsync(string method = "pm_card_visa", long amount = 1000, string currency = "usd", Action<PaymentIntentCreateOptions>? more = null)
    {
        var options = new PaymentIntentCreateOptions
        {
            Amount = amount,
            Currency = currency,
            PaymentMethod = method,
            Confirm = true,
            AutomaticPaymentMethods = new() { Enabled = true, AllowRedirects = "never" },
        };
        more?.Invoke(options);
        return Stripe.V1.PaymentIntents.CreateAsync(options, null, Ct);
    }

    public async Task<Subscription> SubscribeAsync(string customer, long amount = 500, string interval = "month", Dictionary<string, string>? metadata = null)
    {
        var product = await Stripe.V1.Products.CreateAsync(new ProductCreateOptions { Name = "Campaign" }, null, Ct);
        return await Stripe.V1.Subscriptions.CreateAsync(
            new SubscriptionCreateOptions
            {
                Customer = customer,
                Items = [new() { PriceData = new() { Currency = "usd", Product = product.Id, UnitAmount = amount, Recurring = new() { Interval = interval } } }],
                PaymentBehavior = "default_incomplete",
                PaymentSettings = new() { SaveDefaultPaymentMethod = "on_subscription" },
                Metadata = metadata,
                Expand = ["latest_invoice.confirmation_secret", "latest_invoice.payments"],
            },
            null, Ct);
    }

    /// <summary>A subscription whose first invoice is paid with this card.</summary>
    public async Task<Subscription> ActiveAsync(string method = "pm_card_visa", string interval = "month", string? testClock = null)
    {
        var customer = await CustomerAsync(testClock);
        var subscription = await SubscribeAsync(customer.Id, interval: interval);
        await Stripe.V1.PaymentIntents.ConfirmAsync(
            subscription.LatestInvoice.Payments.Data[0].Payment.PaymentIntentId,
            new PaymentIntentConfirmOptions { ConfirmationToken = await TokenAsync(method) }, null, Ct);
        return await GetAsync(subscription.Id);
    }

    public Task<Subscription> GetAsync(string subscription) => Stripe.V1.Subscriptions.GetAsync(subscription, null, null, Ct);

    public async Task<List<Invoice>> InvoicesAsync(string subscription) =>
        (await Stripe.V1.Invoices.ListAsync(new InvoiceListOptions { Subscription = subscription, Limit = 100 }, null, Ct)).Data;

    /// <summary>Types of all events, oldest first.</summary>
    public async Task<List<string>> EventTypesAsync()
    {
        List<string> types = [];
        await foreach (var e in Stripe.V1.Events.ListAutoPagingAsync(new EventListOptions { Limit = 100 }, null, Ct))
            types.Add(e.Type);
        types.Reverse();
        return types;
    }

    public async Task<HttpResponseMessage> PostAsync(string path, Dictionary<string, string> form, string? key = null, string? bearer = null)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(form) };
        if (key is not null)
            message.Headers.Add("Idempotency-Key", key);
        if (bearer is not null)
            message.Headers.Authorization = new("Bearer", bearer);
        return await Raw.SendAsync(message, Ct);
    }

    public async ValueTask DisposeAsync()
    {
        Raw.Dispose();
        _http.Dispose();
        await Host.DisposeAsync();
    }
}
