using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Disputes;
using Donations.StripeSimulator.Faults;
using Donations.StripeSimulator.Payments;
using Donations.StripeSimulator.Webhooks;

namespace Donations.StripeSimulator;

/// <summary>The account's time: does what is due, in order, and delivers the webhooks that come of it.</summary>
public sealed class SimulatorEngine : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _pump = new(1);
    private readonly TimeProvider _time;
    private readonly StateFile? _state;
    private readonly WebhookSender _sender;

    /// <summary>Added to the system's time.</summary>
    private long _offset;

    /// <summary>The moment being worked on while time is stepped through; null while it simply passes.</summary>
    private long? _step;

    private long _latest;

    internal SimulatorEngine(SimulatorOptions options, TimeProvider time, ILogger logger)
    {
        _time = time;
        _state = options.StatePath is null ? null : new StateFile(options.StatePath);
        World = new World(options, () => NowSeconds, trackChanges: _state is not null);
        Limit = new RateLimit(time) { PerSecond = options.RateLimitPerSecond };
        _sender = new WebhookSender(this, World, time, logger);
        if (_state is not null)
            Load(_state);
        Exclusive(() =>
        {
            World.Jobs.EnsurePayouts();
            return true;
        });
    }

    /// <summary>The simulator's clock, to the second.</summary>
    public DateTimeOffset Now
    {
        get
        {
            lock (_gate)
                return DateTimeOffset.FromUnixTimeSeconds(NowSeconds);
        }
    }

    /// <summary>How far the simulator's clock is ahead of the system's.</summary>
    public TimeSpan Offset
    {
        get
        {
            lock (_gate)
                return TimeSpan.FromSeconds(_offset);
        }
    }

    /// <summary>What goes wrong with calls, on demand.</summary>
    public FaultBook Faults { get; } = new();

    /// <summary>What goes wrong with webhooks, on demand.</summary>
    public WebhookKnobs Webhooks => World.Knobs;

    internal World World { get; }

    internal RateLimit Limit { get; }

    private long NowSeconds => _latest = Math.Max(_latest, _step ?? (SystemSeconds + _offset));

    private long SystemSeconds => _time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>Moves the clock forward; everything due on the way happens at its own time, webhooks included.</summary>
    public Task AdvanceAsync(TimeSpan by, CancellationToken ct = default) => AdvanceToAsync(Now + by, ct);

    /// <summary>Moves the clock forward to a moment. The clock never goes back.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The moment has passed.</exception>
    public async Task AdvanceToAsync(DateTimeOffset to, CancellationToken ct = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(to.ToUnixTimeSeconds(), Now.ToUnixTimeSeconds(), nameof(to));
        await PumpAsync(to.ToUnixTimeSeconds(), ct);
    }

    /// <summary>Does what has come due by now.</summary>
    public Task TickAsync(CancellationToken ct = default) => PumpAsync(null, ct);

    /// <summary>Sends the webhooks that are due, without letting any other work happen.</summary>
    public async Task DeliverDueWebhooksAsync(CancellationToken ct = default)
    {
        await _pump.WaitAsync(ct);
        try
        {
            await _sender.DeliverDueAsync(ct);
        }
        finally
        {
            _pump.Release();
        }
    }

    /// <summary>Changes what a unit of a currency is worth from now on; see <see cref="SimulatorOptions.ExchangeRates"/>. What was converted before stays as it was.</summary>
    public void SetExchangeRate(string currency, decimal rate)
    {
        ArgumentNullException.ThrowIfNull(currency);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rate);
        Exclusive(() => World.Options.ExchangeRates[currency] = rate);
    }

    /// <summary>A dispute that was lost is decided anew, for the account: its money comes back.</summary>
    /// <returns>False where there is none that was lost under this id.</returns>
    public bool ReverseLostDispute(string id) =>
        Exclusive(() => World.Store.Find<Dispute>(id) is { Status: "lost" } dispute && World.Disputes.Reverse(dispute));

    /// <summary>The bank returns a payout that is on its way or has arrived: its money comes back.</summary>
    /// <returns>False where there is none under this id that could be returned.</returns>
    public bool ReturnPayout(string id) => Exclusive(() =>
    {
        if (World.Store.Find<Payout>(id) is not { Status: "in_transit" or "paid" } payout)
            return false;
        World.Ledger.ReturnPayout(payout);
        return true;
    });

    /// <summary>Runs <paramref name="work"/> while nothing else touches the account, and saves what it changed.</summary>
    public T Exclusive<T>(Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        lock (_gate)
        {
            try
            {
                return work();
            }
            finally
            {
                Save();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sender.Dispose();
        _state?.Dispose();
        _pump.Dispose();
    }

    private async Task PumpAsync(long? target, CancellationToken ct)
    {
        await _pump.WaitAsync(ct);
        try
        {
            // Taken once: while stepping, the clock shows the step.
            var goal = target ?? Exclusive(() => NowSeconds);
            while (Exclusive(() => Step(goal)))
                await _sender.DeliverDueAsync(ct);
        }
        finally
        {
            Exclusive(() => Arrive(target));
            _pump.Release();
        }
    }

    /// <summary>Goes to the next moment at which something is due and does it. False when there is none before the target.</summary>
    private bool Step(long target)
    {
        var due = Math.Min(World.Store.Jobs.Peek()?.DueAt ?? long.MaxValue, World.Store.Deliveries.NextDueAt ?? long.MaxValue);
        if (due > target)
            return false;
        _step = Math.Max(due, _latest);
        World.Jobs.RunDue(_step.Value);
        World.Events.Prune();
        return true;
    }

    /// <summary>Lets time pass by itself again, from the target on.</summary>
    private bool Arrive(long? target)
    {
        if (target is { } at)
            _offset = Math.Max(_offset, at - SystemSeconds);
        _step = null;
        World.Events.Prune();
        return true;
    }

    private void Load(StateFile state)
    {
        state.Load(World.Store);
        World.Ids.Position = state.Setting("position") ?? 0;
        _offset = state.Setting("offset") ?? 0;
        _latest = state.Setting("latest") ?? 0;
        foreach (var transaction in World.Store.BalanceTransactions.NewestFirst().Reverse())
            World.Ledger.Restore(transaction);
        // What was available before the restart is no news.
        World.Ledger.Balance();
    }

    private void Save()
    {
        var changes = World.Store.TakeChanges();
        if (_state is null || (changes.Changed.Count == 0 && changes.Removed.Count == 0))
            return;
        _state.Save(World.Store, changes, [("position", World.Ids.Position), ("offset", _offset), ("latest", _latest)]);
    }
}
