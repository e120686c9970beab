using Dapper;
using Donations.Server.Storage;

namespace Donations.Server.Payments;

/// <summary>Where an event stands.</summary>
internal enum InboxState
{
    /// <summary>To be applied.</summary>
    Pending = 1,

    /// <summary>Applied.</summary>
    Done = 2,

    /// <summary>Not about anything of ours.</summary>
    Ignored = 3,

    /// <summary>Failed too often: kept, counted, replayable.</summary>
    Poisoned = 4,
}

internal sealed record InboxRow(string EventId, string Type, string ObjectId, string Projection, long Attempts, long EventTimeUs)
{
    public EventProjection Facts => EventProjection.FromJson(Projection);
}

/// <summary>Stripe's events as they came, each once, durable before Stripe hears 200.</summary>
internal sealed class Inbox(Database database, TimeProvider time)
{
    public const int MaxAttempts = 12;
    private const long MaxBackoffMicros = 3600 * UnixMicros.PerSecond;

    /// <summary>Keeps events; those already known are left alone. Answers with how many were new.</summary>
    public async Task<int> KeepAsync(IReadOnlyList<StripeEventFacts> events)
    {
        if (events.Count == 0)
            return 0;
        var now = time.NowMicros();
        return await database.WriteAsync(c => events.Sum(e => c.Execute(
            """
            INSERT INTO inbox_events (event_id, type, api_version, object_id, projection, event_time_us, receive_time_us, state, next_try_time_us, update_time_us)
            VALUES (@Id, @Type, @ApiVersion, @ObjectId, @projection, @CreateTimeMicros, @now, 1, @now, @now)
            ON CONFLICT (event_id) DO NOTHING
            """,
            new { e.Id, e.Type, e.ApiVersion, e.Projection.ObjectId, projection = e.Projection.ToJson(), e.CreateTimeMicros, now })));
    }

    public List<InboxRow> ListDue(int max) => database.Read(c => c.Query<InboxRow>(
        """
        SELECT event_id AS EventId, type AS Type, object_id AS ObjectId, projection AS Projection, attempts AS Attempts, event_time_us AS EventTimeUs
        FROM inbox_events WHERE state = 1 AND next_try_time_us <= @now ORDER BY next_try_time_us LIMIT @max
        """,
        new { now = time.NowMicros(), max }).AsList());

    public Task FinishAsync(string eventId, InboxState state) => database.WriteAsync(c => c.Execute(
        "UPDATE inbox_events SET state = @state, attempts = attempts + 1, failure = NULL, update_time_us = @now WHERE event_id = @eventId",
        new { state = (int)state, eventId, now = time.NowMicros() }));

    /// <summary>
    /// Puts an event off, or away once it has failed too often; that Stripe did not answer is no failure of the event
    /// (<paramref name="counts"/> false), or an outage would poison them all. The failure is a type's name: a message may quote data.
    /// </summary>
    public Task FailAsync(InboxRow row, string failure, bool counts)
    {
        var now = time.NowMicros();
        var backoff = Math.Min(UnixMicros.PerSecond << (int)Math.Min(row.Attempts, 12), MaxBackoffMicros);
        var state = counts && row.Attempts + 1 >= MaxAttempts ? InboxState.Poisoned : InboxState.Pending;
        return database.WriteAsync(c => c.Execute(
            "UPDATE inbox_events SET state = @state, attempts = attempts + 1, failure = @failure, next_try_time_us = @next, update_time_us = @now WHERE event_id = @EventId",
            new { state = (int)state, failure, next = now + backoff, now, row.EventId }));
    }
}

/// <summary>Applies events of some types.</summary>
internal interface IStripeEventHandler
{
    bool Handles(string type);

    /// <summary>Applies an event, in any order, any number of times. False where it is about nothing of ours.</summary>
    Task<bool> HandleAsync(InboxRow item, CancellationToken cancellationToken);
}
