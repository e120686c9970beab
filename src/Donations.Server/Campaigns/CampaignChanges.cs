using Donations.Server.Rpc;
using Donations.V1;
using Google.Protobuf.WellKnownTypes;
using State = Donations.V1.Campaign.Types.State;

namespace Donations.Server.Campaigns;

/// <summary>
/// The units of work on campaigns: read, hold against the rules, write; run on the writer, so nothing changes between.
/// Times come from outside, so that a unit may be run again. Every change is told in the audit log.
/// </summary>
internal static class CampaignChanges
{
    public const string DefaultFund = "general";

    /// <summary>What no caller may set.</summary>
    public static readonly string[] FixedFields = ["name", "state", "create_time", "update_time", "delete_time", "archive_time", "etag"];

    public static Campaign Create(Edit edit, string id, Campaign asked, string action = "create")
    {
        if (!CampaignStore.Insert(edit.Connection, id, ForStorage(asked), State.Draft, edit.Now))
            throw RpcErrors.Exists(CampaignNames.Campaign(id));
        return edit.Record(action, null, Read(edit, id));
    }

    public static Campaign Update(Edit edit, string id, Campaign asked, FieldMask? mask)
    {
        var (row, current) = ForChange(edit, id, asked.Etag);
        var updated = ForStorage(FieldMasks.Apply(current, asked, mask, FixedFields));
        var violations = new Violations();
        CampaignValidation.Check(updated, violations);
        if (current.State != State.Draft)
            violations.Require(updated.Fund == current.Fund, "campaign.fund", "may not change once the campaign is published");
        if (current.State == State.Active)
            violations.Require(!IsAhead(updated, edit.Now), "campaign.start_time", "must not be ahead: the campaign is being shown; pause it first");
        violations.ThrowIfAny();

        var before = Errors(edit, current, id, current.State);
        CampaignStore.Update(edit.Connection, id, updated, Standing.Of(row) with { State = current.State }, edit.Now);
        RequireNoWorse(edit, id, current.State, before);
        return edit.Record("update", current, Read(edit, id));
    }

    public static Campaign Move(Edit edit, string id, string etag, CampaignVerb verb)
    {
        var (row, current) = ForChange(edit, id, etag);
        var start = current.StartTime is null ? (long?)null : Storage.UnixMicros.FromTimestamp(current.StartTime);
        if (CampaignLifecycle.After(verb, current.State, start, edit.Now) is not { } next)
            throw RpcErrors.StateInvalid(current.Name, CampaignLifecycle.NameOf(current.State), $"cannot {NameOf(verb)} it now");
        if (next == current.State)
            return current;
        // What is shown again is not put away any more.
        CampaignStore.Update(edit.Connection, id, ForStorage(current), Standing.Of(row) with { State = next, ArchiveTimeUs = CampaignLifecycle.IsPublished(next) ? null : row.ArchiveTimeUs }, edit.Now);
        // Taking a campaign off must work whatever is wrong with it.
        if (next is State.Scheduled or State.Active)
            RequireNoWorse(edit, id, next, []);
        return edit.Record(NameOf(verb), current, Read(edit, id));
    }

    public static Campaign Delete(Edit edit, string id, string etag) => Put(edit, id, etag, "delete", alsoDeleted: true, (row, current) =>
        row.DeleteTimeUs is not null ? null
        : CampaignLifecycle.MayDelete(current.State) ? Standing.Of(row) with { DeleteTimeUs = edit.Now }
        : throw RpcErrors.StateInvalid(current.Name, CampaignLifecycle.NameOf(current.State), "only drafts and ended campaigns can be deleted"));

    public static Campaign Undelete(Edit edit, string id, string etag) => Put(edit, id, etag, "undelete", alsoDeleted: true, (row, _) =>
        row.DeleteTimeUs is null ? null : Standing.Of(row) with { DeleteTimeUs = null });

    public static Campaign Archive(Edit edit, string id, string etag) => Put(edit, id, etag, "archive", alsoDeleted: false, (row, current) =>
        row.ArchiveTimeUs is not null ? null
        : CampaignLifecycle.MayDelete(current.State) ? Standing.Of(row) with { ArchiveTimeUs = edit.Now }
        : throw RpcErrors.StateInvalid(current.Name, CampaignLifecycle.NameOf(current.State), "only drafts and ended campaigns can be archived"));

    public static Campaign Unarchive(Edit edit, string id, string etag) => Put(edit, id, etag, "unarchive", alsoDeleted: false, (row, _) =>
        row.ArchiveTimeUs is null ? null : Standing.Of(row) with { ArchiveTimeUs = null });

    /// <summary>A draft with the same content, its active tiers and appeals included; without schedule, for the old one is over or taken.</summary>
    public static Campaign Clone(Edit edit, string id, string newId, string displayName)
    {
        var (_, source) = ForChange(edit, id, "");
        var copy = source.Clone();
        (copy.StartTime, copy.EndTime) = (null, null);
        if (displayName.Length > 0)
            copy.DisplayName = displayName;
        Create(edit, newId, copy, "clone");
        CampaignPartChanges.CloneParts(edit, id, newId);
        return Read(edit, newId);
    }

    /// <summary>The campaign that a tier or an appeal is about to change in; not a deleted one.</summary>
    public static ParentCampaign Parent(Edit edit, string id)
    {
        var (_, campaign) = ForChange(edit, id, "");
        return new(id, campaign.State, Errors(edit, campaign, id, campaign.State));
    }

    /// <summary>After a tier or an appeal changed.</summary>
    public static void PartChanged(Edit edit, ParentCampaign parent)
    {
        CampaignStore.Touch(edit.Connection, parent.Id, edit.Now);
        RequireNoWorse(edit, parent.Id, parent.State, parent.Errors);
    }

    /// <summary>ABORTED where the caller read an older version.</summary>
    public static void RequireEtag(string asked, string current, string name)
    {
        if (asked.Length > 0 && asked != current)
            throw RpcErrors.EtagMismatch(name);
    }

    /// <summary>Gives a campaign another standing; null: it has it already.</summary>
    private static Campaign Put(Edit edit, string id, string etag, string action, bool alsoDeleted, Func<StoredCampaign, Campaign, Standing?> next)
    {
        var (row, current) = alsoDeleted ? Find(edit, id, etag) : ForChange(edit, id, etag);
        if (next(row, current) is not { } standing)
            return current;
        CampaignStore.Update(edit.Connection, id, ForStorage(current), standing with { State = current.State }, edit.Now);
        return edit.Record(action, current, Read(edit, id));
    }

    private static (StoredCampaign Row, Campaign Campaign) ForChange(Edit edit, string id, string etag)
    {
        var found = Find(edit, id, etag);
        if (found.Row.DeleteTimeUs is not null)
            throw RpcErrors.StateInvalid(found.Campaign.Name, "DELETED", "undelete it first");
        return found;
    }

    private static (StoredCampaign Row, Campaign Campaign) Find(Edit edit, string id, string etag)
    {
        var row = CampaignStore.Find(edit.Connection, id) ?? throw RpcErrors.NotFound(CampaignNames.Campaign(id));
        var campaign = CampaignMapping.ToResource(row, edit.Now);
        RequireEtag(etag, campaign.Etag, campaign.Name);
        return (row, campaign);
    }

    private static Campaign Read(Edit edit, string id) => CampaignMapping.ToResource(CampaignStore.Find(edit.Connection, id)!, edit.Now);

    /// <summary>
    /// A published campaign must stay complete. What was wrong before the change is not held against it: a rule that is newer than the
    /// campaign must not keep its editor from mending it step by step.
    /// </summary>
    private static void RequireNoWorse(Edit edit, string id, State state, List<CampaignProblem> before)
    {
        var campaign = Read(edit, id);
        var added = Errors(edit, campaign, id, state).Except(before).ToList();
        if (added.Count > 0)
            throw RpcErrors.CampaignIncomplete(campaign.Name, added.Select(CampaignReview.ToPrecondition));
    }

    /// <summary>What is wrong with a campaign that is published, by its state before the change (a new end_time may have ended it); of a draft that is its editor's business.</summary>
    private static List<CampaignProblem> Errors(Edit edit, Campaign campaign, string id, State state) => CampaignLifecycle.IsPublished(state)
        ? CampaignReview.Read(edit.Connection, campaign, id, edit.Now).FindAll(p => p.Severity == CampaignProblem.Types.Severity.Error)
        : [];

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

/// <summary>The campaign of a tier or an appeal that changes, and what was wrong with it before.</summary>
internal sealed record ParentCampaign(string Id, State State, List<CampaignProblem> Errors);
