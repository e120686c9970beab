using Donations.Server.Rpc;
using Donations.Server.Storage;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Campaigns;

/// <summary>Runs a unit of work on the catalogue and swaps the snapshot before it answers: an editor sees the effect at once.</summary>
internal sealed class CampaignEditor(Database database, CampaignCatalog catalog, TimeProvider time)
{
    public async Task<T> ChangeAsync<T>(Func<SqliteConnection, long, T> unit)
    {
        var now = time.NowMicros();
        var result = await database.WriteAsync(connection => unit(connection, now));
        catalog.Refresh();
        return result;
    }

    /// <summary>Reads what the caller may see.</summary>
    public T Read<T>(Func<SqliteConnection, long, T> work, CancellationToken cancellationToken)
    {
        var now = time.NowMicros();
        return database.Read(connection => work(connection, now), cancellationToken);
    }

    /// <summary>The campaign, where this caller may see it: drafts and deleted ones are for editors.</summary>
    public static StoredCampaign Visible(SqliteConnection connection, string id, Caller caller)
    {
        var row = CampaignStore.Find(connection, id);
        if (row is null || (!caller.Has(Roles.Editor) && (row.State == (int)V1.Campaign.Types.State.Draft || row.DeleteTimeUs is not null)))
            throw RpcErrors.NotFound(CampaignNames.Campaign(id));
        return row;
    }
}
