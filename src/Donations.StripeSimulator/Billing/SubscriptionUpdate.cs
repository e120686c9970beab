using System.Text.Json.Nodes;
using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Billing;

/// <summary>POST /v1/subscriptions/{id}.</summary>
internal static class SubscriptionUpdate
{
    public static JsonNode Handle(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var subscription = request.Target<Subscription>("subscription");
        var metadata = MetadataRules.Merge(p, subscription.Metadata);
        var items = SubscriptionParams.Items(request);
        var pause = SubscriptionParams.Pause(p, subscription.PauseCollection);
        var details = SubscriptionParams.Cancellation(p, subscription.CancellationDetails);
        var method = p.Has("default_payment_method") ? SubscriptionParams.DefaultMethod(request, subscription.Customer) : subscription.DefaultPaymentMethod;
        var description = p.TextOr("description", subscription.Description);
        var atPeriodEnd = p.Flag("cancel_at_period_end");
        var setsCancelAt = p.Has("cancel_at");
        var cancelAt = p.Integer("cancel_at");
        var timing = ChangeTiming.Read(p, subscription, world.NowFor(subscription.Customer));
        var behavior = p.Choice("payment_behavior", SubscriptionParams.Behaviors) ?? "allow_incomplete";
        SubscriptionParams.PaymentSettings(p, new Subscription());
        var trialBehavior = SubscriptionParams.TrialEndBehavior(p) ?? subscription.TrialEndBehavior;
        p.Flag("off_session");
        SubscriptionEndpoints.AcceptDefaults(p);
        p.Finish();
        if (subscription.Schedule is not null && (atPeriodEnd is not null || setsCancelAt))
        {
            throw StripeError.State(
                $"The subscription is managed by the subscription schedule `{subscription.Schedule}`, and updating any cancelation behavior directly is not allowed. " +
                "Please update the schedule instead.");
        }
        CheckState(world, subscription, items.Count > 0, setsCancelAt ? cancelAt : null);
        var changes = ItemChanges.Plan(world, subscription, items);
        CheckPayment(world, subscription, method, behavior, changes.Any && timing.Behavior == "always_invoice");

        var before = world.Render.Snapshot(subscription);
        (subscription.Metadata, subscription.CancellationDetails, subscription.Description) = (metadata, details, description);
        (subscription.DefaultPaymentMethod, subscription.PauseCollection, subscription.TrialEndBehavior) = (method, pause, trialBehavior);
        SubscriptionParams.PaymentSettings(p, subscription);
        if (p.Has("pause_collection") && pause?.ResumesAt is { } resumes)
            world.ScheduleFor(subscription.Customer, JobKind.ResumeCollection, subscription.Id, resumes);
        if (atPeriodEnd is not null)
            CancelAtPeriodEnd(world, subscription, atPeriodEnd.Value);
        if (setsCancelAt)
            CancelAt(world, subscription, cancelAt);
        world.Changes.Make(subscription, changes, timing, behavior);
        world.Store.Touch(subscription);
        world.Events.EmitChange("customer.subscription.updated", subscription, before);
        return request.Render(subscription);
    }

    public static void CancelAtPeriodEnd(World world, Subscription subscription, bool set)
    {
        subscription.CancelAtPeriodEnd = set;
        CancelAt(world, subscription, set ? subscription.PeriodEnd : null);
    }

    private static void CancelAt(World world, Subscription subscription, long? at)
    {
        if (at is null)
            subscription.CancelAtPeriodEnd = false;
        subscription.CancelAt = at;
        subscription.CanceledAt = at is null ? null : world.NowFor(subscription.Customer);
        subscription.CancellationDetails = new CancellationDetails
        {
            Comment = subscription.CancellationDetails?.Comment,
            Feedback = subscription.CancellationDetails?.Feedback,
            Reason = at is null ? null : "cancellation_requested",
        };
        if (at is not null)
            world.ScheduleFor(subscription.Customer, JobKind.CancelSubscription, subscription.Id, at.Value);
        world.Store.Touch(subscription);
    }

    /// <summary>Where a failed payment must leave everything as it was, it is tried before.</summary>
    private static void CheckPayment(World world, Subscription subscription, string? method, string behavior, bool invoices)
    {
        if (behavior == "pending_if_incomplete" && invoices)
            throw StripeError.Invalid("This simulator has no pending updates.", "payment_behavior");
        var card = world.Store.Find<PaymentMethod>(method ?? world.Store.Get<Customer>(subscription.Customer).DefaultPaymentMethod);
        if (behavior == "error_if_incomplete" && invoices && world.Subscriptions.FirstPaymentError(card, offSession: true) is { } error)
            throw error;
    }

    private static void CheckState(World world, Subscription subscription, bool changesItems, long? cancelAt)
    {
        if (subscription.Ended)
            throw StripeError.State("A canceled subscription can only update its cancellation_details and metadata.");
        if (changesItems && subscription.Status == "incomplete")
            throw StripeError.State("This subscription is incomplete: its items cannot be changed before its first invoice is paid.");
        if (cancelAt <= world.NowFor(subscription.Customer))
            throw StripeError.Invalid("`cancel_at` must be a future timestamp.", "cancel_at");
    }
}
