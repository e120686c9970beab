using Dapper;
using Donations.Server.Storage;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Ledger;

/// <summary>Sums that are kept beside the rows that they sum, in the same transaction.</summary>
internal interface IRollUp
{
    string Table { get; }

    /// <summary>Computes all of it anew.</summary>
    void Rebuild(SqliteConnection connection);

    /// <summary>How many of its rows are missing, extra or other than what they sum.</summary>
    long Differences(SqliteConnection connection);
}

/// <summary>Completes rows of a database from before a roll-up, before that is filled.</summary>
/// <param name="Table">The roll-up.</param>
/// <param name="Complete">What it needs.</param>
internal sealed record RollUpPreparation(string Table, Action<SqliteConnection> Complete);

/// <summary>How a roll-up compares with what it sums.</summary>
/// <param name="Table">The roll-up.</param>
/// <param name="Rows">Rows that it has.</param>
/// <param name="Differences">Rows that are missing, extra or other than what they sum.</param>
internal sealed record RollUpFound(string Table, long Rows, long Differences);

/// <summary>Rebuilds and verifies the roll-ups. A database from before them gets them at the first start.</summary>
internal sealed class RollUps(Database database, IEnumerable<IRollUp> rollUps, IEnumerable<RollUpPreparation> preparations, TimeProvider time) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var rollUp in rollUps)
        {
            if (database.Read(c => c.ExecuteScalar<long>("SELECT count(*) FROM roll_ups WHERE name = @Table", new { rollUp.Table }), cancellationToken) == 0)
                await database.WriteAsync((SqliteConnection c) => Rebuild(c, rollUp));
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Computes every roll-up anew, each in one transaction: readers see the old one or the new one. Writes wait meanwhile (seconds for millions of rows).</summary>
    public async Task RebuildAsync()
    {
        foreach (var rollUp in rollUps)
            await database.WriteAsync((SqliteConnection c) => Rebuild(c, rollUp));
    }

    /// <summary>Compares every roll-up with what it sums, on one snapshot.</summary>
    public IReadOnlyList<RollUpFound> Verify(CancellationToken cancellationToken) => database.Read(Compare, cancellationToken);

    /// <inheritdoc cref="Verify"/>
    public IReadOnlyList<RollUpFound> Compare(SqliteConnection connection) =>
        [.. rollUps.Select(r => new RollUpFound(r.Table, connection.ExecuteScalar<long>($"SELECT count(*) FROM {r.Table}"), r.Differences(connection)))];

    /// <summary>Rows that one of two queries has and the other has not.</summary>
    public static long Differences(SqliteConnection connection, string one, string other) => connection.ExecuteScalar<long>(
        $"""
        WITH one AS MATERIALIZED ({one}), other AS MATERIALIZED ({other})
        SELECT (SELECT count(*) FROM (SELECT * FROM one EXCEPT SELECT * FROM other)) + (SELECT count(*) FROM (SELECT * FROM other EXCEPT SELECT * FROM one))
        """);

    private void Rebuild(SqliteConnection connection, IRollUp rollUp)
    {
        foreach (var preparation in preparations.Where(p => p.Table == rollUp.Table))
            preparation.Complete(connection);
        rollUp.Rebuild(connection);
        connection.Execute("INSERT INTO roll_ups (name, build_time_us) VALUES (@Table, @now) ON CONFLICT (name) DO UPDATE SET build_time_us = excluded.build_time_us", new { rollUp.Table, now = time.NowMicros() });
    }
}
