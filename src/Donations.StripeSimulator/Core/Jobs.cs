namespace Donations.StripeSimulator.Core;

internal enum JobKind
{
    RenewSubscription,
    FinalizeInvoice,
    RetryInvoice,
    ExpireIncomplete,
    UpcomingInvoice,
    CancelSubscription,
    ResumeCollection,
    SettleCharge,
    SettleRefund,
    DailyPayouts,
    PayoutPaid,
    PayoutReconciled,
    AdvanceTestClock,
    OpenDisputes,
    WarnOfFraud,
    DecideDispute,
    ExpireDispute,
    AdvanceSchedule,
    ExpireCheckout,
    TrialWillEnd,
    StartSchedule,
    ScheduleExpiring,
}

/// <summary>Something to do at a time. A job never cancels: when its hour comes it looks whether it still applies.</summary>
internal sealed class Job : Entity
{
    public JobKind Kind { get; set; }

    public string? Target { get; set; }

    public long DueAt { get; set; }

    /// <summary>The test clock whose time decides; null for the simulator's own.</summary>
    public string? Clock { get; set; }
}

/// <summary>Jobs by time, one queue per clock.</summary>
internal sealed class JobQueue : ITable
{
    private readonly Dictionary<string, PriorityQueue<Job, (long DueAt, long Seq)>> _queues = new(StringComparer.Ordinal);

    public string Kind => "job";

    public Type EntityType => typeof(Job);

    public Job? Peek(string? clock = null) =>
        _queues.TryGetValue(clock ?? "", out var queue) && queue.TryPeek(out var job, out _) ? job : null;

    public void Add(Entity entity)
    {
        var job = (Job)entity;
        if (!_queues.TryGetValue(job.Clock ?? "", out var queue))
            _queues.Add(job.Clock ?? "", queue = new());
        queue.Enqueue(job, (job.DueAt, job.Seq));
    }

    public void Touched(Entity entity)
    {
    }

    /// <summary>Only the next job of a clock ever leaves.</summary>
    public void Remove(Entity entity)
    {
        var removed = _queues[((Job)entity).Clock ?? ""].Dequeue();
        if (!ReferenceEquals(removed, entity))
            throw new InvalidOperationException("A job left the queue out of turn.");
    }

    public bool Any(JobKind kind) => _queues.TryGetValue("", out var queue) && queue.UnorderedItems.Any(item => item.Element.Kind == kind);
}
