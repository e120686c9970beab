using Dapper;
using Donations.Server.Storage;

namespace Donations.Tests.Storage;

public sealed class MigrationsTests
{
    [Fact]
    public async Task They_are_applied_once_however_often_the_file_is_opened()
    {
        await using var file = new TemporaryDatabase();
        var (first, schema) = (Applied(file.Database), Schema(file.Database));
        Assert.NotEmpty(first);
        Assert.Equal(Enumerable.Range(1, first.Count).Select(i => (long)i), first.Select(m => m.Version));

        await using var another = file.OpenAnother();
        Assert.Equal(first, Applied(another));
        Assert.Equal(schema, Schema(another));
    }

    [Fact]
    public async Task They_keep_what_is_in_the_file()
    {
        await using var file = new TemporaryDatabase();
        await file.Database.WriteAsync(c => c.Execute(
            "INSERT INTO campaigns (campaign_id, resource, state, create_time_us, update_time_us, version) VALUES ('kept', x'', 1, 1, 1, 1)"));
        await using var another = file.OpenAnother();
        Assert.Equal("kept", another.Read(c => c.QuerySingle<string>("SELECT campaign_id FROM campaigns")));
    }

    [Fact]
    public async Task Events_and_saved_answers_of_before_they_were_appended_are_kept()
    {
        await using var file = new TemporaryDatabase();
        // As the file was before 0013, as far as that touches it.
        await file.Database.WriteAsync((Microsoft.Data.Sqlite.SqliteConnection c) =>
        {
            c.Execute("DELETE FROM schema_migrations WHERE version = 13");
            foreach (var (table, key) in new[] { ("inbox_events", "event_id TEXT"), ("idempotency_records", "request_key BLOB") })
            {
                var sql = c.QuerySingle<string>("SELECT sql FROM sqlite_schema WHERE name = @table AND type = 'table'", new { table });
                c.Execute($"DROP TABLE {table}");
                c.Execute(sql.Replace($"{key} NOT NULL UNIQUE", $"{key} PRIMARY KEY", StringComparison.Ordinal) + ", WITHOUT ROWID");
            }

            foreach (var id in new[] { "b", "a" })
            {
                c.Execute(
                    """
                    INSERT INTO inbox_events (event_id, type, api_version, object_id, projection, event_time_us, receive_time_us, state, attempts, next_try_time_us, failure, update_time_us)
                    VALUES (@id, 'type', 'version', 'object', 'facts', 1, 2, 4, 3, 5, 'failure', 6)
                    """,
                    new { id });
                c.Execute(
                    "INSERT INTO idempotency_records (request_key, request_digest, subject_id, sealed_secret, sealed_response, create_time_us) VALUES (CAST(@id AS BLOB), x'01', 'subject', x'02', x'03', 7)", new { id });
            }
        });
        await using var migrated = file.OpenAnother();
        Assert.Equal(["a|type|version|object|facts|1|2|4|3|5|failure|6", "b|type|version|object|facts|1|2|4|3|5|failure|6"], migrated.Read(c => c.Query<string>(
            "SELECT concat_ws('|', event_id, type, api_version, object_id, projection, event_time_us, receive_time_us, state, attempts, next_try_time_us, failure, update_time_us) FROM inbox_events ORDER BY rowid").AsList()));
        Assert.Equal(["a|01|subject|02|03|7", "b|01|subject|02|03|7"], migrated.Read(c => c.Query<string>(
            "SELECT concat_ws('|', CAST(request_key AS TEXT), hex(request_digest), subject_id, hex(sealed_secret), hex(sealed_response), create_time_us) FROM idempotency_records ORDER BY request_key").AsList()));
    }

    [Fact]
    public async Task Many_that_open_a_new_file_at_once_all_find_it_migrated()
    {
        var directory = Directory.CreateTempSubdirectory("donations-test-").FullName;
        try
        {
            var opened = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
                Database.Open(Path.Combine(directory, "donations.db"), "main", TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance))));
            foreach (var database in opened)
            {
                Assert.Equal(Applied(opened[0]), Applied(database));
                await database.DisposeAsync();
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static List<(long Version, string Name, long Time)> Applied(Database database) =>
        database.Read(c => c.Query<(long, string, long)>("SELECT version, name, apply_time_us FROM schema_migrations ORDER BY version").AsList());

    private static List<string> Schema(Database database) =>
        database.Read(c => c.Query<string>("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").AsList());
}
