using System.Collections.Frozen;
using CsCheck;
using Donations.Server.Appeals;
using Donations.Tests.Campaigns;
using Donations.V1;
using State = Donations.V1.Campaign.Types.State;

namespace Donations.Tests.Appeals;

/// <summary>All million visitors, so that a share is counted, not sampled.</summary>
public sealed class VariantChoiceTests
{
    private static readonly Reader Anyone = new(Placement.Banner, "", 1);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 2, 3)]
    [InlineData(999, 1)]
    [InlineData(10, 20, 30, 40, 100, 200, 250, 350)]
    public void Each_variant_gets_its_share(params int[] weights)
    {
        var counts = new int[weights.Length];
        foreach (var choice in Choices(weights))
            counts[choice]++;
        for (var i = 0; i < weights.Length; i++)
        {
            var share = weights[i] / (double)weights.Sum();
            // Five standard deviations of a binomial: one run in two million is beyond, and these runs are always the same.
            var bound = 5 * Math.Sqrt(VariantChoice.Visitors * share * (1 - share));
            Assert.InRange(counts[i], (VariantChoice.Visitors * share) - bound, (VariantChoice.Visitors * share) + bound);
        }
    }

    [Fact]
    public void A_variant_that_goes_moves_its_own_visitors_only()
    {
        var all = Choices([5, 1, 3, 2]);
        var without = Choices([5, 1, 0, 2]);
        var moved = new int[4];
        for (var visitor = 0; visitor < all.Length; visitor++)
        {
            if (all[visitor] != 2)
                Assert.Equal(all[visitor], without[visitor]);
            else
                moved[without[visitor]]++;
        }

        // Its visitors go to the others in proportion to their weights.
        Assert.Equal(0, moved[2]);
        Assert.InRange(moved[0] / (double)moved.Sum(), 0.62, 0.63);
    }

    [Fact]
    public void A_variant_that_grows_takes_visitors_and_gives_none()
    {
        var before = Choices([5, 1, 3]);
        var after = Choices([5, 2, 3]);
        for (var visitor = 0; visitor < before.Length; visitor++)
            Assert.True(after[visitor] == before[visitor] || after[visitor] == 1);
    }

    [Theory]
    [InlineData(0, 7)]
    [InlineData(7, 0)]
    [InlineData(0, 0, 1000)]
    public void Weight_0_gets_nobody_and_the_rest_everybody(params int[] weights)
    {
        var only = Array.FindIndex(weights, w => w > 0);
        Assert.All(Choices(weights), choice => Assert.Equal(only, choice));
    }

    [Fact]
    public void Campaigns_draw_independently()
    {
        var (one, other) = (Choices([1, 1], "first"), Choices([1, 1], "second"));
        Assert.InRange(one.Zip(other).Count(p => p.First == p.Second), 497_500, 502_500);
    }

    [Fact]
    public void The_order_of_the_variants_does_not_matter()
    {
        Gen.Select(Gen.Int[0, VariantChoice.Visitors - 1], Gen.Int[1, 1000].Array[2, 8]).Sample((visitor, weights) =>
        {
            var variants = Candidate(weights).Asking(Placement.Banner);
            var reader = Anyone with { VisitorNumber = visitor };
            var turned = variants.Reverse().ToArray();
            return variants[VariantChoice.Choose(variants, null, reader)].Id == turned[VariantChoice.Choose([.. turned], null, reader)].Id;
        });
    }

    [Fact]
    public void Who_has_no_number_sees_the_heaviest_and_ties_go_by_id()
    {
        var variants = Candidate([7, 9, 9]).Asking(Placement.Banner);
        Assert.Equal("other-1", variants[VariantChoice.Choose(variants, null, Anyone)].Id);
    }

    [Fact]
    public void Given_weights_take_the_place_of_the_editors()
    {
        var variants = Candidate([1, 1, 1]).Asking(Placement.Banner);
        var weights = new Dictionary<string, int> { ["main"] = 0, ["other-1"] = 10_000 }.ToFrozenDictionary();
        // The third is new, and waits for the next epoch.
        Assert.All(Enumerable.Range(0, 1000), v => Assert.Equal(1, VariantChoice.Choose(variants, weights, Anyone with { VisitorNumber = v })));
        // Where nothing of what was weighed is left, the editor's weights hold.
        var gone = new Dictionary<string, int> { ["archived"] = 10_000 }.ToFrozenDictionary();
        Assert.Equal([0, 1, 2], Enumerable.Range(0, 1000).Select(v => VariantChoice.Choose(variants, gone, Anyone with { VisitorNumber = v })).Distinct().Order());
    }

    [Fact]
    public void The_control_share_is_a_share_of_visitors()
    {
        var seed = VariantChoice.Seed("campaigns/test/control");
        var inside = Enumerable.Range(0, VariantChoice.Visitors).Count(v => VariantChoice.IsIn(seed, v, 10));
        Assert.InRange(inside, 98_500, 101_500);
        Assert.DoesNotContain(Enumerable.Range(0, 10_000), v => VariantChoice.IsIn(seed, v, 0));
        Assert.False(VariantChoice.IsIn(seed, -1, 50));
    }

    private static int[] Choices(int[] weights, string id = "test")
    {
        var variants = Candidate([.. weights.Select(_ => 1)], id).Asking(Placement.Banner);
        var given = variants.Select((v, i) => (v.Id, weights[i])).ToFrozenDictionary(p => p.Id, p => p.Item2);
        var choices = new int[VariantChoice.Visitors];
        for (var visitor = 0; visitor < choices.Length; visitor++)
            choices[visitor] = VariantChoice.Choose(variants, given, Anyone with { VisitorNumber = visitor });
        return choices;
    }

    private static Candidate Candidate(int[] weights, string id = "test") =>
        Ready.Candidate(id, CampaignSamples.Campaign(), State.Active, 1, [.. weights.Select(w => CampaignSamples.Appeal(Placement.Banner, w))]);
}
