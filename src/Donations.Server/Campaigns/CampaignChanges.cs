using Donations.Server.Rpc;
using Donations.V1;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Data.Sqlite;
using State = Donations.V1.Campaign.Types.State;

namespace Donations.Server.Campaigns;

/// <summary>
/// The units of work on campaigns: read, hold against the rules, write; run on the writer, so nothing changes between.
/// Times come from outside, so that a unit may be run again.
/// </summary>
internal static class CampaignChanges
{
    public const string DefaultFund = "general";

    /// <summary>What no caller may set.</summary>
    public static readonly string[] FixedFields = ["name", "state", "create_time", "update_time", "delete_time", "etag"];

    public static Campaign Create(SqliteConnection connection, string id, Campaign asked, long now)
    {
        if (!CampaignStore.Insert(connection, id, ForStorage(asked), State.Draft, now))
            throw RpcErrors.Exists(CampaignNames.Campaign(id));
        return Read(connection, id, now);
    }

    public static Campaign Update(SqliteConnection connection, string id, Campaign asked, FieldMask? mask, long now)
    {
        var (row, current) = ForChange(connection, id, asked.Etag, now);
        var updated = ForStorage(FieldMasks.Apply(current, asked, mask, FixedFields));
        var violations = new Violations();
        CampaignValidation.Check(updated, violations);
        if (current.State != State.Draft)
            violations.Require(updated.Fund == current.Fund, "campaign.fund", "may not change once the campaign is published");
        if (current.State == State.Active)
            violations.Require(!IsAhead(updated, now), "campaign.start_time", "must not be ahead: the campaign is being shown; pause it first");
        violations.ThrowIfAny();

        CampaignStore.Update(connection, id, updated, current.State, row.DeleteTimeUs, now);
        RequireComplete(connection, id, now, current.State);
        return Read(connection, id, now);
    }

    public static Campaign Move(SqliteConnection connection, string id, string etag, CampaignVerb verb, long now)
    {
        var (row, current) = ForChange(connection, id, etag, now);
        var start = current.StartTime is null ? (long?)null : Storage.UnixMicros.FromTimestamp(current.StartTime);
        if (CampaignLifecycle.After(verb, current.State, start, now) is not { } next)
            throw RpcErrors.StateInvalid(current.Name, CampaignLifecycle.NameOf(current.State), $"cannot {NameOf(verb)} it now");
        if (next == current.State)
            return current;
        CampaignStore.Update(connection, id, ForStorage(current), next, row.DeleteTimeUs, now);
        RequireComplete(connection, id, now, next);
        return Read(connection, id, now);
    }

    public static Campaign Delete(SqliteConnection connection, string id, string etag, long now)
    {
        var (row, current) = Find(connection, id, etag, now);
        if (row.DeleteTimeUs is not null)
            return current;
        if (!CampaignLifecycle.MayDelete(current.State))
            throw RpcErrors.StateInvalid(current.Name, CampaignLifecycle.NameOf(current.State), "only drafts and ended campaigns can be deleted");
        CampaignStore.Update(connection, id, ForStorage(current), current.State, now, now);
        return Read(connection, id, now);
    }

    public static Campaign Undelete(SqliteConnection connection, string id, string etag, long now)
    {
        var (row, current) = Find(connection, id, etag, now);
        if (row.DeleteTimeUs is null)
            return current;
        CampaignStore.Update(connection, id, ForStorage(current), current.State, null, now);
        return Read(connection, id, now);
    }

    /// <summary>The campaign that a tier or an appeal is about to change in; not a deleted one.</summary>
    public static Campaign Parent(SqliteConnection connection, string id, long now) => ForChange(connection, id, "", now).Campaign;

    /// <summary>After a tier or an appeal changed: a published campaign must still be complete.</summary>
    public static void PartChanged(SqliteConnection connection, Campaign campaign, string id, long now)
    {
        CampaignStore.Touch(connection, id, now);
        RequireComplete(connection, id, now, campaign.State);
    }

    /// <summary>ABORTED where the caller read an older version.</summary>
    public static void RequireEtag(string asked, string current, string name)
    {
        if (asked.Length > 0 && asked != current)
            throw RpcErrors.EtagMismatch(name);
    }

    private static (StoredCampaign Row, Campaign Campaign) ForChange(SqliteConnection connection, string id, string etag, long now)
    {
        var found = Find(connection, id, etag, now);
        if (found.Row.DeleteTimeUs is not null)
            throw RpcErrors.StateInvalid(found.Campaign.Name, "DELETED", "undelete it first");
        return found;
    }

    private static (StoredCampaign Row, Campaign Campaign) Find(SqliteConnection connection, string id, string etag, long now)
    {
        var row = CampaignStore.Find(connection, id) ?? throw RpcErrors.NotFound(CampaignNames.Campaign(id));
        var campaign = CampaignMapping.ToResource(row, now);
        RequireEtag(etag, campaign.Etag, campaign.Name);
        return (row, campaign);
    }

    private static Campaign Read(SqliteConnection connection, string id, long now) => CampaignMapping.ToResource(CampaignStore.Find(connection, id)!, now);

    private static void RequireComplete(SqliteConnection connection, string id, long now, State state)
    {
        if (!CampaignLifecycle.IsPublished(state))
            return;
        var campaign = Read(connection, id, now);
        var tiers = CampaignStore.ListTiers(connection, id).ConvertAll(CampaignMapping.ToTier);
        var appeals = CampaignStore.ListAppeals(connection, id).ConvertAll(CampaignMapping.ToAppeal);
        var missing = CampaignLifecycle.Missing(campaign, tiers, appeals, now);
        if (missing.Count > 0)
            throw RpcErrors.CampaignIncomplete(campaign.Name, missing);
    }

    /// <summary>What the row keeps: the editor's fields, with the fund filled in. The columns hold the rest.</summary>
    private static Campaign ForStorage(Campaign campaign)
    {
        var stored = campaign.Clone();
        foreach (var field in FixedFields)
            Campaign.Descriptor.FindFieldByName(field).Accessor.Clear(stored);
        if (stored.Fund.Length == 0)
            stored.Fund = DefaultFund;
        return stored;
    }

    private static bool IsAhead(Campaign campaign, long now) => campaign.StartTime is { } start && Storage.UnixMicros.FromTimestamp(start) > now;

    private static string NameOf(CampaignVerb verb) => verb.ToString().ToLowerInvariant();
}
