using Donations.Server.Storage;

namespace Donations.Tests.Storage;

public sealed class MigrationNumberTests
{
    /// <summary>A number is applied once: of two files with the same one, the second would be passed over in silence.</summary>
    [Fact]
    public void No_two_migrations_of_a_schema_have_one_number()
    {
        var names = typeof(Database).Assembly.GetManifestResourceNames().Where(n => n.EndsWith(".sql", StringComparison.Ordinal)).Select(n => n.Split('.')[^3..^1]).ToList();
        Assert.NotEmpty(names);
        Assert.Equal([], names.GroupBy(n => (Schema: n[0], Number: n[1][..4])).Where(g => g.Count() > 1).SelectMany(g => g.Select(n => n[1])));
    }
}
