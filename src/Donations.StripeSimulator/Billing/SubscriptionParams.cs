using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Billing;

/// <summary>One entry of a subscription's <c>items</c> parameter, read and checked.</summary>
internal sealed record ItemChange(string? Id, string? PriceId, Price? Inline, long? Quantity, bool Deleted, Dictionary<string, string>? Metadata, bool SetsMetadata);

/// <summary>Reads what creating and changing subscriptions have in common.</summary>
internal static class SubscriptionParams
{
    public const string Behaviors = "allow_incomplete|default_incomplete|error_if_incomplete|pending_if_incomplete";
    public const string Prorations = "create_prorations|none|always_invoice";
    public const string Feedback = "customer_service|low_quality|missing_features|other|switched_service|too_complex|too_expensive|unused";

    public static List<ItemChange> Items(ApiRequest request) => Items(request, request.Params);

    public static List<ItemChange> Items(ApiRequest request, ApiParams parameters)
    {
        List<ItemChange> items = [];
        foreach (var p in parameters.Hashes("items"))
        {
            var price = request.Named<Price>(p, "price", "price");
            var inline = p.Hash("price_data") is { } data ? PriceEndpoints.Inline(request, data) : null;
            if (price is { Interval: null })
                throw StripeError.Invalid($"The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.", p.PathOf("price"));
            if (price is not null && inline is not null)
                throw StripeError.Invalid("You may only specify one of these parameters: price, price_data.", p.PathOf("price"));
            var quantity = p.Integer("quantity");
            if (quantity < 0)
                throw StripeError.Invalid("Invalid non-negative integer", p.PathOf("quantity"), "parameter_invalid_integer");
            p.Accept("tax_rates", "discounts");
            items.Add(new(p.Text("id"), price?.Id, inline, quantity, p.Flag("deleted") ?? false, MetadataRules.Merge(p, null), p.Has("metadata")));
        }
        return items;
    }

    /// <summary>All of a subscription's items share currency and interval.</summary>
    public static (string Currency, string Interval, int Count) Common(IEnumerable<Price> prices)
    {
        var distinct = prices.Select(price => (price.Currency, price.Interval!, price.IntervalCount)).Distinct().ToList();
        return distinct.Count == 1
            ? distinct[0]
            : throw StripeError.Invalid("Currency and Interval fields must match across all plans on this subscription.", "items");
    }

    public static CancellationDetails? Cancellation(ApiParams p, CancellationDetails? current)
    {
        if (p.Hash("cancellation_details") is not { } details)
            return current;
        return new CancellationDetails
        {
            Comment = details.TextOr("comment", current?.Comment),
            Feedback = details.Has("feedback") ? details.Choice("feedback", Feedback) : current?.Feedback,
            Reason = current?.Reason,
        };
    }

    public static PauseCollection? Pause(ApiParams p, PauseCollection? current)
    {
        if (!p.Has("pause_collection"))
            return current;
        if (p.Hash("pause_collection") is not { } pause)
            return null;
        return new PauseCollection
        {
            Behavior = pause.Choice("behavior", "keep_as_draft|mark_uncollectible|void") ?? throw StripeError.Missing("pause_collection[behavior]"),
            ResumesAt = pause.Integer("resumes_at"),
        };
    }

    /// <summary>Settings of the payment; the types are kept, cards are all there is.</summary>
    public static void PaymentSettings(ApiParams p, Subscription subscription)
    {
        if (p.Hash("payment_settings") is not { } settings)
            return;
        subscription.SaveDefaultPaymentMethod = settings.Choice("save_default_payment_method", "off|on_subscription") ?? subscription.SaveDefaultPaymentMethod;
        subscription.PaymentMethodTypes = settings.Texts("payment_method_types")?.ToList() ?? subscription.PaymentMethodTypes;
        settings.Accept("payment_method_options");
    }

    public static string? TrialEndBehavior(ApiParams p) =>
        p.Hash("trial_settings")?.Hash("end_behavior")?.Choice("missing_payment_method", "cancel|create_invoice|pause");

    /// <summary>A card that belongs to the customer.</summary>
    public static string? DefaultMethod(ApiRequest request, string? customer)
    {
        if (request.Params.Text("default_payment_method") is not { } id)
            return null;
        if (request.World.Store.Find<PaymentMethod>(id)?.Customer != customer)
        {
            throw StripeError.Invalid(
                $"The customer does not have a payment method with the ID {id}. The payment method must be attached to the customer.", "default_payment_method", "resource_missing");
        }
        return id;
    }
}
