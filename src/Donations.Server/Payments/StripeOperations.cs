using Dapper;
using Donations.Server.Storage;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Payments;

/// <summary>Runs operations, one at a time for each subject, until their outcome is known.</summary>
internal sealed partial class StripeOperations(Database database, IEnumerable<IStripeOperationHandler> handlers, TimeProvider time, ILogger<StripeOperations> log)
{
    /// <summary>Stripe forgets keys after 24 hours; a later POST with one would be a new request.</summary>
    public const long MaxKeyAgeMicros = 23L * 3600 * UnixMicros.PerSecond;

    /// <summary>The caller that wrote an operation has this long before the worker takes it for abandoned.</summary>
    public const long CallerLeaseMicros = 60 * UnixMicros.PerSecond;

    private const int Gates = 256;
    private const long MaxBackoffMicros = 3600 * UnixMicros.PerSecond;
    private static readonly TimeSpan OperationLimit = TimeSpan.FromMinutes(2);
    private readonly Dictionary<string, IStripeOperationHandler> _handlers = handlers.ToDictionary(h => h.Kind, StringComparer.Ordinal);

    /// <summary>One operation at a time for a subject: stripes, so that nothing grows with the number of subjects.</summary>
    private readonly SemaphoreSlim[] _gates = [.. Enumerable.Range(0, Gates).Select(_ => new SemaphoreSlim(1, 1))];

    private const string Columns =
        "operation_id AS OperationId, kind AS Kind, subject_id AS SubjectId, arguments AS Arguments, state AS State, attempts AS Attempts, create_time_us AS CreateTimeUs, outcome AS Outcome";

    /// <summary>Writes an operation inside the transaction of its intent.</summary>
    public static void Insert(SqliteConnection connection, StripeOperation operation) => connection.Execute(
        """
        INSERT INTO stripe_operations (operation_id, kind, subject_id, arguments, state, next_try_time_us, create_time_us, update_time_us)
        VALUES (@OperationId, @Kind, @SubjectId, @Arguments, @State, @next, @CreateTimeUs, @CreateTimeUs)
        """,
        new { operation.OperationId, operation.Kind, operation.SubjectId, operation.Arguments, operation.State, operation.CreateTimeUs, next = operation.CreateTimeUs + CallerLeaseMicros });

    /// <summary>Writes an operation that nobody waits for, due at once. False where one with its id was written before.</summary>
    public static bool InsertDue(SqliteConnection connection, StripeOperation operation)
    {
        if (connection.ExecuteScalar<long>("SELECT EXISTS (SELECT 1 FROM stripe_operations WHERE operation_id = @OperationId)", new { operation.OperationId }) == 1)
            return false;
        Insert(connection, operation);
        MakeDue(connection, operation.OperationId);
        return true;
    }

    /// <summary>Nobody waits for an operation: the worker runs it at once.</summary>
    public static void MakeDue(SqliteConnection connection, string operationId) =>
        connection.Execute("UPDATE stripe_operations SET next_try_time_us = create_time_us WHERE operation_id = @operationId", new { operationId });

    /// <summary>Forgets operations that were done long ago. A deterministic id that comes again does what is idempotent at Stripe.</summary>
    public Task<int> PurgeAsync(long beforeMicros, int maxRows) => database.WriteAsync(c => c.Execute(
        "DELETE FROM stripe_operations WHERE operation_id IN (SELECT operation_id FROM stripe_operations WHERE operation_id < @before AND state = 2 LIMIT @maxRows)",
        new { before = Ids.Floor(beforeMicros), maxRows }));

    /// <summary>The pending operation of this kind for a subject, or null.</summary>
    public static StripeOperation? FindOpen(SqliteConnection connection, string subjectId, string kind) => connection.QueryFirstOrDefault<StripeOperation>(
        $"SELECT {Columns} FROM stripe_operations WHERE subject_id = @subjectId AND state = 1 AND kind = @kind", new { subjectId, kind });

    /// <summary>Pending operations whose time has come, oldest first; all of them when <paramref name="evenLeased"/> (at start, nobody holds a lease).</summary>
    public List<(string OperationId, string SubjectId)> ListDue(int max, bool evenLeased) => database.Read(c => c.Query<(string, string)>(
        "SELECT operation_id, subject_id FROM stripe_operations WHERE state = 1 AND next_try_time_us <= @now ORDER BY next_try_time_us LIMIT @max",
        new { now = evenLeased ? long.MaxValue : time.NowMicros(), max }).AsList());

    /// <summary>
    /// Carries an operation out, or finds it done. <paramref name="also"/> runs in the transaction that writes the outcome
    /// (or in one of its own where that was written before: then the outcome tells a refusal at most). <paramref name="written"/> is the operation
    /// where its caller has just written it: it need not be read.
    /// </summary>
    /// <exception cref="GatewayUnknownException">Not known yet; the worker goes on.</exception>
    public async Task RunAsync(string operationId, string subjectId, Action<SqliteConnection, OperationOutcome?>? also = null, StripeOperation? written = null)
    {
        var gate = _gates[(uint)string.GetHashCode(subjectId, StringComparison.Ordinal) % Gates];
        await gate.WaitAsync();
        try
        {
            await RunGatedAsync(operationId, also, written);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Finishes whatever is pending for a subject, oldest first: a newer change must not be overtaken by an older one.</summary>
    /// <exception cref="GatewayUnknownException">One of them is still not known.</exception>
    public async Task FinishOpenAsync(string subjectId)
    {
        foreach (var operationId in database.Read(c => c.Query<string>(
            "SELECT operation_id FROM stripe_operations WHERE subject_id = @subjectId AND state = 1 ORDER BY create_time_us, operation_id", new { subjectId }).AsList()))
        {
            await RunAsync(operationId, subjectId);
        }
    }

    /// <summary>Closes what is pending for a subject but these kinds: what became of it at Stripe no longer matters, or comes as events.</summary>
    public static void Overtake(SqliteConnection connection, string subjectId, IReadOnlyList<string> except) => connection.Execute(
        "UPDATE stripe_operations SET state = 2, arguments = '{}', outcome = 'refused:overtaken' WHERE subject_id = @subjectId AND state = 1 AND kind NOT IN @except", new { subjectId, except });

    /// <summary>Whether anything is pending for a subject.</summary>
    public static bool AnyOpen(SqliteConnection connection, string subjectId) =>
        connection.ExecuteScalar<long>("SELECT EXISTS (SELECT 1 FROM stripe_operations WHERE subject_id = @subjectId AND state = 1)", new { subjectId }) == 1;

    private async Task RunGatedAsync(string operationId, Action<SqliteConnection, OperationOutcome?>? also, StripeOperation? written)
    {
        var operation = written ?? database.Read(c => c.QuerySingleOrDefault<StripeOperation>($"SELECT {Columns} FROM stripe_operations WHERE operation_id = @operationId", new { operationId }));
        if (operation is null || operation.State == (long)OperationState.Done)
        {
            var known = Refusal.Parse(operation?.Outcome) is { } refusal ? new OperationOutcome(_ => { }, Refusal: refusal) : null;
            if (also is not null)
                await database.WriteAsync(c => also(c, known));
            return;
        }

        var outcome = await CallAsync(operation);
        try
        {
            await WriteAsync(operationId, outcome, also);
        }
        catch (Exception)
        {
            await PutOffAsync(operation);
            throw;
        }
    }

    // The arguments have served: a token and an address to come back to need not stay.
    private Task WriteAsync(string operationId, OperationOutcome outcome, Action<SqliteConnection, OperationOutcome?>? also) => database.WriteAsync(c =>
    {
        var mine = c.Execute(
            "UPDATE stripe_operations SET state = 2, arguments = '{}', attempts = attempts + 1, outcome = @refusal, update_time_us = @now WHERE operation_id = @operationId AND state = 1",
            new { operationId, refusal = outcome.Refusal?.ToString(), now = time.NowMicros() }) == 1;
        if (mine)
            outcome.Apply(c);
        also?.Invoke(c, mine ? outcome : null);
    });

    private async Task<OperationOutcome> CallAsync(StripeOperation operation)
    {
        var handler = _handlers[operation.Kind];
        // A started money operation is not cancelled with its caller: it runs to its own limit.
        using var limit = new CancellationTokenSource(OperationLimit, time);
        try
        {
            return time.NowMicros() - operation.CreateTimeUs < MaxKeyAgeMicros
                ? await handler.CallAsync(operation, limit.Token)
                : await handler.SettleAsync(operation, limit.Token);
        }
        catch (GatewayUnknownException e)
        {
            LogUnknown(log, operation.Kind, operation.OperationId, operation.Attempts + 1, e.Message);
            await PutOffAsync(operation);
            throw;
        }
        catch (Exception)
        {
            // A defect, or an object that is not as it should be: what came of it is not known either, and it must not spin.
            await PutOffAsync(operation);
            throw;
        }
    }

    private Task PutOffAsync(StripeOperation operation)
    {
        var now = time.NowMicros();
        var backoff = Math.Min(UnixMicros.PerSecond << (int)Math.Min(operation.Attempts, 12), MaxBackoffMicros);
        return database.WriteAsync(c => c.Execute(
            "UPDATE stripe_operations SET attempts = attempts + 1, next_try_time_us = @next, update_time_us = @now WHERE operation_id = @OperationId AND state = 1",
            new { operation.OperationId, next = now + backoff, now }));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Kind} {OperationId}: outcome unknown after try {Attempts} ({Why}); it will be asked again with the same key")]
    private static partial void LogUnknown(ILogger log, string kind, string operationId, long attempts, string why);
}
