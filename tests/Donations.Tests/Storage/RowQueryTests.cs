using Dapper;
using Donations.Server.Storage;

namespace Donations.Tests.Storage;

/// <summary>The reader of rows is made from the first row that comes, and must fit all others.</summary>
public sealed class RowQueryTests : IDisposable
{
    private readonly PreparedConnection _connection = new("Data Source=:memory:");

    public RowQueryTests()
    {
        _connection.Open();
        _connection.Execute("CREATE TABLE t (id TEXT NOT NULL, kind INTEGER, name TEXT, hash BLOB, far INTEGER) STRICT");
    }

    public void Dispose() => _connection.Dispose();

    internal sealed record Row
    {
        public required string Id { get; init; }
        public DayOfWeek Kind { get; init; }
        public string? Name { get; init; }
        public byte[]? Hash { get; init; }
        public long? Far { get; init; }
    }

    internal sealed record Constructed(string Id, long? Kind, string? Name, byte[]? Hash, long? Far);

    private const string Sql = "SELECT id AS Id, kind AS Kind, name AS Name, hash AS Hash, far AS Far FROM t WHERE id = @key";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Nulls_first_or_last(bool nullsFirst)
    {
        const string Insert = "INSERT INTO t (id, kind, name, hash, far) VALUES (@id, @kind, @name, @hash, @far)";
        _connection.Execute(Insert, new { id = "empty", kind = (long?)null, name = (string?)null, hash = (byte[]?)null, far = (long?)null });
        _connection.Execute(Insert, new { id = "full", kind = 2, name = "12", hash = new byte[] { 1, 2 }, far = long.MaxValue });
        var (rows, constructed) = (new RowQuery<Row>(Sql), new RowQuery<Constructed>(Sql));
        foreach (var id in nullsFirst ? new[] { "empty", "full", "empty" } : ["full", "empty", "full"])
        {
            var (row, other) = (rows.Find(_connection, id)!, constructed.Find(_connection, id)!);
            Assert.Equal(id, row.Id);
            Assert.Equal(id == "full" ? (DayOfWeek.Tuesday, "12", 2, (long?)long.MaxValue) : (default, null, null, null), (row.Kind, row.Name, row.Hash?.Length, row.Far));
            Assert.Equal(id == "full" ? (2L, "12", 2, long.MaxValue) : ((long?)null, null, (int?)null, (long?)null), (other.Kind, other.Name, other.Hash?.Length, other.Far));
        }
    }

    [Fact]
    public void None_is_null_and_two_are_a_defect()
    {
        var query = new RowQuery<Row>(Sql);
        Assert.Null(query.Find(_connection, "a"));
        Assert.Empty(query.List(_connection, "a"));
        _connection.Execute("INSERT INTO t (id) VALUES ('a'), ('a')");
        Assert.Throws<InvalidOperationException>(() => query.Find(_connection, "a"));
        Assert.Equal(2, query.List(_connection, "a").Count);
    }
}
