using Dapper;
using Donations.Server.Storage;
using Microsoft.Data.Sqlite;
using Kind = Donations.V1.ReconciliationException.Types.Kind;
using State = Donations.V1.ReconciliationException.Types.State;

namespace Donations.Server.Ledger;

internal sealed record ExceptionRow(string ExceptionId, long Kind, long State, string ObjectId, string? Resource, string Detail, long CreateTimeUs, long? ResolveTimeUs, string? ResolvedBy, string? Resolution);

/// <summary>What did not agree between Stripe and us: written when it is found, kept for ever. No personal data.</summary>
internal sealed class ExceptionStore(Ids ids, TimeProvider time)
{
    private const string Columns =
        "exception_id AS ExceptionId, kind AS Kind, state AS State, object_id AS ObjectId, resource AS Resource, detail AS Detail, create_time_us AS CreateTimeUs, resolve_time_us AS ResolveTimeUs, resolved_by AS ResolvedBy, resolution AS Resolution";

    /// <summary>A difference that was put right in the same transaction.</summary>
    public void Healed(SqliteConnection connection, Kind kind, string objectId, string? resource, string detail) => Insert(connection, kind, State.Healed, objectId, resource, detail);

    /// <summary>Something that somebody must look at; once for each object while it is open.</summary>
    public void Open(SqliteConnection connection, Kind kind, string objectId, string? resource, string detail) => Insert(connection, kind, State.Open, objectId, resource, detail);

    /// <summary>What was open about an object is settled.</summary>
    public void Resolve(SqliteConnection connection, Kind kind, string objectId) => connection.Execute(
        "UPDATE exceptions SET state = 3, resolve_time_us = @now WHERE kind = @kind AND object_id = @objectId AND state = 1", new { kind, objectId, now = time.NowMicros() });

    public static ExceptionRow? Find(SqliteConnection connection, string exceptionId) =>
        connection.QuerySingleOrDefault<ExceptionRow>($"SELECT {Columns} FROM exceptions WHERE exception_id = @exceptionId", new { exceptionId });

    /// <summary>Somebody settled one that was open.</summary>
    public void ResolveBy(SqliteConnection connection, string exceptionId, string by, string resolution) => connection.Execute(
        "UPDATE exceptions SET state = 3, resolve_time_us = @now, resolved_by = @by, resolution = @resolution WHERE exception_id = @exceptionId AND state = 1",
        new { exceptionId, by, resolution, now = time.NowMicros() });

    /// <summary>How many are open.</summary>
    public static long CountOpen(SqliteConnection connection) => connection.ExecuteScalar<long>("SELECT count(*) FROM exceptions WHERE state = 1");

    /// <summary>The id that those found from a time on lie above.</summary>
    public static string IdsFrom(long micros) => micros <= 0 ? "" : Ids.Floor(micros);

    /// <summary>The id that those found before a time lie below.</summary>
    public static string IdsUntil(long micros) => micros == long.MaxValue ? "~" : Ids.Floor(micros);

    /// <summary>Exceptions between two ids (ids sort by age), both excluded, newest first.</summary>
    public static List<ExceptionRow> List(SqliteConnection connection, State state, Kind kind, string after, string before, int limit) =>
        connection.Query<ExceptionRow>(ListSql(state, kind), new { state, kind, after, before, limit }).AsList();

    /// <summary>Served by an index whatever is asked for: by state, of which the open ones are few, else by kind, else by id.</summary>
    public static string ListSql(State state, Kind kind) =>
        $"""
        SELECT {Columns} FROM exceptions WHERE exception_id > @after AND exception_id < @before {(state == 0 ? "" : "AND state = @state")} {(kind == 0 ? "" : "AND kind = @kind")}
        ORDER BY exception_id DESC LIMIT @limit
        """;

    /// <summary>Exceptions between two ids, both excluded, oldest first.</summary>
    public static IEnumerable<ExceptionRow> Between(SqliteConnection connection, string after, string before, int limit) => connection.Query<ExceptionRow>(
        $"SELECT {Columns} FROM exceptions WHERE exception_id > @after AND exception_id < @before ORDER BY exception_id LIMIT @limit", new { after, before, limit }, buffered: false);

    /// <summary>What is open of a kind: the objects that it is about.</summary>
    public static List<string> OpenObjects(SqliteConnection connection, Kind kind) =>
        connection.Query<string>("SELECT object_id FROM exceptions WHERE kind = @kind AND state = 1", new { kind }).AsList();

    /// <summary>A condition of a query: nothing was ever noted of the kind `@kind` about an object.</summary>
    /// <param name="objectId">The column with the object's id.</param>
    public static string NeverNoted(string objectId) => $"NOT EXISTS (SELECT 1 FROM exceptions e WHERE e.kind = @kind AND e.object_id = {objectId})";

    private void Insert(SqliteConnection connection, Kind kind, State state, string objectId, string? resource, string detail)
    {
        var now = time.NowMicros();
        connection.Execute(
            """
            INSERT INTO exceptions (exception_id, kind, state, object_id, resource, detail, create_time_us, resolve_time_us)
            VALUES (@id, @kind, @state, @objectId, @resource, @detail, @now, @resolved) ON CONFLICT (kind, object_id) WHERE state = 1 DO NOTHING
            """,
            new { id = ids.New(), kind, state, objectId, resource, detail, now, resolved = state == State.Open ? (long?)null : now });
    }
}
