using Dapper;
using Donations.Server.Donors;
using Donations.Tests.Storage;
using Microsoft.Extensions.Time.Testing;

namespace Donations.Tests.Donors;

/// <summary>When the vault is rebuilt; that nothing is left then, ScrubTests show.</summary>
public sealed class VaultFileTests
{
    private const int Mebibyte = 1024 * 1024;

    [Fact]
    public async Task A_small_file_is_rebuilt_each_time_and_a_large_one_once_an_hour()
    {
        await using var temporary = new TemporaryDatabase();
        var (database, time) = (temporary.Database, new FakeTimeProvider());
        var vault = new VaultFile(database, time);
        await database.WriteAsync(c =>
        {
            c.Execute("CREATE TABLE t (i INTEGER PRIMARY KEY, x BLOB) STRICT");
            for (var i = 0; i < 50; i++)
                c.Execute("INSERT INTO t (x) VALUES (zeroblob(@Mebibyte))", new { Mebibyte });
        });
        vault.Scrub();
        var size = database.SizeBytes;
        Assert.InRange(size, 50 * Mebibyte, 52 * Mebibyte);

        await DeleteAsync(10);
        Assert.Equal((size, 0), (database.SizeBytes, new FileInfo(temporary.File + "-wal").Length));
        // What it owes is not forgotten.
        time.Advance(TimeSpan.FromHours(1));
        vault.Scrub();
        Assert.InRange(database.SizeBytes, 40 * Mebibyte, 42 * Mebibyte);

        await DeleteAsync(30);
        time.Advance(TimeSpan.FromHours(1));
        vault.Scrub();
        await DeleteAsync(1);
        Assert.InRange(database.SizeBytes, 9 * Mebibyte, 10 * Mebibyte);

        async Task DeleteAsync(int rows)
        {
            await database.WriteAsync(c => c.Execute("DELETE FROM t WHERE i IN (SELECT i FROM t LIMIT @rows)", new { rows }));
            vault.MarkDirty();
            vault.Scrub();
        }
    }
}
