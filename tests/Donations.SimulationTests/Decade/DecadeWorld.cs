using System.Diagnostics;
using Dapper;
using Donations.Server.Ledger;
using Donations.Server.Payments;
using Donations.Server.Pledges;
using Donations.Server.Storage;
using Donations.StripeSimulator;
using Donations.StripeSimulator.Core;
using Donations.Testing;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Stripe;

namespace Donations.SimulationTests.Decade;

/// <summary>
/// The composed server and a Stripe of its own beside it, both on one clock that stands until it is moved. Stripe's account is in memory, and the
/// server's files too where the machine has such a place: what is looked for here is arithmetic, not what a power cut does.
/// </summary>
internal sealed class DecadeWorld : IAsyncDisposable
{
    private const string MemoryDisk = "/dev/shm";
    private const long MinMemoryDisk = 2L << 30;
    private const int Rounds = 200;

    /// <summary>What costs more with every year of books runs once in so many days; in production daily.</summary>
    private const int HeavyEveryDays = 30;

    /// <summary>What only tidies up is done once in so many days.</summary>
    private const int TidyEveryDays = 7;

    private readonly SimulatorHost _simulator;
    private readonly IReadOnlyList<IChore> _daily;
    private readonly IReadOnlyList<IChore> _heavy;
    private readonly IReadOnlyList<IChore> _weekly;
    private readonly InboxWorker _inbox;
    private readonly OperationsWorker _operations;
    private readonly Reconciler _reconciler;
    private readonly Database _database;

    private DecadeWorld(DecadeOptions options, SimulatorHost simulator, TestServer server, FakeTimeProvider time)
    {
        (_simulator, Server, Time) = (simulator, server, time);
        var services = server.Services;
        (_inbox, _operations) = (services.GetRequiredService<InboxWorker>(), services.GetRequiredService<OperationsWorker>());
        _inbox.Paused = true;
        (_reconciler, _database) = (services.GetRequiredService<Reconciler>(), services.GetRequiredService<Database>());
        var chores = services.GetServices<IChore>().ToList();
        _heavy = chores.FindAll(c => c is Reconciler or BooksCheck);
        _daily = chores.FindAll(c => c is SweepBooks or ExpirePledges or LapsePledges or NoticesAhead || (c is PollEvents && options.DropRate > 0));
        // Where every webhook arrives, listing all events once more finds nothing, and takes a quarter of the time.
        _weekly = chores.FindAll(c => !_heavy.Contains(c) && !_daily.Contains(c) && c is not PollEvents);
        Stripe = ((StripeClient)services.GetRequiredService<IStripeClient>()).V1;
    }

    public TestServer Server { get; }

    public FakeTimeProvider Time { get; }

    public SimulatorEngine Simulator => _simulator.Engine;

    public World Account => Simulator.World;

    /// <summary>Stripe's own API, for what people do in its Dashboard.</summary>
    public V1Services Stripe { get; }

    public V1.PledgeService.PledgeServiceClient Pledges => new(Server.Channel);

    public V1.PaymentService.PaymentServiceClient Payments => new(Server.Channel);

    public V1.LedgerService.LedgerServiceClient Ledger => new(Server.Channel);

    public V1.ReportService.ReportServiceClient Reports => new(Server.Channel);

    /// <summary>How long what took.</summary>
    public Dictionary<string, TimeSpan> Spent { get; } = [];

    public static async Task<DecadeWorld> StartAsync(DecadeOptions options)
    {
        var time = new FakeTimeProvider(DecadeOptions.Start);
        var simulator = await SimulatorHost.StartAsync(MakeAccount(options), time);
        var server = await TestServer.StartAsync(new()
        {
            Time = time,
            Parent = Directory.Exists(MemoryDisk) && new DriveInfo(MemoryDisk).AvailableFreeSpace > MinMemoryDisk ? MemoryDisk : null,
            Configuration = new Dictionary<string, string>
            {
                ["Stripe:ApiBase"] = simulator.BaseAddress.ToString().TrimEnd('/'),
                ["Stripe:CallTimeout"] = "00:02:00",
                ["Logging:LogLevel:Default"] = "Error",
            },
        });
        await server.Services.GetRequiredService<OperationsWorker>().PauseAsync();
        var world = new DecadeWorld(options, simulator, server, time);
        await world.AskForEventsAsync();
        simulator.Engine.Webhooks.DropRate = options.DropRate;
        return world;
    }

    /// <summary>Moves both clocks to a time. No timer fires: what is due happens when it is looked for.</summary>
    public void PassTo(DateTimeOffset time) => Time.AdjustTime(time);

    public async Task SettleAsync()
    {
        for (var round = 0; round < Rounds; round++)
        {
            await TimedAsync("simulator and webhooks", () => Simulator.TickAsync());
            var did = 0;
            await TimedAsync("inbox", async () => did += await _inbox.RunOnceAsync(CancellationToken.None));
            await TimedAsync("operations", async () => did += await _operations.RunDueAsync(evenLeased: false, CancellationToken.None));
            if (did == 0)
                return;
        }

        throw new InvalidOperationException("The day does not come to rest");
    }

    /// <summary>The chores of a day, and all that follows.</summary>
    public async Task RunChoresAsync(int day)
    {
        foreach (var chore in _daily.Concat(day % TidyEveryDays == 0 ? _weekly : []).Concat(day % HeavyEveryDays == 0 ? _heavy : []))
            await TimedAsync(chore.GetType().Name, () => chore.RunAsync(CancellationToken.None));
        await TimedAsync("reconciliation", () => _reconciler.WhenIdleAsync());
        await SettleAsync();
    }

    /// <summary>A complete comparison with Stripe, as after a long silence.</summary>
    public async Task ReconcileAsync()
    {
        await _reconciler.StartAsync(0);
        await _reconciler.WhenIdleAsync();
        await SettleAsync();
    }

    public CallOptions As(string role, string person = "test") => TestServer.Bearer(Server.Token(role, person));

    public IReadOnlyList<T> Query<T>(string sql, object? values = null) => _database.Read(c => c.Query<T>(sql, values).AsList());

    public async Task TimedAsync(string what, Func<Task> work)
    {
        var clock = Stopwatch.GetTimestamp();
        await work();
        Spent[what] = Spent.GetValueOrDefault(what) + Stopwatch.GetElapsedTime(clock);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await _simulator.DisposeAsync();
    }

    private static SimulatorOptions MakeAccount(DecadeOptions options)
    {
        var account = new SimulatorOptions
        {
            Url = "http://127.0.0.1:0",
            BackgroundTick = false,
            Seed = options.Seed,
            SettlementCurrency = options.SettlementCurrency,
            PayoutIntervalDays = options.PayoutIntervalDays,
            // Long enough for rates to move.
            DisputeDelay = TimeSpan.FromDays(20),
            WebhookConcurrency = 32,
        };
        foreach (var (currency, fee) in new[] { ("eur", 25L), ("gbp", 20L), ("jpy", 0L) })
            account.FixedFees[currency] = fee;
        return account;
    }

    /// <summary>Only what some room handles is sent, as docs/go-live.md has it.</summary>
    private async Task AskForEventsAsync()
    {
        var handlers = Server.Services.GetServices<IStripeEventHandler>().ToList();
        var wanted = typeof(EventTypes).GetFields().Select(f => f.GetValue(null)).OfType<string>().Where(t => handlers.Any(h => h.Handles(t))).ToList();
        var endpoint = (await Stripe.WebhookEndpoints.ListAsync()).Data.Single();
        await Stripe.WebhookEndpoints.UpdateAsync(endpoint.Id, new() { EnabledEvents = wanted });
    }
}
