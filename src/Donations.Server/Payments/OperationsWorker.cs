using Donations.Server.Rpc;
using Donations.Server.Storage;

namespace Donations.Server.Payments;

/// <summary>Something to look after now and then: bounded, restart-safe, one run at a time.</summary>
internal interface IChore
{
    /// <summary>At the earliest this long after the run before.</summary>
    TimeSpan Every { get; }

    Task RunAsync(CancellationToken cancellationToken);
}

/// <summary>
/// Finishes what a crash or a lost answer left: pending Stripe operations, at start all of them, then those whose time has
/// come; and runs the rooms' chores.
/// </summary>
internal sealed partial class OperationsWorker(StripeOperations operations, IEnumerable<IChore> chores, TimeProvider time, ILogger<OperationsWorker> log) : BackgroundService
{
    private const int MaxBatch = 100;
    private const int MaxParallel = 4;
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private readonly List<(IChore Chore, long Next)> _chores = [.. chores.Select(c => (c, 0L))];

    /// <summary>Runs pending operations; answers with how many it tried.</summary>
    public async Task<int> RunDueAsync(bool evenLeased, CancellationToken cancellationToken)
    {
        var due = operations.ListDue(MaxBatch, evenLeased);
        await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = MaxParallel, CancellationToken = cancellationToken }, async (id, _) =>
        {
            try
            {
                await operations.RunAsync(id);
            }
            catch (GatewayUnknownException)
            {
                // Logged and put off where it was thrown.
            }
            catch (Exception e)
            {
                LogFailed(log, id, e.GetType().Name, e.StackTrace ?? "");
            }
        });
        return due.Count;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var first = true;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunDueAsync(first, stoppingToken);
                first = false;
                await RunChoresAsync(stoppingToken);
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LogFailed(log, "chores", e.GetType().Name, e.StackTrace ?? "");
            }

            await Task.Delay(Tick, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RunChoresAsync(CancellationToken cancellationToken)
    {
        for (var i = 0; i < _chores.Count; i++)
        {
            var (chore, next) = _chores[i];
            if (time.NowMicros() < next)
                continue;
            try
            {
                await chore.RunAsync(cancellationToken);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                LogFailed(log, chore.GetType().Name, e.GetType().Name, e is GatewayUnknownException ? "" : e.StackTrace ?? "");
            }

            _chores[i] = (chore, time.NowMicros() + (long)chore.Every.TotalMicroseconds);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{What} failed: {Failure} {Stack}")]
    private static partial void LogFailed(ILogger log, string what, string failure, string stack);
}

/// <summary>Answers older than 72 hours are forgotten.</summary>
internal sealed class ForgetAnswers(Idempotency idempotency) : IChore
{
    private const int MaxRows = 1000;

    public TimeSpan Every => TimeSpan.FromMinutes(1);

    public Task RunAsync(CancellationToken cancellationToken) => idempotency.PurgeAsync(MaxRows);
}

/// <summary>Keeps the books whole even where a webhook never came.</summary>
internal sealed class SweepBooks(BooksSync books) : IChore
{
    public TimeSpan Every => TimeSpan.FromMinutes(5);

    public Task RunAsync(CancellationToken cancellationToken) => books.SweepAsync(cancellationToken);
}

/// <summary>
/// Takes in events that no webhook brought: every few minutes beside webhooks, every two seconds where there is no webhook
/// secret (development against Stripe's test mode).
/// </summary>
internal sealed class PollEvents(IPaymentGateway gateway, Inbox inbox, InboxWorker worker, WebhookSecrets secrets, TimeProvider time) : IChore
{
    /// <summary>Events are listed again this far back: Stripe's list is not ordered by arrival.</summary>
    private const long OverlapMicros = 10 * 60 * UnixMicros.PerSecond;

    /// <summary>The first poll of a new installation does not take in old history.</summary>
    private const long FirstLookBackMicros = 3600 * UnixMicros.PerSecond;

    private const int MaxEvents = 10_000;

    public TimeSpan Every => secrets.Current.Count == 0 ? TimeSpan.FromSeconds(2) : TimeSpan.FromMinutes(5);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var since = (inbox.NewestEventTime() - OverlapMicros) ?? (time.NowMicros() - FirstLookBackMicros);
        if (await inbox.KeepAsync(await gateway.ListEventsAsync(since, MaxEvents, cancellationToken)) > 0)
            worker.Wake();
    }
}
