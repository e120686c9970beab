using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Campaigns;

/// <summary>The units of work on tiers and appeals. Each also moves its campaign's update_time and etag.</summary>
internal static class CampaignPartChanges
{
    /// <summary>What no caller may set, of tiers and appeals alike.</summary>
    public static readonly string[] FixedFields = ["name", "state", "create_time", "update_time", "etag"];

    public static Tier CreateTier(SqliteConnection connection, string campaignId, string id, Tier asked, long now)
    {
        var campaign = CampaignChanges.Parent(connection, campaignId, now);
        var tier = asked.Clone();
        tier.State = Tier.Types.State.Active;
        tier.CreateTime = UnixMicros.ToTimestamp(now);
        if (!CampaignStore.InsertTier(connection, campaignId, id, ForStorage(tier, now)))
            throw RpcErrors.Exists(CampaignNames.Tier(campaignId, id));
        CampaignChanges.PartChanged(connection, campaign, campaignId, now);
        return ReadTier(connection, campaignId, id);
    }

    public static Tier UpdateTier(SqliteConnection connection, (string CampaignId, string TierId) ids, Tier asked, FieldMask? mask, long now)
    {
        var (campaign, current) = FindTier(connection, ids, asked.Etag, now);
        var updated = FieldMasks.Apply(current, asked, mask, FixedFields);
        var violations = new Violations();
        CampaignValidation.CheckUnchanged(current, updated, violations);
        CampaignValidation.CheckText(updated, violations);
        violations.ThrowIfAny();
        return Save(connection, campaign, ids, updated, now);
    }

    public static Tier ArchiveTier(SqliteConnection connection, (string CampaignId, string TierId) ids, string etag, long now)
    {
        var (campaign, tier) = FindTier(connection, ids, etag, now);
        if (tier.State == Tier.Types.State.Archived)
            return tier;
        tier.State = Tier.Types.State.Archived;
        return Save(connection, campaign, ids, tier, now);
    }

    public static Appeal CreateAppeal(SqliteConnection connection, string campaignId, string id, Appeal asked, long now)
    {
        var campaign = CampaignChanges.Parent(connection, campaignId, now);
        var appeal = asked.Clone();
        appeal.State = Appeal.Types.State.Active;
        appeal.CreateTime = UnixMicros.ToTimestamp(now);
        if (!CampaignStore.InsertAppeal(connection, campaignId, id, ForStorage(appeal, now)))
            throw RpcErrors.Exists(CampaignNames.Appeal(campaignId, id));
        CampaignChanges.PartChanged(connection, campaign, campaignId, now);
        return ReadAppeal(connection, campaignId, id);
    }

    public static Appeal UpdateAppeal(SqliteConnection connection, (string CampaignId, string AppealId) ids, Appeal asked, FieldMask? mask, long now)
    {
        var (campaign, current) = FindAppeal(connection, ids, asked.Etag, now);
        var updated = FieldMasks.Apply(current, asked, mask, FixedFields);
        var violations = new Violations();
        violations.Require(updated.Placement == current.Placement, "appeal.placement", "cannot change");
        CampaignValidation.Check(updated, violations);
        violations.ThrowIfAny();
        return Save(connection, campaign, ids, updated, now);
    }

    public static Appeal ArchiveAppeal(SqliteConnection connection, (string CampaignId, string AppealId) ids, string etag, long now)
    {
        var (campaign, appeal) = FindAppeal(connection, ids, etag, now);
        if (appeal.State == Appeal.Types.State.Archived)
            return appeal;
        appeal.State = Appeal.Types.State.Archived;
        return Save(connection, campaign, ids, appeal, now);
    }

    private static (Campaign Campaign, Tier Tier) FindTier(SqliteConnection connection, (string CampaignId, string TierId) ids, string etag, long now)
    {
        var row = CampaignStore.FindTier(connection, ids.CampaignId, ids.TierId) ?? throw RpcErrors.NotFound(CampaignNames.Tier(ids.CampaignId, ids.TierId));
        var campaign = CampaignChanges.Parent(connection, ids.CampaignId, now);
        var tier = CampaignMapping.ToTier(row);
        CampaignChanges.RequireEtag(etag, tier.Etag, tier.Name);
        return (campaign, tier);
    }

    private static (Campaign Campaign, Appeal Appeal) FindAppeal(SqliteConnection connection, (string CampaignId, string AppealId) ids, string etag, long now)
    {
        var row = CampaignStore.FindAppeal(connection, ids.CampaignId, ids.AppealId) ?? throw RpcErrors.NotFound(CampaignNames.Appeal(ids.CampaignId, ids.AppealId));
        var campaign = CampaignChanges.Parent(connection, ids.CampaignId, now);
        var appeal = CampaignMapping.ToAppeal(row);
        CampaignChanges.RequireEtag(etag, appeal.Etag, appeal.Name);
        return (campaign, appeal);
    }

    private static Tier Save(SqliteConnection connection, Campaign campaign, (string CampaignId, string TierId) ids, Tier tier, long now)
    {
        CampaignStore.UpdateTier(connection, ids.CampaignId, ids.TierId, ForStorage(tier, now));
        CampaignChanges.PartChanged(connection, campaign, ids.CampaignId, now);
        return ReadTier(connection, ids.CampaignId, ids.TierId);
    }

    private static Appeal Save(SqliteConnection connection, Campaign campaign, (string CampaignId, string AppealId) ids, Appeal appeal, long now)
    {
        CampaignStore.UpdateAppeal(connection, ids.CampaignId, ids.AppealId, ForStorage(appeal, now));
        CampaignChanges.PartChanged(connection, campaign, ids.CampaignId, now);
        return ReadAppeal(connection, ids.CampaignId, ids.AppealId);
    }

    private static Tier ReadTier(SqliteConnection connection, string campaignId, string id) => CampaignMapping.ToTier(CampaignStore.FindTier(connection, campaignId, id)!);

    private static Appeal ReadAppeal(SqliteConnection connection, string campaignId, string id) => CampaignMapping.ToAppeal(CampaignStore.FindAppeal(connection, campaignId, id)!);

    private static Tier ForStorage(Tier tier, long now)
    {
        var stored = tier.Clone();
        (stored.Name, stored.Etag, stored.UpdateTime) = ("", "", UnixMicros.ToTimestamp(now));
        return stored;
    }

    private static Appeal ForStorage(Appeal appeal, long now)
    {
        var stored = appeal.Clone();
        (stored.Name, stored.Etag, stored.UpdateTime) = ("", "", UnixMicros.ToTimestamp(now));
        return stored;
    }
}
