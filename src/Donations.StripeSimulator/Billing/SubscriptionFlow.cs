using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Payments;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Billing;

/// <summary>A subscription's life: first invoice, renewals, dunning, pauses and the end.</summary>
internal sealed class SubscriptionFlow(World world)
{
    private long Draft => (long)world.Options.InvoiceDraftTime.TotalSeconds;

    /// <summary>Starts a subscription and its first invoice. Its items and settings are already checked.</summary>
    public void Create(Subscription subscription, string behavior, bool offSession)
    {
        var now = world.NowFor(subscription.Customer);
        subscription.Created = subscription.BillingCycleAnchor = now;
        if (subscription.TrialEnd is null)
            BeginPeriod(subscription, now);
        else
            world.Trials.Begin(subscription, now, behavior == "default_incomplete");
        world.Store.Add(subscription);
        var invoice = world.Drafts.Create(subscription, "subscription_create", (now, now));
        subscription.LatestInvoice = invoice.Id;
        world.Invoices.Finalize(invoice);
        var free = invoice.Status == "paid";
        if (free && subscription.TrialEnd is null)
            subscription.Status = "active";
        world.Store.Touch(subscription);
        world.Events.Emit("customer.subscription.created", subscription);
        if (subscription.TrialEnd is not null)
            world.Trials.Schedule(subscription, now);
        world.ScheduleFor(subscription.Customer, JobKind.ExpireIncomplete, subscription.Id, now + (long)world.Options.IncompleteExpiry.TotalSeconds);
        if (subscription.CancelAt is { } cancelAt)
            world.ScheduleFor(subscription.Customer, JobKind.CancelSubscription, subscription.Id, cancelAt);
        if (free || behavior == "default_incomplete" || world.Invoices.DefaultMethod(invoice) is not { } method)
            return;
        world.Intents.Confirm(world.Store.Get<PaymentIntent>(invoice.PaymentIntent!), method, new Confirmation(offSession));
    }

    /// <summary>Starts a subscription that waits for nobody: it is active, and its first invoice is collected later.</summary>
    public void Start(Subscription subscription, long now)
    {
        subscription.BillingCycleAnchor = now;
        BeginPeriod(subscription, now);
        world.Store.Add(subscription);
        var invoice = world.Drafts.Create(subscription, "subscription_create", (now, now));
        subscription.LatestInvoice = invoice.Id;
        world.Store.Touch(subscription);
        world.Events.Emit("customer.subscription.created", subscription);
        Collect(subscription, invoice, now);
    }

    /// <summary>The period that begins now, and what is to happen at its end.</summary>
    public void BeginPeriod(Subscription subscription, long now)
    {
        var price = world.Store.Get<Price>(subscription.Items[0].Price);
        subscription.PeriodStart = now;
        subscription.PeriodEnd = Periods.NextEnd(subscription.BillingCycleAnchor, price.Interval!, price.IntervalCount, now);
        foreach (var item in subscription.Items)
            item.Billed = null;
        ScheduleEnd(subscription, now);
    }

    /// <summary>Its renewal, and the announcement of that.</summary>
    public void ScheduleEnd(Subscription subscription, long now)
    {
        world.ScheduleFor(subscription.Customer, JobKind.RenewSubscription, subscription.Id, subscription.PeriodEnd);
        var announce = subscription.PeriodEnd - (long)world.Options.UpcomingInvoiceLead.TotalSeconds;
        if (announce > now)
            world.ScheduleFor(subscription.Customer, JobKind.UpcomingInvoice, subscription.Id, announce);
    }

    public void Renew(Subscription subscription)
    {
        var now = world.NowFor(subscription.Customer);
        if (subscription.Ended || subscription.Status is "incomplete" or "paused" || subscription.PeriodEnd > now)
            return;
        if (subscription.CancelAtPeriodEnd || subscription.CancelAt <= now)
        {
            Cancel(subscription, subscription.CancellationDetails?.Reason ?? "cancellation_requested");
            return;
        }
        var before = world.Render.Snapshot(subscription);
        if (subscription.Status == "trialing")
            world.Trials.End(subscription, atOnce: false);
        if (subscription.Ended || subscription.Status == "paused")
            return;
        var elapsed = (subscription.PeriodStart, subscription.PeriodEnd);
        if (world.Schedules.Enter(subscription, subscription.PeriodEnd))
            subscription.BillingCycleAnchor = subscription.PeriodEnd;
        if (subscription.Ended)
            return;
        BeginPeriod(subscription, subscription.PeriodEnd);
        var invoice = world.Drafts.Create(subscription, "subscription_cycle", elapsed);
        subscription.LatestInvoice = invoice.Id;
        world.Store.Touch(subscription);
        world.Events.EmitChange("customer.subscription.updated", subscription, before);
        Collect(subscription, invoice, now);
    }

    /// <summary>Changes the interval: a new period begins at once and is billed at once.</summary>
    public void Restart(Subscription subscription)
    {
        var now = world.NowFor(subscription.Customer);
        var elapsed = (subscription.PeriodStart, now);
        subscription.BillingCycleAnchor = now;
        BeginPeriod(subscription, now);
        var invoice = world.Drafts.Create(subscription, "subscription_update", elapsed);
        subscription.LatestInvoice = invoice.Id;
        world.Store.Touch(subscription);
        world.Invoices.Finalize(invoice);
        world.Invoices.Collect(invoice);
    }

    public void ExpireIncomplete(Subscription subscription)
    {
        if (subscription.Status != "incomplete")
            return;
        Cancel(subscription, reason: null);
    }

    /// <summary>Ends a subscription now. One that never started expires, with its invoice.</summary>
    public void Cancel(Subscription subscription, string? reason)
    {
        if (subscription.Ended)
            return;
        var now = world.NowFor(subscription.Customer);
        var incomplete = subscription.Status == "incomplete";
        var before = world.Render.Snapshot(subscription);
        subscription.Status = incomplete ? "incomplete_expired" : "canceled";
        subscription.EndedAt = now;
        subscription.CanceledAt ??= now;
        if (reason is not null)
        {
            subscription.CancellationDetails = new CancellationDetails
            {
                Comment = subscription.CancellationDetails?.Comment,
                Feedback = subscription.CancellationDetails?.Feedback,
                Reason = reason,
            };
        }
        world.Store.Touch(subscription);
        foreach (var invoice in world.Store.InvoicesBySubscription[subscription.Id].Where(i => i.Status is "open" or "draft"))
        {
            if (incomplete)
                world.Invoices.Void(invoice);
            else
                world.Events.Change("invoice.updated", invoice, () => world.Invoices.Stop(invoice));
        }
        if (incomplete)
            world.Events.EmitChange("customer.subscription.updated", subscription, before);
        else
            world.Events.Emit("customer.subscription.deleted", subscription);
        world.Schedules.SubscriptionEnded(subscription);
    }

    public void Announce(Subscription subscription)
    {
        if (subscription.Status is "active" or "past_due" or "trialing" && subscription.PauseCollection is null && !(subscription.CancelAt <= subscription.PeriodEnd))
            world.Drafts.Announce(world.Schedules.Preview(subscription));
    }

    public void ResumeCollection(Subscription subscription)
    {
        if (subscription.Ended || subscription.PauseCollection is not { ResumesAt: { } at } || at > world.NowFor(subscription.Customer))
            return;
        world.Events.Change("customer.subscription.updated", subscription, () => subscription.PauseCollection = null);
    }

    public void InvoicePaid(Subscription subscription, Invoice invoice, PaymentIntent? intent)
    {
        if (subscription.Ended)
            return;
        world.Events.Change("customer.subscription.updated", subscription, () =>
        {
            if (invoice.Id == subscription.LatestInvoice && subscription.Status is "incomplete" or "past_due" or "unpaid")
                subscription.Status = "active";
            if (subscription.SaveDefaultPaymentMethod == "on_subscription"
                && world.Store.Find<PaymentMethod>(intent?.PaymentMethod) is { } method && method.Customer == subscription.Customer)
            {
                subscription.DefaultPaymentMethod = method.Id;
            }
        });
    }

    /// <summary>An automatic attempt failed; without a next one the dunning is over.</summary>
    public void InvoiceFailed(Subscription subscription, Invoice invoice)
    {
        if (subscription.Status == "active")
            world.Events.Change("customer.subscription.updated", subscription, () => subscription.Status = "past_due");
        if (subscription.Status != "past_due" || !invoice.AutoAdvance || invoice.NextPaymentAttempt is not null)
            return;
        if (world.Options.DunningEndState == DunningEndState.Cancel)
            Cancel(subscription, "payment_failed");
        else if (world.Options.DunningEndState == DunningEndState.Unpaid)
            world.Events.Change("customer.subscription.updated", subscription, () => subscription.Status = "unpaid");
    }

    public void InvoiceVoided(Subscription subscription, Invoice invoice)
    {
        if (subscription.Status == "incomplete" && invoice.BillingReason == "subscription_create")
            Cancel(subscription, reason: null);
    }

    /// <summary>Puts a renewal's draft on its way, or holds it as the pause says.</summary>
    private void Collect(Subscription subscription, Invoice invoice, long now)
    {
        var pause = subscription.PauseCollection?.Behavior;
        if (pause is null && subscription.Status != "unpaid")
        {
            world.Events.Change("invoice.updated", invoice, () => invoice.AutomaticallyFinalizesAt = invoice.NextPaymentAttempt = now + Draft);
            world.ScheduleFor(subscription.Customer, JobKind.FinalizeInvoice, invoice.Id, now + Draft);
            return;
        }
        world.Invoices.Stop(invoice);
        if (pause == "void")
        {
            world.Invoices.Void(invoice);
        }
        else if (pause == "mark_uncollectible")
        {
            world.Invoices.Finalize(invoice);
            if (invoice.Status == "open")
                world.Invoices.MarkUncollectible(invoice);
        }
    }

    /// <summary>The error that collecting the first invoice would end in, for error_if_incomplete.</summary>
    public StripeError? FirstPaymentError(PaymentMethod? method, bool offSession)
    {
        if (method is null)
            return StripeError.State("This customer has no attached payment source or default payment method. Please consider adding a default payment method.", "resource_missing");
        var card = TestCards.Get(method.Card);
        if (world.Charges.Outcome(method, method.Customer) is { } decline)
            return Charging.Declined(decline, method);
        var challenged = card.Challenge == Challenge.Always || (card.Challenge == Challenge.UnlessSetUp && !(offSession && method.SetUp));
        return challenged
            ? new StripeError(402, "card_error", "Payment for this subscription requires additional user action before it can be completed successfully.")
            {
                Code = "subscription_payment_intent_requires_action",
                Executed = true,
            }
            : null;
    }
}
