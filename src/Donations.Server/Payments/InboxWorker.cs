using System.Threading.Channels;
using Donations.Server.Rpc;

namespace Donations.Server.Payments;

/// <summary>
/// Applies the inbox. Events about one customer (or, without one, one object) go one after the other; others side by side. Events of
/// one batch about one thing are applied together: one look at it answers them all, since whatever they tell happened before.
/// Woken by the webhook endpoint; looks by itself every second for what was put off.
/// </summary>
internal sealed partial class InboxWorker(Inbox inbox, IEnumerable<IStripeEventHandler> handlers, TimeProvider time, ILogger<InboxWorker> log) : BackgroundService
{
    private const int MaxBatch = 1000;

    /// <summary>Side by side: what waits for its commit shares one, and reads wait for their turn below Stripe's limit anyway.</summary>
    private const int Lanes = 128;
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly IStripeEventHandler[] _handlers = [.. handlers];
    private readonly SemaphoreSlim _oneRun = new(1, 1);

    /// <summary>Nothing runs by itself: tests that move the clock by days step it by hand.</summary>
    internal bool Paused { get; set; }

    /// <summary>There is something new.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    /// <summary>Applies what is due; answers with how many events it looked at.</summary>
    public async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        await _oneRun.WaitAsync(cancellationToken);
        try
        {
            var due = inbox.ListDue(MaxBatch);
            // Some events name no customer (invoice_payment.*): they go with the others about the same thing.
            var customers = due.Where(item => item.Facts.CustomerId is not null).DistinctBy(item => item.Facts.Target).ToDictionary(item => item.Facts.Target, item => item.Facts.CustomerId, StringComparer.Ordinal);
            var lanes = due.GroupBy(item => (uint)string.GetHashCode(item.Facts.CustomerId ?? customers.GetValueOrDefault(item.Facts.Target) ?? item.ObjectId, StringComparison.Ordinal) % Lanes);
            await Parallel.ForEachAsync(lanes, new ParallelOptions { MaxDegreeOfParallelism = Lanes, CancellationToken = cancellationToken }, async (lane, token) =>
            {
                var applied = new List<(string EventId, InboxState State)>();
                foreach (var group in lane.GroupBy(item => item.Facts.Target, StringComparer.Ordinal))
                    applied.AddRange(await ApplyAsync([.. group], token));
                await inbox.FinishAsync(applied);
            });
            foreach (var handler in _handlers)
                await handler.AfterBatchAsync(cancellationToken);
            return due.Count;
        }
        finally
        {
            _oneRun.Release();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Start-up goes on while the first batch runs.
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!Paused && await RunOnceAsync(stoppingToken) > 0)
                    continue;
                using var timer = time.CreateTimer(static s => ((InboxWorker)s!).Wake(), this, Paused ? Timeout.InfiniteTimeSpan : Idle, Timeout.InfiniteTimeSpan);
                await _wake.Reader.ReadAsync(stoppingToken);
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LogRunFailed(log, e.GetType().Name);
                await Task.Delay(Idle, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Answers with what came of each; nothing for those that failed and are put off.</summary>
    private async Task<IEnumerable<(string EventId, InboxState State)>> ApplyAsync(List<InboxRow> items, CancellationToken cancellationToken)
    {
        try
        {
            var ours = new HashSet<string>(StringComparer.Ordinal);
            foreach (var handler in _handlers)
            {
                var mine = items.FindAll(i => handler.Handles(i.Type));
                if (mine.Count > 0 && await handler.HandleAsync(mine, cancellationToken))
                    ours.UnionWith(mine.Select(i => i.EventId));
            }

            return items.ConvertAll(i => (i.EventId, ours.Contains(i.EventId) ? InboxState.Done : InboxState.Ignored));
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            foreach (var item in items)
            {
                LogFailed(log, item.Type, item.EventId, item.Attempts + 1, e.GetType().Name);
                await inbox.FailAsync(item, e.GetType().Name, counts: e is not OutcomeUnknownException);
            }

            return [];
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Type} {EventId} failed at try {Attempts}: {Failure}")]
    private static partial void LogFailed(ILogger log, string type, string eventId, long attempts, string failure);

    [LoggerMessage(Level = LogLevel.Error, Message = "The inbox could not be read: {Failure}")]
    private static partial void LogRunFailed(ILogger log, string failure);
}
