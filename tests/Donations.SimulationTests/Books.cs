using Dapper;
using Microsoft.Data.Sqlite;

namespace Donations.SimulationTests;

/// <summary>Looks into the database of a running server, read only, as an auditor would.</summary>
internal static class Books
{
    /// <summary>Waits until so many payments are settled and posted; the server works through its inbox meanwhile.</summary>
    public static async Task WaitUntilSettledAsync(string path, int payments)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (Ask(path, "SELECT count(*) FROM payments WHERE stripe_balance_transaction_id IS NOT NULL") < payments)
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, limit.Token);
    }

    /// <summary>Balance of 1010, which must equal Stripe's.</summary>
    public static long Clearing(string path) => Ask(path, "SELECT coalesce(sum(debit_minor - credit_minor), 0) FROM journal_lines WHERE account = '1010'");

    private static long Ask(string path, string sql)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        return connection.ExecuteScalar<long>(sql);
    }
}
