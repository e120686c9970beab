using System.Globalization;
using System.Reflection;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Storage;

/// <summary>
/// Numbered SQL files, embedded, one transaction each: a kill at any point leaves the step before or after it.
/// The immediate transaction is also the lock: a second process waits, then finds the work done.
/// </summary>
internal static partial class Migrations
{
    private const string Root = "Donations.Server.Storage.Migrations.";

    public static void Apply(SqliteConnection connection, string schema, TimeProvider time, ILogger log)
    {
        connection.Execute("CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, apply_time_us INTEGER NOT NULL) STRICT");
        foreach (var (version, name, sql) in Load(schema))
        {
            using var transaction = connection.BeginTransaction(deferred: false);
            if (connection.ExecuteScalar<long>("SELECT count(*) FROM schema_migrations WHERE version = @version", new { version }) == 0)
            {
                connection.Execute(sql);
                connection.Execute(
                    "INSERT INTO schema_migrations (version, name, apply_time_us) VALUES (@version, @name, @now)",
                    new { version, name, now = time.NowMicros() });
                LogApplied(log, schema, name);
            }

            transaction.Commit();
        }
    }

    private static IEnumerable<(int Version, string Name, string Sql)> Load(string schema)
    {
        var assembly = Assembly.GetExecutingAssembly();
        var prefix = Root + schema + ".";
        foreach (var resource in assembly.GetManifestResourceNames().Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            var name = resource[prefix.Length..].Replace(".sql", "", StringComparison.Ordinal);
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            yield return (int.Parse(name.AsSpan(0, 4), CultureInfo.InvariantCulture), name, reader.ReadToEnd());
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Migrated {Schema} to {Name}")]
    private static partial void LogApplied(ILogger log, string schema, string name);
}
