using System.Collections.Frozen;
using System.Text.Json;
using Dapper;
using Donations.Server.Storage;
using Donations.V1;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Appeals;

/// <summary>
/// The bandit's weights by epoch (an hour, UTC). Those of an epoch are made while the one before it lasts, by whichever node is first, and
/// never change: the same question has the same answer on every node and after a restart. Readers take them from memory, without I/O or a lock.
/// </summary>
internal sealed class BanditEpochs(Database database, BanditTrials trials, TimeProvider time)
{
    public const long EpochMicros = 3600 * UnixMicros.PerSecond;

    /// <summary>Days of counters that weights are made of: long enough for the sample, short enough to forget last season's readers.</summary>
    private const int WindowDays = 90;

    /// <summary>Old weights are kept for whoever asks why an appeal was shown.</summary>
    private const long RetentionEpochs = 90 * 24;

    private readonly record struct Question(string CampaignId, Placement Placement, string Currency, long Epoch);

    private sealed record Row(long Epoch, string CampaignId, long Placement, string Weights);

    /// <param name="Epoch">The first epoch that is in it.</param>
    /// <param name="Rows">How many rows it was made of: rows never change, so that this says whether there is news.</param>
    /// <param name="Answers">Weights by appeal.</param>
    private sealed record Snapshot(long Epoch, long Rows, FrozenDictionary<Question, FrozenDictionary<string, int>> Answers);

    private readonly Lock _swapping = new();
    private volatile Snapshot _current = new(-1, 0, FrozenDictionary<Question, FrozenDictionary<string, int>>.Empty);

    /// <summary>Hours since 1970 UTC.</summary>
    public static long EpochOf(long micros) => micros / EpochMicros;

    /// <summary>
    /// Parts of 10,000 by appeal id, or null where the bandit has allotted nothing (no trial when the epoch was planned, no view in that
    /// currency): then the editor's weights hold. An appeal that is not in it is new, and waits for the next epoch.
    /// </summary>
    public FrozenDictionary<string, int>? Weights(string campaignId, Placement placement, string currency, long epoch) => _current.Answers.GetValueOrDefault(new(campaignId, placement, currency, epoch));

    /// <summary>Makes the weights of an epoch that are not there yet, and takes them into memory. Whoever writes first wins.</summary>
    public Task PlanAsync(long epoch, CancellationToken cancellationToken) => PlanAsync(epoch, Allot, cancellationToken);

    /// <summary>Settles that in this epoch the editor's weights hold for trials that began within it: readers have seen them, and a restart must not change that.</summary>
    public Task SettleAsync(long epoch, CancellationToken cancellationToken) => PlanAsync(epoch, static (_, _) => "{}", cancellationToken);

    private async Task PlanAsync(long epoch, Func<BanditTrial, List<ExperimentSums>, string> allot, CancellationToken cancellationToken)
    {
        var now = time.NowMicros();
        var rows = database.Read(
            connection =>
            {
                var planned = connection.Query<(string, long)>("SELECT campaign_id, placement FROM bandit_epochs WHERE epoch = @epoch", new { epoch }).ToHashSet();
                var (fromDay, toDay) = (ExperimentCounters.DayOf(now - (WindowDays * UnixMicros.PerDay)), ExperimentCounters.DayOf(now + UnixMicros.PerDay));
                return trials().Where(t => !planned.Contains((t.CampaignId, (long)t.Placement)))
                    .Select(t => new Row(epoch, t.CampaignId, (long)t.Placement, allot(t, ExperimentCounters.Between(connection, t.CampaignId, t.Placement, null, fromDay, toDay)))).ToList();
            },
            cancellationToken);
        if (rows.Count > 0)
        {
            await database.WriteAsync(connection => connection.Execute(
                "INSERT INTO bandit_epochs (epoch, campaign_id, placement, weights, create_time_us) VALUES (@Epoch, @CampaignId, @Placement, @Weights, @now) ON CONFLICT DO NOTHING",
                rows.Select(r => new { r.Epoch, r.CampaignId, r.Placement, r.Weights, now })));
        }

        Refresh();
    }

    /// <summary>Reads back what is planned from now on, if there is news.</summary>
    public void Refresh()
    {
        // The epoch before as well, for whoever took its number a moment ago.
        var epoch = EpochOf(time.NowMicros()) - 1;
        // An older snapshot must not take the place of a newer one.
        lock (_swapping)
            _current = database.Read(connection => Load(connection, epoch)) ?? _current;
    }

    /// <summary>Forgets weights older than 90 days, a bounded number of rows at a time.</summary>
    public Task PurgeAsync(int maxRows)
    {
        var before = EpochOf(time.NowMicros()) - RetentionEpochs;
        return database.WriteAsync(c => c.Execute(
            "DELETE FROM bandit_epochs WHERE (epoch, campaign_id, placement) IN (SELECT epoch, campaign_id, placement FROM bandit_epochs WHERE epoch < @before LIMIT @maxRows)", new { before, maxRows }));
    }

    /// <summary>Null where there is no news.</summary>
    private Snapshot? Load(SqliteConnection connection, long epoch)
    {
        var count = connection.ExecuteScalar<long>("SELECT count(*) FROM bandit_epochs WHERE epoch >= @epoch", new { epoch });
        if (_current is var current && current.Epoch == epoch && current.Rows == count)
            return null;
        var rows = connection.Query<Row>("SELECT epoch AS Epoch, campaign_id AS CampaignId, placement AS Placement, weights AS Weights FROM bandit_epochs WHERE epoch >= @epoch", new { epoch });
        return new(epoch, count, rows.SelectMany(Answers).ToFrozenDictionary());
    }

    /// <summary>Weights of each currency that there were views in, as JSON: {"USD":{"banner":9700,"banner-b":300}}.</summary>
    private static string Allot(BanditTrial trial, List<ExperimentSums> sums) => JsonSerializer.Serialize(sums.Where(s => s.ViewCount > 0).Select(s => s.Currency).Distinct().ToDictionary(c => c, currency =>
    {
        var samples = trial.Variants.Select(v => sums.Where(s => s.AppealId == v.AppealId && s.Currency == currency).Aggregate(default(ViewSample), (sum, s) => sum + s.Value)).ToList();
        return trial.Variants.Zip(BanditWeights.Allot([.. trial.Variants.Select(v => v.Weight)], samples)).ToDictionary(v => v.First.AppealId, v => v.Second);
    }));

    private static IEnumerable<KeyValuePair<Question, FrozenDictionary<string, int>>> Answers(Row row) =>
        JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, int>>>(row.Weights)!
            .Select(c => KeyValuePair.Create(new Question(row.CampaignId, (Placement)row.Placement, c.Key, row.Epoch), c.Value.ToFrozenDictionary(StringComparer.Ordinal)));
}

/// <summary>
/// Plans the next epoch in the last quarter of an hour: late, so that a new variant waits for no more than an hour; not too late, so that it can be tried
/// again. Forgets old ones.
/// </summary>
internal sealed class PlanBanditEpochs(BanditEpochs epochs, TimeProvider time) : IChore
{
    private const int MaxRows = 1_000;
    private const long LeadMicros = 15 * 60 * UnixMicros.PerSecond;

    public TimeSpan Every => TimeSpan.FromMinutes(1);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var epoch = BanditEpochs.EpochOf(time.NowMicros());
        await epochs.SettleAsync(epoch, cancellationToken);
        if ((epoch + 1) * BanditEpochs.EpochMicros - time.NowMicros() <= LeadMicros)
            await epochs.PlanAsync(epoch + 1, cancellationToken);
        await epochs.PurgeAsync(MaxRows);
    }
}

/// <summary>Has the current epoch's weights before the server listens, and looks every second for what other nodes planned.</summary>
internal sealed class BanditEpochsPoll(BanditEpochs epochs, TimeProvider time, ILogger<BanditEpochsPoll> log) : SecondPoll(time, log)
{
    protected override Task PrepareAsync(CancellationToken cancellationToken) => epochs.PlanAsync(BanditEpochs.EpochOf(Time.NowMicros()), cancellationToken);

    protected override void Refresh() => epochs.Refresh();
}
