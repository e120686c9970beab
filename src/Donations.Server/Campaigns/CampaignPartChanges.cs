using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;
using Google.Protobuf.WellKnownTypes;

namespace Donations.Server.Campaigns;

/// <summary>The units of work on tiers and appeals. Each also moves its campaign's update_time and etag.</summary>
internal static class CampaignPartChanges
{
    /// <summary>What no caller may set, of tiers and appeals alike.</summary>
    public static readonly string[] FixedFields = ["name", "state", "create_time", "update_time", "etag"];

    public static Tier CreateTier(Edit edit, string campaignId, string id, Tier asked)
    {
        var parent = CampaignChanges.Parent(edit, campaignId);
        var tier = asked.Clone();
        tier.State = Tier.Types.State.Active;
        tier.CreateTime = UnixMicros.ToTimestamp(edit.Now);
        if (!CampaignStore.InsertTier(edit.Connection, campaignId, id, ForStorage(edit, tier)))
            throw RpcErrors.Exists(CampaignNames.Tier(campaignId, id));
        CampaignChanges.PartChanged(edit, parent);
        return edit.Record("create", null, ReadTier(edit, campaignId, id));
    }

    public static Tier UpdateTier(Edit edit, (string CampaignId, string TierId) ids, Tier asked, FieldMask? mask)
    {
        var (parent, current) = FindTier(edit, ids, asked.Etag);
        var updated = FieldMasks.Apply(current, asked, mask, FixedFields);
        var violations = new Violations();
        CampaignValidation.CheckUnchanged(current, updated, violations);
        CampaignValidation.CheckText(updated, violations);
        CampaignValidation.CheckSuggestions(updated, violations);
        violations.ThrowIfAny();
        return Save(edit, parent, ids, current, updated, "update");
    }

    public static Tier ArchiveTier(Edit edit, (string CampaignId, string TierId) ids, string etag)
    {
        var (parent, tier) = FindTier(edit, ids, etag);
        if (tier.State == Tier.Types.State.Archived)
            return tier;
        var archived = new Tier(tier) { State = Tier.Types.State.Archived };
        return Save(edit, parent, ids, tier, archived, "archive");
    }

    public static Appeal CreateAppeal(Edit edit, string campaignId, string id, Appeal asked)
    {
        var parent = CampaignChanges.Parent(edit, campaignId);
        var appeal = asked.Clone();
        appeal.State = Appeal.Types.State.Active;
        appeal.CreateTime = UnixMicros.ToTimestamp(edit.Now);
        if (!CampaignStore.InsertAppeal(edit.Connection, campaignId, id, ForStorage(edit, appeal)))
            throw RpcErrors.Exists(CampaignNames.Appeal(campaignId, id));
        CampaignChanges.PartChanged(edit, parent);
        return edit.Record("create", null, ReadAppeal(edit, campaignId, id));
    }

    public static Appeal UpdateAppeal(Edit edit, (string CampaignId, string AppealId) ids, Appeal asked, FieldMask? mask)
    {
        var (parent, current) = FindAppeal(edit, ids, asked.Etag);
        var updated = FieldMasks.Apply(current, asked, mask, FixedFields);
        if (updated.Kind == Appeal.Types.Kind.Unspecified)
            updated.Kind = current.Kind;
        var violations = new Violations();
        violations.Require(updated.Placement == current.Placement, "appeal.placement", "cannot change");
        violations.Require(updated.Kind == current.Kind, "appeal.kind", "cannot change");
        CampaignValidation.Check(updated, violations);
        violations.ThrowIfAny();
        return Save(edit, parent, ids, current, updated, "update");
    }

    public static Appeal ArchiveAppeal(Edit edit, (string CampaignId, string AppealId) ids, string etag)
    {
        var (parent, appeal) = FindAppeal(edit, ids, etag);
        if (appeal.State == Appeal.Types.State.Archived)
            return appeal;
        var archived = new Appeal(appeal) { State = Appeal.Types.State.Archived };
        return Save(edit, parent, ids, appeal, archived, "archive");
    }

    /// <summary>Copies the active tiers and appeals of one campaign into another.</summary>
    public static void CloneParts(Edit edit, string fromId, string toId)
    {
        foreach (var row in CampaignStore.ListTiers(edit.Connection, fromId).Where(r => r.State == (int)Tier.Types.State.Active))
            CreateTier(edit, toId, row.Id, CampaignMapping.ToTier(row));
        foreach (var row in CampaignStore.ListAppeals(edit.Connection, fromId).Where(r => r.State == (int)Appeal.Types.State.Active))
            CreateAppeal(edit, toId, row.Id, CampaignMapping.ToAppeal(row));
    }

    private static (ParentCampaign Parent, Tier Tier) FindTier(Edit edit, (string CampaignId, string TierId) ids, string etag)
    {
        var row = CampaignStore.FindTier(edit.Connection, ids.CampaignId, ids.TierId) ?? throw RpcErrors.NotFound(CampaignNames.Tier(ids.CampaignId, ids.TierId));
        var parent = CampaignChanges.Parent(edit, ids.CampaignId);
        var tier = CampaignMapping.ToTier(row);
        CampaignChanges.RequireEtag(etag, tier.Etag, tier.Name);
        return (parent, tier);
    }

    private static (ParentCampaign Parent, Appeal Appeal) FindAppeal(Edit edit, (string CampaignId, string AppealId) ids, string etag)
    {
        var row = CampaignStore.FindAppeal(edit.Connection, ids.CampaignId, ids.AppealId) ?? throw RpcErrors.NotFound(CampaignNames.Appeal(ids.CampaignId, ids.AppealId));
        var parent = CampaignChanges.Parent(edit, ids.CampaignId);
        var appeal = CampaignMapping.ToAppeal(row);
        CampaignChanges.RequireEtag(etag, appeal.Etag, appeal.Name);
        return (parent, appeal);
    }

    private static Tier Save(Edit edit, ParentCampaign parent, (string CampaignId, string TierId) ids, Tier before, Tier tier, string action)
    {
        CampaignStore.UpdateTier(edit.Connection, ids.CampaignId, ids.TierId, ForStorage(edit, tier));
        CampaignChanges.PartChanged(edit, parent);
        return edit.Record(action, before, ReadTier(edit, ids.CampaignId, ids.TierId));
    }

    private static Appeal Save(Edit edit, ParentCampaign parent, (string CampaignId, string AppealId) ids, Appeal before, Appeal appeal, string action)
    {
        CampaignStore.UpdateAppeal(edit.Connection, ids.CampaignId, ids.AppealId, ForStorage(edit, appeal));
        CampaignChanges.PartChanged(edit, parent);
        return edit.Record(action, before, ReadAppeal(edit, ids.CampaignId, ids.AppealId));
    }

    private static Tier ReadTier(Edit edit, string campaignId, string id) => CampaignMapping.ToTier(CampaignStore.FindTier(edit.Connection, campaignId, id)!);

    private static Appeal ReadAppeal(Edit edit, string campaignId, string id) => CampaignMapping.ToAppeal(CampaignStore.FindAppeal(edit.Connection, campaignId, id)!);

    private static Tier ForStorage(Edit edit, Tier tier)
    {
        var stored = tier.Clone();
        (stored.Name, stored.Etag, stored.UpdateTime) = ("", "", UnixMicros.ToTimestamp(edit.Now));
        return stored;
    }

    private static Appeal ForStorage(Edit edit, Appeal appeal)
    {
        var stored = appeal.Clone();
        (stored.Name, stored.Etag, stored.UpdateTime) = ("", "", UnixMicros.ToTimestamp(edit.Now));
        return stored;
    }
}
