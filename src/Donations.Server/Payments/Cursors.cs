using Dapper;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Payments;

/// <summary>How far a listing of Stripe's has been taken in, completely. Never goes back.</summary>
internal static class Cursors
{
    /// <summary>Set once the opening entries are booked.</summary>
    public const string Opening = "opening";

    public static long? Find(SqliteConnection connection, string name) => connection.ExecuteScalar<long?>("SELECT time_us FROM cursors WHERE name = @name", new { name });

    public static void Advance(SqliteConnection connection, string name, long timeMicros) => connection.Execute(
        "INSERT INTO cursors (name, time_us) VALUES (@name, @timeMicros) ON CONFLICT (name) DO UPDATE SET time_us = max(time_us, excluded.time_us)", new { name, timeMicros });
}
