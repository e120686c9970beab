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
        var proration = p.Choice("proration_behavior", SubscriptionParams.Prorations) ?? "create_prorations";
        SubscriptionParams.PaymentSettings(p, new Subscription());
        p.Choice("payment_behavior", SubscriptionParams.Behaviors);
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
        var changes = PlanChanges(world, subscription, items, proration);

        var before = world.Render.Snapshot(subscription);
        (subscription.Metadata, subscription.CancellationDetails, subscription.Description) = (metadata, details, description);
        (subscription.DefaultPaymentMethod, subscription.PauseCollection) = (method, pause);
        SubscriptionParams.PaymentSettings(p, subscription);
        if (p.Has("pause_collection") && pause?.ResumesAt is { } resumes)
            world.ScheduleFor(subscription.Customer, JobKind.ResumeCollection, subscription.Id, resumes);
        if (atPeriodEnd is not null)
            CancelAtPeriodEnd(world, subscription, atPeriodEnd.Value);
        if (setsCancelAt)
            CancelAt(world, subscription, cancelAt);
        var restart = Apply(world, subscription, changes);
        if (changes.Count > 0)
            world.Schedules.ItemsChanged(subscription);
        if (restart)
            world.Subscriptions.Restart(subscription);
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

    private static void CheckState(World world, Subscription subscription, bool changesItems, long? cancelAt)
    {
        if (subscription.Ended)
            throw StripeError.State("A canceled subscription can only update its cancellation_details and metadata.");
        if (changesItems && subscription.Status == "incomplete")
            throw StripeError.State("This subscription is incomplete: its items cannot be changed before its first invoice is paid.");
        if (cancelAt <= world.NowFor(subscription.Customer))
            throw StripeError.Invalid("`cancel_at` must be a future timestamp.", "cancel_at");
    }

    /// <summary>Checks the changes of items against each other, without changing anything.</summary>
    private static List<(SubscriptionItem? Item, ItemChange Change)> PlanChanges(World world, Subscription subscription, List<ItemChange> items, string proration)
    {
        List<(SubscriptionItem?, ItemChange)> changes = [];
        var prices = subscription.Items.ToDictionary(item => item.Id, item => world.Store.Get<Price>(item.Price), StringComparer.Ordinal);
        var amounts = false;
        for (var i = 0; i < items.Count; i++)
        {
            var change = items[i];
            var item = change.Id is null ? null : subscription.Items.Find(item => item.Id == change.Id) ?? throw StripeError.NoSuch("subscription_item", change.Id, $"items[{i}][id]");
            var price = change.Inline ?? world.Store.Find<Price>(change.PriceId);
            if (item is null && price is null)
                throw StripeError.Missing($"items[{i}][price]");
            amounts |= change.Deleted || item is null || (price is not null && price != prices[item.Id]) || (change.Quantity ?? item.Quantity) != item.Quantity;
            if (change.Deleted)
                prices.Remove(item?.Id ?? "");
            else
                prices[item?.Id ?? $"new{i}"] = price ?? prices[item!.Id];
            changes.Add((item, change));
        }
        if (prices.Count == 0)
            throw StripeError.Invalid("A subscription must have at least one active plan.", "items");
        var (currency, _, _) = SubscriptionParams.Common(prices.Values);
        if (currency != subscription.Currency)
            throw StripeError.Invalid($"The currency of a subscription cannot change: it is {subscription.Currency}.", "items");
        if (amounts && proration != "none")
            throw StripeError.Invalid("This simulator does not prorate: pass `proration_behavior=none` when amounts change.", "proration_behavior");
        return changes;
    }

    /// <summary>True when the interval changed, which begins a new period.</summary>
    private static bool Apply(World world, Subscription subscription, List<(SubscriptionItem? Item, ItemChange Change)> changes)
    {
        var before = IntervalOf(world, subscription);
        foreach (var (item, change) in changes)
        {
            if (change.Deleted)
            {
                subscription.Items.Remove(item!);
                continue;
            }
            if (item is null)
            {
                subscription.Items.Add(SubscriptionEndpoints.NewItem(world, change, world.NowFor(subscription.Customer)));
                continue;
            }
            item.Price = change.PriceId ?? (change.Inline is null ? item.Price : PriceEndpoints.Add(world, change.Inline).Id);
            item.Quantity = change.Quantity ?? item.Quantity;
            item.Metadata = change.SetsMetadata ? change.Metadata : item.Metadata;
        }
        return IntervalOf(world, subscription) != before;
    }

    private static (string?, int) IntervalOf(World world, Subscription subscription)
    {
        var price = world.Store.Get<Price>(subscription.Items[0].Price);
        return (price.Interval, price.IntervalCount);
    }
}
