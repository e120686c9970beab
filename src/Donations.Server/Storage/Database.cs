using System.Collections.Concurrent;
using Dapper;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Donations.Server.Storage;

/// <summary>
/// One SQLite file: WAL, synchronous=FULL, one writer with group commit, many readers on snapshots.
/// Writes and reads are units of work that get an open connection, run synchronously and keep nothing of it.
/// </summary>
internal sealed class Database : IAsyncDisposable
{
    private const int MaxIdleReaders = 16;

    /// <summary>How long a scrub waits for a reader or the writer before it gives up, in milliseconds.</summary>
    private const int ScrubWait = 1000;

    /// <summary>SQLITE_CONFIG_STMTJRNL_SPILL.</summary>
    private const int StatementJournalSpill = 26;

    /// <summary>
    /// What undoing a unit of work needs stays in memory up to so many bytes (31 pages); beyond them SQLite takes a temporary file until the batch ends.
    /// With its own 64 KiB four of five pages that were written went to that file, none of which durability needs. It moves all of them there with
    /// one write, of which its Unix layer masks the length with 0x1ffff: a larger limit makes units that outgrow it fail.
    /// </summary>
    private const int MaxUndoBytes = 0x1ffff;

    private readonly ConcurrentBag<Reader> _idleReaders = [];
    private readonly string _path;
    private readonly GroupCommitWriter _writer;

    // For the whole process, and only before its first connection; afterwards it changes nothing, and units of work are slower.
    static Database()
    {
        Batteries_V2.Init();
        raw.sqlite3_config(StatementJournalSpill, MaxUndoBytes);
    }

    private Database(string path, GroupCommitWriter writer) => (_path, _writer) = (path, writer);

    /// <summary>Opens the file, creating it if need be, and brings it to the newest schema before anybody reads or writes. <paramref name="steps"/> end every commit.</summary>
    /// <exception cref="InvalidOperationException">WAL or synchronous=FULL cannot be had: commits would not be durable.</exception>
    public static Database Open(string path, string schema, TimeProvider time, ILoggerFactory logs, IReadOnlyList<ICommitStep>? steps = null)
    {
        DataDirectory.Create(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var log = logs.CreateLogger<Database>();
        var connection = Connect(path, SqliteOpenMode.ReadWriteCreate);
        try
        {
            connection.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -65536;");
            RequirePragma(connection, "journal_mode", "wal");
            RequirePragma(connection, "synchronous", "2");
            RequirePragma(connection, "foreign_keys", "1");
            Migrations.Apply(connection, schema, time, log);
            return new(path, new(connection, schema, steps ?? [], log));
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Runs a unit of work on the writer; the task ends when its commit is on disk.</summary>
    public Task<T> WriteAsync<T>(Func<SqliteConnection, T> work) => _writer.WriteAsync(work);

    /// <inheritdoc cref="WriteAsync{T}"/>
    public Task WriteAsync(Action<SqliteConnection> work) => _writer.WriteAsync(connection =>
    {
        work(connection);
        return 0;
    });

    /// <summary>Runs a read on one snapshot. Cancelling interrupts the statement that runs.</summary>
    public T Read<T>(Func<SqliteConnection, T> work, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_idleReaders.TryTake(out var reader))
            reader = new(Connect(_path, SqliteOpenMode.ReadOnly));
        // SqliteCommand.Cancel does nothing; sqlite3_interrupt does.
        using var interrupt = cancellationToken.UnsafeRegister(static c => raw.sqlite3_interrupt(((SqliteConnection)c!).Handle), reader.Connection);
        try
        {
            return reader.Run(work);
        }
        catch (SqliteException e) when (e.SqliteErrorCode == raw.SQLITE_INTERRUPT)
        {
            throw new OperationCanceledException("The read was interrupted", e, cancellationToken);
        }
        finally
        {
            if (_idleReaders.Count < MaxIdleReaders)
                _idleReaders.Add(reader);
            else
                reader.Dispose();
        }
    }

    /// <summary>Bytes of the file, without its WAL.</summary>
    public long SizeBytes => new FileInfo(_path).Length;

    /// <summary>
    /// Takes what was deleted off the disk: truncates the WAL, and with <paramref name="rebuild"/> writes the whole file anew first. Deleting overwrites a
    /// row where it lies (secure_delete), but not the copies that stayed behind when rows were moved between pages. False: somebody was in the way.
    /// </summary>
    public bool Scrub(bool rebuild)
    {
        // Neither can run inside a transaction, and the writer's batches are transactions.
        using var connection = Connect(_path, SqliteOpenMode.ReadWrite);
        // The copy that a rebuild makes stays in memory: a temporary file would be one more trace.
        connection.Execute($"PRAGMA busy_timeout = {ScrubWait}; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;");
        connection.DefaultTimeout = 1;
        try
        {
            if (rebuild)
                connection.Execute("VACUUM");
            return connection.QuerySingle<long>("PRAGMA wal_checkpoint(TRUNCATE)") == 0;
        }
        catch (SqliteException e) when (e.SqliteErrorCode is raw.SQLITE_BUSY or raw.SQLITE_LOCKED)
        {
            return false;
        }
    }

    /// <summary>The writer closes last: the last connection folds the WAL into the file, and a reader may not write.</summary>
    public async ValueTask DisposeAsync()
    {
        while (_idleReaders.TryTake(out var reader))
            reader.Dispose();
        await _writer.DisposeAsync();
    }

    /// <summary>A connection for reading with its snapshot statements prepared: they run around every read.</summary>
    private sealed class Reader : IDisposable
    {
        private readonly SqliteCommand _begin;
        private readonly SqliteCommand _end;

        public Reader(SqliteConnection connection)
        {
            Connection = connection;
            (_begin, _end) = (connection.CreateCommand(), connection.CreateCommand());
            (_begin.CommandText, _end.CommandText) = ("BEGIN DEFERRED", "ROLLBACK");
        }

        public SqliteConnection Connection { get; }

        public T Run<T>(Func<SqliteConnection, T> work)
        {
            _begin.ExecuteNonQuery();
            try
            {
                return work(Connection);
            }
            finally
            {
                // SQLite may have ended the transaction itself, after an error.
                if (raw.sqlite3_get_autocommit(Connection.Handle) == 0)
                    _end.ExecuteNonQuery();
            }
        }

        public void Dispose()
        {
            _begin.Dispose();
            _end.Dispose();
            Connection.Dispose();
        }
    }

    private static SqliteConnection Connect(string path, SqliteOpenMode mode)
    {
        var connection = new PreparedConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    private static void RequirePragma(SqliteConnection connection, string pragma, string value)
    {
        var found = connection.ExecuteScalar<string>($"PRAGMA {pragma}");
        if (!string.Equals(found, value, StringComparison.OrdinalIgnoreCase))
            throw new InvalidOperationException($"PRAGMA {pragma} is {found}, not {value}: acknowledged writes would not be durable. Refusing to start.");
    }
}
