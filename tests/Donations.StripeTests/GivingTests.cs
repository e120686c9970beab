using Donations.Testing;
using Donations.V1;
using State = Donations.V1.Pledge.Types.State;

namespace Donations.StripeTests;

/// <summary>The first payment: taken, asked about, declined, given back, fought over.</summary>
public sealed class GivingTests(TestAccount account) : IClassFixture<TestAccount>
{
    [Fact]
    public async Task A_one_time_gift_is_paid_and_given_back()
    {
        // Money of this card is available at once: refunds come from what is available.
        var made = await account.PledgeAsync("one-time-10", Scenario.Usd(10), "pm_card_bypassPending");
        Assert.Equal(State.Paid, made.Pledge.State);
        var payment = Assert.Single(await account.PaymentsAsync(made));
        var refund = await account.Payments().RefundPaymentAsync(
            new() { Name = payment.Name, RequestId = Scenario.NewRequestId(), Amount = Scenario.Usd(4), Reason = Refund.Types.Reason.RequestedByDonor }, account.Server.As("finance"));
        Assert.Equal((Refund.Types.State.Succeeded, 4L), (refund.State, refund.Amount.Units));
        await account.EventuallyAsync("The payment is refunded in part", async () => (await account.PaymentsAsync(made))[0].RefundedAmount?.Units == 4);
        await account.CheckAgainstStripeAsync();
    }

    [Fact]
    public async Task A_monthly_pledge_is_paid_at_once_and_settled()
    {
        var made = await account.PledgeAsync();
        Assert.Equal(State.Active, made.Pledge.State);
        Assert.Equal("active", (await account.SubscriptionAsync(made)).Status);
        await account.EventuallyAsync("The payment is settled", async () => (await account.PaymentsAsync(made)) is [{ Settlement: not null }]);
        await account.CheckAgainstStripeAsync();
    }

    [Theory]
    [InlineData("one-time-10")]
    [InlineData("monthly-10")]
    public async Task A_card_that_its_bank_wants_confirmed_needs_the_donor(string tier)
    {
        var made = await account.PledgeAsync(tier, Scenario.Usd(10), "pm_card_authenticationRequired");
        Assert.Equal((State.RequiresAction, PledgeAction.Types.Type.Authenticate), (made.Pledge.State, made.Action.Type));
        Assert.Contains("_secret_", made.Action.ClientSecret, StringComparison.Ordinal);
        Assert.Empty(await account.PaymentsAsync(made));
        var cancelled = await account.Pledges().CancelPledgeAsync(new() { Name = made.Pledge.Name }, Scenario.Donor(made));
        Assert.Equal(State.Cancelled, cancelled.State);
        await account.CheckAgainstStripeAsync();
    }

    [Theory]
    [InlineData("one-time-10", "pm_card_visa_chargeDeclined", "declined")]
    [InlineData("monthly-10", "pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds")]
    public async Task A_declined_card_is_told_and_leaves_nothing_to_charge(string tier, string card, string why)
    {
        var request = await account.RequestAsync(tier, Scenario.Usd(10), card);
        var error = await Errors.OfAsync(() => account.Pledges().CreatePledgeAsync(request));
        Assert.Equal("CARD_DECLINED", error.Reason());
        Assert.Equal(why, error.Detail<Google.Rpc.ErrorInfo>().Metadata["decline"]);
        await account.CheckAgainstStripeAsync();
    }

    [Fact]
    public async Task A_dispute_is_answered_and_won()
    {
        var made = await account.PledgeAsync("one-time-10", Scenario.Usd(10), "pm_card_createDispute");
        var payment = Assert.Single(await account.PaymentsAsync(made));
        async Task<Dispute?> FindAsync() => (await account.Payments().ListDisputesAsync(new() { Payment = payment.Name }, account.Server.As("support"))).Disputes.SingleOrDefault();
        await account.EventuallyAsync("The dispute is known", async () => await FindAsync() is { State: Dispute.Types.State.NeedsResponse });
        await account.Payments().SubmitDisputeEvidenceAsync(new() { Name = (await FindAsync())!.Name, RequestId = Scenario.NewRequestId(), Text = "winning_evidence" }, account.Server.As("support"));
        await account.EventuallyAsync("The dispute is won", async () => await FindAsync() is { State: Dispute.Types.State.Won });
        await account.CheckAgainstStripeAsync();
    }
}
