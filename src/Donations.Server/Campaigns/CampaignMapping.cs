using System.Globalization;
using Donations.Server.Storage;
using Donations.V1;

namespace Donations.Server.Campaigns;

/// <summary>From rows to resources.</summary>
internal static class CampaignMapping
{
    /// <summary>The campaign as callers see it, in the state that it has now.</summary>
    public static Campaign ToResource(StoredCampaign row, long now)
    {
        var campaign = Campaign.Parser.ParseFrom(row.Resource);
        campaign.Name = CampaignNames.Campaign(row.CampaignId);
        campaign.State = CampaignLifecycle.Effective((Campaign.Types.State)row.State, campaign, now);
        campaign.CreateTime = UnixMicros.ToTimestamp(row.CreateTimeUs);
        campaign.UpdateTime = UnixMicros.ToTimestamp(row.UpdateTimeUs);
        campaign.DeleteTime = UnixMicros.ToTimestamp(row.DeleteTimeUs);
        campaign.ArchiveTime = UnixMicros.ToTimestamp(row.ArchiveTimeUs);
        campaign.Etag = Etag(row.Version);
        return campaign;
    }

    public static Tier ToTier(StoredPart row)
    {
        var tier = Tier.Parser.ParseFrom(row.Resource);
        tier.Name = CampaignNames.Tier(row.CampaignId, row.Id);
        tier.State = (Tier.Types.State)row.State;
        tier.Etag = Etag(row.Version);
        return tier;
    }

    public static Appeal ToAppeal(StoredPart row)
    {
        var appeal = Appeal.Parser.ParseFrom(row.Resource);
        appeal.Name = CampaignNames.Appeal(row.CampaignId, row.Id);
        appeal.State = (Appeal.Types.State)row.State;
        if (appeal.Kind == Appeal.Types.Kind.Unspecified)
            appeal.Kind = Appeal.Types.Kind.Ask;
        appeal.Etag = Etag(row.Version);
        return appeal;
    }

    /// <summary>A strong entity tag in its quotes, as AIP-154 and RFC 9110 write it.</summary>
    public static string Etag(long version) => string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");
}
