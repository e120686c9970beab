using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Pledges;

/// <summary>
/// Notices a second pledge by mistake: the same card, the same campaign, minutes apart. A card is kept as a keyed hash whose key
/// changes every day, and only for those minutes.
/// </summary>
internal sealed class RecentCards(Database database, ServiceKeys keys, TimeProvider time) : IChore
{
    public const long WindowMicros = 10 * 60 * UnixMicros.PerSecond;
    private const int KeyBytes = 32;

    public TimeSpan Every => TimeSpan.FromMinutes(1);

    /// <summary>Whether the card has a pledge of the last minutes that was paid, or may be: one that waits for its reader does not count.</summary>
    public bool HasPledged(SqliteConnection connection, string campaignId, string fingerprint)
    {
        var since = time.NowMicros() - WindowMicros;
        // Around midnight the older hash was made with yesterday's key.
        List<byte[]> hashes = [Hash(campaignId, fingerprint, time.NowMicros()), Hash(campaignId, fingerprint, since)];
        return connection.ExecuteScalar<long>(
            """
            SELECT EXISTS (SELECT 1 FROM recent_cards JOIN pledges USING (pledge_id)
              WHERE card_hash IN @hashes AND recent_cards.create_time_us > @since AND pledges.state IN (1, 3, 4, 5, 6))
            """,
            new { hashes, since }) == 1;
    }

    public void Note(SqliteConnection connection, string campaignId, string fingerprint, string pledgeId) => connection.Execute(
        "INSERT INTO recent_cards (card_hash, pledge_id, create_time_us) VALUES (@hash, @pledgeId, @now)",
        new { hash = Hash(campaignId, fingerprint, time.NowMicros()), pledgeId, now = time.NowMicros() });

    public Task RunAsync(CancellationToken cancellationToken) =>
        database.WriteAsync((SqliteConnection c) => c.Execute("DELETE FROM recent_cards WHERE create_time_us <= @before", new { before = time.NowMicros() - WindowMicros }));

    private byte[] Hash(string campaignId, string fingerprint, long timeMicros)
    {
        var day = UnixMicros.ToDateTimeOffset(timeMicros).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var key = HKDF.DeriveKey(HashAlgorithmName.SHA256, keys.CardHashes, KeyBytes, info: Encoding.UTF8.GetBytes(day));
        return HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{campaignId}/{fingerprint}"));
    }
}
