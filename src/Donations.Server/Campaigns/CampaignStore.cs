using Dapper;
using Donations.V1;
using Google.Protobuf;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Campaigns;

/// <summary>A campaign as stored. The resource holds what the editor wrote; name, state, times and etag come from the columns.</summary>
internal sealed class StoredCampaign
{
    public required string CampaignId { get; init; }

    public required byte[] Resource { get; init; }

    public required int State { get; init; }

    public required long CreateTimeUs { get; init; }

    public required long UpdateTimeUs { get; init; }

    public long? DeleteTimeUs { get; init; }

    public long? ArchiveTimeUs { get; init; }

    public required long Version { get; init; }
}

/// <summary>Where a campaign stands, beside what its editor wrote.</summary>
internal sealed record Standing(Campaign.Types.State State, long? DeleteTimeUs, long? ArchiveTimeUs)
{
    public static Standing Of(StoredCampaign row) => new((Campaign.Types.State)row.State, row.DeleteTimeUs, row.ArchiveTimeUs);
}

/// <summary>A tier or an appeal as stored; its times are inside the resource.</summary>
internal sealed class StoredPart
{
    public required string CampaignId { get; init; }

    public required string Id { get; init; }

    public required byte[] Resource { get; init; }

    public required int State { get; init; }

    public required long Version { get; init; }
}

/// <summary>The catalogue's rows. Every change of a tier or an appeal also raises its campaign's version.</summary>
internal static class CampaignStore
{
    private const string CampaignColumns =
        "campaign_id AS CampaignId, resource AS Resource, state AS State, create_time_us AS CreateTimeUs, update_time_us AS UpdateTimeUs, delete_time_us AS DeleteTimeUs, archive_time_us AS ArchiveTimeUs, version AS Version";

    private const string TierColumns = "campaign_id AS CampaignId, tier_id AS Id, resource AS Resource, state AS State, version AS Version";

    private const string AppealColumns = "campaign_id AS CampaignId, appeal_id AS Id, resource AS Resource, state AS State, version AS Version";

    private const int Draft = (int)Campaign.Types.State.Draft;

    public static StoredCampaign? Find(SqliteConnection connection, string id) =>
        connection.QuerySingleOrDefault<StoredCampaign>($"SELECT {CampaignColumns} FROM campaigns WHERE campaign_id = @id", new { id });

    /// <summary>Newest first, after the cursor; as many as <paramref name="limit"/>.</summary>
    public static List<StoredCampaign> List(SqliteConnection connection, bool drafts, bool deleted, bool archived, (long CreateTimeUs, string Id)? after, int limit) =>
        connection.Query<StoredCampaign>(
            $"""
            SELECT {CampaignColumns} FROM campaigns
            WHERE (@drafts OR state <> {Draft}) AND (@deleted OR delete_time_us IS NULL) AND (@archived OR archive_time_us IS NULL)
              AND (@id IS NULL OR (create_time_us, campaign_id) < (@time, @id))
            ORDER BY create_time_us DESC, campaign_id DESC LIMIT @limit
            """,
            new { drafts, deleted, archived, time = after?.CreateTimeUs ?? 0, id = after?.Id, limit }).AsList();

    public static StoredPart? FindTier(SqliteConnection connection, string campaignId, string id) =>
        connection.QuerySingleOrDefault<StoredPart>($"SELECT {TierColumns} FROM tiers WHERE campaign_id = @campaignId AND tier_id = @id", new { campaignId, id });

    public static StoredPart? FindAppeal(SqliteConnection connection, string campaignId, string id) =>
        connection.QuerySingleOrDefault<StoredPart>($"SELECT {AppealColumns} FROM appeals WHERE campaign_id = @campaignId AND appeal_id = @id", new { campaignId, id });

    /// <summary>By position, then id, after the cursor.</summary>
    public static List<StoredPart> ListTiers(SqliteConnection connection, string campaignId, (long Position, string Id)? after = null, int limit = int.MaxValue) =>
        connection.Query<StoredPart>(
            $"""
            SELECT {TierColumns} FROM tiers
            WHERE campaign_id = @campaignId AND (@id IS NULL OR (position, tier_id) > (@position, @id))
            ORDER BY position, tier_id LIMIT @limit
            """,
            new { campaignId, position = after?.Position ?? 0, id = after?.Id, limit }).AsList();

    /// <summary>By id, after the cursor.</summary>
    public static List<StoredPart> ListAppeals(SqliteConnection connection, string campaignId, string? after = null, int limit = int.MaxValue) =>
        connection.Query<StoredPart>(
            $"SELECT {AppealColumns} FROM appeals WHERE campaign_id = @campaignId AND (@after IS NULL OR appeal_id > @after) ORDER BY appeal_id LIMIT @limit",
            new { campaignId, after, limit }).AsList();

    /// <summary>What readers may see, newest last, to build a snapshot from.</summary>
    public static List<StoredCampaign> ListPublished(SqliteConnection connection) =>
        connection.Query<StoredCampaign>(
            $"SELECT {CampaignColumns} FROM campaigns WHERE state <> {Draft} AND delete_time_us IS NULL ORDER BY create_time_us, campaign_id").AsList();

    /// <summary>Grows with every change of the catalogue: versions only rise and rows are never removed.</summary>
    public static long Stamp(SqliteConnection connection) => connection.ExecuteScalar<long>(
        """
        SELECT coalesce((SELECT sum(version) FROM campaigns), 0) + coalesce((SELECT sum(version) FROM appeal_settings), 0)
          + coalesce((SELECT sum(version) FROM campaign_progress), 0)
        """);

    public static bool Any(SqliteConnection connection) => connection.ExecuteScalar<bool>("SELECT EXISTS (SELECT 1 FROM campaigns)");

    /// <summary>Adds a campaign; false where the id is taken.</summary>
    public static bool Insert(SqliteConnection connection, string id, Campaign resource, Campaign.Types.State state, long now) =>
        connection.Execute(
            """
            INSERT INTO campaigns (campaign_id, resource, state, create_time_us, update_time_us, version)
            VALUES (@id, @resource, @state, @now, @now, 1) ON CONFLICT DO NOTHING
            """,
            new { id, resource = resource.ToByteArray(), state = (int)state, now }) == 1;

    public static void Update(SqliteConnection connection, string id, Campaign resource, Standing standing, long now) =>
        connection.Execute(
            """
            UPDATE campaigns SET resource = @resource, state = @state, delete_time_us = @DeleteTimeUs, archive_time_us = @ArchiveTimeUs,
              update_time_us = max(@now, update_time_us), version = version + 1
            WHERE campaign_id = @id
            """,
            new { id, resource = resource.ToByteArray(), state = (int)standing.State, standing.DeleteTimeUs, standing.ArchiveTimeUs, now });

    /// <summary>A tier or an appeal of the campaign changed.</summary>
    public static void Touch(SqliteConnection connection, string id, long now) =>
        connection.Execute("UPDATE campaigns SET update_time_us = max(@now, update_time_us), version = version + 1 WHERE campaign_id = @id", new { id, now });

    /// <summary>Adds a tier; false where the id is taken.</summary>
    public static bool InsertTier(SqliteConnection connection, string campaignId, string id, Tier resource) =>
        connection.Execute(
            """
            INSERT INTO tiers (campaign_id, tier_id, resource, position, state, version)
            VALUES (@campaignId, @id, @resource, @position, @state, 1) ON CONFLICT DO NOTHING
            """,
            new { campaignId, id, resource = resource.ToByteArray(), position = resource.Position, state = (int)resource.State }) == 1;

    public static void UpdateTier(SqliteConnection connection, string campaignId, string id, Tier resource) =>
        connection.Execute(
            "UPDATE tiers SET resource = @resource, position = @position, state = @state, version = version + 1 WHERE campaign_id = @campaignId AND tier_id = @id",
            new { campaignId, id, resource = resource.ToByteArray(), position = resource.Position, state = (int)resource.State });

    /// <summary>Adds an appeal; false where the id is taken.</summary>
    public static bool InsertAppeal(SqliteConnection connection, string campaignId, string id, Appeal resource) =>
        connection.Execute(
            """
            INSERT INTO appeals (campaign_id, appeal_id, resource, state, version)
            VALUES (@campaignId, @id, @resource, @state, 1) ON CONFLICT DO NOTHING
            """,
            new { campaignId, id, resource = resource.ToByteArray(), state = (int)resource.State }) == 1;

    public static void UpdateAppeal(SqliteConnection connection, string campaignId, string id, Appeal resource) =>
        connection.Execute(
            "UPDATE appeals SET resource = @resource, state = @state, version = version + 1 WHERE campaign_id = @campaignId AND appeal_id = @id",
            new { campaignId, id, resource = resource.ToByteArray(), state = (int)resource.State });
}
