using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Billing;

/// <summary>Changes of a subscription's items, checked against each other before any of them is made.</summary>
internal sealed class ItemChanges
{
    private readonly List<(SubscriptionItem? Item, ItemChange Change)> _changes = [];

    private ItemChanges()
    {
    }

    public bool Any => _changes.Count > 0;

    public static ItemChanges Plan(World world, Subscription subscription, List<ItemChange> items)
    {
        var plan = new ItemChanges();
        var prices = subscription.Items.ToDictionary(item => item.Id, item => world.Store.Get<Price>(item.Price), StringComparer.Ordinal);
        for (var i = 0; i < items.Count; i++)
        {
            var change = items[i];
            var item = change.Id is null ? null : subscription.Items.Find(item => item.Id == change.Id) ?? throw StripeError.NoSuch("subscription_item", change.Id, $"items[{i}][id]");
            var price = change.Inline ?? world.Store.Find<Price>(change.PriceId);
            if (item is null && price is null)
                throw StripeError.Missing($"items[{i}][price]");
            if (change.Deleted)
                prices.Remove(item?.Id ?? "");
            else
                prices[item?.Id ?? $"new{i}"] = price ?? prices[item!.Id];
            plan._changes.Add((item, change));
        }
        if (prices.Count == 0)
            throw StripeError.Invalid("A subscription must have at least one active plan.", "items");
        var (currency, _, _) = SubscriptionParams.Common(prices.Values);
        if (currency != subscription.Currency)
            throw StripeError.Invalid($"The currency of a subscription cannot change: it is {subscription.Currency}.", "items");
        return plan;
    }

    /// <summary>Makes the changes. True when the interval changed, which begins a new period.</summary>
    /// <param name="world">The account.</param>
    /// <param name="subscription">What is changed.</param>
    /// <param name="addPrice">Adds a price that was given inline.</param>
    public bool Apply(World world, Subscription subscription, Func<Price, Price> addPrice)
    {
        var before = IntervalOf(world, subscription);
        foreach (var (item, change) in _changes)
        {
            if (change.Deleted)
            {
                subscription.Items.Remove(item!);
                continue;
            }
            if (item is null)
            {
                subscription.Items.Add(New(world, change, world.NowFor(subscription.Customer), addPrice));
                continue;
            }
            item.Price = change.PriceId ?? (change.Inline is null ? item.Price : addPrice(change.Inline).Id);
            item.Quantity = change.Quantity ?? item.Quantity;
            item.Metadata = change.SetsMetadata ? change.Metadata : item.Metadata;
        }
        return IntervalOf(world, subscription) != before;
    }

    public static SubscriptionItem New(World world, ItemChange change, long now, Func<Price, Price> addPrice) => new()
    {
        Id = world.Ids.Next("si_", 14),
        Created = now,
        Price = change.PriceId ?? addPrice(change.Inline!).Id,
        Quantity = change.Quantity ?? 1,
        Metadata = change.Metadata,
    };

    private static (string?, int) IntervalOf(World world, Subscription subscription)
    {
        var price = world.Store.Get<Price>(subscription.Items[0].Price);
        return (price.Interval, price.IntervalCount);
    }
}
