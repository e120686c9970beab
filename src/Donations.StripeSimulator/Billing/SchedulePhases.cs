using System.Text.Json.Nodes;
using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Billing;

/// <summary>A phase as it was asked for: its inline prices are not made yet, and its end may follow from a duration.</summary>
internal sealed record PhaseDraft(SchedulePhase Phase, List<(PhaseItem Item, Price Price)> Inline, (string Interval, int Count)? Duration, int Iterations);

/// <summary>The phases of a schedule, and a schedule made of nothing else.</summary>
internal static class SchedulePhases
{
    private const int MaxPhases = 10;

    /// <summary>A schedule that makes its subscription when its first phase begins.</summary>
    public static JsonNode Create(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        p.RequiredText("customer");
        var customer = request.Named<Customer>("customer", "customer")!;
        var now = world.NowFor(customer.Id);
        var start = p.RequiredText("start_date") == "now" ? now : p.RequiredInteger("start_date");
        var schedule = new SubscriptionSchedule
        {
            Created = now,
            Customer = customer.Id,
            Status = "not_started",
            EndBehavior = p.Choice("end_behavior", "cancel|release") ?? "release",
            Metadata = MetadataRules.Merge(p, null),
        };
        var drafts = p.Hashes("phases").Select(phase => Read(request, phase)).ToList();
        p.Finish();
        if (drafts.Count == 0)
            throw StripeError.Missing("phases");
        if (start < now)
            throw StripeError.Invalid("This simulator starts schedules now or later.", "start_date");
        drafts[0].Phase.StartDate = start;
        var first = drafts[0].Phase.Items[0];
        Link(world, drafts, (drafts[0].Inline.FirstOrDefault(pair => pair.Item == first).Price ?? world.Store.Get<Price>(first.Price)).Currency);
        foreach (var (item, price) in drafts.SelectMany(draft => draft.Inline))
            item.Price = PriceEndpoints.Add(world, price).Id;
        schedule.Id = world.Ids.Next("sub_sched_");
        schedule.Phases = drafts.ConvertAll(draft => draft.Phase);
        world.Schedules.Create(schedule);
        return request.Render(schedule);
    }

    public static PhaseDraft Read(ApiRequest request, ApiParams p)
    {
        List<(PhaseItem, Price)> inline = [];
        var phase = new SchedulePhase
        {
            StartDate = p.Integer("start_date") ?? 0,
            EndDate = p.Integer("end_date") ?? 0,
            Metadata = MetadataRules.Merge(p, null),
            ProrationBehavior = p.Choice("proration_behavior", SubscriptionParams.Prorations) ?? "create_prorations",
            BillingCycleAnchor = p.Choice("billing_cycle_anchor", "automatic|phase_start"),
            DefaultPaymentMethod = request.Named<PaymentMethod>(p, "default_payment_method", "PaymentMethod")?.Id,
        };
        p.Choice("collection_method", "charge_automatically");
        p.Text("currency");
        foreach (var given in p.Hashes("items"))
        {
            var item = new PhaseItem { Quantity = given.Integer("quantity") ?? 1, Metadata = MetadataRules.Merge(given, null) };
            if (given.Hash("price_data") is { } data)
                inline.Add((item, PriceEndpoints.Inline(request, data)));
            else
                item.Price = request.Named<Price>(given, "price", "price")?.Id ?? throw StripeError.Missing(given.PathOf("price"));
            phase.Items.Add(item);
        }
        if (phase.Items.Count == 0)
            throw StripeError.Missing(p.PathOf("items"));
        var duration = p.Hash("duration");
        var length = duration is null ? ((string, int)?)null
            : (duration.Choice("interval", "day|week|month|year") ?? throw StripeError.Missing(duration.PathOf("interval")), (int)(duration.Integer("interval_count") ?? 1));
        // What durations were before they had that name: a number of billing intervals.
        var iterations = request.Legacy ? p.Integer("iterations") : null;
        if (length is not null && phase.EndDate != 0)
            throw StripeError.Invalid("You may only specify one of these parameters: end_date, duration.", p.PathOf("end_date"));
        return new PhaseDraft(phase, inline, length, (int)(iterations ?? 1));
    }

    /// <summary>Every phase begins where the one before it ends, and has an end.</summary>
    public static void Link(World world, List<PhaseDraft> drafts, string currency)
    {
        if (drafts.Count > MaxPhases)
            throw StripeError.Invalid($"A schedule can have up to {MaxPhases} phases.", "phases");
        for (var i = 0; i < drafts.Count; i++)
        {
            var phase = drafts[i].Phase;
            var start = i == 0 ? phase.StartDate : drafts[i - 1].Phase.EndDate;
            if (i > 0 && phase.StartDate is not 0 && phase.StartDate != start)
                throw StripeError.Invalid("A phase must start where the previous one ends.", $"phases[{i}][start_date]");
            phase.StartDate = start;
            var prices = phase.Items.Select(item => drafts[i].Inline.FirstOrDefault(pair => pair.Item == item).Price ?? world.Store.Get<Price>(item.Price));
            var (itsCurrency, interval, count) = SubscriptionParams.Common(prices);
            if (itsCurrency != currency)
                throw StripeError.Invalid($"The currency of a subscription cannot change: it is {currency}.", $"phases[{i}][items]");
            if (phase.EndDate == 0)
            {
                var length = drafts[i].Duration ?? (interval, count * drafts[i].Iterations);
                phase.EndDate = Periods.NextEnd(start, length.Item1, length.Item2, start);
            }
            if (phase.EndDate <= start)
                throw StripeError.Invalid("The end date of a phase must be in the future and after its start.", $"phases[{i}][end_date]");
        }
    }
}
