using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Donations.Server.Storage;

/// <summary>The write queue holds as much as it may; the caller should come back later.</summary>
internal sealed class WriteQueueFullException() : Exception("The write queue is full");

/// <summary>
/// The one writer. Whatever waits in the queue is run in one BEGIN IMMEDIATE … COMMIT, each unit of work inside its own
/// savepoint, and nobody is answered before that commit is on disk. There is no timer: a lone caller commits at once,
/// many callers share one sync. What follows from all of them (<see cref="ICommitStep"/>) is done once, before the commit.
/// Units run on the writer's own thread, wait for nothing but the connection and hold no network call.
/// </summary>
internal sealed partial class GroupCommitWriter : IAsyncDisposable
{
    public const int MaxQueued = 10_000;
    public const int MaxBatch = 200;

    private readonly Channel<Unit> _queue = Channel.CreateBounded<Unit>(new BoundedChannelOptions(MaxQueued) { SingleReader = true });
    private readonly SqliteConnection _connection;
    private readonly IReadOnlyList<ICommitStep> _steps;
    private readonly ILogger _log;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SqliteCommand _begin;
    private readonly SqliteCommand _commit;
    private readonly SqliteCommand _rollback;
    private readonly SqliteCommand _savepoint;
    private readonly SqliteCommand _release;
    private readonly SqliteCommand _rollbackTo;

    public GroupCommitWriter(SqliteConnection connection, string name, IReadOnlyList<ICommitStep> steps, ILogger log)
    {
        (_connection, _steps, _log) = (connection, steps, log);
        foreach (var step in steps)
            step.Prepare(connection);
        _begin = Command("BEGIN IMMEDIATE");
        _commit = Command("COMMIT");
        _rollback = Command("ROLLBACK");
        _savepoint = Command("SAVEPOINT unit");
        _release = Command("RELEASE unit");
        _rollbackTo = Command("ROLLBACK TO unit; RELEASE unit");
        _thread = new(Run) { IsBackground = true, Name = $"{name} writer" };
        _thread.Start();
    }

    /// <summary>Runs a unit of work and answers once its commit is durable. A failing unit undoes only itself.</summary>
    /// <exception cref="WriteQueueFullException">More than <see cref="MaxQueued"/> units are waiting.</exception>
    public Task<T> WriteAsync<T>(Func<SqliteConnection, T> work)
    {
        var unit = new Unit<T>(work);
        if (!_queue.Writer.TryWrite(unit))
            throw _stopped.Task.IsCompleted || _queue.Reader.Completion.IsCompleted ? new ObjectDisposedException(nameof(GroupCommitWriter)) : new WriteQueueFullException();
        return unit.Answer.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _stopped.Task;
        foreach (var command in (SqliteCommand[])[_begin, _commit, _rollback, _savepoint, _release, _rollbackTo])
            await command.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private SqliteCommand Command(string sql)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }

    private void Run()
    {
        var batch = new List<Unit>(MaxBatch);
        try
        {
            // A dedicated thread may block: it has nothing else to do.
            while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
            {
                while (batch.Count < MaxBatch && _queue.Reader.TryRead(out var unit))
                    batch.Add(unit);
                RunBatch(batch);
                batch.Clear();
            }
        }
        finally
        {
            _stopped.SetResult();
        }
    }

    private void RunBatch(List<Unit> batch)
    {
        var unitsDone = false;
        try
        {
            _begin.ExecuteNonQuery();
            foreach (var unit in batch)
                RunUnit(unit);
            unitsDone = true;
            foreach (var step in _steps)
                step.Run(_connection);
            _commit.ExecuteNonQuery();
        }
        catch (Exception e)
        {
            LogBatchFailed(_log, batch.Count, e.GetType().Name, (e as SqliteException)?.SqliteErrorCode ?? 0);
            var intact = !RolledBackBySqlite;
            if (intact)
                _rollback.ExecuteNonQuery();
            // A step that one unit's rows break must not undo the others. That the disk is full or broken is everybody's.
            if (intact && unitsDone && batch.Count > 1 && e is SqliteException { SqliteErrorCode: raw.SQLITE_CONSTRAINT or raw.SQLITE_ERROR or raw.SQLITE_MISMATCH })
            {
                foreach (var unit in batch)
                    RunBatch([unit]);
                return;
            }

            foreach (var unit in batch)
                unit.Fail(e);
            return;
        }

        foreach (var unit in batch)
            unit.Succeed();
    }

    private void RunUnit(Unit unit)
    {
        _savepoint.ExecuteNonQuery();
        try
        {
            unit.Execute(_connection);
            _release.ExecuteNonQuery();
        }
        catch (Exception e)
        {
            // On FULL, IOERR and NOMEM SQLite may have rolled the whole transaction back: then the batch is lost.
            if (RolledBackBySqlite)
                throw;
            _rollbackTo.ExecuteNonQuery();
            unit.Remember(e);
        }
    }

    private bool RolledBackBySqlite => raw.sqlite3_get_autocommit(_connection.Handle) != 0;

    [LoggerMessage(Level = LogLevel.Error, Message = "A batch of {Count} units of work was rolled back: {Failure}, SQLite code {Code}")]
    private static partial void LogBatchFailed(ILogger log, int count, string failure, int code);

    private abstract class Unit
    {
        public abstract void Execute(SqliteConnection connection);
        public abstract void Remember(Exception e);
        public abstract void Succeed();
        public abstract void Fail(Exception e);
    }

    private sealed class Unit<T>(Func<SqliteConnection, T> work) : Unit
    {
        private T? _result;
        private Exception? _failure;

        public TaskCompletionSource<T> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void Execute(SqliteConnection connection) => (_failure, _result) = (null, work(connection));

        public override void Remember(Exception e) => _failure = e;

        public override void Succeed()
        {
            if (_failure is null)
                Answer.SetResult(_result!);
            else
                Answer.SetException(_failure);
        }

        public override void Fail(Exception e) => Answer.SetException(_failure ?? e);
    }
}
