using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Payments;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Disputes;

/// <summary>A dispute's life: the money goes, evidence is weighed, the money comes back or does not.</summary>
internal sealed class DisputeFlow(World world)
{
    private const string Winning = "winning_evidence";
    private const string Losing = "losing_evidence";

    /// <summary>What the card's holder or bank does some time after the charge.</summary>
    public void Follow(Charge charge)
    {
        var card = TestCards.Get(charge.Card);
        var at = world.Now + (long)world.Options.DisputeDelay.TotalSeconds;
        if (card.FraudWarning)
            world.Schedule(JobKind.WarnOfFraud, charge.Id, at);
        if (card.Disputes.Length > 0)
            world.Schedule(JobKind.OpenDisputes, charge.Id, at);
    }

    /// <summary>Opens the disputes of the card; several of them share what is left of the charge.</summary>
    public void Open(Charge charge)
    {
        var card = TestCards.Get(charge.Card);
        var left = charge.Amount - charge.AmountRefunded;
        if (left == 0)
            return;
        // The books need the charge before the money goes.
        world.Ledger.SettleCharge(charge);
        for (var i = 0; i < card.Disputes.Length; i++)
        {
            var amount = i == card.Disputes.Length - 1 ? left : left / (card.Disputes.Length - i);
            left -= amount;
            Open(charge, card.Disputes[i], amount);
        }
    }

    public void Warn(Charge charge)
    {
        var warning = world.Store.Add(new EarlyFraudWarning
        {
            Id = world.Ids.Next("issfr_"),
            Created = world.NowFor(charge.Customer),
            Charge = charge.Id,
            PaymentIntent = charge.PaymentIntent,
        });
        world.Events.Emit("radar.early_fraud_warning.created", warning);
    }

    /// <summary>Whether a refund would still spare the account the dispute.</summary>
    public bool Actionable(EarlyFraudWarning warning)
    {
        var charge = world.Store.Get<Charge>(warning.Charge);
        return charge.AmountRefunded < charge.Amount && world.Store.DisputesByCharge[charge.Id].All(d => d.Inquiry);
    }

    /// <summary>What a refund is refused for while the bank has the money.</summary>
    public void CheckRefund(Charge charge, long amount)
    {
        var held = world.Store.DisputesByCharge[charge.Id].Where(d => d.HoldsMoney).Sum(d => d.Amount);
        if (held > 0 && amount > charge.Amount - charge.AmountRefunded - held)
            throw StripeError.State($"Charge {charge.Id} has been charged back; cannot issue a refund.", "charge_disputed");
    }

    /// <summary>Changes what depends on whether a charge is refunded: fraud warnings lose their point and inquiries their cause.</summary>
    public void Refunding(Charge charge, Action refund)
    {
        var warnings = world.Store.FraudWarningsByCharge[charge.Id].Select(w => (Warning: w, Before: world.Render.Snapshot(w))).ToList();
        refund();
        foreach (var (warning, before) in warnings)
            world.Events.EmitChange("radar.early_fraud_warning.updated", warning, before);
        if (charge.AmountRefunded < charge.Amount)
            return;
        foreach (var inquiry in world.Store.DisputesByCharge[charge.Id].Where(d => d is { Inquiry: true, Closed: false }).ToList())
            Close(inquiry);
    }

    /// <summary>Hands the evidence to the bank.</summary>
    public void Submit(Dispute dispute)
    {
        dispute.SubmissionCount++;
        dispute.Status = dispute.Inquiry ? "warning_under_review" : "under_review";
        var text = dispute.Evidence.GetValueOrDefault("uncategorized_text");
        var review = text is Winning or Losing ? world.Options.DisputeDecisionDelay : world.Options.DisputeReviewTime;
        dispute.DecidedAt = world.Now + (long)review.TotalSeconds;
        world.Schedule(JobKind.DecideDispute, dispute.Id, dispute.DecidedAt.Value);
    }

    public void Decide(Dispute dispute)
    {
        if (dispute.Closed)
            return;
        if (!dispute.Inquiry && dispute.Evidence.GetValueOrDefault("uncategorized_text") == Winning)
            Win(dispute);
        else
            Close(dispute);
    }

    /// <summary>Nobody answered, or the bank kept asking no further.</summary>
    public void Expire(Dispute dispute)
    {
        if (dispute.Status is "needs_response" or "warning_needs_response" or "warning_under_review")
            Close(dispute);
    }

    /// <summary>Lost, or as an inquiry closed without consequences.</summary>
    public void Close(Dispute dispute) =>
        world.Events.Change("charge.dispute.closed", dispute, () => dispute.Status = dispute.Inquiry ? "warning_closed" : "lost");

    /// <summary>The bank thinks again about a dispute that was lost.</summary>
    public bool Reverse(Dispute dispute)
    {
        Win(dispute);
        return true;
    }

    private void Open(Charge charge, string reason, long amount)
    {
        var inquiry = reason == TestCards.Inquiry;
        var response = inquiry ? world.Options.InquiryClosesAfter : world.Options.DisputeResponseTime;
        var dispute = new Dispute
        {
            Id = world.Ids.Next("du_"),
            Created = world.NowFor(charge.Customer),
            Amount = amount,
            Currency = charge.Currency,
            Charge = charge.Id,
            PaymentIntent = charge.PaymentIntent,
            Reason = inquiry ? "general" : reason,
            Status = inquiry ? "warning_needs_response" : "needs_response",
            DueBy = world.Now + (long)response.TotalSeconds,
        };
        var withdrawal = inquiry ? null : world.Ledger.AddDispute(dispute, charge, reversal: false);
        if (withdrawal is not null)
            dispute.BalanceTransactions.Add(withdrawal.Id);
        var warnings = world.Store.FraudWarningsByCharge[charge.Id].Select(w => (Warning: w, Before: world.Render.Snapshot(w))).ToList();
        var before = world.Render.Snapshot(charge);
        world.Store.Add(dispute);
        world.Events.Emit("charge.dispute.created", dispute);
        if (withdrawal is not null)
            world.Events.Emit("charge.dispute.funds_withdrawn", dispute);
        world.Events.EmitChange("charge.updated", charge, before);
        world.Reviews.Close(charge.Id, "disputed");
        foreach (var (warning, old) in warnings)
            world.Events.EmitChange("radar.early_fraud_warning.updated", warning, old);
        world.Schedule(JobKind.ExpireDispute, dispute.Id, dispute.DueBy);
    }

    private void Win(Dispute dispute)
    {
        var before = world.Render.Snapshot(dispute);
        dispute.Status = "won";
        dispute.BalanceTransactions.Add(world.Ledger.AddDispute(dispute, world.Store.Get<Charge>(dispute.Charge), reversal: true).Id);
        world.Store.Touch(dispute);
        world.Events.EmitChange("charge.dispute.funds_reinstated", dispute, before);
        world.Events.EmitChange("charge.dispute.closed", dispute, before);
    }
}
