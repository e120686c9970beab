using Dapper;
using Donations.Server.Storage;
using Microsoft.Data.Sqlite;

namespace Donations.Tests.Storage;

public sealed class GroupCommitWriterTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly TemporaryDatabase _file = new();

    private Database Database => _file.Database;

    public async ValueTask InitializeAsync() => await Database.WriteAsync(c => c.Execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT"));

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    [Fact]
    public async Task A_result_is_visible_to_readers_when_its_write_is_answered()
    {
        for (var i = 1; i <= 50; i++)
        {
            Assert.Equal(i, await Database.WriteAsync(c => Add(c, i)));
            Assert.Equal(i, Count());
        }
    }

    [Fact]
    public async Task A_failing_unit_undoes_only_itself()
    {
        var (writes, release) = await HoldWriterAsync();
        var before = Database.WriteAsync(c => Add(c, 1));
        var failing = Database.WriteAsync<int>(c =>
        {
            Add(c, 2);
            throw new InvalidOperationException("mine");
        });
        var violating = Database.WriteAsync(c =>
        {
            Add(c, 3);
            return Add(c, 1);
        });
        var after = Database.WriteAsync(c => Add(c, 4));
        release.Set();

        await writes;
        Assert.Equal(1, await before);
        Assert.Equal("mine", (await Assert.ThrowsAsync<InvalidOperationException>(() => failing)).Message);
        await Assert.ThrowsAsync<SqliteException>(() => violating);
        Assert.Equal(4, await after);
        Assert.Equal([1, 4], Ids());
    }

    [Fact]
    public async Task A_failing_unit_undoes_itself_beyond_what_memory_holds()
    {
        // 16 MB of pages that were there before: more than is kept to undo a unit in memory.
        await Database.WriteAsync(c => c.Execute("WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 8000) INSERT INTO notes SELECT i, printf('%2000d', i) FROM n"));
        var (writes, release) = await HoldWriterAsync();
        var before = Database.WriteAsync(c => c.Execute("UPDATE notes SET text = 'before' WHERE id = 1"));
        var failing = Database.WriteAsync<int>(c =>
        {
            c.Execute("UPDATE notes SET text = replace(text, ' ', 'x')");
            throw new InvalidOperationException("mine");
        });
        var after = Database.WriteAsync(c => c.Execute("UPDATE notes SET text = 'after' WHERE id = 8000"));
        release.Set();

        await writes;
        await Assert.ThrowsAsync<InvalidOperationException>(() => failing);
        Assert.Equal((1, 1), (await before, await after));
        Assert.Equal(["before", "after"], Database.Read(c => c.Query<string>("SELECT text FROM notes WHERE text NOT LIKE '  %' ORDER BY id").AsList()));
        Assert.Equal("ok", Database.Read(c => c.ExecuteScalar<string>("PRAGMA integrity_check")));
    }

    [Fact]
    public async Task A_lost_transaction_fails_everybody_in_it_and_the_writer_goes_on()
    {
        var (writes, release) = await HoldWriterAsync();
        var before = Database.WriteAsync(c => Add(c, 1));
        // What SQLite does by itself on a full disk.
        var fatal = Database.WriteAsync(c => c.Execute("ROLLBACK"));
        var after = Database.WriteAsync(c => Add(c, 2));
        release.Set();
        await writes;

        await Assert.ThrowsAnyAsync<Exception>(() => before);
        await Assert.ThrowsAnyAsync<Exception>(() => fatal);
        await Assert.ThrowsAnyAsync<Exception>(() => after);
        Assert.Empty(Ids());
        Assert.Equal(5, await Database.WriteAsync(c => Add(c, 5)));
        Assert.Equal([5], Ids());
    }

    [Fact]
    public async Task Many_concurrent_writers_lose_nothing()
    {
        const int writers = 40;
        const int each = 100;
        var all = Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < each; i++)
            {
                var id = (writer * each) + i + 1;
                Assert.Equal(id, await Database.WriteAsync(c => Add(c, id)));
            }
        }));
        await Task.WhenAll(all).WaitAsync(Patience);
        Assert.Equal(Enumerable.Range(1, writers * each).Select(i => (long)i), Ids());
    }

    [Fact]
    public async Task The_queue_is_bounded_and_takes_more_once_it_is_drained()
    {
        var (writes, release) = await HoldWriterAsync();
        var queued = new List<Task<int>>(GroupCommitWriter.MaxQueued);
        for (var i = 1; i <= GroupCommitWriter.MaxQueued; i++)
        {
            var id = i;
            queued.Add(Database.WriteAsync(c => Add(c, id)));
        }

        Assert.Throws<WriteQueueFullException>(() => { _ = Database.WriteAsync(c => Add(c, -1)); });
        release.Set();
        await writes;
        await Task.WhenAll(queued).WaitAsync(Patience);
        Assert.Equal(GroupCommitWriter.MaxQueued, Count());
        Assert.Equal(-2, await Database.WriteAsync(c => Add(c, -2)));
    }

    [Fact]
    public async Task What_was_queued_is_written_before_it_closes_and_nothing_after()
    {
        var other = _file.OpenAnother();
        var last = other.WriteAsync(c => Add(c, 9));
        await other.DisposeAsync();
        Assert.Equal(9, await last);
        Assert.Equal([9], Ids());
        Assert.Throws<ObjectDisposedException>(() => { _ = other.WriteAsync(c => Add(c, 10)); });
    }

    [Fact]
    public async Task A_reader_cannot_write_and_a_cancelled_read_stops()
    {
        Assert.Throws<SqliteException>(() => Database.Read(c => Add(c, 1)));
        using var cancel = new CancellationTokenSource();
        var running = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var read = Task.Run(() => Database.Read(
            c =>
            {
                // Tells from inside the statement that it runs: an interrupt before it would do nothing.
                c.CreateFunction("started", () => running.TrySetResult());
                return c.ExecuteScalar<long>("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(started()) FROM n");
            },
            cancel.Token));
        await running.Task.WaitAsync(Patience);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.WaitAsync(Patience));
    }

    /// <summary>Keeps the writer inside a unit, so that what is queued next runs as one batch.</summary>
    private async Task<(Task Writes, ManualResetEventSlim Release)> HoldWriterAsync()
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new ManualResetEventSlim();
        var writes = Database.WriteAsync(_ =>
        {
            entered.SetResult();
            Assert.True(release.Wait(Patience));
        });
        await entered.Task.WaitAsync(Patience);
        return (writes, release);
    }

    private static int Add(SqliteConnection connection, int id)
    {
        connection.Execute("INSERT INTO notes (id, text) VALUES (@id, 'x')", new { id });
        return id;
    }

    private long Count() => Database.Read(c => c.ExecuteScalar<long>("SELECT count(*) FROM notes"));

    private List<long> Ids() => Database.Read(c => c.Query<long>("SELECT id FROM notes ORDER BY id").AsList());
}
