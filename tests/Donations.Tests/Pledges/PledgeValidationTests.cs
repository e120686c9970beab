using Donations.Testing;
using Donations.V1;
using WireMoney = Google.Type.Money;

namespace Donations.Tests.Pledges;

/// <summary>Bad input gets a typed error that names the field, and nothing is written.</summary>
public sealed class PledgeValidationTests(PledgeValidationTests.Fixture fixture) : IClassFixture<PledgeValidationTests.Fixture>
{
    public sealed class Fixture : IAsyncLifetime
    {
        public Scenario Scenario { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Scenario = await Scenario.StartAsync();

        public ValueTask DisposeAsync() => Scenario.DisposeAsync();
    }

    public static TheoryData<string, string, Action<CreatePledgeRequest>> Wrong => new()
    {
        { "FIELD_INVALID", "campaign", r => r.Campaign = "" },
        { "FIELD_INVALID", "campaign", r => r.Campaign = "press-in-exile" },
        { "FIELD_INVALID", "tier", r => r.Tier = "" },
        { "FIELD_INVALID", "tier", r => r.Tier = "campaigns/other-one/tiers/monthly-2" },
        { "FIELD_INVALID", "amount", r => r.Amount = null },
        { "FIELD_INVALID", "amount", r => r.Amount = new() { CurrencyCode = "XXX", Units = 2 } },
        { "FIELD_INVALID", "amount", r => r.Amount = new() { CurrencyCode = "usd", Units = 2 } },
        { "FIELD_INVALID", "amount", r => r.Amount = new() { CurrencyCode = "USD", Units = 2, Nanos = 5_000_000 } },
        { "FIELD_INVALID", "amount", r => r.Amount = new() { CurrencyCode = "USD", Units = 2, Nanos = -10_000_000 } },
        { "FIELD_INVALID", "amount", r => r.Amount = new() { CurrencyCode = "USD", Units = long.MaxValue } },
        { "FIELD_INVALID", "amount", r => r.Amount = Scenario.Usd(-2) },
        { "FIELD_INVALID", "amount", r => r.Amount = Scenario.Usd(1, 99) },
        { "FIELD_INVALID", "amount", r => { r.Tier = Scenario.Campaign + "/tiers/monthly-free"; r.Amount = Scenario.Usd(10_001); } },
        { "FIELD_INVALID", "amount.currency_code", r => r.Amount = new() { CurrencyCode = "CHF", Units = 2 } },
        { "PRICE_CHANGED", "", r => r.Amount = Scenario.Usd(3) },
        { "PRICE_CHANGED", "", r => r.FeeCoverAmount = Scenario.Usd(0, 40) },
        { "FIELD_INVALID", "fee_cover_amount", r => r.FeeCoverAmount = Scenario.Usd(1) },
        { "FIELD_INVALID", "fee_cover_amount", r => r.FeeCoverAmount = Scenario.Usd(-1) },
        { "FIELD_INVALID", "fee_cover_amount.currency_code", r => r.FeeCoverAmount = new WireMoney { CurrencyCode = "EUR", Nanos = 400_000_000 } },
        { "FIELD_INVALID", "confirmation_token", r => r.ConfirmationToken = "ctoken with spaces" },
        { "FIELD_INVALID", "return_url", r => r.ReturnUrl = "" },
        { "FIELD_INVALID", "return_url", r => r.ReturnUrl = "javascript:alert(1)" },
        { "FIELD_INVALID", "return_url", r => r.ReturnUrl = "http://paper.example/" },
        { "FIELD_INVALID", "return_url", r => r.ReturnUrl = "https://user:pass@paper.example/" },
        { "INTENT_FIRST_DISABLED", "", r => r.ClearPaymentSource() },
        { "FIELD_INVALID", "email", r => r.Email = "reader at example" },
        { "FIELD_INVALID", "locale", r => r.Locale = "en_US!" },
        { "FIELD_INVALID", "parent", r => r.Parent = "donors/someone" },
        { "FIELD_INVALID", "parent", r => r.Parent = "donors/me" },
        { "FIELD_INVALID", "attribution.source_code", r => r.Attribution = new() { SourceCode = "a b" } },
        { "FIELD_INVALID", "attribution.placement", r => r.Attribution = new() { Placement = (Placement)99 } },
        { "FIELD_INVALID", "attribution.experiment_group", r => r.Attribution = new() { ExperimentGroup = (ExperimentGroup)9 } },
        { "FIELD_INVALID", "attribution.reminder", r => r.Attribution = new() { Reminder = (ReminderKind)9 } },
        { "FIELD_INVALID", "attribution.appeal", r => r.Attribution = new() { Appeal = "campaigns/other-one/appeals/banner" } },
        { "FIELD_INVALID", "attribution.appeal", r => r.Attribution = new() { Appeal = Scenario.Campaign + "/appeals/nothing" } },
        { "FIELD_INVALID", "consents", r => r.Consents.Clear() },
        { "FIELD_INVALID", "consents", r => r.Consents[0].Granted = false },
        { "FIELD_INVALID", "consents[1].purpose", r => r.Consents.Add(r.Consents[0].Clone()) },
        { "FIELD_INVALID", "consents[0].text_version", r => r.Consents[0].TextVersion = "" },
        { "RESOURCE_NOT_FOUND", "", r => { r.Campaign = "campaigns/nothing"; r.Tier = "campaigns/nothing/tiers/monthly-2"; } },
        { "RESOURCE_NOT_FOUND", "", r => r.Tier = Scenario.Campaign + "/tiers/nothing" },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public async Task A_wrong_field_is_named_and_nothing_is_written(string reason, string field, Action<CreatePledgeRequest> spoil)
    {
        var request = await fixture.Scenario.RequestAsync();
        spoil(request);
        var error = await Errors.OfAsync(() => fixture.Scenario.Pledges.CreatePledgeAsync(request));
        Assert.Equal(reason, error.Reason());
        if (field.Length > 0)
            Assert.Contains(field, error.Fields());
        Assert.Equal(0, fixture.Scenario.Count("SELECT (SELECT count(*) FROM pledges) + (SELECT count(*) FROM stripe_operations) + (SELECT count(*) FROM idempotency_records)"));
        Assert.Empty((await fixture.Scenario.Stripe.PaymentIntents.ListAsync()).Data);
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_said_at_once()
    {
        var request = await fixture.Scenario.RequestAsync();
        request.Amount = new() { CurrencyCode = "USD", Nanos = 1 };
        request.Email = "x";
        request.Locale = "?";
        var error = await Errors.OfAsync(() => fixture.Scenario.Pledges.CreatePledgeAsync(request));
        Assert.Equal(["amount", "email", "locale"], error.Fields());
    }

    [Fact]
    public async Task A_paused_campaign_takes_no_pledges()
    {
        await using var scenario = await Scenario.StartAsync();
        await scenario.Server.Campaigns.PauseCampaignAsync(new() { Name = Scenario.Campaign }, scenario.Server.As("editor"));
        var request = await scenario.RequestAsync();
        Assert.Equal("CAMPAIGN_NOT_ACTIVE", (await Errors.OfAsync(() => scenario.Pledges.CreatePledgeAsync(request))).Reason());
    }

    [Fact]
    public async Task Intent_first_works_where_the_gate_is_off()
    {
        await using var scenario = await Scenario.StartAsync(new() { ["DonorSafety:IssuerGate"] = "false" });
        var request = await scenario.RequestAsync();
        request.ClearPaymentSource();
        var made = await scenario.Pledges.CreatePledgeAsync(request);
        Assert.Equal((Pledge.Types.State.RequiresAction, PledgeAction.Types.Type.CollectPaymentMethod), (made.Pledge.State, made.Action.Type));
        var intent = made.Action.ClientSecret[..made.Action.ClientSecret.IndexOf("_secret_", StringComparison.Ordinal)];
        // A card that fails in the form may be followed by another one.
        await Assert.ThrowsAsync<Stripe.StripeException>(() => scenario.Stripe.PaymentIntents.ConfirmAsync(intent, new() { PaymentMethod = "pm_card_visa_chargeDeclined", ReturnUrl = "https://paper.example/" }));
        await scenario.SettleAsync();
        Assert.Equal(Pledge.Types.State.RequiresAction, (await scenario.GetAsync(made)).State);
        await scenario.Stripe.PaymentIntents.ConfirmAsync(intent, new() { PaymentMethod = "pm_card_visa", ReturnUrl = "https://paper.example/" });
        var confirmed = await scenario.Pledges.ConfirmPledgeAsync(new() { Name = made.Pledge.Name, RequestId = Scenario.NewRequestId() }, Scenario.Donor(made));
        Assert.Equal(Pledge.Types.State.Active, confirmed.Pledge.State);
        await scenario.SettleAsync();
        await scenario.CheckBooksAsync();
    }
}
