using System.Text.Json.Nodes;
using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Http;
using Donations.StripeSimulator.Resources;

namespace Donations.StripeSimulator.Billing;

/// <summary>Subscription schedules, made from a subscription that exists or to make one.</summary>
internal static class ScheduleEndpoints
{
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
        if (!p.Has("from_subscription"))
            return SchedulePhases.Create(request);
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
        var drafts = p.Hashes("phases").Select(phase => SchedulePhases.Read(request, phase)).ToList();
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

    /// <summary>Every phase begins where the one before it ends, the one under way unchanged.</summary>
    private static void Chain(World world, SubscriptionSchedule schedule, List<PhaseDraft> drafts, long now)
    {
        if (drafts.Count == 0)
            return;
        if (schedule.Status == "not_started")
            throw StripeError.Invalid("This simulator does not change the phases of a schedule that has not begun.", "phases");
        var current = schedule.Phases[schedule.Current];
        var running = drafts.FindIndex(draft => draft.Phase.StartDate == current.StartDate);
        if (running < 0)
            throw StripeError.Invalid("The phases must include the current phase, with its `start_date`.", "phases");
        if (drafts[running].Inline.Count > 0 || !drafts[running].Phase.Items.Select(i => (i.Price, i.Quantity)).SequenceEqual(current.Items.Select(i => (i.Price, i.Quantity))))
            throw StripeError.Invalid("This simulator does not change the current phase: repeat its items as they are.", $"phases[{running}][items]");
        SchedulePhases.Link(world, drafts, world.Store.Get<Price>(current.Items[0].Price).Currency);
        for (var i = running; i < drafts.Count; i++)
        {
            if (drafts[i].Phase.EndDate <= now)
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
        var subscription = world.Store.Find<Subscription>(schedule.Subscription);
        var before = subscription is null ? null : world.Render.Snapshot(subscription);
        world.Schedules.Release(schedule);
        if (subscription is not null)
            world.Events.EmitChange("customer.subscription.updated", subscription, before!);
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
        if (schedule.Status is not ("active" or "not_started"))
            throw StripeError.State($"You cannot {verb} a subscription schedule that is currently in the `{schedule.Status}` status.");
    }

    private static SubscriptionSchedule Target(ApiRequest request) => request.Target<SubscriptionSchedule>("subscription schedule");
}
