using Donations.Server.Rpc;
using Donations.Server.Storage;

namespace Donations.Server.Payments;

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

    /// <summary>One for each loop, held while it works.</summary>
    private readonly SemaphoreSlim[] _working = [new(1, 1), new(1, 1)];
    private volatile bool _paused;

    /// <summary>Nothing runs by itself from now on, and what runs has ended: tests that move the clock by days step it by hand.</summary>
    internal async Task PauseAsync()
    {
        _paused = true;
        foreach (var working in _working)
        {
            await working.WaitAsync();
            working.Release();
        }
    }

    /// <summary>Runs pending operations; answers with how many it tried.</summary>
    public async Task<int> RunDueAsync(bool evenLeased, CancellationToken cancellationToken)
    {
        var due = operations.ListDue(MaxBatch, evenLeased);
        await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = MaxParallel, CancellationToken = cancellationToken }, async (item, _) =>
        {
            try
            {
                await operations.RunAsync(item.OperationId, item.SubjectId);
            }
            catch (GatewayUnknownException)
            {
                // Logged and put off where it was thrown.
            }
            catch (Exception e)
            {
                LogFailed(log, item.OperationId, e.GetType().Name, e.StackTrace ?? "");
            }
        });
        return due.Count;
    }

    // Chores may take long (a first sweep of the books), and unknown charges must not wait for them.
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var first = true;
        return Task.WhenAll(
            LoopAsync(
                async () =>
                {
                    await RunDueAsync(first, stoppingToken);
                    first = false;
                },
                _working[0],
                stoppingToken),
            LoopAsync(() => RunChoresAsync(stoppingToken), _working[1], stoppingToken));
    }

    private async Task LoopAsync(Func<Task> step, SemaphoreSlim working, CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            await working.WaitAsync(CancellationToken.None);
            try
            {
                if (!_paused)
                    await step();
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LogFailed(log, "The worker", e.GetType().Name, e.StackTrace ?? "");
            }
            finally
            {
                working.Release();
            }

            await Task.Delay(_paused ? Timeout.InfiniteTimeSpan : Tick, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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

/// <summary>Answers older than 72 hours are forgotten, and what was done long ago: operations after 90 days, events after 45 (Stripe keeps 30).</summary>
internal sealed class ForgetOld(Idempotency idempotency, StripeOperations operations, Inbox inbox, TimeProvider time) : IChore
{
    private const int MaxRows = 1000;

    public TimeSpan Every => TimeSpan.FromMinutes(1);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var now = time.NowMicros();
        await idempotency.PurgeAsync(MaxRows);
        await operations.PurgeAsync(now - (90 * UnixMicros.PerDay), MaxRows);
        await inbox.PurgeAsync(now - (45 * UnixMicros.PerDay), MaxRows);
    }
}
