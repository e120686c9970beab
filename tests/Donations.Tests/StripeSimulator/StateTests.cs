using Stripe;

namespace Donations.Tests.StripeSimulator;

public sealed class StateTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("simulator").FullName;

    private static CancellationToken Ct => Simulator.Ct;

    private string StatePath => Path.Combine(_directory, "stripe.db");

    [Fact]
    public async Task Everything_survives_a_restart()
    {
        Subscription subscription;
        string body;
        Balance balance;
        DateTimeOffset now;
        Microsoft.Extensions.Time.Testing.FakeTimeProvider time;
        var form = new Dictionary<string, string> { ["email"] = "a@example.org" };
        await using (var sim = await Simulator.StartAsync(o => o.StatePath = StatePath))
        {
            time = sim.Time;
            subscription = await sim.ActiveAsync();
            using var first = await sim.PostAsync("/v1/customers", form, "k");
            body = await first.Content.ReadAsStringAsync(Ct);
            await sim.AdvanceAsync(TimeSpan.FromHours(10));
            await sim.Stripe.V1.WebhookEndpoints.CreateAsync(new() { Url = "http://127.0.0.1:9/", EnabledEvents = ["*"] }, null, Ct);
            await sim.PayAsync();
            balance = await sim.Stripe.V1.Balance.GetAsync(null, null, Ct);
            now = sim.Host.Engine.Now;
        }

        var received = 0;
        using var receiver = new Counter(() => received++);
        await using var again = await Simulator.StartAsync(o => (o.StatePath, o.WebhookHandler) = (StatePath, receiver), time);
        Assert.Equal(now, again.Host.Engine.Now);
        Assert.Equal("active", (await again.GetAsync(subscription.Id)).Status);
        using var replay = await again.PostAsync("/v1/customers", form, "k");
        Assert.True(replay.Headers.Contains("Idempotent-Replayed"));
        Assert.Equal(body, await replay.Content.ReadAsStringAsync(Ct));
        var after = await again.Stripe.V1.Balance.GetAsync(null, null, Ct);
        Assert.Equal((balance.Available[0].Amount, balance.Pending[0].Amount), (after.Available[0].Amount, after.Pending[0].Amount));
        await again.Host.Engine.DeliverDueWebhooksAsync(Ct);
        Assert.True(received >= 3, "the events of the payment before the restart were still to be delivered");

        await again.AdvanceAsync(TimeSpan.FromDays(60));
        Assert.Equal(["paid", "paid", "paid"], (await again.InvoicesAsync(subscription.Id)).Select(i => i.Status));
        Assert.NotEqual(subscription.CustomerId, (await again.CustomerAsync()).Id);
    }

    [Fact]
    public async Task What_is_under_way_goes_on_after_a_restart()
    {
        string inquiry, subscription, session;
        Microsoft.Extensions.Time.Testing.FakeTimeProvider time;
        await using (var sim = await Simulator.StartAsync(o => o.StatePath = StatePath))
        {
            time = sim.Time;
            await sim.PayAsync("pm_card_createDisputeInquiry");
            await sim.PayAsync("pm_card_createIssuerFraudRecord");
            await sim.AdvanceAsync(TimeSpan.Zero);
            inquiry = (await sim.Stripe.V1.Disputes.ListAsync(null, null, Ct)).Single().Id;
            await sim.Stripe.V1.Disputes.UpdateAsync(inquiry, new() { Evidence = new() { CustomerName = "A" }, Submit = false }, null, Ct);
            subscription = (await sim.ActiveAsync()).Id;
            await sim.Stripe.V1.SubscriptionSchedules.CreateAsync(new() { FromSubscription = subscription }, null, Ct);
            session = (await sim.Stripe.V1.Checkout.Sessions.CreateAsync(new() { Mode = "setup", Currency = "usd", SuccessUrl = "https://shop.test/" }, null, Ct)).Id;
        }

        await using var again = await Simulator.StartAsync(o => o.StatePath = StatePath, time);
        Assert.Equal("A", (await again.Stripe.V1.Disputes.GetAsync(inquiry, null, null, Ct)).Evidence.CustomerName);
        Assert.True((await again.Stripe.V1.Radar.EarlyFraudWarnings.ListAsync(null, null, Ct)).Single().Actionable);
        await again.AdvanceAsync(TimeSpan.FromDays(31));
        Assert.Equal("warning_closed", (await again.Stripe.V1.Disputes.GetAsync(inquiry, null, null, Ct)).Status);
        Assert.Equal("expired", (await again.Stripe.V1.Checkout.Sessions.GetAsync(session, null, null, Ct)).Status);
        Assert.Equal("released", (await again.Stripe.V1.SubscriptionSchedules.ListAsync(null, null, Ct)).Single().Status);
        Assert.Equal(2, (await again.InvoicesAsync(subscription)).Count);
    }

    [Fact]
    public async Task Prorations_credit_and_reviews_outlive_a_restart()
    {
        Subscription subscription, credited;
        Microsoft.Extensions.Time.Testing.FakeTimeProvider time;
        await using (var sim = await Simulator.StartAsync(o => (o.StatePath, o.ReviewElevatedRisk) = (StatePath, true)))
        {
            time = sim.Time;
            subscription = await sim.ActiveAsync();
            credited = await sim.ActiveAsync();
            await sim.PayAsync("pm_card_riskLevelElevated");
            await sim.Stripe.V1.Subscriptions.UpdateAsync(subscription.Id, new() { Items = [new() { Id = subscription.Items.Data[0].Id, Quantity = 3 }] }, null, Ct);
            await sim.Stripe.V1.Subscriptions.UpdateAsync(
                credited.Id, new() { Items = [new() { Id = credited.Items.Data[0].Id, Quantity = 2 }], ProrationBehavior = "none" }, null, Ct);
        }

        await using var again = await Simulator.StartAsync(o => o.StatePath = StatePath, time);
        Assert.Single(await again.Stripe.V1.Reviews.ListAsync(null, null, Ct));
        await again.Stripe.V1.Subscriptions.CancelAsync(credited.Id, new() { Prorate = true, InvoiceNow = true }, null, Ct);
        Assert.Equal(-500, (await again.Stripe.V1.Customers.GetAsync(credited.CustomerId, null, null, Ct)).Balance);
        await again.AdvanceAsync(TimeSpan.FromDays(29));
        var renewal = (await again.InvoicesAsync(subscription.Id))[0];
        Assert.Equal([1500, -500, 1500], renewal.Lines.Data.Select(l => l.Amount));
        Assert.NotNull(renewal.Lines.Data[1].Parent.SubscriptionItemDetails.ProrationDetails.CreditedItems);
    }

    [Fact]
    public async Task The_same_seed_and_calls_give_the_same_ids_and_another_seed_others()
    {
        async Task<string> FirstIdAsync(int seed)
        {
            await using var sim = await Simulator.StartAsync(o => o.Seed = seed);
            return (await sim.ActiveAsync()).Id;
        }
        var one = await FirstIdAsync(1);
        Assert.Equal(one, await FirstIdAsync(1));
        Assert.NotEqual(one, await FirstIdAsync(2));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private sealed class Counter(Action onRequest) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            onRequest();
            return Task.FromResult(new HttpResponseMessage());
        }
    }
}
