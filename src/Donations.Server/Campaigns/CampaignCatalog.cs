using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Donations.Server.Storage;
using Donations.V1;
using Google.Protobuf;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Campaigns;

/// <summary>
/// The catalogue in memory: an immutable snapshot, swapped after each write of this process and, by
/// <see cref="CampaignCatalogPoll"/>, within a second of a write of another one. Readers take it without I/O and without a lock.
/// </summary>
internal sealed partial class CampaignCatalog(Database database, CatalogMetrics metrics, TimeProvider time, ILogger<CampaignCatalog> log)
{
    private readonly Lock _swapping = new();
    private ImmutableArray<Action<CatalogSnapshot>> _subscribers = [];
    private volatile CatalogSnapshot _current = CatalogSnapshot.Empty;

    public CatalogSnapshot Current => _current;

    /// <summary>Brings the snapshot up to date, if anything changed; returns when it and all that follows from it are in place.</summary>
    public void Refresh()
    {
        lock (_swapping)
        {
            var next = database.Read(connection => CampaignStore.Stamp(connection) is var stamp && stamp == _current.Stamp ? null : Load(connection, stamp));
            if (next is null)
                return;
            foreach (var subscriber in _subscribers)
                subscriber(next);
            _current = next;
        }
    }

    /// <summary>Calls with the current snapshot, and with each new one before it becomes current.</summary>
    public void Subscribe(Action<CatalogSnapshot> subscriber)
    {
        lock (_swapping)
        {
            subscriber(_current);
            _subscribers = _subscribers.Add(subscriber);
        }
    }

    /// <summary>Reads what changed since the last time; campaigns that did not are taken over.</summary>
    private CatalogSnapshot Load(SqliteConnection connection, long stamp)
    {
        var now = time.NowMicros();
        var campaigns = new List<CatalogCampaign>();
        var progress = ProgressStore.List(connection).ToDictionary(p => p.CampaignId, StringComparer.Ordinal);
        foreach (var row in CampaignStore.ListPublished(connection))
        {
            // One malformed campaign must not take the others away from readers.
            try
            {
                var reached = progress.GetValueOrDefault(row.CampaignId);
                campaigns.Add(_current.Find(row.CampaignId) is { } known && known.Version == row.Version && known.Progress?.Version == reached?.Version
                    ? known
                    : new(row, CampaignStore.ListTiers(connection, row.CampaignId), CampaignStore.ListAppeals(connection, row.CampaignId), now) { Progress = reached });
            }
            catch (Exception e) when (e is not SqliteException)
            {
                LogMalformed(log, row.CampaignId, e.GetType().Name);
                metrics.Malformed();
            }
        }

        return new(campaigns, stamp, LoadSettings(connection));
    }

    /// <summary>Null where they cannot be read: then nothing is asked anywhere, for it is not known where it must not be.</summary>
    private AppealSettings? LoadSettings(SqliteConnection connection)
    {
        try
        {
            return AppealSettingsStore.Read(connection);
        }
        catch (InvalidProtocolBufferException)
        {
            LogSettingsMalformed(log);
            metrics.Malformed();
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "The appeal settings are damaged: no appeal is shown until all of them are written again (UpdateAppealSettings with update_mask `*`)")]
    private static partial void LogSettingsMalformed(ILogger log);

    [LoggerMessage(Level = LogLevel.Error, Message = "The campaign {CampaignId} is malformed ({Type}) and left out of the catalogue")]
    private static partial void LogMalformed(ILogger log, string campaignId, string type);
}

/// <summary>What goes wrong in the catalogue without anybody seeing it.</summary>
internal sealed class CatalogMetrics
{
    private readonly Counter<long> _malformed;

    public CatalogMetrics(IMeterFactory meters) =>
        _malformed = meters.Create("Donations.Campaigns").CreateCounter<long>("donations.catalog.malformed", description: "Campaigns and settings that could not be read and are left out");

    public void Malformed() => _malformed.Add(1);
}

/// <summary>Loads the catalogue before the server listens, and looks every second for what other processes changed.</summary>
internal sealed class CampaignCatalogPoll(CampaignCatalog catalog, TimeProvider time, ILogger<CampaignCatalogPoll> log) : SecondPoll(time, log)
{
    protected override Task PrepareAsync(CancellationToken cancellationToken)
    {
        catalog.Refresh();
        return Task.CompletedTask;
    }

    protected override void Refresh() => catalog.Refresh();
}
