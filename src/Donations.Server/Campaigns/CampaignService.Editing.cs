using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;
using Grpc.Core;

namespace Donations.Server.Campaigns;

/// <content>What makes an editor's work easier, and the settings that hold for all campaigns.</content>
internal sealed partial class CampaignService
{
    private const int MaxProblems = 1000;
    private const string ProgressSuffix = "/progress";

    [Access(Roles.Editor)]
    public override Task<Campaign> CloneCampaign(CloneCampaignRequest request, ServerCallContext context)
    {
        var id = CampaignValidation.CampaignId(request.Name, "name");
        var violations = new Violations();
        violations.Require(CampaignNames.IsCampaignId(request.CampaignId), "campaign_id", CampaignIdRule);
        violations.Length(request.DisplayName, 0, CampaignValidation.MaxDisplayName, "display_name");
        violations.ThrowIfAny();
        return editor.ChangeAsync(AccessInterceptor.Caller(context), edit => CampaignChanges.Clone(edit, id, request.CampaignId, request.DisplayName));
    }

    [Access(Roles.Editor)]
    public override Task<Campaign> ArchiveCampaign(ArchiveCampaignRequest request, ServerCallContext context)
    {
        var id = CampaignValidation.CampaignId(request.Name, "name");
        return editor.ChangeAsync(AccessInterceptor.Caller(context), edit => CampaignChanges.Archive(edit, id, request.Etag));
    }

    [Access(Roles.Editor)]
    public override Task<Campaign> UnarchiveCampaign(UnarchiveCampaignRequest request, ServerCallContext context)
    {
        var id = CampaignValidation.CampaignId(request.Name, "name");
        return editor.ChangeAsync(AccessInterceptor.Caller(context), edit => CampaignChanges.Unarchive(edit, id, request.Etag));
    }

    [Access(Roles.Editor)]
    public override Task<ValidateCampaignResponse> ValidateCampaign(ValidateCampaignRequest request, ServerCallContext context)
    {
        var id = CampaignValidation.CampaignId(request.Name, "name");
        var problems = editor.Read(
            (connection, now) => CampaignReview.Read(connection, CampaignMapping.ToResource(CampaignEditor.Visible(connection, id, AccessInterceptor.Caller(context)), now), id, now),
            context.CancellationToken);
        return Task.FromResult(new ValidateCampaignResponse
        {
            Problems = { problems.Take(MaxProblems) },
            Publishable = problems.TrueForAll(p => p.Severity != CampaignProblem.Types.Severity.Error),
        });
    }

    [Access(Roles.Editor)]
    public override Task<PreviewLink> CreatePreviewLink(CreatePreviewLinkRequest request, ServerCallContext context)
    {
        var id = CampaignValidation.CampaignId(request.Name, "name");
        string? appealId = null;
        if (request.Appeal.Length > 0)
        {
            (var parent, appealId) = CampaignValidation.AppealIds(request.Appeal, "appeal");
            if (parent != id)
                throw RpcErrors.FieldInvalid("appeal", "must be one of the campaign's");
        }

        var ttl = PreviewTokens.Ttl(request.Ttl, "ttl");
        editor.Read(
            (connection, _) =>
            {
                if (CampaignEditor.Visible(connection, id, AccessInterceptor.Caller(context)).DeleteTimeUs is not null)
                    throw RpcErrors.NotFound(request.Name);
                if (appealId is not null && CampaignStore.FindAppeal(connection, id, appealId) is null)
                    throw RpcErrors.NotFound(request.Appeal);
                return 0;
            },
            context.CancellationToken);
        return Task.FromResult(previews.Make(new(id, appealId, time.NowMicros() + ttl)));
    }

    [Access(Roles.Editor, Anonymous = true)]
    public override Task<CampaignProgress> GetCampaignProgress(GetCampaignProgressRequest request, ServerCallContext context)
    {
        if (!request.Name.EndsWith(ProgressSuffix, StringComparison.Ordinal) || !CampaignNames.TryParseCampaign(request.Name[..^ProgressSuffix.Length], out var id))
            throw RpcErrors.FieldInvalid("name", "must be campaigns/{campaign}/progress");
        return Task.FromResult(catalog.Current.Find(id) is { } campaign && ProgressRules.ToResource(campaign) is { } progress ? progress : throw RpcErrors.NotFound(request.Name));
    }

    [Access(Roles.Editor)]
    public override Task<AppealSettings> GetAppealSettings(GetAppealSettingsRequest request, ServerCallContext context)
    {
        RequireSettings(request.Name, "name");
        return Task.FromResult(editor.Read((connection, _) => AppealSettingsStore.Read(connection, isReplaced: false), context.CancellationToken));
    }

    [Access(Roles.Editor)]
    public override Task<AppealSettings> UpdateAppealSettings(UpdateAppealSettingsRequest request, ServerCallContext context)
    {
        RequireSettings(request.AppealSettings.Name, "appeal_settings.name");
        var violations = new Violations();
        CampaignValidation.Check(FieldMasks.Apply(new AppealSettings(), request.AppealSettings, request.UpdateMask, AppealSettingsStore.FixedFields), violations);
        violations.ThrowIfAny();
        return editor.ChangeAsync(AccessInterceptor.Caller(context), edit => AppealSettingsStore.Update(edit, request.AppealSettings, request.UpdateMask));
    }

    private static void RequireSettings(string name, string path)
    {
        if (name != AppealSettingsStore.Name)
            throw RpcErrors.FieldInvalid(path, $"must be {AppealSettingsStore.Name}");
    }
}
