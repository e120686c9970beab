using System.Text.Json.Nodes;
using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Billing;

internal static class SubscriptionEndpoints
{
    private const int MaxItems = 20;
    private const long Day = 86400;

    public static void Map(ApiRouter router)
    {
        router.Post("/v1/subscriptions", Create);
        router.Get("/v1/subscriptions", List);
        router.Get("/v1/subscriptions/*", Read);
        router.Post("/v1/subscriptions/*", SubscriptionUpdate.Handle);
        router.Delete("/v1/subscriptions/*", Cancel);
        router.Post("/v1/subscriptions/*/pause", PauseEndpoints.Pause);
        router.Post("/v1/subscriptions/*/resume", PauseEndpoints.Resume);
        router.Get("/v1/subscription_items", ListItems);
    }

    private static JsonNode Create(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        p.RequiredText("customer");
        var customer = request.Named<Customer>("customer", "customer")!;
        var items = SubscriptionParams.Items(request);
        var subscription = new Subscription { Customer = customer.Id, Metadata = MetadataRules.Merge(p, null), Description = p.Text("description") };
        SubscriptionParams.PaymentSettings(p, subscription);
        subscription.DefaultPaymentMethod = SubscriptionParams.DefaultMethod(request, customer.Id);
        subscription.BillingMode = p.Hash("billing_mode")?.Choice("type", "classic|flexible") ?? "flexible";
        subscription.CancelAt = p.Integer("cancel_at");
        var atPeriodEnd = p.Flag("cancel_at_period_end") ?? false;
        var behavior = p.Choice("payment_behavior", SubscriptionParams.Behaviors) ?? "allow_incomplete";
        var offSession = p.Flag("off_session") ?? false;
        p.Choice("proration_behavior", SubscriptionParams.Prorations);
        subscription.TrialEnd = Trial(p, world.NowFor(customer.Id));
        subscription.TrialEndBehavior = SubscriptionParams.TrialEndBehavior(p) ?? "create_invoice";
        AcceptDefaults(p);
        p.Finish();
        CheckItems(world, customer, items, subscription.CancelAt);
        var (currency, _, _) = SubscriptionParams.Common(items.Select(item => item.Inline ?? world.Store.Get<Price>(item.PriceId!)));
        if (behavior == "error_if_incomplete" && subscription.TrialEnd is null
            && world.Subscriptions.FirstPaymentError(world.Store.Find<PaymentMethod>(subscription.DefaultPaymentMethod ?? customer.DefaultPaymentMethod), offSession) is { } error)
        {
            throw error;
        }

        subscription.Id = world.Ids.Next("sub_");
        subscription.Currency = currency;
        subscription.Items.AddRange(items.Select(item => ItemChanges.New(world, item, world.NowFor(customer.Id), price => PriceEndpoints.Add(world, price))));
        world.Subscriptions.Create(subscription, behavior, offSession);
        if (atPeriodEnd)
            SubscriptionUpdate.CancelAtPeriodEnd(world, subscription, set: true);
        return request.Render(subscription);
    }

    /// <summary>When the trial ends; null for none.</summary>
    private static long? Trial(ApiParams p, long now)
    {
        var days = p.Integer("trial_period_days");
        var text = p.Text("trial_end");
        if (days is not null && text is not null)
            throw StripeError.Invalid("You may only specify one of these parameters: trial_end, trial_period_days.", "trial_end");
        if (days is not null)
            return days > 0 ? now + (days * Day) : null;
        if (text is null or "now")
            return null;
        var end = p.Integer("trial_end");
        return end > now ? end : throw StripeError.Invalid("Invalid timestamp: must be an integer Unix timestamp in the future.", "trial_end");
    }

    /// <summary>Settings that may only be given their one supported value.</summary>
    public static void AcceptDefaults(ApiParams p)
    {
        p.Choice("collection_method", "charge_automatically");
        p.Hash("automatic_tax")?.Choice("enabled", "false");
    }

    private static void CheckItems(World world, Customer customer, List<ItemChange> items, long? cancelAt)
    {
        if (items.Count == 0)
            throw StripeError.Missing("items");
        if (items.Count > MaxItems)
            throw StripeError.Invalid($"A subscription can have up to {MaxItems} items.", "items");
        for (var i = 0; i < items.Count; i++)
        {
            if (items[i] is { PriceId: null, Inline: null })
                throw StripeError.Missing($"items[{i}][price]");
        }
        if (customer.Deleted)
            throw StripeError.NoSuch("customer", customer.Id, "customer");
        if (cancelAt <= world.NowFor(customer.Id))
            throw StripeError.Invalid("`cancel_at` must be a future timestamp.", "cancel_at");
    }

    private static JsonNode Read(ApiRequest request)
    {
        request.Params.Finish();
        return request.Render(request.Target<Subscription>("subscription"));
    }

    private static JsonNode Cancel(ApiRequest request)
    {
        var p = request.Params;
        var subscription = request.Target<Subscription>("subscription");
        var details = SubscriptionParams.Cancellation(p, subscription.CancellationDetails);
        var prorate = p.Flag("prorate") ?? false;
        var invoiceNow = p.Flag("invoice_now") ?? false;
        p.Finish();
        if (subscription.Ended)
            throw StripeError.NotFound("subscription", subscription.Id);
        subscription.CancellationDetails = details;
        if (subscription.Status != "incomplete")
            request.World.Changes.Settle(subscription, prorate, invoiceNow);
        request.World.Subscriptions.Cancel(subscription, "cancellation_requested");
        return request.Render(subscription);
    }

    private static JsonNode List(ApiRequest request)
    {
        var (store, p) = (request.World.Store, request.Params);
        var customer = p.Text("customer");
        var price = p.Text("price");
        var status = p.Choice("status", "active|past_due|unpaid|canceled|incomplete|incomplete_expired|trialing|paused|all|ended");
        p.Choice("collection_method", "charge_automatically");
        var clock = p.Text("test_clock");
        var inEnd = ApiList.Range(p, "current_period_end");
        var inStart = ApiList.Range(p, "current_period_start");
        var rows = customer is null ? store.Subscriptions.NewestFirst() : store.SubscriptionsByCustomer.NewestFirst(customer);
        return ApiList.Page(request, rows.Where(s => Matches(s, status)
            && (price is null || s.Items.Any(item => item.Price == price))
            && inEnd(s.PeriodEnd) && inStart(s.PeriodStart)
            && (clock is null || request.World.ClockOf(s.Customer) == clock)), "subscription");
    }

    private static bool Matches(Subscription s, string? status) => status switch
    {
        null => s.Status != "canceled",
        "all" => true,
        "ended" => s.Ended,
        _ => s.Status == status,
    };

    private static JsonNode ListItems(ApiRequest request)
    {
        var p = request.Params;
        p.RequiredText("subscription");
        var subscription = request.Named<Subscription>("subscription", "subscription")!;
        p.Integer("limit");
        p.Finish();
        var expand = request.Expand.Take("data") ?? Expansion.None;
        return ApiList.Nested("/v1/subscription_items", subscription.Items.Select(item => request.World.Render.Item(subscription, item, expand)));
    }
}
