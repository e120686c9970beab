using Stripe;

namespace Donations.Tests.StripeSimulator;

public sealed class DisputeTests
{
    private static CancellationToken Ct => Simulator.Ct;

    [Theory]
    [InlineData("pm_card_createDispute", "fraudulent")]
    [InlineData("pm_card_createDisputeProductNotReceived", "product_not_received")]
    public async Task A_dispute_takes_the_money_and_a_fee_and_winning_brings_both_back(string card, string reason)
    {
        await using var sim = await Simulator.StartAsync();
        var (intent, dispute) = await DisputedAsync(sim, card);
        Assert.Equal((reason, "needs_response", 1000L, false), (dispute.Reason, dispute.Status, dispute.Amount, dispute.IsChargeRefundable));
        Assert.Equal(Simulator.Start.AddDays(9).UtcDateTime, dispute.EvidenceDetails.DueBy);
        var withdrawal = Assert.Single(dispute.BalanceTransactions);
        Assert.Equal(("adjustment", "dispute", -1000L, 1500L, -2500L), (withdrawal.Type, withdrawal.ReportingCategory, withdrawal.Amount, withdrawal.Fee, withdrawal.Net));
        Assert.True((await sim.Stripe.V1.Charges.GetAsync(intent.LatestChargeId, null, null, Ct)).Disputed);
        var refused = await Assert.ThrowsAsync<StripeException>(() => sim.Stripe.V1.Refunds.CreateAsync(new() { PaymentIntent = intent.Id }, null, Ct));
        Assert.Equal("charge_disputed", refused.StripeError.Code);

        var reviewed = await SubmitAsync(sim, dispute, "winning_evidence");
        Assert.Equal(("under_review", 1L, true), (reviewed.Status, reviewed.EvidenceDetails.SubmissionCount, reviewed.EvidenceDetails.HasEvidence));
        await sim.AdvanceAsync(TimeSpan.Zero);
        var won = await sim.Stripe.V1.Disputes.GetAsync(dispute.Id, null, null, Ct);
        Assert.Equal(("won", true), (won.Status, won.IsChargeRefundable));
        Assert.Equal(("dispute_reversal", 2500L), (won.BalanceTransactions[1].ReportingCategory, won.BalanceTransactions[1].Net));
        Assert.Equal(
            ["charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.updated", "charge.dispute.funds_reinstated", "charge.dispute.closed"],
            (await sim.EventTypesAsync()).Where(type => type.StartsWith("charge.dispute.", StringComparison.Ordinal)));
        await LedgerTests.CheckBooksAsync(sim);
    }

    [Fact]
    public async Task A_dispute_is_lost_by_bad_evidence_by_closing_and_by_silence()
    {
        await using var sim = await Simulator.StartAsync();
        var (_, bad) = await DisputedAsync(sim);
        var (_, closed) = await DisputedAsync(sim);
        var (_, silent) = await DisputedAsync(sim);
        await SubmitAsync(sim, bad, "losing_evidence");
        Assert.Equal("lost", (await sim.Stripe.V1.Disputes.CloseAsync(closed.Id, null, null, Ct)).Status);
        await sim.AdvanceToAsync(Simulator.Start.AddDays(9).AddSeconds(-1));
        Assert.Equal("needs_response", (await sim.Stripe.V1.Disputes.GetAsync(silent.Id, null, null, Ct)).Status);
        await sim.AdvanceAsync(TimeSpan.FromSeconds(1));
        foreach (var id in new[] { bad.Id, closed.Id, silent.Id })
        {
            var dispute = await sim.Stripe.V1.Disputes.GetAsync(id, null, null, Ct);
            Assert.Equal(("lost", 1, false), (dispute.Status, dispute.BalanceTransactions.Count, dispute.IsChargeRefundable));
        }
        Assert.Equal(3, (await sim.EventTypesAsync()).Count(type => type == "charge.dispute.closed"));
        await Assert.ThrowsAsync<StripeException>(() => SubmitAsync(sim, bad, "winning_evidence"));
        await Assert.ThrowsAsync<StripeException>(() => sim.Stripe.V1.Disputes.CloseAsync(closed.Id, null, null, Ct));
        await LedgerTests.CheckBooksAsync(sim);
    }

    [Fact]
    public async Task Staged_evidence_waits_and_metadata_submits_nothing()
    {
        await using var sim = await Simulator.StartAsync();
        var (_, dispute) = await DisputedAsync(sim);
        var staged = await sim.Stripe.V1.Disputes.UpdateAsync(
            dispute.Id, new() { Evidence = new() { ProductDescription = "A donation" }, Submit = false, Metadata = new() { ["pledge"] = "p1" } }, null, Ct);
        Assert.Equal(("needs_response", 0L, "A donation", "p1"),
            (staged.Status, staged.EvidenceDetails.SubmissionCount, staged.Evidence.ProductDescription, staged.Metadata["pledge"]));
        var same = await sim.Stripe.V1.Disputes.UpdateAsync(dispute.Id, new() { Metadata = new() { ["pledge"] = "p2" } }, null, Ct);
        Assert.Equal(("needs_response", 0L), (same.Status, same.EvidenceDetails.SubmissionCount));
        var sent = await sim.Stripe.V1.Disputes.UpdateAsync(dispute.Id, new() { Submit = true }, null, Ct);
        Assert.Equal(("under_review", 1L), (sent.Status, sent.EvidenceDetails.SubmissionCount));
        await sim.AdvanceAsync(TimeSpan.FromDays(75));
        Assert.Equal("lost", (await sim.Stripe.V1.Disputes.GetAsync(dispute.Id, null, null, Ct)).Status);
    }

    [Fact]
    public async Task An_inquiry_moves_no_money_and_closes_after_thirty_days_or_a_full_refund()
    {
        await using var sim = await Simulator.StartAsync();
        var (intent, inquiry) = await DisputedAsync(sim, "pm_card_createDisputeInquiry");
        var (other, refunded) = await DisputedAsync(sim, "pm_card_createDisputeInquiry");
        Assert.Equal(("warning_needs_response", true), (inquiry.Status, inquiry.IsChargeRefundable));
        Assert.Equal("inquiry", inquiry.PaymentMethodDetails.Card.CaseType);
        await sim.Stripe.V1.Refunds.CreateAsync(new() { PaymentIntent = other.Id }, null, Ct);
        Assert.Equal("warning_closed", (await sim.Stripe.V1.Disputes.GetAsync(refunded.Id, null, null, Ct)).Status);
        await sim.AdvanceAsync(TimeSpan.FromDays(29));
        Assert.Equal("warning_needs_response", (await sim.Stripe.V1.Disputes.GetAsync(inquiry.Id, null, null, Ct)).Status);
        await sim.AdvanceAsync(TimeSpan.FromDays(1));
        inquiry = await sim.Stripe.V1.Disputes.GetAsync(inquiry.Id, null, null, Ct);
        Assert.Equal(("warning_closed", 0), (inquiry.Status, inquiry.BalanceTransactions.Count));
        Assert.Empty(await sim.Stripe.V1.BalanceTransactions.ListAsync(new() { Source = inquiry.Id }, null, Ct));
        Assert.DoesNotContain("charge.dispute.funds_withdrawn", await sim.EventTypesAsync());
        Assert.NotNull(await sim.Stripe.V1.Refunds.CreateAsync(new() { PaymentIntent = intent.Id }, null, Ct));
    }

    [Fact]
    public async Task A_lost_dispute_is_reversed_once()
    {
        await using var sim = await Simulator.StartAsync();
        var (_, dispute) = await DisputedAsync(sim, "pm_card_createDispute");
        var path = $"/_simulator/disputes/{dispute.Id}/reverse";
        using (var early = await sim.PostAsync(path, []))
            Assert.Equal(System.Net.HttpStatusCode.BadRequest, early.StatusCode);
        await sim.Stripe.V1.Disputes.CloseAsync(dispute.Id, null, null, Ct);
        using (var reversed = await sim.PostAsync(path, []))
            Assert.True(reversed.IsSuccessStatusCode);
        using (var again = await sim.PostAsync(path, []))
            Assert.Equal(System.Net.HttpStatusCode.BadRequest, again.StatusCode);
        dispute = await sim.Stripe.V1.Disputes.GetAsync(dispute.Id, null, null, Ct);
        Assert.Equal(("won", 0), (dispute.Status, dispute.BalanceTransactions.Sum(b => b.Net)));
        await LedgerTests.CheckBooksAsync(sim);
    }

    [Fact]
    public async Task Several_disputes_share_the_charge_and_are_listed_by_it()
    {
        await using var sim = await Simulator.StartAsync(o => o.SettlementCurrency = "usd");
        var intent = await sim.PayAsync("pm_card_createMultipleDisputes", 1001, "eur");
        await sim.PayAsync("pm_card_createDispute");
        await sim.AdvanceAsync(TimeSpan.Zero);
        var disputes = await sim.Stripe.V1.Disputes.ListAsync(new() { PaymentIntent = intent.Id }, null, Ct);
        Assert.Equal([501L, 500L], disputes.Select(d => d.Amount));
        Assert.Equal(2, (await sim.Stripe.V1.Disputes.ListAsync(new() { Charge = intent.LatestChargeId }, null, Ct)).Count());
        Assert.Equal(-541, disputes.First().BalanceTransactions[0].Amount);
        await LedgerTests.CheckBooksAsync(sim);
    }

    [Fact]
    public async Task An_early_fraud_warning_is_actionable_until_the_refund()
    {
        await using var sim = await Simulator.StartAsync(o => o.DisputeDelay = TimeSpan.FromHours(2));
        var intent = await sim.PayAsync("pm_card_createIssuerFraudRecord");
        await sim.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Empty(await sim.Stripe.V1.Radar.EarlyFraudWarnings.ListAsync(null, null, Ct));
        await sim.AdvanceAsync(TimeSpan.FromHours(1));
        var warning = Assert.Single(await sim.Stripe.V1.Radar.EarlyFraudWarnings.ListAsync(new() { PaymentIntent = intent.Id }, null, Ct));
        Assert.Equal((true, intent.LatestChargeId), (warning.Actionable, warning.ChargeId));
        await sim.Stripe.V1.Refunds.CreateAsync(new() { PaymentIntent = intent.Id }, null, Ct);
        Assert.False((await sim.Stripe.V1.Radar.EarlyFraudWarnings.GetAsync(warning.Id, null, null, Ct)).Actionable);
        var types = await sim.EventTypesAsync();
        Assert.Contains("radar.early_fraud_warning.created", types);
        Assert.Contains("radar.early_fraud_warning.updated", types);
    }

    [Fact]
    public async Task Where_time_passes_by_itself_a_dispute_and_its_money_are_there_when_asked_for()
    {
        await using var sim = await Simulator.StartAsync(o => o.BackgroundTick = true);
        var intent = await sim.PayAsync("pm_card_createDispute");
        Assert.Single(await sim.Stripe.V1.Disputes.ListAsync(new() { PaymentIntent = intent.Id }, null, Ct));
        await sim.PayAsync("pm_card_bypassPending", amount: 9000);
        Assert.Equal(1000, (await sim.Stripe.V1.Payouts.CreateAsync(new() { Amount = 1000, Currency = "usd" }, null, Ct)).Amount);
        var opened = Assert.Single(await sim.Stripe.V1.Events.ListAsync(new() { Type = "charge.dispute.created" }, null, Ct));
        Assert.Null(opened.Request.Id);
    }

    private static async Task<(PaymentIntent Intent, Dispute Dispute)> DisputedAsync(Simulator sim, string card = "pm_card_createDispute")
    {
        var intent = await sim.PayAsync(card);
        await sim.AdvanceAsync(TimeSpan.Zero);
        return (intent, Assert.Single(await sim.Stripe.V1.Disputes.ListAsync(new() { PaymentIntent = intent.Id }, null, Ct)));
    }

    private static Task<Dispute> SubmitAsync(Simulator sim, Dispute dispute, string text) =>
        sim.Stripe.V1.Disputes.UpdateAsync(dispute.Id, new() { Evidence = new() { UncategorizedText = text } }, null, Ct);
}
