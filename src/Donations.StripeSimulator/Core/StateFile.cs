using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Donations.StripeSimulator.Core;

/// <summary>
/// The account in a SQLite file. Every call and every step of the engine is one transaction; with <c>synchronous=NORMAL</c> in WAL mode it
/// survives the death of the process, which is what a development server needs, and not the loss of power.
/// </summary>
internal sealed class StateFile : IDisposable
{
    private static readonly JsonSerializerOptions Json = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly SqliteConnection _connection;

    public StateFile(string path)
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(path));
        Directory.CreateDirectory(directory!);
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        _connection.Open();
        _connection.Execute(
            """
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = NORMAL;
            CREATE TABLE IF NOT EXISTS entities (id TEXT PRIMARY KEY, seq INTEGER NOT NULL, kind TEXT NOT NULL, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
            CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
            """);
    }

    /// <summary>Reads everything into the store, in order of creation.</summary>
    public void Load(Store store)
    {
        var types = store.Tables.ToDictionary(table => table.Kind, table => table.EntityType, StringComparer.Ordinal);
        foreach (var (kind, json) in _connection.Query<(string Kind, string Json)>("SELECT kind, json FROM entities ORDER BY seq", buffered: false))
            store.Restore((Entity)JsonSerializer.Deserialize(json, types[kind], Json)!);
    }

    public long? Setting(string name) =>
        _connection.QuerySingleOrDefault<string>("SELECT value FROM settings WHERE name = @name", new { name }) is { } value
            ? long.Parse(value, CultureInfo.InvariantCulture)
            : null;

    public void Save(Store store, (IReadOnlyList<Entity> Changed, IReadOnlyList<Entity> Removed) changes, IEnumerable<(string Name, long Value)> settings)
    {
        using var transaction = _connection.BeginTransaction();
        foreach (var entity in changes.Changed)
        {
            _connection.Execute(
                "INSERT INTO entities (id, seq, kind, json) VALUES (@Id, @Seq, @kind, @json) ON CONFLICT (id) DO UPDATE SET json = excluded.json",
                new { entity.Id, entity.Seq, kind = store.KindOf(entity), json = JsonSerializer.Serialize(entity, entity.GetType(), Json) },
                transaction);
        }
        foreach (var entity in changes.Removed)
            _connection.Execute("DELETE FROM entities WHERE id = @Id", new { entity.Id }, transaction);
        foreach (var (name, value) in settings)
        {
            _connection.Execute(
                "INSERT INTO settings (name, value) VALUES (@name, @value) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                new { name, value = value.ToString(CultureInfo.InvariantCulture) }, transaction);
        }
        transaction.Commit();
    }

    public void Dispose() => _connection.Dispose();
}
