using Dapper;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Ledger;

/// <summary>The Stripe account that these books are of. There is one for each database, so an entry need not say which: it is every entry's.</summary>
/// <param name="AccountId">Stripe's id, `acct_…`.</param>
/// <param name="Livemode">1 where its keys move real money.</param>
internal sealed record BooksAccount(string AccountId, long Livemode)
{
    /// <summary>The account's id as a column of a query; null while it is not known.</summary>
    public const string IdColumn = "(SELECT account_id FROM books_account)";

    public static BooksAccount? Find(SqliteConnection connection) =>
        connection.QuerySingleOrDefault<BooksAccount>("SELECT account_id AS AccountId, livemode AS Livemode FROM books_account");

    /// <summary>Holds an account against the one of these books; the first one is theirs.</summary>
    /// <exception cref="InvalidOperationException">It is another one.</exception>
    public static void Fix(SqliteConnection connection, BooksAccount account, long nowMicros)
    {
        if (Find(connection) is not { } known)
            connection.Execute("INSERT INTO books_account (only, account_id, livemode, find_time_us) VALUES (1, @AccountId, @Livemode, @nowMicros)", new { account.AccountId, account.Livemode, nowMicros });
        else if (known != account)
            throw new InvalidOperationException($"The key is one of {account.Describe()}, and these books are of {known.Describe()}: each account needs a database of its own (Storage:Directory). Refusing to start.");
    }

    private string Describe() => $"{AccountId} ({(Livemode == 1 ? "live" : "test")} mode)";
}
