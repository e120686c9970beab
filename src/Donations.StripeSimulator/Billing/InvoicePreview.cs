using System.Text.Json;
using System.Text.Json.Nodes;
using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Billing;

/// <summary>POST /v1/invoices/create_preview: the invoice that is to come, with changes that were not made. Nothing stays of it.</summary>
internal static class InvoicePreview
{
    public static JsonNode Handle(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var subscription = request.Named<Subscription>("subscription", "subscription");
        var customer = request.Named<Customer>("customer", "customer") ?? world.Store.Find<Customer>(subscription?.Customer)
            ?? throw StripeError.Missing("customer");
        if (subscription is not null && subscription.Customer != customer.Id)
            throw StripeError.NoSuch("subscription", subscription.Id, "subscription");
        p.Choice("preview_mode", "next");
        p.Hash("automatic_tax")?.Choice("enabled", "false");
        var currency = p.Has("currency") ? CommonParams.Currency(p) : null;
        var details = p.Hash("subscription_details");
        var changes = details is null ? [] : SubscriptionParams.Items(request, details);
        var now = world.NowFor(customer.Id);
        var timing = details is null ? null : ChangeTiming.Read(details, subscription ?? new Subscription { Status = "", PeriodEnd = long.MaxValue }, now);
        var cancelNow = details?.Flag("cancel_now") ?? false;
        var cancels = details?.Flag("cancel_at_period_end") ?? subscription?.CancelAtPeriodEnd ?? false;
        var added = p.Hashes("invoice_items").Select(item => InvoiceItemEndpoints.Describe(request, item, customer, bare: true)).ToList();
        p.Finish();

        List<Price> prices = [];
        try
        {
            var invoice = subscription is not null
                ? Of(world, subscription, changes, timing, cancelNow, cancels, added, Lend)
                : changes.Count > 0 ? OfNew(world, customer, changes, timing!, added, Lend) : OfItems(world, customer, currency, added);
            invoice.Id = world.Ids.Next("upcoming_in_");
            return request.Render(invoice);
        }
        finally
        {
            prices.ForEach(world.Store.Remove);
        }

        // Prices that were given inline exist for as long as it takes to show them.
        Price Lend(Price price)
        {
            price.Id = world.Ids.Next("price_");
            price.Created = now;
            prices.Add(price);
            return world.Store.Add(price);
        }
    }

    private static Invoice Of(
        World world, Subscription subscription, List<ItemChange> changes, ChangeTiming? timing, bool cancelNow, bool cancels, List<InvoiceItem> added, Func<Price, Price> lend)
    {
        if (subscription.Ended)
            throw None(subscription.Customer);
        var now = world.NowFor(subscription.Customer);
        var copy = JsonSerializer.Deserialize<Subscription>(JsonSerializer.Serialize(subscription))!;
        var before = Prorations.Copy(copy);
        var plan = ItemChanges.Plan(world, copy, changes);
        var restart = plan.Apply(world, copy, lend) || timing is { NewAnchor: true } || timing?.TrialEnd <= now;
        var prorates = timing is not null && timing.Behavior != "none" && copy.Status is not ("trialing" or "paused" or "incomplete");
        var waiting = world.Drafts.Pending(copy.Customer, copy.Currency, copy.Id);
        if (cancelNow)
        {
            var credits = prorates ? world.Prorations.Compute(copy, before, timing!.At, debits: false) : [];
            return NotEmpty(world.Drafts.Draft(copy, "upcoming", (now, now), [.. added, .. credits, .. waiting], withItems: false));
        }
        var prorations = prorates && (plan.Any || restart) ? world.Prorations.Compute(copy, before, timing!.At, debits: !restart) : [];
        prorations.Reverse();
        if (restart)
        {
            var price = world.Store.Get<Price>(copy.Items[0].Price);
            var elapsed = (copy.PeriodStart, now);
            (copy.Status, copy.PeriodStart, copy.PeriodEnd) = ("active", now, Periods.NextEnd(now, price.Interval!, price.IntervalCount, now));
            return world.Drafts.Draft(copy, "upcoming", elapsed, [.. added, .. prorations, .. waiting], withItems: true);
        }
        if (timing is { Behavior: "always_invoice" } && plan.Any)
            return world.Drafts.Draft(copy, "upcoming", (now, now), [.. prorations, .. waiting.Where(item => item.Subscription == copy.Id)], withItems: false);
        if (cancels)
            return NotEmpty(world.Drafts.Draft(copy, "upcoming", (copy.PeriodStart, copy.PeriodEnd), [.. added, .. prorations, .. waiting], withItems: false));
        if (copy.Status == "trialing")
            copy.PeriodEnd = copy.BillingCycleAnchor = timing?.TrialEnd ?? copy.PeriodEnd;
        return world.Drafts.Next(plan.Any ? copy : world.Schedules.Preview(copy), [.. added, .. prorations, .. waiting]);
    }

    /// <summary>The first invoice of a subscription that does not exist yet.</summary>
    private static Invoice OfNew(World world, Customer customer, List<ItemChange> items, ChangeTiming timing, List<InvoiceItem> added, Func<Price, Price> lend)
    {
        var now = world.NowFor(customer.Id);
        for (var i = 0; i < items.Count; i++)
        {
            if (items[i] is { PriceId: null, Inline: null })
                throw StripeError.Missing($"subscription_details[items][{i}][price]");
        }
        var (currency, interval, count) = SubscriptionParams.Common(items.Select(item => item.Inline ?? world.Store.Get<Price>(item.PriceId!)));
        var trial = timing.TrialEnd > now;
        var subscription = new Subscription
        {
            Customer = customer.Id,
            Currency = currency,
            Status = trial ? "trialing" : "active",
            PeriodStart = now,
            PeriodEnd = trial ? timing.TrialEnd!.Value : Periods.NextEnd(now, interval, count, now),
            Items = items.ConvertAll(item => ItemChanges.New(world, item, now, lend)),
        };
        var invoice = world.Drafts.Draft(subscription, "subscription_create", (now, now), [.. added, .. world.Drafts.Pending(customer.Id, currency, null)], withItems: true);
        (invoice.BillingReason, invoice.Subscription) = ("upcoming", null);
        return invoice;
    }

    private static Invoice OfItems(World world, Customer customer, string? currency, List<InvoiceItem> added)
    {
        var one = currency ?? added.FirstOrDefault()?.Currency ?? customer.Currency ?? "usd";
        return NotEmpty(world.Drafts.Draft(customer, one, "upcoming", [.. added, .. world.Drafts.Pending(customer.Id, one, null)]));
    }

    private static Invoice NotEmpty(Invoice invoice) => invoice.Lines.Count > 0 ? invoice : throw None(invoice.Customer);

    private static StripeError None(string customer) =>
        new(404, "invalid_request_error", $"No upcoming invoices for customer: {customer}") { Code = "invoice_upcoming_none" };
}
