using System.Text.Json.Nodes;
using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Billing;

/// <summary>How invoices come to be: what their lines say and what they add up to.</summary>
internal sealed class InvoiceDrafts(World world)
{
    /// <summary>A draft for the subscription's current period.</summary>
    public Invoice Create(Subscription subscription, string reason, (long Start, long End) period)
    {
        var customer = world.Store.Get<Customer>(subscription.Customer);
        var invoice = Draft(subscription, customer, reason, period);
        invoice.Id = world.Ids.Next("in_");
        customer.Currency ??= subscription.Currency;
        world.Store.Touch(customer);
        world.Store.Add(invoice);
        world.Events.Emit("invoice.created", invoice);
        return invoice;
    }

    /// <summary>The invoice that the next renewal will make, which exists only as an event.</summary>
    public void Announce(Subscription subscription)
    {
        var end = subscription.PeriodEnd;
        var price = world.Store.Get<Price>(subscription.Items[0].Price);
        var next = Periods.NextEnd(subscription.BillingCycleAnchor, price.Interval!, price.IntervalCount, end);
        var invoice = Draft(subscription, world.Store.Get<Customer>(subscription.Customer), "upcoming", (subscription.PeriodStart, end));
        foreach (var line in invoice.Lines)
            (line.PeriodStart, line.PeriodEnd) = (end, next);
        invoice.Created = end;
        invoice.NextPaymentAttempt = end + (long)world.Options.InvoiceDraftTime.TotalSeconds;
        JsonObject snapshot = world.Render.Snapshot(invoice);
        snapshot.Remove("id");
        world.Events.Emit("invoice.upcoming", snapshot);
    }

    private Invoice Draft(Subscription subscription, Customer customer, string reason, (long Start, long End) period)
    {
        var lines = subscription.Items.Select(item => Line(subscription, item)).ToList();
        return new Invoice
        {
            Created = world.NowFor(customer.Id),
            Customer = customer.Id,
            CustomerEmail = customer.Email,
            CustomerName = customer.Name,
            Subscription = subscription.Id,
            SubscriptionMetadata = subscription.Metadata,
            BillingReason = reason,
            Currency = subscription.Currency,
            PeriodStart = period.Start,
            PeriodEnd = period.End,
            Lines = lines,
            Total = lines.Sum(line => line.Amount),
        };
    }

    private InvoiceLine Line(Subscription subscription, SubscriptionItem item)
    {
        var price = world.Store.Get<Price>(item.Price);
        return new InvoiceLine
        {
            Id = world.Ids.Next("il_"),
            Amount = price.UnitAmount * item.Quantity,
            Quantity = item.Quantity,
            Description = $"{item.Quantity} × {world.Store.Get<Product>(price.Product).Name}",
            Price = price.Id,
            SubscriptionItem = item.Id,
            PeriodStart = subscription.PeriodStart,
            PeriodEnd = subscription.PeriodEnd,
        };
    }
}
