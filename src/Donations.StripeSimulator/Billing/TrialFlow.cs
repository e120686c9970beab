using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Billing;

/// <summary>Trials: free time before the first charge, and what their end does; pauses that a status shows.</summary>
internal sealed class TrialFlow(World world)
{
    private const long WillEndLead = 3 * 86400;

    /// <summary>The trial as the subscription's first period, and a way to give a card meanwhile.</summary>
    public void Begin(Subscription subscription, long now, bool awaitsCard)
    {
        subscription.Status = "trialing";
        subscription.TrialStart = subscription.PeriodStart = now;
        subscription.PeriodEnd = subscription.BillingCycleAnchor = subscription.TrialEnd!.Value;
        if (awaitsCard && Card(subscription) is null)
            subscription.PendingSetupIntent = world.Intents.Add(new SetupIntent { Customer = subscription.Customer }).Id;
    }

    /// <summary>What is to happen at the trial's end and before it.</summary>
    public void Schedule(Subscription subscription, long now)
    {
        world.Subscriptions.ScheduleEnd(subscription, now);
        world.ScheduleFor(subscription.Customer, JobKind.TrialWillEnd, subscription.Id, Math.Max(now, subscription.PeriodEnd - WillEndLead));
    }

    public void WillEnd(Subscription subscription)
    {
        var now = world.NowFor(subscription.Customer);
        if (subscription.Status == "trialing" && subscription.PeriodEnd - now <= WillEndLead)
            world.Events.Emit("customer.subscription.trial_will_end", subscription);
    }

    /// <summary>Ends a trial: charging begins, unless there is no card and that is to mean something else.</summary>
    public void End(Subscription subscription, bool atOnce)
    {
        var missing = Card(subscription) is null;
        if (missing && subscription.TrialEndBehavior == "cancel")
        {
            world.Subscriptions.Cancel(subscription, reason: null);
        }
        else if (missing && subscription.TrialEndBehavior == "pause")
        {
            Pause(subscription);
        }
        else
        {
            subscription.Status = "active";
            if (atOnce)
                world.Subscriptions.Restart(subscription);
        }
    }

    public void Pause(Subscription subscription)
    {
        world.Events.Change("customer.subscription.updated", subscription, () => subscription.Status = "paused");
        world.Events.Emit("customer.subscription.paused", subscription);
    }

    /// <summary>A new period begins and is billed at once.</summary>
    public void Resume(Subscription subscription)
    {
        var before = world.Render.Snapshot(subscription);
        subscription.Status = "active";
        world.Subscriptions.Restart(subscription);
        world.Events.EmitChange("customer.subscription.updated", subscription, before);
        world.Events.Emit("customer.subscription.resumed", subscription);
    }

    /// <summary>The card that was set up for a trial becomes the subscription's.</summary>
    public void SetUp(SetupIntent intent)
    {
        foreach (var subscription in intent.Customer is null ? [] : world.Store.SubscriptionsByCustomer[intent.Customer].Where(s => s.PendingSetupIntent == intent.Id).ToList())
        {
            world.Events.Change("customer.subscription.updated", subscription, () =>
            {
                subscription.PendingSetupIntent = null;
                subscription.DefaultPaymentMethod = intent.PaymentMethod;
            });
        }
    }

    private PaymentMethod? Card(Subscription subscription) =>
        world.Store.Find<PaymentMethod>(subscription.DefaultPaymentMethod ?? world.Store.Get<Customer>(subscription.Customer).DefaultPaymentMethod);
}
