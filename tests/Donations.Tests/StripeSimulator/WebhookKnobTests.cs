using System.Net;
using System.Text.Json;
using Stripe;

namespace Donations.Tests.StripeSimulator;

public sealed class WebhookKnobTests
{
    private static CancellationToken Ct => Simulator.Ct;

    [Fact]
    public async Task Duplicates_come_twice_and_dropped_ones_never_though_the_event_is_there()
    {
        using var receiver = new WebhookReceiver();
        await using var sim = await StartAsync(receiver);
        await TurnAsync(sim, new() { ["duplicate"] = "1" });
        await sim.CustomerAsync();
        await sim.AdvanceAsync(TimeSpan.Zero);
        Assert.Equal(2, receiver.Ids.Count);
        Assert.Single(receiver.Ids.Distinct());
        Assert.Equal(0, (await sim.Stripe.V1.Events.GetAsync(receiver.Ids[0], null, null, Ct)).PendingWebhooks);

        await TurnAsync(sim, new() { ["duplicate"] = "0", ["drop"] = "1" });
        await sim.CustomerAsync();
        await sim.AdvanceAsync(TimeSpan.FromDays(3));
        Assert.Equal(2, receiver.Ids.Count);
        var lost = Assert.Single(await sim.Stripe.V1.Events.ListAsync(new() { DeliverySuccess = false, Type = "customer.created" }, null, Ct));
        Assert.DoesNotContain(lost.Id, receiver.Ids);
    }

    [Fact]
    public async Task Delays_wait_and_reordering_turns_a_batch_around()
    {
        using var receiver = new WebhookReceiver();
        await using var sim = await StartAsync(receiver);
        await TurnAsync(sim, new() { ["delay"] = "1", ["delay_seconds"] = "60" });
        await sim.CustomerAsync();
        await sim.AdvanceAsync(TimeSpan.FromSeconds(59));
        Assert.Empty(receiver.Ids);
        await sim.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Single(receiver.Ids);

        await TurnAsync(sim, new() { ["delay"] = "0", ["reorder"] = "1" });
        for (var i = 0; i < 4; i++)
            await sim.CustomerAsync();
        await sim.AdvanceAsync(TimeSpan.Zero);
        var written = (await sim.Stripe.V1.Events.ListAsync(new() { Type = "customer.created", Limit = 4 }, null, Ct)).Select(e => e.Id);
        Assert.Equal(written, receiver.Ids.Skip(1));
    }

    [Fact]
    public async Task Forgeries_bear_a_wrong_signature_and_a_receiver_that_takes_them_is_told_on()
    {
        using var receiver = new WebhookReceiver();
        await using var sim = await StartAsync(receiver);
        await TurnAsync(sim, new() { ["forge"] = "1", ["api_version"] = "2024-06-20" });
        await sim.CustomerAsync();
        await sim.AdvanceAsync(TimeSpan.Zero);
        Assert.Equal(2, receiver.Received.Count);
        var (forged, genuine) = (receiver.Received[0], receiver.Received[1]);
        var now = sim.Time.GetUtcNow().ToUnixTimeSeconds();
        Assert.Throws<StripeException>(() => EventUtility.ConstructEvent(forged.Body, forged.Signature, receiver.Secret, 300, now, false));
        var parsed = EventUtility.ConstructEvent(genuine.Body, genuine.Signature, receiver.Secret, 300, now, false);
        Assert.Equal("2024-06-20", parsed.ApiVersion);
        Assert.Throws<StripeException>(() => EventUtility.ConstructEvent(genuine.Body, genuine.Signature, receiver.Secret, 300, now, true));
        Assert.Equal(1, sim.Host.Engine.Webhooks.ForgeriesAccepted);
        using var reset = await sim.Raw.DeleteAsync("/_simulator/webhooks/knobs", Ct);
        await sim.CustomerAsync();
        await sim.AdvanceAsync(TimeSpan.Zero);
        Assert.Equal("2026-10-28.endive", EventUtility.ParseEvent(receiver.Received[^1].Body).ApiVersion);
    }

    [Fact]
    public async Task A_rolled_secret_signs_beside_the_old_one_until_that_expires()
    {
        using var receiver = new WebhookReceiver();
        await using var sim = await StartAsync(receiver);
        using var response = await sim.PostAsync($"/_simulator/webhooks/{receiver.Endpoint}/roll", new() { ["expire_seconds"] = "3600" });
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Ct));
        var secret = json.RootElement.GetProperty("secret").GetString()!;
        Assert.NotEqual(receiver.Secret, secret);
        await sim.CustomerAsync();
        await sim.AdvanceAsync(TimeSpan.FromSeconds(3600));
        await sim.CustomerAsync();
        await sim.AdvanceAsync(TimeSpan.Zero);
        var now = sim.Time.GetUtcNow().ToUnixTimeSeconds();
        var (during, after) = (receiver.Received[0], receiver.Received[1]);
        foreach (var valid in new[] { secret, receiver.Secret })
            EventUtility.ConstructEvent(during.Body, during.Signature, valid, 300, now);
        EventUtility.ConstructEvent(after.Body, after.Signature, secret, 300, now);
        Assert.Throws<StripeException>(() => EventUtility.ConstructEvent(after.Body, after.Signature, receiver.Secret, 300, now));
    }

    [Fact]
    public async Task One_change_can_be_two_events()
    {
        using var receiver = new WebhookReceiver();
        await using var sim = await StartAsync(receiver);
        await TurnAsync(sim, new() { ["double"] = "1" });
        var customer = await sim.CustomerAsync();
        await sim.AdvanceAsync(TimeSpan.Zero);
        Assert.Equal(2, receiver.Ids.Distinct().Count());
        Assert.All(receiver.Received, r => Assert.Equal(customer.Id, ((Customer)EventUtility.ParseEvent(r.Body).Data.Object).Id));
    }

    [Fact]
    public async Task The_same_seed_hits_the_same_events()
    {
        List<string> runs = [];
        foreach (var seed in new[] { "3", "3", "4" })
        {
            using var receiver = new WebhookReceiver();
            await using var sim = await StartAsync(receiver);
            await TurnAsync(sim, new() { ["seed"] = seed, ["drop"] = "0.3", ["duplicate"] = "0.3", ["reorder"] = "0.3", ["delay"] = "0.2" });
            for (var i = 0; i < 30; i++)
                await sim.CustomerAsync();
            await sim.AdvanceAsync(TimeSpan.FromHours(1));
            Assert.InRange(receiver.Ids.Distinct().Count(), 12, 28);
            runs.Add(string.Join(' ', receiver.Ids));
        }
        Assert.Equal(runs[0], runs[1]);
        Assert.NotEqual(runs[0], runs[2]);
    }

    private static async Task<Simulator> StartAsync(WebhookReceiver receiver)
    {
        var sim = await Simulator.StartAsync(o => o.WebhookHandler = receiver);
        var endpoint = await sim.Stripe.V1.WebhookEndpoints.CreateAsync(new() { Url = "https://receiver.test/hook", EnabledEvents = ["customer.created"] }, null, Ct);
        (receiver.Endpoint, receiver.Secret) = (endpoint.Id, endpoint.Secret);
        return sim;
    }

    private static async Task TurnAsync(Simulator sim, Dictionary<string, string> knobs)
    {
        using var response = await sim.PostAsync("/_simulator/webhooks/knobs", knobs);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private sealed class WebhookReceiver : HttpMessageHandler
    {
        public string Endpoint { get; set; } = "";

        public string Secret { get; set; } = "";

        public List<(string Body, string Signature)> Received { get; } = [];

        public List<string> Ids => Received.ConvertAll(r => EventUtility.ParseEvent(r.Body, false).Id);

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Received.Add((await request.Content!.ReadAsStringAsync(cancellationToken), request.Headers.GetValues("Stripe-Signature").Single()));
            return new HttpResponseMessage(HttpStatusCode.OK);
        }
    }
}
