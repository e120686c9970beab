using Donations.Testing;
using Donations.V1;
using State = Donations.V1.Pledge.Types.State;

namespace Donations.Tests.Stories;

/// <summary>Money that goes back: refunds, disputes, inquiries, early fraud warnings.</summary>
public sealed class MoneyBackStories : Story
{
    [Fact]
    public async Task A_renewal_is_refunded_in_two_equal_parts_and_the_rest()
    {
        var made = await PledgedAsync("monthly-10", 10);
        await Scenario.AdvanceAsync(TimeSpan.FromDays(32));
        var renewal = (await Scenario.PaymentsAsync(made))[0];
        Assert.Equal(Payment.Types.Kind.RecurringSubsequent, renewal.Kind);
        foreach (var amount in (Google.Type.Money?[])[Scenario.Usd(3), Scenario.Usd(3), null])
            Assert.Equal(Refund.Types.State.Succeeded, (await RefundAsync(renewal, amount)).State);
        await Scenario.SettleAsync();
        Assert.Equal([Scenario.Usd(10), null], (await Scenario.PaymentsAsync(made)).Select(p => p.RefundedAmount));
        Assert.Equal(State.Active, await StateAsync(made));
    }

    [Fact]
    public async Task A_refund_that_fails_later_is_owed_again()
    {
        var made = await PledgedAsync("one-time-10", 10, "pm_card_refundFail");
        var refund = await RefundAsync((await Scenario.PaymentsAsync(made))[0], Scenario.Usd(4));
        await Scenario.AdvanceAsync(TimeSpan.FromDays(2));
        var failed = await Scenario.Payments.GetRefundAsync(new() { Name = refund.Name }, Scenario.Server.As("support"));
        Assert.Equal(Refund.Types.State.Failed, failed.State);
        Assert.NotEmpty(failed.FailureReason);
        Assert.Null((await Scenario.PaymentsAsync(made))[0].RefundedAmount);
        Assert.Equal(400, Scenario.Count("SELECT sum(credit_minor - debit_minor) FROM journal_lines WHERE account = '2100'"));
    }

    [Fact]
    public async Task A_refund_made_in_the_dashboard_is_taken_in_also_when_only_the_charge_s_event_came()
    {
        var made = await PledgedAsync("one-time-10", 10);
        Scenario.Simulator.Webhooks.DropRate = 1;
        var payment = (await Scenario.PaymentsAsync(made))[0];
        var intent = (await Scenario.Payments.GetPaymentAsync(new() { Name = payment.Name }, Scenario.Server.As("finance"))).PaymentIntent;
        await Scenario.Stripe.Refunds.CreateAsync(new() { PaymentIntent = intent, Amount = 250 });
        await Scenario.SettleAsync();
        Assert.Null((await Scenario.PaymentsAsync(made))[0].RefundedAmount);
        await Scenario.DeliverAsync("charge.refunded");
        Assert.Equal(Scenario.Usd(2, 50), (await Scenario.PaymentsAsync(made))[0].RefundedAmount);
    }

    [Theory]
    [InlineData("winning_evidence", Dispute.Types.State.Won)]
    [InlineData("losing_evidence", Dispute.Types.State.Lost)]
    public async Task A_dispute_is_answered_with_evidence_and_decided(string evidence, Dispute.Types.State end)
    {
        var made = await PledgedAsync("monthly-10", 10, "pm_card_createDispute");
        var dispute = await DisputeAsync();
        Assert.Equal((Dispute.Types.State.NeedsResponse, false, "fraudulent", 10L), (dispute.State, dispute.Inquiry, dispute.Reason, dispute.Amount.Units));
        Assert.True(dispute.EvidenceDueTime.ToDateTimeOffset() > Scenario.Time.GetUtcNow());
        // The card's holder disputes: it is not charged again.
        Assert.Equal((State.Cancelled, Pledge.Types.CancelReason.Fraud), ((await Scenario.GetAsync(made)).State, (await Scenario.GetAsync(made)).CancelReason));

        var request = new SubmitDisputeEvidenceRequest { Name = dispute.Name, RequestId = Scenario.NewRequestId(), Text = evidence };
        var submitted = await Scenario.Payments.SubmitDisputeEvidenceAsync(request, Scenario.Server.As("support"));
        Assert.NotNull(submitted.EvidenceSubmitTime);
        Assert.Equal(submitted, await Scenario.Payments.SubmitDisputeEvidenceAsync(request, Scenario.Server.As("support")));
        Assert.Equal(0, Scenario.Count($"SELECT count(*) FROM stripe_operations WHERE arguments LIKE '%{evidence}%'"));
        await Scenario.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.Equal(end, (await Scenario.Payments.GetDisputeAsync(new() { Name = dispute.Name }, Scenario.Server.As("finance"))).State);
        Assert.Equal("EVIDENCE_CLOSED", (await Errors.OfAsync(() => Scenario.Payments.SubmitDisputeEvidenceAsync(new() { Name = dispute.Name, RequestId = Scenario.NewRequestId(), Text = evidence }, Scenario.Server.As("support")))).Reason());
    }

    [Fact]
    public async Task An_inquiry_closes_without_money_and_leaves_the_pledge_alone()
    {
        var made = await PledgedAsync("monthly-10", 10, "pm_card_createDisputeInquiry");
        Assert.True((await DisputeAsync()).Inquiry);
        await Scenario.AdvanceAsync(TimeSpan.FromDays(35));
        Assert.Equal(Dispute.Types.State.Closed, (await Scenario.Payments.ListDisputesAsync(new(), Scenario.Server.As("finance"))).Disputes[^1].State);
        Assert.Equal(State.Active, await StateAsync(made));
    }

    [Fact]
    public async Task An_early_fraud_warning_gives_the_payment_back_and_ends_the_pledge()
    {
        var made = await PledgedAsync("monthly-10", 10, "pm_card_createIssuerFraudRecord");
        await Scenario.AdvanceAsync(TimeSpan.FromMinutes(5));
        var payment = (await Scenario.PaymentsAsync(made))[0];
        Assert.Equal(Scenario.Usd(10), payment.RefundedAmount);
        Assert.NotNull(payment.FraudWarningTime);
        Assert.Equal((State.Cancelled, Pledge.Types.CancelReason.Fraud), ((await Scenario.GetAsync(made)).State, (await Scenario.GetAsync(made)).CancelReason));
        Assert.Equal("fraudulent", Assert.Single((await Scenario.Stripe.Refunds.ListAsync()).Data).Reason);
        // The same news again changes nothing.
        await Scenario.ReplayAllAsync();
        Assert.Single((await Scenario.Stripe.Refunds.ListAsync()).Data);
    }

    private async Task<Dispute> DisputeAsync()
    {
        await Scenario.AdvanceAsync(TimeSpan.FromMinutes(5));
        return Assert.Single((await Scenario.Payments.ListDisputesAsync(new(), Scenario.Server.As("finance"))).Disputes);
    }

    private async Task<Refund> RefundAsync(Payment payment, Google.Type.Money? amount) =>
        await Scenario.Payments.RefundPaymentAsync(new() { Name = payment.Name, RequestId = Scenario.NewRequestId(), Amount = amount, Reason = Refund.Types.Reason.RequestedByDonor }, Scenario.Server.As("finance"));
}

/// <summary>An early fraud warning where the policy leaves it to staff.</summary>
public sealed class FraudReviewStories : Story
{
    protected override Dictionary<string, string> Configuration => new() { ["Fraud:RefundEarlyWarnings"] = "false" };

    [Fact]
    public async Task An_early_fraud_warning_waits_among_the_exceptions()
    {
        var made = await PledgedAsync("monthly-10", 10, "pm_card_createIssuerFraudRecord");
        await Scenario.AdvanceAsync(TimeSpan.FromMinutes(5));
        Assert.Equal(State.Active, await StateAsync(made));
        var open = Assert.Single((await Scenario.Ledger.ListExceptionsAsync(new() { State = ReconciliationException.Types.State.Open }, Scenario.Server.As("finance"))).Exceptions);
        Assert.Equal((ReconciliationException.Types.Kind.FraudWarning, (await Scenario.PaymentsAsync(made))[0].Name), (open.Kind, open.Resource));
    }
}
