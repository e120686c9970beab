using System.Threading.RateLimiting;

namespace Donations.Server.Payments;

/// <summary>
/// Reads that events and reconciliation make, kept below Stripe's limit (100 requests a second live, 25 in test mode) so that
/// donors' own calls find room. A read of an object that still waits for its turn serves everybody who asks meanwhile; one that
/// is under way does not, since it may miss what the later asker heard of.
/// </summary>
internal sealed class StripeReads(StripeOptions options) : IDisposable
{
    private const int PeriodsPerSecond = 10;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Task> _waiting = new(StringComparer.Ordinal);
    private readonly TokenBucketRateLimiter _limiter = new(new()
    {
        TokenLimit = options.ReadsPerSecond,
        TokensPerPeriod = Math.Max(1, options.ReadsPerSecond / PeriodsPerSecond),
        ReplenishmentPeriod = TimeSpan.FromSeconds(1) / PeriodsPerSecond,
        QueueLimit = int.MaxValue,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    /// <summary>Reads one object, or joins a read of it that has not been sent yet. <paramref name="call"/> outlives a caller that hangs up.</summary>
    public Task<T> ReadAsync<T>(string what, Func<Task<T>> call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Task<T> task;
        lock (_lock)
        {
            if (_waiting.TryGetValue(what, out var waiting) && waiting is Task<T> same)
                return same.WaitAsync(cancellationToken);
            var turn = _limiter.AcquireAsync(1, CancellationToken.None).AsTask();
            if (turn.IsCompletedSuccessfully)
                task = SendAsync(turn.Result, call);
            else
                _waiting[what] = task = QueueAsync(what, turn, call);
        }

        return task.WaitAsync(cancellationToken);
    }

    /// <summary>A call whose turn has come.</summary>
    public async Task<T> WaitAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        using var turn = await _limiter.AcquireAsync(1, cancellationToken);
        return await call();
    }

    public void Dispose() => _limiter.Dispose();

    private async Task<T> QueueAsync<T>(string what, Task<RateLimitLease> waiting, Func<Task<T>> call)
    {
        // Never on the asker's stack: what is removed below must have been added before.
        var turn = await waiting.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        lock (_lock)
            _waiting.Remove(what);
        return await SendAsync(turn, call);
    }

    private static async Task<T> SendAsync<T>(RateLimitLease turn, Func<Task<T>> call)
    {
        await Task.Yield();
        using (turn)
            return await call();
    }
}
