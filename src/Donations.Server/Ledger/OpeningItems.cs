using Dapper;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Ledger;

/// <summary>A payout on its way, or a dispute that holds money, when the books were opened.</summary>
/// <param name="ObjectId">Stripe's id (`po_…`, `du_…`).</param>
/// <param name="Currency">Settlement currency, upper case.</param>
/// <param name="AmountMinor">What the opening entry holds of it on 1020 or 1200, more than zero.</param>
internal sealed record OpeningItem(string ObjectId, string Currency, long AmountMinor);

/// <summary>What the opening entries are made of, beside Stripe's balance.</summary>
internal static class OpeningItems
{
    public static void Insert(SqliteConnection connection, OpeningItem item) => connection.Execute(
        "INSERT INTO opening_items (object_id, currency, amount_minor) VALUES (@ObjectId, @Currency, @AmountMinor)", item);

    /// <summary>What the opening entry holds of an object, in minor units; null: nothing.</summary>
    public static long? Find(SqliteConnection connection, string objectId) =>
        connection.ExecuteScalar<long?>("SELECT amount_minor FROM opening_items WHERE object_id = @objectId", new { objectId });
}
