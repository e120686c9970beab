using Dapper;
using Donations.Server.Storage;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Payments;

/// <summary>Where an event stands; the numbers of donations.v1.InboxEvent.State.</summary>
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

internal sealed record InboxRow(
    string EventId, string Type, string? ApiVersion, string ObjectId, string Projection, long State, long Attempts, string? Failure, long EventTimeUs, long ReceiveTimeUs, long NextTryTimeUs)
{
    private EventProjection? _facts;

    public EventProjection Facts => _facts ??= EventProjection.FromJson(Projection);

    /// <summary>Written in the version that this service reads: what it tells can be taken as it is.</summary>
    public bool IsOfOurVersion => ApiVersion == StripeOptions.ApiVersion;
}

/// <summary>Stripe's events as they came, each once, durable before Stripe hears 200.</summary>
internal sealed class Inbox(Database database, TimeProvider time)
{
    public const int MaxAttempts = 12;
    private const long MaxBackoffMicros = 3600 * UnixMicros.PerSecond;

    private const string Columns =
        """
        event_id AS EventId, type AS Type, api_version AS ApiVersion, object_id AS ObjectId, projection AS Projection, state AS State, attempts AS Attempts, failure AS Failure,
        event_time_us AS EventTimeUs, receive_time_us AS ReceiveTimeUs, next_try_time_us AS NextTryTimeUs
        """;

    /// <summary>Keeps events; those already known are left alone. Answers with how many were new.</summary>
    public async Task<int> KeepAsync(IReadOnlyList<StripeEventFacts> events)
    {
        if (events.Count == 0)
            return 0;
        var now = time.NowMicros();
        var rows = events.Select(e => new { e.Id, e.Type, e.ApiVersion, e.Projection.ObjectId, projection = e.Projection.ToJson(), e.CreateTimeMicros, now }).ToList();
        return await database.WriteAsync(c => rows.Sum(row => c.Execute(
            """
            INSERT INTO inbox_events (event_id, type, api_version, object_id, projection, event_time_us, receive_time_us, state, next_try_time_us, update_time_us)
            VALUES (@Id, @Type, @ApiVersion, @ObjectId, @projection, @CreateTimeMicros, @now, 1, @now, @now)
            ON CONFLICT (event_id) DO NOTHING
            """,
            row)));
    }

    public List<InboxRow> ListDue(int max) => database.Read(c => c.Query<InboxRow>(
        $"SELECT {Columns} FROM inbox_events WHERE state = 1 AND next_try_time_us <= @now ORDER BY next_try_time_us LIMIT @max", new { now = time.NowMicros(), max }).AsList());

    public static InboxRow? Find(SqliteConnection connection, string eventId) =>
        connection.QuerySingleOrDefault<InboxRow>($"SELECT {Columns} FROM inbox_events WHERE event_id = @eventId", new { eventId });

    /// <summary>Events received before another one, newest first.</summary>
    public static List<InboxRow> List(SqliteConnection connection, InboxState state, string? type, long beforeMicros, string beforeId, int limit) => connection.Query<InboxRow>(
        $"""
        SELECT {Columns} FROM inbox_events
        WHERE (receive_time_us, event_id) < (@beforeMicros, @beforeId) {(state == 0 ? "" : "AND state = @state")} {(type is null ? "" : "AND type = @type")}
        ORDER BY receive_time_us DESC, event_id DESC LIMIT @limit
        """,
        new { state = (int)state, type, beforeMicros, beforeId, limit }).AsList();

    public static long CountPoisoned(SqliteConnection connection) => connection.ExecuteScalar<long>("SELECT count(*) FROM inbox_events WHERE state = 4");

    /// <summary>Whether an event of this type about an object came, whatever became of it.</summary>
    public static bool Has(SqliteConnection connection, string type, string objectId) =>
        connection.ExecuteScalar<long>("SELECT EXISTS (SELECT 1 FROM inbox_events WHERE object_id = @objectId AND type = @type)", new { objectId, type }) == 1;

    /// <summary>Whether anything about an object is still to be applied.</summary>
    public static bool HasPending(SqliteConnection connection, string objectId) =>
        connection.ExecuteScalar<long>("SELECT EXISTS (SELECT 1 FROM inbox_events WHERE object_id = @objectId AND state = 1)", new { objectId }) == 1;

    public Task FinishAsync(IReadOnlyList<(string EventId, InboxState State)> events) => database.WriteAsync((SqliteConnection c) =>
    {
        var now = time.NowMicros();
        foreach (var (eventId, state) in events)
            c.Execute("UPDATE inbox_events SET state = @state, attempts = attempts + 1, failure = NULL, update_time_us = @now WHERE event_id = @eventId", new { state = (int)state, eventId, now });
    });

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

    /// <summary>Puts an event at the beginning again. Null where there is none.</summary>
    public Task<InboxRow?> ReplayAsync(string eventId) => database.WriteAsync(c =>
    {
        c.Execute("UPDATE inbox_events SET state = 1, attempts = 0, failure = NULL, next_try_time_us = @now, update_time_us = @now WHERE event_id = @eventId", new { eventId, now = time.NowMicros() });
        return Find(c, eventId);
    });

    /// <summary>Forgets events that were applied or ignored long ago: Stripe has forgotten them too, so none comes again.</summary>
    public Task<int> PurgeAsync(long beforeMicros, int maxRows) => database.WriteAsync(c => c.Execute(
        "DELETE FROM inbox_events WHERE event_id IN (SELECT event_id FROM inbox_events WHERE receive_time_us < @beforeMicros AND state IN (2, 3) ORDER BY receive_time_us LIMIT @maxRows)",
        new { beforeMicros, maxRows }));
}

/// <summary>Applies events of some types.</summary>
internal interface IStripeEventHandler
{
    bool Handles(string type);

    /// <summary>
    /// Applies events on one thing (<see cref="EventProjection.Target"/>), in the order in which they came, which need not be the order in
    /// which they happened; any number of times. False where they are about nothing of ours.
    /// </summary>
    Task<bool> HandleAsync(IReadOnlyList<InboxRow> items, CancellationToken cancellationToken);

    /// <summary>Runs after each batch, an empty one too, for what is cheaper to ask for together. Throws nothing that can wait.</summary>
    Task AfterBatchAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
