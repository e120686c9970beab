using Donations.StripeSimulator.Browser;
using Donations.StripeSimulator.Checkout;
using Donations.StripeSimulator.Faults;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Webhooks;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Donations.StripeSimulator;

/// <summary>A simulated Stripe on a socket of its own.</summary>
public sealed partial class SimulatorHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stop = new();
    private readonly ILogger _logger;
    private Task _ticking = Task.CompletedTask;

    private SimulatorHost(WebApplication app, SimulatorEngine engine, ILogger logger)
    {
        _app = app;
        _logger = logger;
        Engine = engine;
        BaseAddress = new Uri("http://localhost");
    }

    /// <summary>Where it listens.</summary>
    public Uri BaseAddress { get; private set; }

    /// <summary>The account's time.</summary>
    public SimulatorEngine Engine { get; }

    /// <summary>Starts listening and, unless told otherwise, ticking.</summary>
    /// <param name="options">The account.</param>
    /// <param name="time">The system's time, to which the simulator's clock adds its offset.</param>
    /// <param name="ct">Gives up starting.</param>
    public static async Task<SimulatorHost> StartAsync(SimulatorOptions options, TimeProvider time, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = typeof(SimulatorHost).Assembly.GetName().Name, Args = ["--hostBuilder:reloadConfigOnChange=false"] });
        // Neither the files nor the environment of the process it runs in are meant for the simulator.
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        // A start that fails is the caller's to tell.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        builder.WebHost.UseUrls(options.Url);
        // Signals belong to the process this runs in, not to the simulator.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        var app = builder.Build();
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Donations.StripeSimulator");
        var engine = new SimulatorEngine(options, time, logger);
        var host = new SimulatorHost(app, engine, logger);
        try
        {
            host.Map(new ApiServer(engine, engine.World, time, logger, host._stop.Token));
            await app.StartAsync(ct);
        }
        catch
        {
            engine.Dispose();
            await app.DisposeAsync();
            throw;
        }
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        host.BaseAddress = new Uri(address);
        engine.World.BaseAddress = host.BaseAddress.ToString();
        if (options.BackgroundTick)
            host._ticking = host.TickAsync(time, options.TickInterval);
        return host;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _ticking;
        await _app.StopAsync();
        await _app.DisposeAsync();
        Engine.Dispose();
        _stop.Dispose();
    }

    private void Map(ApiServer api)
    {
        // Browsers call from any page: Stripe.js and its frames live on another origin than the shop.
        _app.Use(async (http, next) =>
        {
            var headers = http.Response.Headers;
            headers.AccessControlAllowOrigin = "*";
            headers.AccessControlExposeHeaders = "Request-Id, Stripe-Version";
            if (!HttpMethods.IsOptions(http.Request.Method))
            {
                await next();
                return;
            }
            headers.AccessControlAllowMethods = "GET, POST, DELETE, OPTIONS";
            headers.AccessControlAllowHeaders = "Authorization, Content-Type, Idempotency-Key, Stripe-Version";
            headers.AccessControlMaxAge = "300";
            http.Response.StatusCode = StatusCodes.Status204NoContent;
        });
        BrowserPages.Map(_app, Engine);
        FaultEndpoints.Map(_app, Engine);
        CardUpdates.Map(_app, Engine);
        ControlledMoney.Map(_app, Engine);
        HostedPages.Map(_app, Engine);
        PortalPages.Map(_app, Engine);
        KnobEndpoints.Map(_app, Engine);
        _app.Map("/v1/{**path}", api.HandleAsync);
        _app.MapFallback(api.HandleAsync);
    }

    private async Task TickAsync(TimeProvider time, TimeSpan interval)
    {
        try
        {
            while (true)
            {
                // Not a periodic timer: where a test moves the clock by days, that would fire for every interval of them.
                await Task.Delay(interval, time, _stop.Token);
                await TickOnceAsync();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    /// <summary>One bad piece of work must not stop the clock.</summary>
    private async Task TickOnceAsync()
    {
        try
        {
            await Engine.TickAsync(_stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogTickFailure(_logger, exception);
        }
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The simulator's engine failed at a piece of due work")]
    private static partial void LogTickFailure(ILogger logger, Exception exception);
}
