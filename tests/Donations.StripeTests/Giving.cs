using Donations.Testing;
using Donations.V1;
using WireMoney = Google.Type.Money;

namespace Donations.StripeTests;

/// <summary>What a page sends, with the tokens that Stripe's form would have made.</summary>
internal static class Giving
{
    public static async Task<string> TokenAsync(this TestAccount account, string paymentMethod = "pm_card_visa") =>
        (await account.Stripe.TestHelpers.ConfirmationTokens.CreateAsync(new() { PaymentMethod = paymentMethod, ReturnUrl = "https://paper.example/thanks" })).Id;

    /// <summary>A well-formed request on a seeded tier.</summary>
    public static async Task<CreatePledgeRequest> RequestAsync(this TestAccount account, string tier, WireMoney amount, string paymentMethod) => new()
    {
        RequestId = Scenario.NewRequestId(),
        Campaign = Scenario.Campaign,
        Tier = $"{Scenario.Campaign}/tiers/{tier}",
        Amount = amount,
        ConfirmationToken = await account.TokenAsync(paymentMethod),
        ReturnUrl = "https://paper.example/thanks",
        // Test cards are few, and tests many.
        AllowDuplicate = true,
        Consents = { Terms },
    };

    public static async Task<CreatePledgeResponse> PledgeAsync(this TestAccount account, string tier = "monthly-2", WireMoney? amount = null, string paymentMethod = "pm_card_visa") =>
        await account.Pledges().CreatePledgeAsync(await account.RequestAsync(tier, amount ?? Scenario.Usd(2), paymentMethod));

    public static Consent Terms => new() { Purpose = Consent.Types.Purpose.Terms, TextVersion = "terms-2026-11", Granted = true };

    public static PledgeService.PledgeServiceClient Pledges(this TestAccount account) => new(account.Server.Channel);

    public static PaymentService.PaymentServiceClient Payments(this TestAccount account) => new(account.Server.Channel);

    public static async Task<IReadOnlyList<Payment>> PaymentsAsync(this TestAccount account, CreatePledgeResponse made) =>
        (await account.Payments().ListPaymentsAsync(new() { Pledge = made.Pledge.Name }, account.Server.As("finance"))).Payments;

    public static async Task<Pledge> GetAsync(this TestAccount account, CreatePledgeResponse made) => await account.Pledges().GetPledgeAsync(new() { Name = made.Pledge.Name }, account.Server.As("support"));

    /// <summary>The subscription behind a pledge.</summary>
    public static async Task<Stripe.Subscription> SubscriptionAsync(this TestAccount account, CreatePledgeResponse made)
    {
        var id = Assert.Single(account.Query<string>($"SELECT stripe_subscription_id FROM pledges WHERE pledge_id = '{made.Pledge.Name.Split('/')[^1]}'"));
        return await account.Stripe.Subscriptions.GetAsync(id, new() { Expand = ["default_payment_method"] });
    }
}
