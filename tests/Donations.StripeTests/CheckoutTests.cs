using Donations.Testing;
using Donations.V1;

namespace Donations.StripeTests;

/// <summary>Stripe's own page, where the issuer gate is off.</summary>
public sealed class CheckoutTests(OpenAccount account) : IClassFixture<OpenAccount>
{
    [Theory]
    [InlineData("monthly-2", "subscription")]
    [InlineData("one-time-free", "payment")]
    public async Task A_page_is_made_for_the_amount_and_waits_for_the_donor(string tier, string mode)
    {
        var made = await account.Pledges().CreateCheckoutSessionAsync(new()
        {
            RequestId = Scenario.NewRequestId(),
            Campaign = Scenario.Campaign,
            Tier = $"{Scenario.Campaign}/tiers/{tier}",
            Amount = Scenario.Usd(2),
            SuccessUrl = "https://paper.example/thanks",
            Consents = { Giving.Terms },
        });
        Assert.Equal(Pledge.Types.State.RequiresAction, made.Pledge.State);
        var id = Assert.Single(account.Query<string>($"SELECT stripe_checkout_session_id FROM pledges WHERE pledge_id = '{made.Pledge.Name.Split('/')[^1]}'"));
        var session = await account.Stripe.Checkout.Sessions.GetAsync(id);
        Assert.Equal(("open", mode, 200L, made.Action.Url), (session.Status, session.Mode, session.AmountTotal, session.Url));
        await account.Stripe.Checkout.Sessions.ExpireAsync(id);
        await account.EventuallyAsync("The pledge is given up", async () => (await account.GetAsync(made)).State is Pledge.Types.State.Expired or Pledge.Types.State.Cancelled);
    }
}
