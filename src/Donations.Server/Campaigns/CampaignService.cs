using System.Globalization;
using Donations.Server.Rpc;
using Donations.V1;
using Grpc.Core;

namespace Donations.Server.Campaigns;

/// <summary>Campaigns over gRPC: check, do, map.</summary>
internal sealed partial class CampaignService(CampaignEditor editor, CampaignCatalog catalog, PreviewTokens previews, PageTokens pages, TimeProvider time) : V1.CampaignService.CampaignServiceBase
{
    private const int DefaultPageSize = 50;
    private const int MaxPageSize = 200;
    private const string CampaignIdRule = "must have 3 to 40 of a-z, 0-9 and -, starting with a letter";

    /// <summary>Valid where an update says nothing: so that its own fields can be checked before it is known what they change.</summary>
    private static readonly Campaign Blank = new() { DisplayName = "-", DefaultLocale = "en" };

    [Access(Roles.Editor)]
    public override Task<Campaign> CreateCampaign(CreateCampaignRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        violations.Require(CampaignNames.IsCampaignId(request.CampaignId), "campaign_id", CampaignIdRule);
        CampaignValidation.Check(request.Campaign, violations);
        violations.ThrowIfAny();
        return editor.ChangeAsync(AccessInterceptor.Caller(context), edit => CampaignChanges.Create(edit, request.CampaignId, request.Campaign));
    }

    [Access(Roles.Editor, Anonymous = true)]
    public override Task<Campaign> GetCampaign(GetCampaignRequest request, ServerCallContext context)
    {
        var id = CampaignValidation.CampaignId(request.Name, "name");
        var caller = AccessInterceptor.Caller(context);
        return Task.FromResult(editor.Read((connection, now) => CampaignMapping.ToResource(CampaignEditor.Visible(connection, id, caller), now), context.CancellationToken));
    }

    [Access(Roles.Editor, Anonymous = true)]
    public override Task<ListCampaignsResponse> ListCampaigns(ListCampaignsRequest request, ServerCallContext context)
    {
        var isEditor = AccessInterceptor.Caller(context).Has(Roles.Editor);
        if ((request.ShowDeleted || request.ShowArchived) && !isEditor)
            throw RpcErrors.PermissionDenied();
        var size = PageTokens.Size(request.PageSize, DefaultPageSize, MaxPageSize);
        var after = pages.Read(request, request.PageToken) is { } cursor ? ParseCursor(cursor) : ((long, string)?)null;

        var response = new ListCampaignsResponse();
        editor.Read(
            (connection, now) =>
            {
                var rows = CampaignStore.List(connection, isEditor, request.ShowDeleted, request.ShowArchived, after, size + 1);
                response.Campaigns.AddRange(rows.Take(size).Select(row => CampaignMapping.ToResource(row, now)));
                if (rows.Count > size)
                    response.NextPageToken = pages.Make(request, Cursor(rows[size - 1].CreateTimeUs, rows[size - 1].CampaignId));
                return 0;
            },
            context.CancellationToken);
        return Task.FromResult(response);
    }

    [Access(Roles.Editor)]
    public override Task<Campaign> UpdateCampaign(UpdateCampaignRequest request, ServerCallContext context)
    {
        var id = CampaignValidation.CampaignId(request.Campaign.Name, "campaign.name");
        var violations = new Violations();
        CampaignValidation.Check(FieldMasks.Apply(Blank, request.Campaign, request.UpdateMask, CampaignChanges.FixedFields), violations);
        violations.ThrowIfAny();
        return editor.ChangeAsync(AccessInterceptor.Caller(context), edit => CampaignChanges.Update(edit, id, request.Campaign, request.UpdateMask));
    }

    [Access(Roles.Editor)]
    public override Task<Campaign> DeleteCampaign(DeleteCampaignRequest request, ServerCallContext context)
    {
        var id = CampaignValidation.CampaignId(request.Name, "name");
        return editor.ChangeAsync(AccessInterceptor.Caller(context), edit => CampaignChanges.Delete(edit, id, request.Etag));
    }

    [Access(Roles.Editor)]
    public override Task<Campaign> UndeleteCampaign(UndeleteCampaignRequest request, ServerCallContext context)
    {
        var id = CampaignValidation.CampaignId(request.Name, "name");
        return editor.ChangeAsync(AccessInterceptor.Caller(context), edit => CampaignChanges.Undelete(edit, id, request.Etag));
    }

    [Access(Roles.Editor)]
    public override Task<Campaign> PublishCampaign(PublishCampaignRequest request, ServerCallContext context) =>
        Move(context, request.Name, request.Etag, CampaignVerb.Publish);

    [Access(Roles.Editor)]
    public override Task<Campaign> PauseCampaign(PauseCampaignRequest request, ServerCallContext context) =>
        Move(context, request.Name, request.Etag, CampaignVerb.Pause);

    [Access(Roles.Editor)]
    public override Task<Campaign> ResumeCampaign(ResumeCampaignRequest request, ServerCallContext context) =>
        Move(context, request.Name, request.Etag, CampaignVerb.Resume);

    [Access(Roles.Editor)]
    public override Task<Campaign> EndCampaign(EndCampaignRequest request, ServerCallContext context) =>
        Move(context, request.Name, request.Etag, CampaignVerb.End);

    private Task<Campaign> Move(ServerCallContext context, string name, string etag, CampaignVerb verb)
    {
        var id = CampaignValidation.CampaignId(name, "name");
        return editor.ChangeAsync(AccessInterceptor.Caller(context), edit => CampaignChanges.Move(edit, id, etag, verb));
    }

    private static string Cursor(long number, string id) => string.Create(CultureInfo.InvariantCulture, $"{number}:{id}");

    /// <summary>Cursors are authenticated: what comes back is what was given out.</summary>
    private static (long Number, string Id) ParseCursor(string cursor)
    {
        var colon = cursor.IndexOf(':', StringComparison.Ordinal);
        return (long.Parse(cursor.AsSpan(0, colon), CultureInfo.InvariantCulture), cursor[(colon + 1)..]);
    }
}
