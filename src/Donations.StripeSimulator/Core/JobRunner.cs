using Donations.StripeSimulator.Billing;
using Donations.StripeSimulator.Checkout;
using Donations.StripeSimulator.Disputes;
using Donations.StripeSimulator.Payments;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Core;

/// <summary>What happens when a job's hour has come.</summary>
internal sealed class JobRunner(World world)
{
    private const long Day = 86400;

    /// <summary>Runs, in order, the jobs of one clock that are due.</summary>
    public void RunDue(long now, string? clock = null)
    {
        while (world.Store.Jobs.Peek(clock) is { } job && job.DueAt <= now)
        {
            world.Store.Remove(job);
            Run(job);
        }
    }

    /// <summary>The daily payout run keeps itself going; this starts it.</summary>
    public void EnsurePayouts()
    {
        if (world.Options.AutomaticPayouts && !world.Store.Jobs.Any(JobKind.DailyPayouts))
            world.Schedule(JobKind.DailyPayouts, null, Ledger.Midnight(world.Now + 1));
    }

    /// <summary>Moves a test clock to its target, stopping wherever something is due.</summary>
    private void Advance(TestClock clock)
    {
        while (world.Store.Jobs.Peek(clock.Id) is { } job && job.DueAt <= clock.Target)
        {
            clock.FrozenTime = Math.Max(clock.FrozenTime, job.DueAt);
            world.Store.Touch(clock);
            RunDue(clock.FrozenTime, clock.Id);
        }
        clock.FrozenTime = clock.Target ?? clock.FrozenTime;
        clock.Target = null;
        world.Store.Touch(clock);
        world.Events.Emit("test_helpers.test_clock.ready", clock);
    }

    private void Run(Job job)
    {
        var target = world.Store.Find(job.Target);
        switch (job.Kind)
        {
            case JobKind.RenewSubscription when target is Subscription subscription:
                world.Subscriptions.Renew(subscription);
                break;
            case JobKind.UpcomingInvoice when target is Subscription subscription:
                world.Subscriptions.Announce(subscription);
                break;
            case JobKind.TrialWillEnd when target is Subscription subscription:
                world.Trials.WillEnd(subscription);
                break;
            case JobKind.ExpireIncomplete when target is Subscription subscription:
                world.Subscriptions.ExpireIncomplete(subscription);
                break;
            case JobKind.CancelSubscription when target is Subscription subscription && subscription.CancelAt == job.DueAt:
                world.Subscriptions.Cancel(subscription, subscription.CancellationDetails?.Reason ?? "cancellation_requested");
                break;
            case JobKind.AdvanceSchedule when target is SubscriptionSchedule schedule:
                world.Schedules.Advance(schedule);
                break;
            case JobKind.StartSchedule when target is SubscriptionSchedule schedule:
                world.Schedules.Start(schedule);
                break;
            case JobKind.ScheduleExpiring when target is SubscriptionSchedule schedule:
                world.Schedules.Expiring(schedule);
                break;
            case JobKind.ExpireCheckout when target is CheckoutSession { Status: "open" } session:
                world.Checkout.Expire(session);
                break;
            case JobKind.ResumeCollection when target is Subscription subscription:
                world.Subscriptions.ResumeCollection(subscription);
                break;
            case JobKind.FinalizeInvoice when target is Invoice { Status: "draft", AutoAdvance: true } invoice:
                world.Invoices.Finalize(invoice);
                world.Invoices.Collect(invoice);
                break;
            case JobKind.RetryInvoice when target is Invoice { Status: "open", AutoAdvance: true } invoice && invoice.NextPaymentAttempt == job.DueAt:
                world.Invoices.Collect(invoice);
                break;
            default:
                RunMoney(job, target);
                break;
        }
    }

    private void RunMoney(Job job, Entity? target)
    {
        switch (job.Kind)
        {
            case JobKind.SettleCharge when target is Charge charge:
                world.Ledger.SettleCharge(charge);
                break;
            case JobKind.SettleRefund when target is Refund refund:
                world.Refunds.Settle(refund);
                break;
            case JobKind.PayoutPaid when target is Payout payout:
                world.Ledger.CompletePayout(payout);
                break;
            case JobKind.PayoutReconciled when target is Payout payout:
                world.Ledger.Reconcile(payout);
                break;
            case JobKind.OpenDisputes when target is Charge charge:
                world.Disputes.Open(charge);
                break;
            case JobKind.WarnOfFraud when target is Charge charge:
                world.Disputes.Warn(charge);
                break;
            case JobKind.DecideDispute when target is Dispute dispute && dispute.DecidedAt == job.DueAt:
                world.Disputes.Decide(dispute);
                break;
            case JobKind.ExpireDispute when target is Dispute dispute:
                world.Disputes.Expire(dispute);
                break;
            case JobKind.AdvanceTestClock when target is TestClock clock:
                Advance(clock);
                break;
            case JobKind.DailyPayouts:
                world.Ledger.PayOut();
                world.Schedule(JobKind.DailyPayouts, null, job.DueAt + (world.Options.PayoutIntervalDays * Day));
                break;
            default:
                break; // What the job was about is gone or has moved on.
        }
    }
}
