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
