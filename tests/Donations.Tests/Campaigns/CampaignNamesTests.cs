using CsCheck;
using Donations.Server.Campaigns;

namespace Donations.Tests.Campaigns;

public sealed class CampaignNamesTests
{
    private static readonly Gen<string> Part = Gen.Char["abcdefghijklmnopqrstuvwxyz0123456789-"].Array[2, 40].Select(c => new string(c));
    private static readonly Gen<string> Id = Part.Select(p => ("c" + p)[..Math.Min(40, p.Length + 1)]);

    [Fact]
    public void Names_parse_to_the_ids_that_they_were_made_of() => Gen.Select(Id, Part).Sample((campaign, part) =>
        CampaignNames.TryParseCampaign(CampaignNames.Campaign(campaign), out var id) && id == campaign
        && CampaignNames.TryParseTier(CampaignNames.Tier(campaign, part), out var tierCampaign, out var tier) && (tierCampaign, tier) == (campaign, part)
        && CampaignNames.TryParseAppeal(CampaignNames.Appeal(campaign, part), out var appealCampaign, out var appeal) && (appealCampaign, appeal) == (campaign, part));

    [Theory]
    [InlineData("")]
    [InlineData("campaigns/")]
    [InlineData("campaigns/ab")]
    [InlineData("campaigns/1abc")]
    [InlineData("campaigns/Abc")]
    [InlineData("campaigns/abc/")]
    [InlineData("campaigns/abc def")]
    [InlineData("campaigns/-")]
    [InlineData("Campaigns/abc")]
    [InlineData("campaigns/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("campaigns/abc/tiers/ab")]
    public void Other_texts_are_no_campaigns(string name)
    {
        Assert.False(CampaignNames.TryParseCampaign(name, out var id));
        Assert.Null(id);
    }

    [Theory]
    [InlineData("campaigns/abc")]
    [InlineData("campaigns/abc/tiers/")]
    [InlineData("campaigns/abc/tiers/a")]
    [InlineData("campaigns/abc/tiers/A1")]
    [InlineData("campaigns/abc/tiers/ab/x")]
    [InlineData("campaigns/ab/tiers/ab")]
    [InlineData("campaigns/abc/appeals/ab")]
    public void Other_texts_are_no_tiers(string name)
    {
        Assert.False(CampaignNames.TryParseTier(name, out var campaign, out var tier));
        Assert.Null(campaign);
        Assert.Null(tier);
    }

    [Fact]
    public void What_parses_is_its_own_name() => Gen.Char["ab1-/ A"].Array[0, 12].Select(c => "campaigns/" + new string(c)).Sample(text =>
        (!CampaignNames.TryParseCampaign(text, out var id) || CampaignNames.Campaign(id) == text)
        && (!CampaignNames.TryParseTier(text + "/tiers/" + text, out _, out _))
        && (!CampaignNames.TryParseAppeal(text + "/appeals/x1", out var campaign, out var appeal) || CampaignNames.Appeal(campaign, appeal) == text + "/appeals/x1"));
}
