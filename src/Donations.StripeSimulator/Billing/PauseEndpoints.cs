using System.Text.Json.Nodes;
using Donations.StripeSimulator.Http;

namespace Donations.StripeSimulator.Billing;

/// <summary>Pauses that show in a subscription's status; pausing its collection alone is an update.</summary>
internal static class PauseEndpoints
{
    public static JsonNode Pause(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var subscription = request.Target<Subscription>("subscription");
        p.Choice("type", "subscription");
        var invoices = p.Choice("invoicing_behavior", "invoice|pending_invoice_item") == "invoice";
        var bill = p.Hash("bill_for");
        bill?.Hash("outstanding_usage_through")?.Choice("type", "none|now");
        var credits = bill?.Hash("unused_time_from")?.Choice("type", "none|now") != "none";
        p.Finish();
        if (subscription.Status is not ("active" or "trialing" or "past_due"))
            throw StripeError.State($"You cannot pause a subscription that is in the `{subscription.Status}` status.");
        world.Changes.Settle(subscription, credits, invoices);
        world.Trials.Pause(subscription);
        return request.Render(subscription);
    }

    public static JsonNode Resume(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var subscription = request.Target<Subscription>("subscription");
        if (p.IsScalar("billing_cycle_anchor"))
            p.Choice("billing_cycle_anchor", "now");
        else
            p.Hash("billing_cycle_anchor")?.Choice("type", "now");
        p.Choice("payment_behavior", "resume_on_payment_attempt");
        p.Choice("proration_behavior", SubscriptionParams.Prorations);
        p.Finish();
        if (subscription.Status != "paused")
            throw StripeError.State($"You can only resume subscriptions that are paused. This subscription is {subscription.Status}.");
        world.Trials.Resume(subscription);
        return request.Render(subscription);
    }
}
