using Donations.Server.Rpc;
using Donations.V1;
using Grpc.Core;

namespace Donations.Server.Campaigns;

/// <content>Appeals.</content>
internal sealed partial class CampaignService
{
    /// <summary>Valid where an update says nothing; the placement is compared once the appeal is read.</summary>
    private static readonly Appeal BlankAppeal = new() { Placement = Placement.Banner };

    private static readonly string[] FixedAppealFields = [.. CampaignPartChanges.FixedFields, "placement", "kind"];

    [Access(Roles.Editor)]
    public override Task<Appeal> CreateAppeal(CreateAppealRequest request, ServerCallContext context)
    {
        var campaignId = CampaignValidation.CampaignId(request.Parent, "parent");
        var violations = new Violations();
        violations.Require(CampaignNames.IsPartId(request.AppealId), "appeal_id", PartIdRule);
        CampaignValidation.Check(request.Appeal, violations);
        violations.ThrowIfAny();
        return editor.ChangeAsync(AccessInterceptor.Caller(context), edit => CampaignPartChanges.CreateAppeal(edit, campaignId, request.AppealId, request.Appeal));
    }

    [Access(Roles.Editor, Anonymous = true)]
    public override Task<Appeal> GetAppeal(GetAppealRequest request, ServerCallContext context)
    {
        var (campaignId, id) = CampaignValidation.AppealIds(request.Name, "name");
        var caller = AccessInterceptor.Caller(context);
        var appeal = editor.Read(
            (connection, _) =>
            {
                CampaignEditor.Visible(connection, campaignId, caller);
                return CampaignMapping.ToAppeal(CampaignStore.FindAppeal(connection, campaignId, id) ?? throw RpcErrors.NotFound(request.Name));
            },
            context.CancellationToken);
        return Task.FromResult(appeal);
    }

    [Access(Roles.Editor, Anonymous = true)]
    public override Task<ListAppealsResponse> ListAppeals(ListAppealsRequest request, ServerCallContext context)
    {
        var campaignId = CampaignValidation.CampaignId(request.Parent, "parent");
        var size = PageTokens.Size(request.PageSize, DefaultPageSize, MaxPageSize);
        var after = pages.Read(request, request.PageToken);
        var caller = AccessInterceptor.Caller(context);

        var response = new ListAppealsResponse();
        editor.Read(
            (connection, _) =>
            {
                CampaignEditor.Visible(connection, campaignId, caller);
                var rows = CampaignStore.ListAppeals(connection, campaignId, after, size + 1);
                response.Appeals.AddRange(rows.Take(size).Select(CampaignMapping.ToAppeal));
                if (rows.Count > size)
                    response.NextPageToken = pages.Make(request, rows[size - 1].Id);
                return 0;
            },
            context.CancellationToken);
        return Task.FromResult(response);
    }

    [Access(Roles.Editor)]
    public override Task<Appeal> UpdateAppeal(UpdateAppealRequest request, ServerCallContext context)
    {
        var ids = CampaignValidation.AppealIds(request.Appeal.Name, "appeal.name");
        var violations = new Violations();
        CampaignValidation.Check(FieldMasks.Apply(BlankAppeal, request.Appeal, request.UpdateMask, FixedAppealFields), violations);
        violations.ThrowIfAny();
        return editor.ChangeAsync(AccessInterceptor.Caller(context), edit => CampaignPartChanges.UpdateAppeal(edit, ids, request.Appeal, request.UpdateMask));
    }

    [Access(Roles.Editor)]
    public override Task<Appeal> ArchiveAppeal(ArchiveAppealRequest request, ServerCallContext context)
    {
        var ids = CampaignValidation.AppealIds(request.Name, "name");
        return editor.ChangeAsync(AccessInterceptor.Caller(context), edit => CampaignPartChanges.ArchiveAppeal(edit, ids, request.Etag));
    }
}
