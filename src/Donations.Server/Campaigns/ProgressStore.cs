using Dapper;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Campaigns;

/// <summary>What was last published of a campaign's progress, and when it was last looked at.</summary>
internal sealed class StoredProgress
{
    public required string CampaignId { get; init; }

    /// <summary>The last of the fixed times at which it was looked at, as their number since 1970.</summary>
    public required long Slot { get; init; }

    /// <summary>Gifts behind the published numbers, unrounded; never shown.</summary>
    public required long Counted { get; init; }

    /// <summary>As published; 0: nothing was yet.</summary>
    public required long SupporterCount { get; init; }

    public required string Currency { get; init; }

    /// <summary>As published, minor units of <see cref="Currency"/>; 0 for a goal in supporters.</summary>
    public required long AmountMinor { get; init; }

    public required long PublishTimeUs { get; init; }

    public required long Version { get; init; }
}

internal static class ProgressStore
{
    private const string Columns =
        """
        campaign_id AS CampaignId, slot AS Slot, counted AS Counted, supporter_count AS SupporterCount, currency AS Currency, amount_minor AS AmountMinor,
        publish_time_us AS PublishTimeUs, version AS Version
        """;

    public static List<StoredProgress> List(SqliteConnection connection) => connection.Query<StoredProgress>($"SELECT {Columns} FROM campaign_progress").AsList();

    public static StoredProgress? Find(SqliteConnection connection, string campaignId) =>
        connection.QuerySingleOrDefault<StoredProgress>($"SELECT {Columns} FROM campaign_progress WHERE campaign_id = @campaignId", new { campaignId });

    /// <summary>Writes it; the version rises only where something was published, so that the catalogue is read again only then.</summary>
    public static void Save(SqliteConnection connection, StoredProgress progress) => connection.Execute(
        """
        INSERT INTO campaign_progress (campaign_id, slot, counted, supporter_count, currency, amount_minor, publish_time_us, version)
        VALUES (@CampaignId, @Slot, @Counted, @SupporterCount, @Currency, @AmountMinor, @PublishTimeUs, @Version)
        ON CONFLICT (campaign_id) DO UPDATE SET slot = excluded.slot, counted = excluded.counted, supporter_count = excluded.supporter_count, currency = excluded.currency,
          amount_minor = excluded.amount_minor, publish_time_us = excluded.publish_time_us, version = excluded.version
        """,
        progress);
}
