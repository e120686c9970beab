using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Payments;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Disputes;

/// <summary>Radar's reviews: opened for payments of elevated risk, closed by a person or by what happens to the payment.</summary>
internal sealed class ReviewFlow(World world)
{
    public void Follow(Charge charge)
    {
        if (!world.Options.ReviewElevatedRisk || TestCards.Get(charge.Card).Risk != "elevated")
            return;
        var review = world.Store.Add(new Review
        {
            Id = world.Ids.Next("prv_"),
            Created = world.NowFor(charge.Customer),
            Charge = charge.Id,
            PaymentIntent = charge.PaymentIntent,
            BillingZip = charge.BillingDetails?.Address?.PostalCode,
        });
        world.Events.Emit("review.opened", review);
    }

    /// <summary>The review of a charge that is still open.</summary>
    public Review? Open(string charge) => world.Store.ReviewsByCharge[charge].FirstOrDefault(review => review.ClosedReason is null);

    /// <summary>Closes the open review of a charge, if there is one.</summary>
    public void Close(string charge, string reason)
    {
        if (Open(charge) is { } review)
            world.Events.Change("review.closed", review, () => review.ClosedReason = reason);
    }
}
