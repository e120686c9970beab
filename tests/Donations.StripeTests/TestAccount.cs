using System.Globalization;
using System.Text;
using Dapper;
using Donations.Server.Payments;
using Donations.Server.Storage;
using Donations.StripeSimulator;
using Donations.Testing;
using Microsoft.Extensions.DependencyInjection;
using Stripe;
using Xunit.Sdk;
using Xunit.v3;

// One account has one rate limit.
[assembly: Parallelization(Mode = ParallelMode.None)]

namespace Donations.StripeTests;

/// <summary>
/// The composed server in front of Stripe's real test mode where STRIPE_TEST_KEY is set, else of a simulator that is reached as Stripe is:
/// over the network, on the machine's clock, without webhooks. Nothing here knows which one it is, but for how long to wait.
/// </summary>
public class TestAccount : IAsyncLifetime
{
    private const string Variable = "STRIPE_TEST_KEY";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly List<string> _clocks = [];
    private SimulatorHost? _simulator;
    private long _startMicros;

    /// <summary>What differs from the shipped configuration.</summary>
    protected virtual Dictionary<string, string> Configuration => [];

    public TestServer Server { get; private set; } = null!;

    /// <summary>Stripe's own view.</summary>
    public V1Services Stripe => ((StripeClient)Server.Services.GetRequiredService<IStripeClient>()).V1;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var configuration = Configuration;
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } key)
        {
            if (!key.StartsWith("sk_test_", StringComparison.Ordinal))
                throw new InvalidOperationException($"{Variable} must be a secret key of test mode (sk_test_...)");
            (configuration["Stripe:Mode"], configuration["Stripe:ApiKey"], configuration["Stripe:PublishableKey"]) = ("Test", key, "pk_test_unused");
        }
        else
        {
            _simulator = await SimulatorHost.StartAsync(new() { Url = "http://127.0.0.1:0" }, TimeProvider.System, Ct);
            (configuration["Stripe:Mode"], configuration["Stripe:ApiBase"]) = ("Simulator", _simulator.BaseAddress.ToString().TrimEnd('/'));
        }

        Server = await TestServer.StartAsync(new() { Configuration = configuration });
        _startMicros = TimeProvider.System.NowMicros();
        // To this machine Stripe can send nothing: the simulator must not either.
        if (_simulator is not null)
        {
            foreach (var endpoint in (await Stripe.WebhookEndpoints.ListAsync(cancellationToken: Ct)).Data)
                await Stripe.WebhookEndpoints.DeleteAsync(endpoint.Id, cancellationToken: Ct);
        }
    }

    /// <summary>What is left at Stripe must not go on charging.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var subscription in Query<string>("SELECT stripe_subscription_id FROM pledges WHERE stripe_subscription_id IS NOT NULL"))
        {
            if ((await Stripe.Subscriptions.GetAsync(subscription)).Status is not ("canceled" or "incomplete_expired"))
                await Stripe.Subscriptions.CancelAsync(subscription);
        }

        // With their customers.
        foreach (var clock in _clocks)
            await Stripe.TestHelpers.TestClocks.DeleteAsync(clock);
        await Server.DisposeAsync();
        if (_simulator is not null)
            await _simulator.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Does something whose customers live on a clock that can be moved. Stripe takes three customers a clock: nobody else's come onto it.</summary>
    public async Task<(string Clock, T Made)> OnClockAsync<T>(Func<Task<T>> make)
    {
        var clock = await Stripe.TestHelpers.TestClocks.CreateAsync(new() { FrozenTime = TimeProvider.System.GetUtcNow().UtcDateTime, Name = "Donations" }, cancellationToken: Ct);
        _clocks.Add(clock.Id);
        var network = Server.Services.GetRequiredService<StripeNetwork>();
        network.BeforeSend = async request =>
        {
            if (request.Method != HttpMethod.Post || request.RequestUri!.AbsolutePath != "/v1/customers")
                return;
            var body = await request.Content!.ReadAsStringAsync(Ct);
            request.Content = new StringContent($"{body}&test_clock={clock.Id}", Encoding.UTF8, "application/x-www-form-urlencoded");
        };
        try
        {
            return (clock.Id, await make());
        }
        finally
        {
            network.BeforeSend = null;
        }
    }

    /// <summary>Moves a clock, and waits until all that is due by then has happened at Stripe.</summary>
    public async Task AdvanceAsync(string clock, TimeSpan by)
    {
        var clocks = Stripe.TestHelpers.TestClocks;
        var before = await clocks.GetAsync(clock, cancellationToken: Ct);
        await clocks.AdvanceAsync(clock, new() { FrozenTime = before.FrozenTime + by }, cancellationToken: Ct);
        await UntilAsync($"{clock} is ready", async () => (await clocks.GetAsync(clock, cancellationToken: Ct)).Status == "ready");
    }

    /// <summary>Takes in Stripe's events again and again until something holds.</summary>
    public Task EventuallyAsync(string what, Func<Task<bool>> holds) => UntilAsync(what, async () =>
    {
        await CatchUpAsync();
        return await holds();
    });

    /// <summary>All that this run has in its books is, to the cent, what Stripe has, soon at the latest.</summary>
    public async Task CheckAgainstStripeAsync()
    {
        IReadOnlyList<string> wrong = [];
        try
        {
            await EventuallyAsync("The books are Stripe's", async () => (wrong = await new RunBooks(this).DifferencesAsync()).Count == 0);
        }
        catch (TimeoutException)
        {
            Assert.Empty(wrong);
        }
    }

    /// <summary>Rows of the server's own database.</summary>
    internal IReadOnlyList<T> Query<T>(string sql) => Server.Services.GetRequiredService<Database>().Read(c => c.Query<T>(sql).AsList());

    /// <summary>As the polling does where no webhook can reach, without waiting for its turn.</summary>
    private async Task CatchUpAsync()
    {
        var services = Server.Services;
        var events = await services.GetRequiredService<IPaymentGateway>().ListEventsAsync(_startMicros, int.MaxValue, undelivered: false, Ct);
        await services.GetRequiredService<Inbox>().KeepAsync(events);
        await services.GetRequiredService<InboxWorker>().RunOnceAsync(Ct);
        await services.GetRequiredService<OperationsWorker>().RunDueAsync(evenLeased: false, Ct);
    }

    private async Task UntilAsync(string what, Func<Task<bool>> holds)
    {
        var time = TimeProvider.System;
        var start = time.GetTimestamp();
        while (!await holds())
        {
            if (time.GetElapsedTime(start) > Patience)
                throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"Not within {Patience.TotalMinutes:F0} minutes: {what}"));
            await Task.Delay(_simulator is null ? TimeSpan.FromSeconds(2) : TimeSpan.FromMilliseconds(50), time, Ct);
        }
    }
}

/// <summary>A deployment that uses Stripe's hosted pages, for which the issuer gate must be off.</summary>
public sealed class OpenAccount : TestAccount
{
    protected override Dictionary<string, string> Configuration => new() { ["DonorSafety:IssuerGate"] = "false" };
}
