using System.Text.Json.Nodes;
using Donations.StripeSimulator.Core;
using Donations.StripeSimulator.Http;

namespace Donations.StripeSimulator.Resources;

internal static class TestClockEndpoints
{
    private const long MaxAdvanceWithoutSubscription = 2 * 366 * 86400L;

    public static void Map(ApiRouter router)
    {
        router.Post("/v1/test_helpers/test_clocks", Create);
        router.Get("/v1/test_helpers/test_clocks", request => ApiList.Page(request, request.World.Store.TestClocks.NewestFirst(), "test clock"));
        router.Get("/v1/test_helpers/test_clocks/*", Read);
        router.Post("/v1/test_helpers/test_clocks/*/advance", Advance);
        router.Delete("/v1/test_helpers/test_clocks/*", Delete);
    }

    private static JsonNode Create(ApiRequest request)
    {
        var (world, p) = (request.World, request.Params);
        var clock = new TestClock
        {
            FrozenTime = p.RequiredInteger("frozen_time"),
            Name = p.Text("name"),
            Created = world.Now,
            DeletesAfter = world.Now + TestClock.Lifetime,
        };
        p.Finish();
        clock.Id = world.Ids.Next("clock_");
        world.Store.Add(clock);
        world.Events.Emit("test_helpers.test_clock.created", clock);
        return request.Render(clock);
    }

    private static JsonNode Read(ApiRequest request)
    {
        request.Params.Finish();
        return request.Render(request.Target<TestClock>("test clock"));
    }

    /// <summary>Only names the target: the engine moves the clock with its next step, as Stripe does it in the background.</summary>
    private static JsonNode Advance(ApiRequest request)
    {
        var world = request.World;
        var clock = request.Target<TestClock>("test clock");
        var target = request.Params.RequiredInteger("frozen_time");
        request.Params.Finish();
        if (clock.Target is not null)
            throw StripeError.State("Test clock advancement underway - cannot perform modifications.", "test_clock_advancing");
        if (target <= clock.FrozenTime)
            throw StripeError.Invalid($"The `frozen_time` must be later than the current frozen time ({clock.FrozenTime}).", "frozen_time");
        if (target > Limit(world, clock))
            throw StripeError.Invalid("You can only advance a test clock by up to two intervals of its shortest subscription, or two years without one.", "frozen_time");
        clock.Target = target;
        world.Store.Touch(clock);
        world.Events.Emit("test_helpers.test_clock.advancing", clock);
        world.Schedule(JobKind.AdvanceTestClock, clock.Id, world.Now);
        return request.Render(clock);
    }

    private static JsonNode Delete(ApiRequest request)
    {
        var world = request.World;
        var clock = request.Target<TestClock>("test clock");
        request.Params.Finish();
        world.Events.Emit("test_helpers.test_clock.deleted", clock);
        foreach (var customer in world.Store.CustomersByTestClock[clock.Id].ToList())
        {
            foreach (var subscription in world.Store.SubscriptionsByCustomer[customer.Id].ToList())
                world.Subscriptions.Cancel(subscription, reason: null);
            customer.Deleted = true;
            world.Store.Touch(customer);
        }
        while (world.Store.Jobs.Peek(clock.Id) is { } job)
            world.Store.Remove(job);
        world.Store.Remove(clock);
        return new JsonObject { ["id"] = clock.Id, ["object"] = "test_helpers.test_clock", ["deleted"] = true };
    }

    private static long Limit(World world, TestClock clock)
    {
        var lengths = world.Store.CustomersByTestClock[clock.Id]
            .SelectMany(customer => world.Store.SubscriptionsByCustomer[customer.Id])
            .Where(s => !s.Ended)
            .Select(s => s.PeriodEnd - s.PeriodStart)
            .ToList();
        return clock.FrozenTime + (lengths.Count == 0 ? MaxAdvanceWithoutSubscription : 2 * (lengths.Min() + (3 * 86400)));
    }
}
