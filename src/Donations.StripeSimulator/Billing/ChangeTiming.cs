using Donations.StripeSimulator.Http;

namespace Donations.StripeSimulator.Billing;

/// <summary>When a change of a subscription counts from and how it is billed.</summary>
/// <param name="Behavior">create_prorations, always_invoice or none.</param>
/// <param name="At">The moment prorations count from.</param>
/// <param name="NewAnchor">The billing cycle begins anew.</param>
/// <param name="TrialEnd">Where a trial ends that is moved; in the past or present to end it.</param>
internal sealed record ChangeTiming(string Behavior, long At, bool NewAnchor, long? TrialEnd)
{
    public static ChangeTiming Read(ApiParams p, Subscription subscription, long now)
    {
        var behavior = p.Choice("proration_behavior", SubscriptionParams.Prorations) ?? "create_prorations";
        var at = p.Integer("proration_date") ?? now;
        if (p.Has("proration_date") && (at < subscription.PeriodStart || at > subscription.PeriodEnd))
            throw StripeError.Invalid("Invalid proration_date: it must lie within the current period of the subscription.", p.PathOf("proration_date"));
        var anchor = p.IsScalar("billing_cycle_anchor") ? p.Choice("billing_cycle_anchor", "now|unchanged") : p.Hash("billing_cycle_anchor")?.Choice("type", "now|unchanged");
        var trialEnd = p.Text("trial_end") == "now" ? now : p.Integer("trial_end");
        if (trialEnd > now && subscription.Status is not ("trialing" or ""))
            throw StripeError.Invalid("This simulator moves the end of a trial only while it lasts.", p.PathOf("trial_end"));
        if (trialEnd < now)
            throw StripeError.Invalid("Invalid timestamp: must be an integer Unix timestamp in the future.", p.PathOf("trial_end"));
        return new ChangeTiming(behavior, at, anchor == "now", trialEnd);
    }
}
