using System.Collections.Concurrent;
using System.Net;
using Stripe;

namespace Donations.Tests.StripeSimulator;

public sealed class WebhookTests
{
    private static CancellationToken Ct => Simulator.Ct;

    [Fact]
    public async Task Deliveries_are_signed_so_that_the_official_client_accepts_them()
    {
        using var receiver = new Receiver();
        await using var sim = await Simulator.StartAsync(o => o.WebhookHandler = receiver);
        var endpoint = await sim.Stripe.V1.WebhookEndpoints.CreateAsync(
            new() { Url = "https://receiver.test/hook", EnabledEvents = ["charge.succeeded", "charge.updated"], ApiVersion = "2026-10-28.endive" }, null, Ct);
        Assert.StartsWith("whsec_", endpoint.Secret, StringComparison.Ordinal);
        Assert.Null((await sim.Stripe.V1.WebhookEndpoints.GetAsync(endpoint.Id, null, null, Ct)).Secret);
        await sim.AdvanceAsync(TimeSpan.FromDays(400));

        await sim.PayAsync();
        await sim.Host.Engine.DeliverDueWebhooksAsync(Ct);
        var (body, signature) = Assert.Single(receiver.Received);
        var now = sim.Time.GetUtcNow().ToUnixTimeSeconds();
        var parsed = EventUtility.ConstructEvent(body, signature, endpoint.Secret, 300, now);
        Assert.Equal(("charge.succeeded", "2026-10-28.endive", 1L), (parsed.Type, parsed.ApiVersion, parsed.PendingWebhooks));
        Assert.Null(((Charge)parsed.Data.Object).BalanceTransactionId);
        Assert.Contains(",v0=", signature, StringComparison.Ordinal);
        // Signed with the real time, while the event was created in the simulated one.
        Assert.Equal(Simulator.Start.AddDays(400).UtcDateTime, parsed.Created);
        Assert.Throws<StripeException>(() => EventUtility.ConstructEvent(body, signature, "whsec_other", 300, now));
        Assert.Throws<StripeException>(() => EventUtility.ConstructEvent(body + " ", signature, endpoint.Secret, 300, now));

        await sim.AdvanceAsync(TimeSpan.Zero);
        var updated = EventUtility.ParseEvent(receiver.Received.Last().Body);
        Assert.Equal("charge.updated", updated.Type);
        Assert.NotNull(((Charge)updated.Data.Object).BalanceTransactionId);
        var previous = Assert.IsType<System.Text.Json.JsonElement>(System.Text.Json.JsonDocument.Parse(receiver.Received.Last().Body).RootElement.GetProperty("data").GetProperty("previous_attributes"));
        Assert.Equal("balance_transaction", Assert.Single(previous.EnumerateObject()).Name);
        Assert.Equal(0, (await sim.Stripe.V1.Events.GetAsync(updated.Id, null, null, Ct)).PendingWebhooks);
    }

    [Fact]
    public async Task A_refused_delivery_is_tried_again_and_shows_as_undelivered_until_then()
    {
        using var receiver = new Receiver { Status = HttpStatusCode.InternalServerError };
        await using var sim = await Simulator.StartAsync(o => o.WebhookHandler = receiver);
        await sim.Stripe.V1.WebhookEndpoints.CreateAsync(new() { Url = "https://receiver.test/hook", EnabledEvents = ["customer.created"] }, null, Ct);
        await sim.CustomerAsync();
        await sim.AdvanceAsync(TimeSpan.Zero);
        Assert.Single(receiver.Received);
        Assert.Single(await sim.Stripe.V1.Events.ListAsync(new() { DeliverySuccess = false }, null, Ct));

        await sim.AdvanceAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(2, receiver.Received.Count);
        receiver.Status = HttpStatusCode.OK;
        await sim.AdvanceAsync(TimeSpan.FromMinutes(1));
        await sim.AdvanceAsync(TimeSpan.FromDays(2));
        Assert.Equal(3, receiver.Received.Count);
        Assert.Single(receiver.Received.Select(r => EventUtility.ParseEvent(r.Body).Id).Distinct());
        Assert.Empty(await sim.Stripe.V1.Events.ListAsync(new() { DeliverySuccess = false }, null, Ct));
    }

    [Fact]
    public async Task Events_on_the_way_reach_the_receiver_before_time_moves_on()
    {
        using var receiver = new Receiver();
        await using var sim = await Simulator.StartAsync(o => o.WebhookHandler = receiver);
        await sim.Stripe.V1.WebhookEndpoints.CreateAsync(new() { Url = "https://receiver.test/hook", EnabledEvents = ["invoice.upcoming"] }, null, Ct);
        var subscription = await sim.ActiveAsync();
        // The receiver pauses the pledge when it hears of the coming invoice: the renewal must already see the pause.
        receiver.OnReceive = () => sim.Stripe.V1.Subscriptions.UpdateAsync(subscription.Id, new() { PauseCollection = new() { Behavior = "void" } }, null, Ct);
        await sim.AdvanceAsync(TimeSpan.FromDays(29));
        Assert.Equal(["void", "paid"], (await sim.InvoicesAsync(subscription.Id)).Select(i => i.Status));
    }

    [Fact]
    public async Task The_background_tick_delivers_without_being_asked()
    {
        using var receiver = new Receiver();
        await using var sim = await Simulator.StartAsync(o => (o.WebhookHandler, o.BackgroundTick) = (receiver, true));
        await sim.Stripe.V1.WebhookEndpoints.CreateAsync(new() { Url = "https://receiver.test/hook", EnabledEvents = ["customer.created"] }, null, Ct);
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        receiver.OnReceive = () =>
        {
            arrived.TrySetResult();
            return Task.CompletedTask;
        };
        await sim.CustomerAsync();
        Assert.Empty(receiver.Received);
        sim.Time.Advance(TimeSpan.FromMilliseconds(200));
        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(30), Ct);
        Assert.Single(receiver.Received);
    }

    [Fact]
    public async Task Events_are_kept_for_thirty_days()
    {
        await using var sim = await Simulator.StartAsync(o => o.AutomaticPayouts = false);
        await sim.CustomerAsync();
        var kept = Assert.Single(await sim.Stripe.V1.Events.ListAsync(null, null, Ct));
        await sim.AdvanceAsync(TimeSpan.FromDays(30));
        Assert.Equal(kept.Id, (await sim.Stripe.V1.Events.GetAsync(kept.Id, null, null, Ct)).Id);
        await sim.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Empty(await sim.Stripe.V1.Events.ListAsync(null, null, Ct));
    }

    /// <summary>Stands for the network and whoever listens behind it.</summary>
    private sealed class Receiver : HttpMessageHandler
    {
        public ConcurrentQueue<(string Body, string Signature)> Received { get; } = new();

        public HttpStatusCode Status { get; set; } = HttpStatusCode.OK;

        public Func<Task>? OnReceive { get; set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Received.Enqueue((await request.Content!.ReadAsStringAsync(cancellationToken), request.Headers.GetValues("Stripe-Signature").Single()));
            if (OnReceive is not null)
                await OnReceive();
            return new HttpResponseMessage(Status);
        }
    }
}
