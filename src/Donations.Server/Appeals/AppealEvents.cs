using System.Security.Cryptography;
using Dapper;
using Donations.Server.Campaigns;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;
using Google.Protobuf;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Appeals;

/// <summary>
/// Counts batches of events, each once. Of a batch its id's SHA-256, a keyed digest of its content and its answer are kept for 72 hours; all
/// in the transaction of the counters, so that a batch that was cut off by a crash is either counted and known or neither.
/// </summary>
internal sealed class AppealEvents(Database database, CampaignCatalog catalog, ServiceKeys keys, AppealMetrics metrics, TimeProvider time)
{
    private sealed record Batch(byte[] ContentDigest, byte[] Answer);

    /// <param name="request">A well-formed one.</param>
    /// <param name="batchId">Its batch_id.</param>
    public async Task<RecordAppealEventsResponse> RecordAsync(RecordAppealEventsRequest request, Guid batchId)
    {
        var tally = AppealEventTally.Of(request.Events, catalog.Current);
        var answer = new RecordAppealEventsResponse
        {
            AcceptedCount = request.Events.Count - tally.Refused.Length,
            RefusedEvents = { tally.Refused.Select(r => new RefusedAppealEvent { EventIndex = r.Index, Reason = r.Reason }) },
        };
        var (key, content) = (SHA256.HashData(batchId.ToByteArray()), Digest(request));
        var now = time.NowMicros();
        var known = await database.WriteAsync(connection =>
        {
            if (Find(connection, key, now) is { } before)
                return before;
            ExperimentCounters.Add(connection, tally.Counts, ExperimentCounters.DayOf(now));
            // One that is older than 72 hours, and not forgotten yet, gives way.
            connection.Execute(
                "INSERT OR REPLACE INTO appeal_event_batches (batch_key, content_digest, answer, create_time_us) VALUES (@key, @content, @answer, @now)",
                new { key, content, answer = answer.ToByteArray(), now });
            return null;
        });
        if (known is null)
        {
            metrics.Recorded(tally);
            return answer;
        }

        return CryptographicOperations.FixedTimeEquals(known.ContentDigest, content) ? RecordAppealEventsResponse.Parser.ParseFrom(known.Answer) : throw RpcErrors.RequestIdReused("batch_id");
    }

    /// <summary>Forgets batches older than 72 hours, a bounded number; answers with how many.</summary>
    public Task<int> PurgeAsync(int maxRows)
    {
        var before = time.NowMicros() - Idempotency.RetentionMicros;
        return database.WriteAsync(c => c.Execute(
            "DELETE FROM appeal_event_batches WHERE batch_key IN (SELECT batch_key FROM appeal_event_batches WHERE create_time_us < @before LIMIT @maxRows)", new { before, maxRows }));
    }

    private static Batch? Find(SqliteConnection connection, byte[] key, long now) => connection.QuerySingleOrDefault<Batch>(
        "SELECT content_digest AS ContentDigest, answer AS Answer FROM appeal_event_batches WHERE batch_key = @key AND create_time_us >= @since", new { key, since = now - Idempotency.RetentionMicros });

    private byte[] Digest(RecordAppealEventsRequest request) => HMACSHA256.HashData(keys.RequestDigests, request.ToByteArray());
}

/// <summary>Forgets batches. Anybody may send them, so a run goes on while there are many, in units that let other writers in between.</summary>
internal sealed class ForgetEventBatches(AppealEvents events) : IChore
{
    private const int MaxRows = 1_000;
    private const int MaxUnits = 100;

    public TimeSpan Every => TimeSpan.FromMinutes(1);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        for (var unit = 0; unit < MaxUnits && await events.PurgeAsync(MaxRows) == MaxRows; unit++)
            cancellationToken.ThrowIfCancellationRequested();
    }
}
