using Dapper;
using Donations.Server.Storage;
using Microsoft.Data.Sqlite;

namespace Donations.Tests.Storage;

/// <summary>Statements that are prepared once answer as new ones would, whatever happened to them before.</summary>
public sealed class PreparedConnectionTests : IDisposable
{
    private readonly PreparedConnection _connection = new("Data Source=:memory:");

    public PreparedConnectionTests()
    {
        _connection.Open();
        _connection.Execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE) STRICT");
    }

    public void Dispose() => _connection.Dispose();

    [Fact]
    public void The_same_text_runs_again_with_other_values_and_forgets_the_ones_before()
    {
        for (var i = 1; i <= 3; i++)
            _connection.Execute("INSERT INTO t (id, name) VALUES (@id, @name)", new { id = i, name = i == 2 ? null : $"n{i}" });
        Assert.Equal(["n1", null, "n3"], _connection.Query<string?>("SELECT name FROM t ORDER BY id"));
        Assert.Throws<InvalidOperationException>(() => _connection.Execute("INSERT INTO t (id, name) VALUES (@id, @name)", new { id = 4 }));
    }

    [Fact]
    public void One_that_failed_does_not_spoil_the_next()
    {
        _connection.Execute("INSERT INTO t (id, name) VALUES (@id, @name)", new { id = 1, name = "a" });
        for (var i = 0; i < 3; i++)
            Assert.Throws<SqliteException>(() => _connection.Execute("INSERT INTO t (id, name) VALUES (@id, @name)", new { id = 1, name = "b" }));
        Assert.Equal(1, _connection.Execute("INSERT INTO t (id, name) VALUES (@id, @name)", new { id = 2, name = "b" }));
        Assert.Equal(2, _connection.ExecuteScalar<long>("SELECT count(*) FROM t"));
    }

    [Fact]
    public void One_text_may_be_open_twice()
    {
        for (var i = 1; i <= 3; i++)
            _connection.Execute("INSERT INTO t (id, name) VALUES (@i, @name)", new { i, name = $"n{i}" });
        const string All = "SELECT id FROM t ORDER BY id";
        var pairs = _connection.Query<long>(All, buffered: false).SelectMany(a => _connection.Query<long>(All, buffered: false).Select(b => (a, b))).ToList();
        Assert.Equal(9, pairs.Count);
        // Left in the middle, then again from the start.
        Assert.Equal(1, _connection.Query<long>(All, buffered: false).First());
        Assert.Equal([1, 2, 3], _connection.Query<long>(All));
    }

    [Fact]
    public void A_schema_that_changed_is_seen()
    {
        const string All = "SELECT * FROM t";
        Assert.Empty(_connection.Query(All));
        _connection.Execute("ALTER TABLE t ADD COLUMN more TEXT");
        _connection.Execute("INSERT INTO t (id, name, more) VALUES (1, 'a', 'b')");
        Assert.Equal("b", (string)_connection.Query(All).Single().more);
    }

    [Fact]
    public void Transactions_and_savepoints_are_the_connection_s()
    {
        const string Insert = "INSERT INTO t (id) VALUES (@id)";
        using (var transaction = _connection.BeginTransaction())
        {
            _connection.Execute(Insert, new { id = 1 }, transaction);
            transaction.Rollback();
        }

        _connection.Execute("BEGIN; SAVEPOINT s");
        _connection.Execute(Insert, new { id = 2 });
        _connection.Execute("ROLLBACK TO s; RELEASE s");
        _connection.Execute(Insert, new { id = 3 });
        _connection.Execute("COMMIT");
        Assert.Equal(3, _connection.ExecuteScalar<long>("SELECT sum(id) FROM t"));
    }

    [Fact]
    public void Many_texts_do_not_pile_up()
    {
        for (var i = 0; i < 2000; i++)
            Assert.Equal(i, _connection.ExecuteScalar<long>($"SELECT {i} WHERE 1 IN @list", new { list = Enumerable.Range(0, (i % 7) + 2) }));
    }
}
