using Donations.Server.Rpc;
using Donations.V1;
using Grpc.Core;

namespace Donations.Server.Campaigns;

/// <content>Tiers.</content>
internal sealed partial class CampaignService
{
    private const string PartIdRule = "must have 2 to 40 of a-z, 0-9 and -";

    /// <summary>What of a tier an update is held against only once the tier is read: it must not differ.</summary>
    private static readonly string[] FixedTierFields = [.. CampaignPartChanges.FixedFields, "interval", "prices", "free_amount"];

    [Access(Roles.Editor)]
    public override Task<Tier> CreateTier(CreateTierRequest request, ServerCallContext context)
    {
        var campaignId = CampaignValidation.CampaignId(request.Parent, "parent");
        var violations = new Violations();
        violations.Require(CampaignNames.IsPartId(request.TierId), "tier_id", PartIdRule);
        CampaignValidation.Check(request.Tier, violations);
        violations.ThrowIfAny();
        return editor.ChangeAsync(AccessInterceptor.Caller(context), edit => CampaignPartChanges.CreateTier(edit, campaignId, request.TierId, request.Tier));
    }

    [Access(Roles.Editor, Anonymous = true)]
    public override Task<Tier> GetTier(GetTierRequest request, ServerCallContext context)
    {
        var (campaignId, id) = CampaignValidation.TierIds(request.Name, "name");
        var caller = AccessInterceptor.Caller(context);
        var tier = editor.Read(
            (connection, _) =>
            {
                CampaignEditor.Visible(connection, campaignId, caller);
                return CampaignMapping.ToTier(CampaignStore.FindTier(connection, campaignId, id) ?? throw RpcErrors.NotFound(request.Name));
            },
            context.CancellationToken);
        return Task.FromResult(tier);
    }

    [Access(Roles.Editor, Anonymous = true)]
    public override Task<ListTiersResponse> ListTiers(ListTiersRequest request, ServerCallContext context)
    {
        var campaignId = CampaignValidation.CampaignId(request.Parent, "parent");
        var size = PageTokens.Size(request.PageSize, DefaultPageSize, MaxPageSize);
        var after = pages.Read(request, request.PageToken) is { } cursor ? ParseCursor(cursor) : ((long, string)?)null;
        var caller = AccessInterceptor.Caller(context);

        var response = new ListTiersResponse();
        editor.Read(
            (connection, _) =>
            {
                CampaignEditor.Visible(connection, campaignId, caller);
                var rows = CampaignStore.ListTiers(connection, campaignId, after, size + 1);
                response.Tiers.AddRange(rows.Take(size).Select(CampaignMapping.ToTier));
                if (rows.Count > size)
                    response.NextPageToken = pages.Make(request, Cursor(response.Tiers[^1].Position, rows[size - 1].Id));
                return 0;
            },
            context.CancellationToken);
        return Task.FromResult(response);
    }

    [Access(Roles.Editor)]
    public override Task<Tier> UpdateTier(UpdateTierRequest request, ServerCallContext context)
    {
        var ids = CampaignValidation.TierIds(request.Tier.Name, "tier.name");
        var violations = new Violations();
        CampaignValidation.CheckText(FieldMasks.Apply(new Tier(), request.Tier, request.UpdateMask, FixedTierFields), violations);
        violations.ThrowIfAny();
        return editor.ChangeAsync(AccessInterceptor.Caller(context), edit => CampaignPartChanges.UpdateTier(edit, ids, request.Tier, request.UpdateMask));
    }

    [Access(Roles.Editor)]
    public override Task<Tier> ArchiveTier(ArchiveTierRequest request, ServerCallContext context)
    {
        var ids = CampaignValidation.TierIds(request.Name, "name");
        return editor.ChangeAsync(AccessInterceptor.Caller(context), edit => CampaignPartChanges.ArchiveTier(edit, ids, request.Etag));
    }
}
