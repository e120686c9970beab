using System.Text.Json.Nodes;
using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Payments;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Billing;

/// <summary>How invoices come to be: what their lines say and what they add up to.</summary>
internal sealed class InvoiceDrafts(World world)
{
    /// <summary>A draft for the subscription's current period, with what waits for an invoice.</summary>
    public Invoice Create(Subscription subscription, string reason, (long Start, long End) period) =>
        File(Draft(subscription, reason, period, Pending(subscription.Customer, subscription.Currency, subscription.Id), withItems: true));

    /// <summary>A draft of the subscription's prorations alone; null if none wait.</summary>
    public Invoice? CreateForChange(Subscription subscription)
    {
        var now = world.NowFor(subscription.Customer);
        var waiting = Pending(subscription.Customer, subscription.Currency, subscription.Id).Where(item => item.Subscription == subscription.Id).ToList();
        return waiting.Count == 0 ? null : File(Draft(subscription, "subscription_update", (now, now), waiting, withItems: false));
    }

    /// <summary>Adds a draft to the account; the items on it are taken.</summary>
    public Invoice File(Invoice invoice)
    {
        var customer = world.Store.Get<Customer>(invoice.Customer);
        invoice.Id = world.Ids.Next("in_");
        customer.Currency ??= invoice.Currency;
        world.Store.Touch(customer);
        world.Store.Add(invoice);
        foreach (var line in invoice.Lines)
            Take(line.InvoiceItem, invoice.Id);
        world.Events.Emit("invoice.created", invoice);
        return invoice;
    }

    /// <summary>Puts an item onto a draft that exists.</summary>
    public void Append(Invoice invoice, InvoiceItem item) => world.Events.Change("invoice.updated", invoice, () =>
    {
        invoice.Lines.Add(Line(item));
        invoice.Total = invoice.Lines.Sum(line => line.Amount);
        Take(item.Id, invoice.Id);
    });

    /// <summary>Takes an item off its draft again.</summary>
    public void Strike(Invoice invoice, InvoiceItem item) => world.Events.Change("invoice.updated", invoice, () =>
    {
        invoice.Lines.RemoveAll(line => line.InvoiceItem == item.Id);
        invoice.Total = invoice.Lines.Sum(line => line.Amount);
    });

    /// <summary>A draft that is gone lets its items wait for another invoice.</summary>
    public void Delete(Invoice invoice)
    {
        foreach (var line in invoice.Lines)
            Take(line.InvoiceItem, null);
        world.Store.Remove(invoice);
        world.Events.Emit("invoice.deleted", invoice);
    }

    /// <summary>The invoice that the next renewal will make, which exists only as an event.</summary>
    public void Announce(Subscription subscription)
    {
        JsonObject snapshot = world.Render.Snapshot(Next(subscription, Pending(subscription.Customer, subscription.Currency, subscription.Id)));
        snapshot.Remove("id");
        world.Events.Emit("invoice.upcoming", snapshot);
    }

    /// <summary>The next renewal's invoice with these items on it.</summary>
    public Invoice Next(Subscription subscription, IEnumerable<InvoiceItem> waiting)
    {
        var end = subscription.PeriodEnd;
        var price = world.Store.Get<Price>(subscription.Items[0].Price);
        var next = Periods.NextEnd(subscription.BillingCycleAnchor, price.Interval!, price.IntervalCount, end);
        var invoice = Draft(subscription, "upcoming", (subscription.PeriodStart, end), waiting, withItems: true);
        foreach (var line in invoice.Lines.Where(line => line.InvoiceItem is null))
            (line.PeriodStart, line.PeriodEnd) = (end, next);
        invoice.Created = end;
        invoice.NextPaymentAttempt = end + (long)world.Options.InvoiceDraftTime.TotalSeconds;
        return invoice;
    }

    /// <summary>An invoice with these items and, if asked for, those of the subscription, not yet part of the account.</summary>
    public Invoice Draft(Subscription subscription, string reason, (long Start, long End) period, IEnumerable<InvoiceItem> waiting, bool withItems)
    {
        var invoice = Empty(world.Store.Get<Customer>(subscription.Customer), subscription.Currency, reason, period);
        invoice.Subscription = subscription.Id;
        invoice.SubscriptionMetadata = subscription.Metadata;
        var trial = subscription.Status == "trialing" && reason != "upcoming";
        invoice.Lines = [.. waiting.Select(Line), .. withItems ? subscription.Items.Select(item => Line(subscription, item, trial)) : []];
        invoice.Total = invoice.Lines.Sum(line => line.Amount);
        return invoice;
    }

    /// <summary>An invoice of items alone.</summary>
    public Invoice Draft(Customer customer, string currency, string reason, IEnumerable<InvoiceItem> waiting)
    {
        var now = world.NowFor(customer.Id);
        var invoice = Empty(customer, currency, reason, (now, now));
        invoice.Lines = [.. waiting.Select(Line)];
        invoice.Total = invoice.Lines.Sum(line => line.Amount);
        return invoice;
    }

    /// <summary>What waits for an invoice of the customer's, newest first: items of this subscription and of none.</summary>
    public List<InvoiceItem> Pending(string customer, string currency, string? subscription) =>
        world.Store.InvoiceItemsByCustomer.NewestFirst(customer)
            .Where(item => item.Invoice is null && item.Currency == currency && (item.Subscription is null || item.Subscription == subscription)).ToList();

    /// <summary>What the balance adds to a total: credit pays, debt is asked for, a negative or tiny sum is kept for the next invoice.</summary>
    public static long BalanceFor(long total, long balance, string currency)
    {
        var due = total + balance;
        return due < Amounts.Minimum(currency) ? -total : balance;
    }

    private Invoice Empty(Customer customer, string currency, string reason, (long Start, long End) period) => new()
    {
        Created = world.NowFor(customer.Id),
        Customer = customer.Id,
        CustomerEmail = customer.Email,
        CustomerName = customer.Name,
        BillingReason = reason,
        Currency = currency,
        PeriodStart = period.Start,
        PeriodEnd = period.End,
    };

    private InvoiceLine Line(InvoiceItem item) => new()
    {
        Id = world.Ids.Next("il_"),
        Amount = item.Amount,
        Quantity = item.Quantity,
        Description = item.Description ?? "",
        Price = item.Price,
        SubscriptionItem = item.SubscriptionItem,
        InvoiceItem = item.Id,
        Proration = item.Proration,
        Credited = item.Credited,
        Metadata = item.Metadata,
        PeriodStart = item.PeriodStart,
        PeriodEnd = item.PeriodEnd,
    };

    private InvoiceLine Line(Subscription subscription, SubscriptionItem item, bool trial)
    {
        var price = world.Store.Get<Price>(item.Price);
        var name = world.Store.Get<Product>(price.Product).Name;
        return new InvoiceLine
        {
            Id = world.Ids.Next("il_"),
            Amount = trial ? 0 : price.UnitAmount * item.Quantity,
            Quantity = item.Quantity,
            Description = trial ? $"Trial period for {name}" : $"{item.Quantity} × {name}",
            Price = price.Id,
            SubscriptionItem = item.Id,
            Metadata = subscription.Metadata,
            PeriodStart = subscription.PeriodStart,
            PeriodEnd = subscription.PeriodEnd,
        };
    }

    private void Take(string? item, string? invoice)
    {
        if (world.Store.Find<InvoiceItem>(item) is not { } taken)
            return;
        taken.Invoice = invoice;
        world.Store.Touch(taken);
    }
}
