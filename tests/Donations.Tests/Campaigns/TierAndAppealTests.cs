using Donations.Testing;
using Donations.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Donations.Tests.Campaigns.CampaignSamples;

namespace Donations.Tests.Campaigns;

public sealed class TierAndAppealTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly TestServer _server = fixture.Server;

    private CallOptions Editor => _server.As("editor");

    [Fact]
    public async Task Wrong_prices_are_told_with_their_paths()
    {
        var draft = await _server.DraftAsync("priced");
        var tier = Tier(Amount("USD", 1), Amount("EUR", 2, 5), Amount("usd", 5), Amount("GBP", 3), Amount("GBP", 4), Amount("ALL", 500), Amount("JPY", 100, 10_000_000), Amount("USD", long.MaxValue));

        var error = await Errors.OfAsync(() => _server.Campaigns.CreateTierAsync(new() { Parent = draft.Name, TierId = "x", Tier = tier }, Editor));

        Assert.Equal(
            [
                "tier_id", "tier.prices[0].units", "tier.prices[1].nanos", "tier.prices[2].currency_code", "tier.prices[4].currency_code",
                "tier.prices[5].currency_code", "tier.prices[6].nanos", "tier.prices[7].units", "tier.prices[7].currency_code",
            ],
            error.Fields());
    }

    [Fact]
    public async Task Wrong_copies_are_told_with_their_paths()
    {
        var draft = await _server.DraftAsync("copied");
        var tier = Tier();
        tier.Position = -1;
        tier.Copies.Add(new TierCopy { Locale = "EN", Label = new('x', 61), Impact = new('x', 201), Benefits = { "", new string('x', 201) } });
        tier.Copies.Add(new TierCopy { Locale = "_", Label = "x", Benefits = { Enumerable.Repeat("x", 11) } });
        Assert.Equal(
            [
                "tier.position", "tier.copies[1].locale", "tier.copies[1].label", "tier.copies[1].impact", "tier.copies[1].benefits[0]", "tier.copies[1].benefits[1]",
                "tier.copies[2].locale", "tier.copies[2].benefits",
            ],
            (await Errors.OfAsync(() => _server.Campaigns.CreateTierAsync(new() { Parent = draft.Name, TierId = "five", Tier = tier }, Editor))).Fields());

        var appeal = Appeal((Placement)99, 1001);
        (appeal.Copies[0].ImageUri, appeal.Copies[0].Body) = ("http://example.org/a.png", new('x', 4001));
        Assert.Equal(
            ["appeal.placement", "appeal.weight", "appeal.copies[0].body", "appeal.copies[0].image_uri", "appeal.copies[0].image_alt_text"],
            (await Errors.OfAsync(() => _server.Campaigns.CreateAppealAsync(new() { Parent = draft.Name, AppealId = "main", Appeal = appeal }, Editor))).Fields());

        appeal = Appeal();
        appeal.Copies[0].Title = "";
        Assert.Equal(["appeal.copies[0].title"], (await Errors.OfAsync(() => _server.Campaigns.CreateAppealAsync(new() { Parent = draft.Name, AppealId = "main", Appeal = appeal }, Editor))).Fields());
    }

    [Fact]
    public async Task What_pledges_were_made_on_cannot_change()
    {
        var draft = await _server.DraftAsync("fixed");
        var tier = await _server.TierAsync(draft.Name, "five", Tier(Amount("USD", 5), Amount("EUR", 5)));
        var appeal = await _server.AppealAsync(draft.Name, "main");

        var changed = new Tier { Name = tier.Name, Interval = PledgeInterval.Annual, Prices = { Amount("USD", 60) }, FreeAmount = true };
        Assert.Equal(["tier.interval", "tier.prices", "tier.free_amount"], (await TierError(changed)).Fields());
        Assert.Equal(["tier.prices"], (await TierError(new() { Name = tier.Name }, "prices")).Fields());
        Assert.Equal(
            ["appeal.placement"],
            (await Errors.OfAsync(() => _server.Campaigns.UpdateAppealAsync(new() { Appeal = new() { Name = appeal.Name, Placement = Placement.App } }, Editor))).Fields());

        var same = new Tier(tier) { Etag = "", Recommended = true };
        Assert.True((await _server.Campaigns.UpdateTierAsync(new() { Tier = same, UpdateMask = new() { Paths = { "*" } } }, Editor)).Recommended);
    }

    [Fact]
    public async Task A_masked_update_of_a_tier_changes_only_that()
    {
        var draft = await _server.DraftAsync("masked-tier");
        var tier = await _server.TierAsync(draft.Name, "five", new(Tier()) { Position = 3 });

        var updated = await _server.Campaigns.UpdateTierAsync(
            new() { Tier = new() { Name = tier.Name, Position = 7, Recommended = true }, UpdateMask = new() { Paths = { "recommended" } } }, Editor);

        Assert.Equal((3, true), (updated.Position, updated.Recommended));
        Assert.Equal(tier.Prices, updated.Prices);
        Assert.Equal(tier.CreateTime, updated.CreateTime);
        Assert.Equal("ETAG_MISMATCH", (await TierError(new() { Name = tier.Name, Etag = tier.Etag, Position = 1 })).Reason());
        Assert.Equal("RESOURCE_NOT_FOUND", (await TierError(new() { Name = draft.Name + "/tiers/none", Position = 1 })).Reason());
    }

    [Fact]
    public async Task An_update_may_leave_fields_out_but_not_out_of_a_copy()
    {
        var draft = await _server.DraftAsync("partial");
        var tier = await _server.TierAsync(draft.Name, "five");
        Assert.Equal(["tier.copies[0].label"], (await TierError(new() { Name = tier.Name, Copies = { new TierCopy { Locale = "en" } } })).Fields());
        Assert.Equal(["tier"], (await Errors.OfAsync(() => _server.Campaigns.UpdateTierAsync(new(), Editor))).Fields());
        var updated = await _server.Campaigns.UpdateTierAsync(new() { Tier = new() { Name = tier.Name, Copies = { new TierCopy { Locale = "en", Label = "New" } } } }, Editor);
        Assert.Equal(("New", PledgeInterval.Monthly), (Assert.Single(updated.Copies).Label, updated.Interval));
    }

    [Fact]
    public async Task Archiving_stops_offering_and_repeating_it_changes_nothing()
    {
        var campaign = await _server.PublishedAsync("archived");
        await _server.TierAsync(campaign.Name, "six");
        await _server.AppealAsync(campaign.Name, "second", Appeal(Placement.App));

        var tier = await _server.Campaigns.ArchiveTierAsync(new() { Name = campaign.Name + "/tiers/five" }, Editor);
        Assert.Equal(V1.Tier.Types.State.Archived, tier.State);
        Assert.Equal(tier, await _server.Campaigns.ArchiveTierAsync(new() { Name = tier.Name }, Editor));
        var appeal = await _server.Campaigns.ArchiveAppealAsync(new() { Name = campaign.Name + "/appeals/main" }, Editor);
        Assert.Equal(V1.Appeal.Types.State.Archived, appeal.State);
        Assert.Equal(appeal, await _server.Campaigns.ArchiveAppealAsync(new() { Name = appeal.Name }, Editor));

        Assert.Equal(["five", "six"], (await _server.Campaigns.ListTiersAsync(new() { Parent = campaign.Name })).Tiers.Select(t => t.Name.Split('/')[^1]));
        Assert.Equal(["main", "second"], (await _server.Campaigns.ListAppealsAsync(new() { Parent = campaign.Name })).Appeals.Select(a => a.Name.Split('/')[^1]));
    }

    [Fact]
    public async Task Ids_are_taken_once_per_campaign()
    {
        var (one, two) = (await _server.DraftAsync("first"), await _server.DraftAsync("second"));
        await _server.TierAsync(one.Name, "five");
        await _server.TierAsync(two.Name, "five");
        await _server.AppealAsync(one.Name, "main");
        Assert.Equal("RESOURCE_EXISTS", (await Errors.OfAsync(() => _server.Campaigns.CreateTierAsync(new() { Parent = one.Name, TierId = "five", Tier = Tier() }, Editor))).Reason());
        Assert.Equal("RESOURCE_EXISTS", (await Errors.OfAsync(() => _server.Campaigns.CreateAppealAsync(new() { Parent = one.Name, AppealId = "main", Appeal = Appeal() }, Editor))).Reason());
        Assert.Equal("RESOURCE_NOT_FOUND", (await Errors.OfAsync(() => _server.Campaigns.CreateTierAsync(new() { Parent = "campaigns/nowhere", TierId = "five", Tier = Tier() }, Editor))).Reason());
    }

    private Task<RpcException> TierError(Tier tier, params string[] mask) => Errors.OfAsync(() =>
        _server.Campaigns.UpdateTierAsync(new() { Tier = tier, UpdateMask = mask is [] ? null : new FieldMask { Paths = { mask } } }, Editor));
}
