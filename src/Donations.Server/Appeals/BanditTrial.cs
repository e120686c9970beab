using System.Collections.Immutable;
using Donations.Server.Campaigns;
using Donations.V1;

namespace Donations.Server.Appeals;

/// <summary>Variants of a campaign in one placement that the bandit chooses among, with the editor's fixed weights.</summary>
internal sealed record BanditTrial(string CampaignId, Placement Placement, ImmutableArray<(string AppealId, int Weight)> Variants)
{
    /// <summary>
    /// The trials of campaigns that use the bandit: placements with two active appeals or more. Where there are more than
    /// <see cref="BanditWeights.MaxVariants"/>, the editor's weights stay.
    /// </summary>
    public static IEnumerable<BanditTrial> Of(CatalogSnapshot catalog, Func<CatalogCampaign, bool> usesBandit) =>
        from campaign in catalog.Campaigns
        where campaign.IsOn && usesBandit(campaign)
        from placement in campaign.Appeals.Where(a => a.State == Appeal.Types.State.Active && a.Kind == Appeal.Types.Kind.Ask && a.Weight > 0).GroupBy(a => a.Placement)
        let variants = placement.Select(a => (a.Name[(a.Name.LastIndexOf('/') + 1)..], a.Weight)).ToImmutableArray()
        where variants.Length is > 1 and <= BanditWeights.MaxVariants
        select new BanditTrial(campaign.Id, placement.Key, variants);
}

/// <summary>The trials that go on now. The point at which campaigns are wired to the bandit, in <see cref="AppealsModule"/>.</summary>
internal delegate IEnumerable<BanditTrial> BanditTrials();
