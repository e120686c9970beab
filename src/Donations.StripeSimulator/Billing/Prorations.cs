using System.Globalization;
using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Billing;

/// <summary>What a change in the middle of a period costs and gives back, to the second.</summary>
internal sealed class Prorations(World world)
{
    /// <summary>Credits for what was charged and debits for what is there now, over the rest of the period. Nothing is stored.</summary>
    /// <param name="subscription">As it is after the change, with the period in which it happened.</param>
    /// <param name="before">Its items before the change.</param>
    /// <param name="at">When the change counts from.</param>
    /// <param name="debits">False where what is there now is charged in full by itself.</param>
    public List<InvoiceItem> Compute(Subscription subscription, IReadOnlyList<SubscriptionItem> before, long at, bool debits)
    {
        List<InvoiceItem> made = [];
        foreach (var old in before)
        {
            var now = subscription.Items.Find(item => item.Id == old.Id);
            if (debits && now is not null && (now.Price, now.Quantity) == (old.Price, old.Quantity))
                continue;
            var billed = Billed(subscription, old);
            if (Share(subscription, billed, at) is var credit and not 0)
                made.Add(Item(subscription, old, billed, at, -credit, LastDebit(subscription, old)));
        }
        foreach (var item in debits ? subscription.Items : [])
        {
            if (before.FirstOrDefault(old => old.Id == item.Id) is { } old && (old.Price, old.Quantity) == (item.Price, item.Quantity))
                continue;
            var asked = new Billed(item.Price, item.Quantity);
            if (Share(subscription, asked, at) is var debit and not 0)
                made.Add(Item(subscription, item, asked, at, debit, null));
        }
        return made;
    }

    /// <summary>Keeps prorations until an invoice takes them.</summary>
    public void Add(IEnumerable<InvoiceItem> items)
    {
        foreach (var item in items)
        {
            world.Store.Add(item);
            world.Events.Emit("invoiceitem.created", item);
        }
    }

    /// <summary>Remembers what the period was charged for where a change is not prorated, and forgets it where it is.</summary>
    public static void Remember(Subscription subscription, IReadOnlyList<SubscriptionItem> before, bool prorated)
    {
        foreach (var item in subscription.Items)
        {
            var old = before.FirstOrDefault(old => old.Id == item.Id);
            if (old is not null && (old.Price, old.Quantity) == (item.Price, item.Quantity))
                continue;
            item.Billed = prorated ? null : old is null ? new Billed(item.Price, 0) : old.Billed ?? new Billed(old.Price, old.Quantity);
        }
    }

    /// <summary>A copy of the items that later changes do not reach.</summary>
    public static List<SubscriptionItem> Copy(Subscription subscription) => subscription.Items.ConvertAll(item => new SubscriptionItem
    {
        Id = item.Id,
        Created = item.Created,
        Price = item.Price,
        Quantity = item.Quantity,
        Metadata = item.Metadata,
        Billed = item.Billed,
    });

    /// <summary>Flexible billing gives back what was charged, classic billing what the current price would have been.</summary>
    private static Billed Billed(Subscription subscription, SubscriptionItem item) =>
        (subscription.BillingMode == "flexible" ? item.Billed : null) ?? new Billed(item.Price, item.Quantity);

    private long Share(Subscription subscription, Billed billed, long at)
    {
        var full = (decimal)world.Store.Get<Price>(billed.Price).UnitAmount * billed.Quantity;
        var rest = full * (subscription.PeriodEnd - at) / (subscription.PeriodEnd - subscription.PeriodStart);
        return (long)Math.Round(rest, MidpointRounding.AwayFromZero);
    }

    private InvoiceItem Item(Subscription subscription, SubscriptionItem item, Billed billed, long at, long amount, CreditedItems? credited)
    {
        var name = world.Store.Get<Product>(world.Store.Get<Price>(billed.Price).Product).Name;
        var what = billed.Quantity == 1 ? name : $"{billed.Quantity} × {name}";
        var date = DateTimeOffset.FromUnixTimeSeconds(at).ToString("d MMM yyyy", CultureInfo.InvariantCulture);
        return new InvoiceItem
        {
            Id = world.Ids.Next("ii_"),
            Created = world.NowFor(subscription.Customer),
            Customer = subscription.Customer,
            Currency = subscription.Currency,
            Amount = amount,
            Quantity = billed.Quantity,
            Description = $"{(amount < 0 ? "Unused" : "Remaining")} time on {what} after {date}",
            Discountable = false,
            Metadata = subscription.Metadata,
            Price = billed.Price,
            Subscription = subscription.Id,
            SubscriptionItem = item.Id,
            Proration = true,
            Credited = credited,
            PeriodStart = at,
            PeriodEnd = subscription.PeriodEnd,
        };
    }

    /// <summary>The line that charged the item last in this period.</summary>
    private CreditedItems? LastDebit(Subscription subscription, SubscriptionItem item)
    {
        foreach (var invoice in world.Store.InvoicesBySubscription.NewestFirst(subscription.Id))
        {
            if (invoice.Lines.Find(line => line.SubscriptionItem == item.Id && line.Amount > 0 && line.PeriodEnd == subscription.PeriodEnd) is { } line)
                return new CreditedItems(invoice.Id, [line.Id]);
        }
        return null;
    }
}
