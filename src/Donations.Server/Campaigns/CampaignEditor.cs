using Donations.Server.Rpc;
using Donations.Server.Storage;
using Google.Protobuf;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Campaigns;

/// <summary>What a unit of work on the catalogue has: the transaction, who asked for it, and when (UTC microseconds).</summary>
internal sealed record Edit(SqliteConnection Connection, string Actor, long Now)
{
    /// <summary>Tells the change in the audit log, and answers with what it led to.</summary>
    public T Record<T>(string action, T? before, T after)
        where T : class, IMessage<T>
    {
        AuditLog.Add(Connection, Actor, action, before, after, Now);
        return after;
    }
}

/// <summary>Runs a unit of work on the catalogue and swaps the snapshot before it answers: an editor sees the effect at once.</summary>
internal sealed class CampaignEditor(Database database, CampaignCatalog catalog, TimeProvider time)
{
    public async Task<T> ChangeAsync<T>(Caller caller, Func<Edit, T> unit)
    {
        var now = time.NowMicros();
        var result = await database.WriteAsync(connection => unit(new(connection, caller.Subject, now)));
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
