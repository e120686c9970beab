using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Payments;

internal sealed record RefundRequest(long? Amount, string? Reason, Dictionary<string, string>? Metadata);

/// <summary>Refunds, including the ones that stay pending or fail later.</summary>
internal sealed class RefundFlow(World world)
{
    public Refund Create(Charge charge, RefundRequest request)
    {
        if (charge.Status != "succeeded")
            throw StripeError.State($"Charge {charge.Id} is not refundable: it did not succeed.", "charge_not_refundable");
        var left = charge.Amount - charge.AmountRefunded;
        if (left == 0)
            throw StripeError.State($"Charge {charge.Id} has already been refunded.", "charge_already_refunded");
        var amount = request.Amount ?? left;
        if (amount <= 0)
            throw StripeError.Invalid("Invalid positive integer", "amount", "parameter_invalid_integer");
        if (amount > left)
            throw StripeError.State($"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param: "amount");

        world.Disputes.CheckRefund(charge, amount);

        // The books need the charge before its refund.
        world.Ledger.SettleCharge(charge);
        var behaviour = TestCards.Get(charge.Card).Refund;
        var refund = new Refund
        {
            Id = world.Ids.Next("re_"),
            Created = world.NowFor(charge.Customer),
            Amount = amount,
            Currency = charge.Currency,
            Charge = charge.Id,
            PaymentIntent = charge.PaymentIntent,
            Reason = request.Reason,
            Metadata = request.Metadata,
            Status = behaviour == RefundBehaviour.PendingFirst ? "pending" : "succeeded",
            PendingReason = behaviour == RefundBehaviour.PendingFirst ? "processing" : null,
        };
        refund.BalanceTransaction = world.Ledger.AddRefund(refund, charge, failure: false).Id;
        world.Store.Add(refund);
        world.Events.Emit("refund.created", refund);
        world.Disputes.Refunding(charge, () => world.Events.Change("charge.refunded", charge, () => charge.AmountRefunded += amount));
        world.Reviews.Close(charge.Id, request.Reason == "fraudulent" ? "refunded_as_fraud" : "refunded");
        if (behaviour != RefundBehaviour.Succeeds)
            world.Schedule(JobKind.SettleRefund, refund.Id, world.Now + (long)world.Options.RefundSettlementDelay.TotalSeconds);
        return refund;
    }

    /// <summary>What a refund that did not simply succeed comes to.</summary>
    public void Settle(Refund refund)
    {
        var charge = world.Store.Get<Charge>(refund.Charge);
        if (refund.Status == "pending")
        {
            world.Events.Change("refund.updated", refund, () =>
            {
                refund.Status = "succeeded";
                refund.PendingReason = null;
            });
        }
        else if (refund.Status == "succeeded" && TestCards.Get(charge.Card).Refund == RefundBehaviour.FailsLater)
        {
            Fail(refund, charge);
        }
    }

    private void Fail(Refund refund, Charge charge)
    {
        var before = world.Render.Snapshot(refund);
        refund.Status = "failed";
        refund.FailureReason = "unknown";
        refund.FailureBalanceTransaction = world.Ledger.AddRefund(refund, charge, failure: true).Id;
        world.Store.Touch(refund);
        world.Events.EmitChange("refund.updated", refund, before);
        world.Events.EmitChange("refund.failed", refund, before);
        world.Events.Change("charge.updated", charge, () => charge.AmountRefunded -= refund.Amount);
    }
}
