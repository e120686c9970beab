using Dapper;
using Donations.Server.Ledger;
using Donations.Server.Storage;
using Microsoft.Data.Sqlite;
using Kind = Donations.V1.ReconciliationException.Types.Kind;
using State = Donations.V1.Reconciliation.Types.State;

namespace Donations.Server.Payments;

internal sealed record ReconciliationRow(
    string ReconciliationId, long State, string Stage, long ObjectCount, long DifferenceCount, long HealedCount, long SinceTimeUs, long StartTimeUs, long? EndTimeUs);

/// <summary>One kind of Stripe's objects, compared with ours.</summary>
internal interface IReconciliationStage
{
    /// <summary>Lower ones run first: a payment before its refund.</summary>
    int Order { get; }

    /// <summary>For people who watch.</summary>
    string Name { get; }

    Task ReconcileAsync(ReconciliationRun run, CancellationToken cancellationToken);
}

/// <summary>
/// Compares Stripe's objects with ours once a day, and after events were lost: events are how news comes, not the proof that all
/// came. Each object is written as an event about it would be; whatever that changes was a difference, is healed by it, and stays
/// on record as an exception.
/// </summary>
internal sealed partial class Reconciler(
    Database database, IEnumerable<IReconciliationStage> stages, ExceptionStore exceptions, Ids ids, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<Reconciler> log) : IChore
{
    /// <summary>Stripe retries a renewal for weeks: its payment intent may change that long after it was made.</summary>
    public const long WindowMicros = 35 * UnixMicros.PerDay;

    private const string Columns =
        """
        reconciliation_id AS ReconciliationId, state AS State, stage AS Stage, object_count AS ObjectCount, difference_count AS DifferenceCount, healed_count AS HealedCount,
        since_time_us AS SinceTimeUs, start_time_us AS StartTimeUs, end_time_us AS EndTimeUs
        """;

    /// <summary>After a start, events are caught up with first: what they bring is no difference.</summary>
    private const long CatchUpMicros = 10 * 60 * UnixMicros.PerSecond;

    private readonly long _startMicros = time.NowMicros();
    private readonly SemaphoreSlim _oneStart = new(1, 1);
    private Task _running = Task.CompletedTask;
    private ReconciliationRun? _run;

    public TimeSpan Every => TimeSpan.FromMinutes(5);

    /// <summary>Starts the daily one when its time has come; it runs beside the other chores.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (time.NowMicros() - _startMicros < CatchUpMicros)
            return;
        var last = database.Read(c => List(c, "~", 1), cancellationToken).FirstOrDefault();
        if (last is null || time.NowMicros() - last.StartTimeUs >= UnixMicros.PerDay)
            await StartAsync(null);
    }

    /// <summary>
    /// Starts comparing objects made since a time (by default 35 days ago, or the start of the last complete one where that is longer ago);
    /// answers with the one that runs where one does.
    /// </summary>
    public async Task<ReconciliationRow> StartAsync(long? sinceMicros)
    {
        await _oneStart.WaitAsync();
        try
        {
            if (_running.IsCompleted)
            {
                var run = await database.WriteAsync(c => Begin(c, ids.New(), sinceMicros));
                (_run, _running) = (run, RunAsync(run));
            }

            return database.Read(c => Find(c, _run!.Id))!;
        }
        finally
        {
            _oneStart.Release();
        }
    }

    /// <summary>Ends when nothing runs.</summary>
    public Task WhenIdleAsync() => _running;

    public static ReconciliationRow? Find(SqliteConnection connection, string id) =>
        connection.QuerySingleOrDefault<ReconciliationRow>($"SELECT {Columns} FROM reconciliations WHERE reconciliation_id = @id", new { id });

    /// <summary>Reconciliations below an id (ids sort by age), newest first.</summary>
    public static List<ReconciliationRow> List(SqliteConnection connection, string before, int limit) =>
        connection.Query<ReconciliationRow>($"SELECT {Columns} FROM reconciliations WHERE reconciliation_id < @before ORDER BY reconciliation_id DESC LIMIT @limit", new { before, limit }).AsList();

    private async Task RunAsync(ReconciliationRun run)
    {
        await Task.Yield();
        var state = State.Failed;
        try
        {
            foreach (var stage in stages.OrderBy(s => s.Order))
            {
                await run.EnterAsync(stage.Name);
                await stage.ReconcileAsync(run, lifetime.ApplicationStopping);
            }

            state = State.Done;
        }
        catch (Exception) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // The next start runs it again.
        }
        catch (Exception e)
        {
            LogFailed(log, run.Stage, e.GetType().Name, e is GatewayUnknownException ? "" : e.StackTrace ?? "");
        }

        await run.EndAsync(state);
        if (state == State.Done)
            await database.WriteAsync(c => exceptions.Resolve(c, Kind.EventsLost, "events"));
        LogEnded(log, state, run.Objects, run.Differences, run.Healed);
    }

    private ReconciliationRun Begin(SqliteConnection connection, string id, long? sinceMicros)
    {
        var now = time.NowMicros();
        // One that a crash cut off.
        connection.Execute("UPDATE reconciliations SET state = 3, stage = '', end_time_us = @now WHERE state = 1", new { now });
        var lastDone = connection.ExecuteScalar<long?>("SELECT max(start_time_us) FROM reconciliations WHERE state = 2");
        var since = sinceMicros ?? Math.Min(now - WindowMicros, lastDone ?? long.MaxValue);
        connection.Execute(
            "INSERT INTO reconciliations (reconciliation_id, state, stage, since_time_us, start_time_us) VALUES (@id, 1, '', @since, @now)", new { id, since, now });
        return new(database, exceptions, time, id, since);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Reconciliation stopped at {Stage}: {Failure} {Stack}")]
    private static partial void LogFailed(ILogger log, string stage, string failure, string stack);

    [LoggerMessage(Level = LogLevel.Information, Message = "Reconciliation {State}: {Objects} objects, {Differences} differences, {Healed} healed")]
    private static partial void LogEnded(ILogger log, State state, long objects, long differences, long healed);
}

/// <summary>One reconciliation on its way: what it has seen, and how a stage reports a difference.</summary>
internal sealed class ReconciliationRun(Database database, ExceptionStore exceptions, TimeProvider time, string id, long sinceMicros)
{
    /// <summary>News of what is younger may still be on its way.</summary>
    private const long GraceMicros = 15 * 60 * UnixMicros.PerSecond;

    private const int Stride = 100;

    public string Id => id;

    public long SinceMicros => sinceMicros;

    public string Stage { get; private set; } = "";

    public long Objects { get; private set; }

    public long Differences { get; private set; }

    public long Healed { get; private set; }

    public Task EnterAsync(string stage)
    {
        Stage = stage;
        return SaveAsync(State.Running, null);
    }

    public Task EndAsync(State state)
    {
        Stage = "";
        return SaveAsync(state, time.NowMicros());
    }

    /// <summary>
    /// Writes an object as an event about it would. Where that changed our row (<paramref name="find"/>), the two had differed: noted as
    /// healed, in the same transaction. Objects of the last minutes, and those with an event still to be applied, are left to the inbox.
    /// </summary>
    public async Task CompareAsync<T>(long createTimeMicros, string objectId, Kind kind, Func<SqliteConnection, T?> find, Func<T, string?> nameOf, Action<SqliteConnection> apply)
    {
        if (createTimeMicros > time.NowMicros() - GraceMicros)
            return;
        var differs = await database.WriteAsync(c =>
        {
            if (Inbox.HasPending(c, objectId))
                return false;
            var before = find(c);
            apply(c);
            var after = find(c);
            if (after is null || Difference.Between(before, after) is not { } detail)
                return false;
            exceptions.Healed(c, kind, objectId, nameOf(after), detail);
            return true;
        });
        await CountAsync(differs ? 1 : 0);
    }

    /// <summary>Notes something that the service cannot put right.</summary>
    public async Task OpenAsync(Kind kind, string objectId, string? resource, string detail)
    {
        await database.WriteAsync(c => exceptions.Open(c, kind, objectId, resource, detail));
        Differences++;
    }

    private async Task CountAsync(int healed)
    {
        Objects++;
        Differences += healed;
        Healed += healed;
        if (Objects % Stride == 0)
            await SaveAsync(State.Running, null);
    }

    private Task SaveAsync(State state, long? endMicros) => database.WriteAsync((SqliteConnection c) => c.Execute(
        "UPDATE reconciliations SET state = @state, stage = @Stage, object_count = @Objects, difference_count = @Differences, healed_count = @Healed, end_time_us = @endMicros WHERE reconciliation_id = @id",
        new { state, Stage, Objects, Differences, Healed, endMicros, id }));
}
