using Dapper;

namespace Donations.Tests.Storage;

/// <summary>What it takes that a deleted row is gone from the disk.</summary>
public sealed class ScrubTests
{
    /// <summary>Rows that moved between pages leave copies behind, which secure_delete does not see: only a rebuilt file has none.</summary>
    [Fact]
    public async Task Nothing_of_deleted_rows_is_left()
    {
        await using var temporary = new TemporaryDatabase();
        var database = temporary.Database;
        var random = new Random(1);
        var (kept, gone) = (new List<byte[]>(), new List<byte[]>());
        await database.WriteAsync(c =>
        {
            c.Execute("CREATE TABLE secrets (secret BLOB PRIMARY KEY) STRICT, WITHOUT ROWID");
            for (var i = 0; i < 12_000; i++)
            {
                if (random.Next(3) > 0 || kept.Count == 0)
                {
                    kept.Add(Secret(random));
                    c.Execute("INSERT INTO secrets (secret) VALUES (@secret)", new { secret = kept[^1] });
                    continue;
                }

                var at = random.Next(kept.Count);
                c.Execute("DELETE FROM secrets WHERE secret = @secret", new { secret = kept[at] });
                gone.Add(kept[at]);
                kept.RemoveAt(at);
            }
        });

        Assert.InRange(Found(temporary.File + "-wal", gone), 1, gone.Count);
        Assert.True(database.Scrub(rebuild: false));
        Assert.Equal(0, new FileInfo(temporary.File + "-wal").Length);
        // Were this nothing, with a newer SQLite, the rebuild could go.
        Assert.InRange(Found(temporary.File, gone), 1, gone.Count / 10);
        Assert.True(database.Scrub(rebuild: true));
        Assert.Equal((0, kept.Count), (Found(temporary.File, gone), Found(temporary.File, kept)));
        Assert.Equal(kept.Count, database.Read(c => c.ExecuteScalar<long>("SELECT count(*) FROM secrets")));
        await database.WriteAsync(c => c.Execute("INSERT INTO secrets (secret) VALUES (x'00')"));
    }

    [Fact]
    public async Task A_reader_in_the_way_puts_it_off()
    {
        await using var temporary = new TemporaryDatabase();
        await temporary.Database.WriteAsync(c => c.Execute("CREATE TABLE t (x INTEGER) STRICT"));
        temporary.Database.Read(c =>
        {
            c.ExecuteScalar<long>("SELECT count(*) FROM t");
            temporary.Database.WriteAsync(w => w.Execute("INSERT INTO t (x) VALUES (1)")).GetAwaiter().GetResult();
            Assert.False(temporary.Database.Scrub(rebuild: false));
            return 0;
        });
        Assert.True(temporary.Database.Scrub(rebuild: false));
    }

    private static byte[] Secret(Random random)
    {
        var bytes = new byte[random.Next(190, 400)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static int Found(string path, List<byte[]> secrets)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return secrets.Count(secret => bytes.AsSpan().IndexOf(secret.AsSpan(20, 40)) >= 0);
    }
}
