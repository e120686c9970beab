using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Billing;

/// <summary>Changes of a running subscription and what they cost at once or with the next invoice.</summary>
internal sealed class ChangeFlow(World world)
{
    /// <summary>Makes the changes and bills them as <paramref name="timing"/> says.</summary>
    public void Make(Subscription subscription, ItemChanges changes, ChangeTiming timing, string behavior)
    {
        var now = world.NowFor(subscription.Customer);
        var before = Prorations.Copy(subscription);
        var restart = changes.Apply(world, subscription, price => PriceEndpoints.Add(world, price)) || timing.NewAnchor;
        if (changes.Any)
            world.Schedules.ItemsChanged(subscription);
        if (timing.TrialEnd is { } trialEnd && subscription.Status == "trialing")
        {
            MoveTrial(subscription, trialEnd, now);
            return;
        }
        // Nothing was charged for a trial, and nothing is while a subscription is paused.
        if (subscription.Status is "trialing" or "paused" or "incomplete")
            return;
        var prorates = timing.Behavior != "none";
        if (prorates)
            world.Prorations.Add(world.Prorations.Compute(subscription, before, timing.At, debits: !restart));
        Prorations.Remember(subscription, before, prorates || restart);
        if (restart)
            world.Subscriptions.Restart(subscription);
        else if (timing.Behavior == "always_invoice")
            InvoiceNow(subscription, behavior);
    }

    /// <summary>What a subscription that ends now is owed, and whether that is invoiced.</summary>
    public void Settle(Subscription subscription, bool prorate, bool invoiceNow)
    {
        if (prorate && subscription.Status is not ("trialing" or "paused"))
            world.Prorations.Add(world.Prorations.Compute(subscription, subscription.Items, world.NowFor(subscription.Customer), debits: false));
        if (invoiceNow)
            InvoiceNow(subscription, "allow_incomplete");
    }

    /// <summary>An invoice of the prorations that wait, collected unless its payer is to confirm it.</summary>
    private void InvoiceNow(Subscription subscription, string behavior)
    {
        if (world.Drafts.CreateForChange(subscription) is not { } invoice)
            return;
        subscription.LatestInvoice = invoice.Id;
        world.Store.Touch(subscription);
        world.Invoices.Finalize(invoice);
        if (behavior != "default_incomplete")
            world.Invoices.Collect(invoice);
        else if (invoice.Status == "open")
            subscription.Status = "past_due";
    }

    private void MoveTrial(Subscription subscription, long end, long now)
    {
        subscription.TrialEnd = end;
        if (end <= now)
        {
            world.Trials.End(subscription, atOnce: true);
            return;
        }
        (subscription.PeriodEnd, subscription.BillingCycleAnchor) = (end, end);
        world.Trials.Schedule(subscription, now);
    }
}
