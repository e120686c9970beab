using Donations.Server.Payments;
using Donations.Testing;
using Donations.V1;
using Microsoft.Extensions.DependencyInjection;
using State = Donations.V1.Pledge.Types.State;

namespace Donations.Tests.Stories;

/// <summary>Where the issuer gate is off: Stripe's hosted page, and intent first.</summary>
public sealed class HostedStories : Story
{
    protected override Dictionary<string, string> Configuration => new() { ["DonorSafety:IssuerGate"] = "false" };

    [Theory]
    [InlineData("monthly-10", State.Active)]
    [InlineData("annual-24", State.Active)]
    [InlineData("one-time-10", State.Paid)]
    public async Task The_hosted_page_takes_the_first_payment(string tier, State end)
    {
        var request = Request(tier);
        var made = await Scenario.Pledges.CreateCheckoutSessionAsync(request);
        Assert.Equal((State.RequiresAction, PledgeAction.Types.Type.Redirect), (made.Pledge.State, made.Action.Type));
        Assert.Equal(made, await Scenario.Pledges.CreateCheckoutSessionAsync(request));
        Assert.Equal(made.Action.Url, (await ConfirmAsync(made)).Action.Url);

        await PayAsync(made.Action.Url, "4242424242424242");
        var confirmed = await ConfirmAsync(made);
        Assert.Equal((end, null), (confirmed.Pledge.State, confirmed.Action));
        Assert.Single(await Scenario.PaymentsAsync(made));
    }

    [Fact]
    public async Task The_events_alone_tell_too_and_a_monthly_pledge_is_renewed()
    {
        var request = Request("monthly-10");
        request.Attribution = new() { Appeal = Scenario.Campaign + "/appeals/app", ExperimentGroup = ExperimentGroup.Treatment, Reminder = ReminderKind.Mail };
        var made = await Scenario.Pledges.CreateCheckoutSessionAsync(request);
        Assert.Equal(0, Scenario.Count("SELECT count(*) FROM appeal_conversion_days"));
        await PayAsync(made.Action.Url, "4242424242424242");
        await Scenario.SettleAsync();
        Assert.Equal(State.Active, await StateAsync(made));
        Assert.Equal(new(request.Attribution) { Placement = Placement.App }, (await Scenario.GetAsync(made)).Attribution);
        await Scenario.AdvanceAsync(TimeSpan.FromDays(32));
        Assert.Equal(2, (await Scenario.PaymentsAsync(made)).Count);
        Assert.Equal(1, Scenario.Count("SELECT sum(conversion_count) FROM appeal_conversion_days WHERE appeal_id = 'app' AND placement = 4 AND experiment_group = 2"));
        Assert.Equal(State.Cancelled, (await Scenario.Pledges.CancelPledgeAsync(new() { Name = made.Pledge.Name }, Scenario.Donor(made))).State);
    }

    [Fact]
    public async Task A_page_that_nobody_finishes_expires_and_takes_nothing_later()
    {
        var made = await Scenario.Pledges.CreateCheckoutSessionAsync(Request("monthly-10"));
        Scenario.Pass(TimeSpan.FromHours(23.1));
        await Scenario.RunChoresAsync();
        Assert.Equal(State.Expired, await StateAsync(made));
        Assert.Equal("expired", Assert.Single((await Scenario.Stripe.Checkout.Sessions.ListAsync()).Data).Status);
    }

    [Fact]
    public async Task A_page_is_withdrawn_with_its_pledge()
    {
        var made = await Scenario.Pledges.CreateCheckoutSessionAsync(Request("one-time-10"));
        Assert.Equal(State.Cancelled, (await Scenario.Pledges.CancelPledgeAsync(new() { Name = made.Pledge.Name }, Scenario.Donor(made))).State);
        Assert.Equal("expired", Assert.Single((await Scenario.Stripe.Checkout.Sessions.ListAsync()).Data).Status);
    }

    [Fact]
    public async Task A_page_that_was_paid_just_before_it_was_withdrawn_counts()
    {
        var made = await Scenario.Pledges.CreateCheckoutSessionAsync(Request("monthly-10"));
        await PayAsync(made.Action.Url, "4242424242424242");
        // The money counts; the cancel holds for the months to come.
        Assert.Equal(State.Cancelled, (await Scenario.Pledges.CancelPledgeAsync(new() { Name = made.Pledge.Name }, Scenario.Donor(made))).State);
        Assert.Single(await Scenario.PaymentsAsync(made));
        await Scenario.AdvanceAsync(TimeSpan.FromDays(40));
        Assert.Single(await Scenario.PaymentsAsync(made));
    }

    [Theory]
    [InlineData("monthly-10")]
    [InlineData("one-time-10")]
    public async Task A_page_with_a_declined_try_leads_back_to_itself_and_closes_with_its_pledge(string tier)
    {
        var made = await Scenario.Pledges.CreateCheckoutSessionAsync(Request(tier));
        await PayAsync(made.Action.Url, "4000000000000002", accepted: false);
        await Scenario.SettleAsync();
        Assert.Equal(made.Action.Url, (await ConfirmAsync(made)).Action.Url);
        Assert.Equal(State.Cancelled, (await Scenario.Pledges.CancelPledgeAsync(new() { Name = made.Pledge.Name }, Scenario.Donor(made))).State);
        Assert.Equal("expired", Assert.Single((await Scenario.Stripe.Checkout.Sessions.ListAsync()).Data).Status);
        Assert.DoesNotContain((await Scenario.Stripe.Charges.ListAsync()).Data, c => c.Paid);
    }

    [Fact]
    public async Task A_lost_answer_makes_one_page()
    {
        var request = Request("monthly-10");
        using (StripeOutage.OfAnswers(Scenario))
            Assert.Equal("PAYMENT_PROCESSOR_UNAVAILABLE", (await Errors.OfAsync(() => Scenario.Pledges.CreateCheckoutSessionAsync(request))).Reason());
        // The worker finishes it; the caller's next try reads the address again.
        await Scenario.Server.Services.GetRequiredService<OperationsWorker>().RunDueAsync(evenLeased: true, CancellationToken.None);
        var made = await Scenario.Pledges.CreateCheckoutSessionAsync(request);
        Assert.Equal(Assert.Single((await Scenario.Stripe.Checkout.Sessions.ListAsync()).Data).Url, made.Action.Url);
    }

    [Fact]
    public async Task Intent_first_waits_for_the_card_and_takes_it()
    {
        var request = await Scenario.RequestAsync();
        request.ClearPaymentSource();
        request.ReturnUrl = "";
        var made = await Scenario.Pledges.CreatePledgeAsync(request);
        Assert.Equal((State.RequiresAction, PledgeAction.Types.Type.CollectPaymentMethod), (made.Pledge.State, made.Action.Type));
        var intent = made.Action.ClientSecret[..made.Action.ClientSecret.IndexOf("_secret_", StringComparison.Ordinal)];
        await Scenario.Stripe.PaymentIntents.ConfirmAsync(intent, new() { PaymentMethod = "pm_card_visa", ReturnUrl = "https://paper.example/" });
        Assert.Equal(State.Active, (await ConfirmAsync(made)).Pledge.State);
    }

    [Fact]
    public async Task Addresses_that_are_not_https_are_named()
    {
        var request = Request("monthly-10");
        request.SuccessUrl = "http://paper.example/thanks";
        request.CancelUrl = "javascript:alert(1)";
        Assert.Equal(["success_url", "cancel_url"], (await Errors.OfAsync(() => Scenario.Pledges.CreateCheckoutSessionAsync(request))).Fields());
    }

    internal static CreateCheckoutSessionRequest Request(string tier) => new()
    {
        RequestId = Scenario.NewRequestId(),
        Campaign = Scenario.Campaign,
        Tier = $"{Scenario.Campaign}/tiers/{tier}",
        Amount = Scenario.Usd(tier == "annual-24" ? 24 : 10),
        SuccessUrl = "https://paper.example/thanks",
        Consents = { new Consent { Purpose = Consent.Types.Purpose.Terms, TextVersion = "terms-2026-11", Granted = true } },
    };

    /// <summary>Fills in Stripe's page, as a reader without scripts would.</summary>
    private static async Task PayAsync(string url, string card, bool accepted = true)
    {
        using var handler = new HttpClientHandler { AllowAutoRedirect = false };
        using var http = new HttpClient(handler);
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["number"] = card, ["expiry"] = "12 / 40", ["cvc"] = "123", ["email"] = "reader@example.org", ["name"] = "A Reader" });
        using var answer = await http.PostAsync(new Uri(url), form);
        Assert.True((int)answer.StatusCode is 302 or 303 == accepted, $"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
    }
}

/// <summary>With the gate on, whatever would show a card to its bank first is refused; what shows it here first is taken.</summary>
public sealed class GatedStories : Story
{
    [Fact]
    public async Task The_hosted_page_is_refused_while_the_issuer_gate_is_on()
    {
        Assert.Equal("INTENT_FIRST_DISABLED", (await Errors.OfAsync(() => Scenario.Pledges.CreateCheckoutSessionAsync(HostedStories.Request("monthly-10")))).Reason());
        Assert.Empty((await Scenario.Stripe.Checkout.Sessions.ListAsync()).Data);
    }

    [Theory]
    [InlineData("monthly-2", 2, State.Active)]
    [InlineData("one-time-10", 10, State.Paid)]
    public async Task A_payment_method_of_payment_sheet_is_looked_at_and_charged(string tier, int dollars, State end)
    {
        var request = await Scenario.RequestAsync(tier, Scenario.Usd(dollars));
        request.PaymentMethod = (await Scenario.Stripe.PaymentMethods.CreateAsync(new() { Type = "card", Card = new() { Number = "4242424242424242", ExpMonth = 12, ExpYear = 2040, Cvc = "123" } })).Id;
        Assert.Equal(end, (await Scenario.Pledges.CreatePledgeAsync(request)).Pledge.State);

        var russian = await Scenario.RequestAsync(tier, Scenario.Usd(dollars));
        russian.PaymentMethod = (await Scenario.Stripe.PaymentMethods.CreateAsync(new() { Type = "card", Card = new() { Number = "4000006430000009", ExpMonth = 12, ExpYear = 2040, Cvc = "123" } })).Id;
        Assert.Equal("PAYMENT_METHOD_REFUSED", (await Errors.OfAsync(() => Scenario.Pledges.CreatePledgeAsync(russian))).Reason());
    }
}
