using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Billing;

/// <summary>Subscription schedules: from phase to phase, and the end.</summary>
internal sealed class ScheduleFlow(World world)
{
    private const long ExpiringLead = 7 * 86400;

    public SubscriptionSchedule Create(Subscription subscription, Dictionary<string, string>? metadata)
    {
        var schedule = new SubscriptionSchedule
        {
            Id = world.Ids.Next("sub_sched_"),
            Created = world.NowFor(subscription.Customer),
            Customer = subscription.Customer,
            Subscription = subscription.Id,
            Metadata = metadata,
            Phases =
            [
                new SchedulePhase
                {
                    StartDate = subscription.PeriodStart,
                    EndDate = subscription.PeriodEnd,
                    Items = Items(subscription),
                    Metadata = subscription.Metadata,
                },
            ],
        };
        world.Store.Add(schedule);
        world.Events.Emit("subscription_schedule.created", schedule);
        world.Events.Change("customer.subscription.updated", subscription, () => subscription.Schedule = schedule.Id);
        ScheduleEnds(schedule);
        return schedule;
    }

    /// <summary>A schedule of its own; it begins now or has an appointment.</summary>
    public void Create(SubscriptionSchedule schedule)
    {
        world.Store.Add(schedule);
        world.Events.Emit("subscription_schedule.created", schedule);
        var start = schedule.Phases[0].StartDate;
        if (start <= world.NowFor(schedule.Customer))
            Start(schedule);
        else
            world.ScheduleFor(schedule.Customer, JobKind.StartSchedule, schedule.Id, start);
    }

    /// <summary>Makes the subscription; its first invoice is collected as a renewal's.</summary>
    public void Start(SubscriptionSchedule schedule)
    {
        if (schedule.Status != "not_started")
            return;
        var now = world.NowFor(schedule.Customer);
        var phase = schedule.Phases[0];
        var subscription = new Subscription
        {
            Id = world.Ids.Next("sub_"),
            Created = now,
            Customer = schedule.Customer,
            Currency = world.Store.Get<Price>(phase.Items[0].Price).Currency,
            Status = "active",
            Schedule = schedule.Id,
            Metadata = phase.Metadata,
            Items = phase.Items.ConvertAll(item => new SubscriptionItem
            {
                Id = world.Ids.Next("si_", 14),
                Created = now,
                Price = item.Price,
                Quantity = item.Quantity,
                Metadata = item.Metadata,
            }),
        };
        world.Subscriptions.Start(subscription, now);
        world.Events.Change("subscription_schedule.updated", schedule, () => (schedule.Status, schedule.Subscription) = ("active", subscription.Id));
        ScheduleEnds(schedule);
    }

    /// <summary>Work at the end of every phase that is still to come.</summary>
    public void ScheduleEnds(SubscriptionSchedule schedule)
    {
        foreach (var phase in schedule.Phases.Skip(schedule.Current))
            world.ScheduleFor(schedule.Customer, JobKind.AdvanceSchedule, schedule.Id, phase.EndDate);
        if (schedule.Phases[^1].EndDate - ExpiringLead is var expiring && expiring >= world.NowFor(schedule.Customer))
            world.ScheduleFor(schedule.Customer, JobKind.ScheduleExpiring, schedule.Id, expiring);
    }

    /// <summary>A week before the last phase ends.</summary>
    public void Expiring(SubscriptionSchedule schedule)
    {
        if (schedule.Status == "active" && schedule.Phases[^1].EndDate == world.NowFor(schedule.Customer) + ExpiringLead)
            world.Events.Emit("subscription_schedule.expiring", schedule);
    }

    public static List<PhaseItem> Items(Subscription subscription) =>
        subscription.Items.ConvertAll(item => new PhaseItem { Price = item.Price, Quantity = item.Quantity, Metadata = item.Metadata });

    /// <summary>The end of a phase has come. Where the subscription's own period ends too, its renewal takes the new phase along.</summary>
    public void Advance(SubscriptionSchedule schedule)
    {
        if (schedule.Status != "active" || world.Store.Find<Subscription>(schedule.Subscription) is not { Ended: false } subscription)
            return;
        var now = world.NowFor(schedule.Customer);
        if (subscription.PeriodEnd <= now || schedule.Phases[schedule.Current].EndDate > now)
            return;
        var before = world.Render.Snapshot(subscription);
        var restart = Enter(subscription, now);
        if (subscription.Ended)
            return;
        if (restart)
            world.Subscriptions.Restart(subscription);
        world.Store.Touch(subscription);
        world.Events.EmitChange("customer.subscription.updated", subscription, before);
    }

    /// <summary>Makes the subscription what the phase of this moment says. True if its billing cycle begins anew.</summary>
    public bool Enter(Subscription subscription, long now)
    {
        var restart = false;
        while (world.Store.Find<SubscriptionSchedule>(subscription.Schedule) is { Status: "active" } schedule && schedule.Phases[schedule.Current].EndDate <= now)
        {
            if (schedule.Current == schedule.Phases.Count - 1)
            {
                End(schedule, subscription);
                continue;
            }
            world.Events.Change("subscription_schedule.updated", schedule, () => schedule.Current++);
            restart |= Apply(subscription, schedule.Phases[schedule.Current]);
        }
        return restart;
    }

    /// <summary>The subscription as its next period will find it, for the announcement of its invoice.</summary>
    public Subscription Preview(Subscription subscription)
    {
        if (world.Store.Find<SubscriptionSchedule>(subscription.Schedule) is not { Status: "active" } schedule
            || schedule.Current == schedule.Phases.Count - 1 || schedule.Phases[schedule.Current].EndDate > subscription.PeriodEnd)
        {
            return subscription;
        }
        var next = new Subscription
        {
            Id = subscription.Id,
            Customer = subscription.Customer,
            Currency = subscription.Currency,
            Metadata = subscription.Metadata,
            PeriodStart = subscription.PeriodStart,
            PeriodEnd = subscription.PeriodEnd,
            BillingCycleAnchor = subscription.BillingCycleAnchor,
            Items = [.. subscription.Items],
        };
        if (Apply(next, schedule.Phases[schedule.Current + 1]))
            next.BillingCycleAnchor = subscription.PeriodEnd;
        return next;
    }

    /// <summary>Lets go of the subscription, which goes on as it is.</summary>
    public void Release(SubscriptionSchedule schedule)
    {
        var subscription = world.Store.Find<Subscription>(schedule.Subscription);
        world.Events.Change("subscription_schedule.released", schedule, () =>
        {
            schedule.Status = "released";
            schedule.ReleasedAt = world.NowFor(schedule.Customer);
            (schedule.ReleasedSubscription, schedule.Subscription) = (schedule.Subscription, null);
        });
        if (subscription is null)
            return;
        subscription.Schedule = null;
        world.Store.Touch(subscription);
    }

    public void Cancel(SubscriptionSchedule schedule)
    {
        world.Events.Change("subscription_schedule.canceled", schedule, () =>
        {
            schedule.Status = "canceled";
            schedule.CanceledAt = world.NowFor(schedule.Customer);
        });
        if (world.Store.Find<Subscription>(schedule.Subscription) is { Ended: false } subscription)
            world.Subscriptions.Cancel(subscription, reason: null);
    }

    /// <summary>A subscription that ends takes its schedule with it.</summary>
    public void SubscriptionEnded(Subscription subscription)
    {
        if (world.Store.Find<SubscriptionSchedule>(subscription.Schedule) is { Status: "active" } schedule)
            Cancel(schedule);
    }

    /// <summary>Items that were changed without the schedule belong to its current phase.</summary>
    public void ItemsChanged(Subscription subscription)
    {
        if (world.Store.Find<SubscriptionSchedule>(subscription.Schedule) is { Status: "active" } schedule)
            world.Events.Change("subscription_schedule.updated", schedule, () => schedule.Phases[schedule.Current].Items = Items(subscription));
    }

    private void End(SubscriptionSchedule schedule, Subscription subscription)
    {
        if (schedule.EndBehavior == "release")
        {
            Release(schedule);
            return;
        }
        world.Events.Change("subscription_schedule.completed", schedule, () =>
        {
            schedule.Status = "completed";
            schedule.CompletedAt = world.NowFor(schedule.Customer);
        });
        world.Subscriptions.Cancel(subscription, reason: null);
    }

    /// <summary>True when the interval changes or the phase wants its own cycle.</summary>
    private bool Apply(Subscription subscription, SchedulePhase phase)
    {
        var before = world.Store.Get<Price>(subscription.Items[0].Price);
        var items = new List<SubscriptionItem>();
        for (var i = 0; i < phase.Items.Count; i++)
        {
            var old = i < subscription.Items.Count ? subscription.Items[i] : null;
            items.Add(new SubscriptionItem
            {
                Id = old?.Id ?? world.Ids.Next("si_", 14),
                Created = old?.Created ?? world.NowFor(subscription.Customer),
                Price = phase.Items[i].Price,
                Quantity = phase.Items[i].Quantity,
                Metadata = phase.Items[i].Metadata,
            });
        }
        subscription.Items = items;
        // A phase's metadata is laid over the subscription's.
        foreach (var (key, value) in phase.Metadata ?? [])
            subscription.Metadata = new(subscription.Metadata ?? [], StringComparer.Ordinal) { [key] = value };
        subscription.DefaultPaymentMethod = phase.DefaultPaymentMethod ?? subscription.DefaultPaymentMethod;
        var after = world.Store.Get<Price>(items[0].Price);
        return phase.BillingCycleAnchor == "phase_start" || (before.Interval, before.IntervalCount) != (after.Interval, after.IntervalCount);
    }
}
