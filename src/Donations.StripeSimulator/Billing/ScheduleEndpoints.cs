using System.Text.Json.Nodes;
using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Billing;

/// <summary>Subscription schedules, made from a subscription that exists.</summary>
internal static class ScheduleEndpoints
{
    private const int MaxPhases = 10;

    public static void Map(ApiRouter router)
    {
        router.Post("/v1/subscription_schedules", Create);
        router.Get("/v1/subscription_schedules", List);
        router.Get("/v1/subscription_schedules/*", Read);
        router.Post("/v1/subscription_schedules/*", Update);
        router.Post("/v1/subscription_schedules/*/release", Release);
        router.Post("/v1/subscription_schedules/*/cancel", Cancel);
    }

    private static JsonNode Create(ApiRequest request)
    {
        var p = request.Params;
        p.RequiredText("from_subscription");
        var subscription = request.Named<Subscription>("from_subscription", "subscription")!;
        var metadata = MetadataRules.Merge(p, null);
        p.Finish();
        if (subscription.Schedule is not null)
            throw StripeError.State($"You cannot migrate a subscription that is already attached to a schedule: `{subscription.Schedule}`.");
        if (subscription.Ended || subscription.Status == "incomplete")
            throw StripeError.State($"You cannot migrate a subscription that is in the `{subscription.Status}` status.");
        return request.Render(request.World.Schedules.Create(subscription, metadata));
    }

    private static JsonNode Read(ApiRequest request)
    {
        request.Params.Finish();
        return request.Render(Target(request));
    }

    private static JsonNode List(ApiRequest request)
    {
        var (store, p) = (request.World.Store, request.Params);
        var customer = p.Text("customer");
        var scheduled = p.Flag("scheduled");
        var (canceled, completed, released) = (ApiList.Range(p, "canceled_at"), ApiList.Range(p, "completed_at"), ApiList.Range(p, "released_at"));
        var rows = store.SubscriptionSchedules.NewestFirst().Where(s => (customer is null || s.Customer == customer) && (scheduled is not true || s.Status == "not_started"));
        if (p.Has("canceled_at"))
            rows = rows.Where(s => s.CanceledAt is { } at && canceled(at));
        if (p.Has("completed_at"))
            rows = rows.Where(s => s.CompletedAt is { } at && completed(at));
        if (p.Has("released_at"))
            rows = rows.Where(s => s.ReleasedAt is { } at && released(at));
        return ApiList.Page(request, rows, "subscription schedule");
    }

    private static JsonNode Update(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var schedule = Target(request);
        var metadata = MetadataRules.Merge(p, schedule.Metadata);
        var end = p.Choice("end_behavior", "cancel|release") ?? schedule.EndBehavior;
        p.Choice("proration_behavior", SubscriptionParams.Prorations);
        var drafts = p.Hashes("phases").Select(phase => ReadPhase(request, phase)).ToList();
        p.Finish();
        RequireActive(schedule, "update");
        var now = world.NowFor(schedule.Customer);
        Chain(world, schedule, drafts, now);

        world.Events.Change("subscription_schedule.updated", schedule, () =>
        {
            (schedule.Metadata, schedule.EndBehavior) = (metadata, end);
            if (drafts.Count == 0)
                return;
            foreach (var (item, price) in drafts.SelectMany(draft => draft.Inline))
                item.Price = PriceEndpoints.Add(world, price).Id;
            schedule.Phases = drafts.ConvertAll(draft => draft.Phase);
            schedule.Current = schedule.Phases.FindIndex(phase => phase.EndDate > now);
        });
        world.Schedules.ScheduleEnds(schedule);
        return request.Render(schedule);
    }

    private sealed record Draft(SchedulePhase Phase, List<(PhaseItem Item, Price Price)> Inline, (string Interval, int Count)? Duration);

    private static Draft ReadPhase(ApiRequest request, ApiParams p)
    {
        List<(PhaseItem, Price)> inline = [];
        var phase = new SchedulePhase
        {
            StartDate = p.Integer("start_date") ?? 0,
            EndDate = p.Integer("end_date") ?? 0,
            Metadata = MetadataRules.Merge(p, null),
            ProrationBehavior = p.Choice("proration_behavior", SubscriptionParams.Prorations) ?? "create_prorations",
            BillingCycleAnchor = p.Choice("billing_cycle_anchor", "automatic|phase_start"),
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
        if (length is not null && phase.EndDate != 0)
            throw StripeError.Invalid("You may only specify one of these parameters: end_date, duration.", p.PathOf("end_date"));
        return new Draft(phase, inline, length);
    }

    /// <summary>Every phase begins where the one before it ends, the one under way unchanged.</summary>
    private static void Chain(World world, SubscriptionSchedule schedule, List<Draft> drafts, long now)
    {
        if (drafts.Count == 0)
            return;
        if (drafts.Count > MaxPhases)
            throw StripeError.Invalid($"A schedule can have up to {MaxPhases} phases.", "phases");
        var current = schedule.Phases[schedule.Current];
        var running = drafts.FindIndex(draft => draft.Phase.StartDate == current.StartDate);
        if (running < 0)
            throw StripeError.Invalid("The phases must include the current phase, with its `start_date`.", "phases");
        if (drafts[running].Inline.Count > 0 || !drafts[running].Phase.Items.Select(i => (i.Price, i.Quantity)).SequenceEqual(current.Items.Select(i => (i.Price, i.Quantity))))
            throw StripeError.Invalid("This simulator does not change the current phase: repeat its items as they are.", $"phases[{running}][items]");
        var currency = world.Store.Get<Price>(current.Items[0].Price).Currency;
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
                var length = drafts[i].Duration ?? (interval, count);
                phase.EndDate = Periods.NextEnd(start, length.Item1, length.Item2, start);
            }
            if (phase.EndDate <= start || (i == running && phase.EndDate <= now))
                throw StripeError.Invalid("The end date of a phase must be in the future and after its start.", $"phases[{i}][end_date]");
        }
    }

    private static JsonNode Release(ApiRequest request)
    {
        var world = request.World;
        var schedule = Target(request);
        request.Params.Flag("preserve_cancel_date");
        request.Params.Finish();
        RequireActive(schedule, "release");
        var subscription = world.Store.Get<Subscription>(schedule.Subscription!);
        var before = world.Render.Snapshot(subscription);
        world.Schedules.Release(schedule);
        world.Events.EmitChange("customer.subscription.updated", subscription, before);
        return request.Render(schedule);
    }

    private static JsonNode Cancel(ApiRequest request)
    {
        var p = request.Params;
        var schedule = Target(request);
        // Cancelling settles accounts by default at Stripe; here there is nothing to settle.
        p.Flag("invoice_now");
        p.Flag("prorate");
        p.Finish();
        RequireActive(schedule, "cancel");
        request.World.Schedules.Cancel(schedule);
        return request.Render(schedule);
    }

    private static void RequireActive(SubscriptionSchedule schedule, string verb)
    {
        if (schedule.Status != "active")
            throw StripeError.State($"You cannot {verb} a subscription schedule that is currently in the `{schedule.Status}` status.");
    }

    private static SubscriptionSchedule Target(ApiRequest request) => request.Target<SubscriptionSchedule>("subscription schedule");
}
