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
                stoppingToken),
            LoopAsync(() => RunChoresAsync(stoppingToken), stoppingToken));
    }

    private async Task LoopAsync(Func<Task> step, CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
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
internal sealed class PollEvents(Database database, IPaymentGateway gateway, Inbox inbox, InboxWorker worker, WebhookSecrets secrets, TimeProvider time) : IChore
{
    private const string Cursor = "events";

    /// <summary>Events are listed again this far back: Stripe's list is not ordered by arrival.</summary>
    private const long OverlapMicros = 10 * 60 * UnixMicros.PerSecond;

    /// <summary>The first poll of a new installation does not take in old history.</summary>
    private const int Batch = 500;
    private const long FirstLookBackMicros = 3600 * UnixMicros.PerSecond;

    /// <summary>Thirty days of a large newsroom; Stripe keeps no more.</summary>
    private const int MaxEvents = 1_000_000;

    public TimeSpan Every => secrets.Current.Count == 0 ? TimeSpan.FromSeconds(2) : TimeSpan.FromMinutes(5);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // The cursor is where the last complete poll ended, not what a webhook brought since: between the two may be a gap.
        var since = (database.Read(c => Cursors.Find(c, Cursor), cancellationToken) - OverlapMicros) ?? (time.NowMicros() - FirstLookBackMicros);
        var events = await gateway.ListEventsAsync(since, MaxEvents, cancellationToken);
        foreach (var batch in events.Chunk(Batch))
        {
            if (await inbox.KeepAsync(batch) > 0)
                worker.Wake();
        }

        if (events.Count > 0)
            await database.WriteAsync(c => Cursors.Advance(c, Cursor, events.Max(e => e.CreateTimeMicros)));
    }
}
