using Donations.Server.Campaigns;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;

namespace Donations.Server.Appeals;

/// <summary>Shows a campaign to whoever has a preview link, as it is stored now. Not the hot path: it reads the database.</summary>
internal sealed class AppealPreview(Database database, PreparedAppeals appeals, PreviewTokens tokens)
{
    public SelectAppealResponse Show(SelectAppealRequest request, long now, CancellationToken cancellationToken)
    {
        var preview = tokens.Read(request.PreviewToken, now) ?? throw RpcErrors.FieldInvalid("preview_token", "must come from CreatePreviewLink, and not have expired");
        var campaign = database.Read(
            connection =>
            {
                var row = CampaignStore.Find(connection, preview.CampaignId);
                if (row is null || row.DeleteTimeUs is not null)
                    throw RpcErrors.NotFound(CampaignNames.Campaign(preview.CampaignId));
                return new CatalogCampaign(row, CampaignStore.ListTiers(connection, row.CampaignId), CampaignStore.ListAppeals(connection, row.CampaignId), now) { Progress = ProgressStore.Find(connection, row.CampaignId) };
            },
            cancellationToken);
        try
        {
            return appeals.Preview(campaign, preview.AppealId, request, now);
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException)
        {
            var errors = CampaignReview.Problems(campaign.Resource, campaign.Tiers.Select(t => t.Resource), campaign.Appeals, now).Where(p => p.Severity == CampaignProblem.Types.Severity.Error);
            throw RpcErrors.CampaignIncomplete(campaign.Resource.Name, errors.Select(CampaignReview.ToPrecondition));
        }
    }
}
