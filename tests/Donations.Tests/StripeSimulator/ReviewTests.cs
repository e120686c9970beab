using Stripe;

namespace Donations.Tests.StripeSimulator;

/// <summary>Reviews, the rate limit, what the list of events leaves out, and fingerprints.</summary>
public sealed class ReviewTests
{
    private static CancellationToken Ct => Simulator.Ct;

    [Fact]
    public async Task A_payment_of_elevated_risk_is_reviewed_until_someone_approves_or_refunds_it()
    {
        await using var sim = await Simulator.StartAsync(o => o.ReviewElevatedRisk = true);
        var first = await sim.PayAsync("pm_card_riskLevelElevated");
        var second = await sim.PayAsync("pm_card_riskLevelElevated");
        var open = (await sim.Stripe.V1.Reviews.ListAsync(null, null, Ct)).Data;
        Assert.Equal([second.Id, first.Id], open.Select(r => r.PaymentIntentId));
        var approved = await sim.Stripe.V1.Reviews.ApproveAsync(open[0].Id, null, null, Ct);
        Assert.Equal((false, "approved"), (approved.Open, approved.ClosedReason));
        await sim.Stripe.V1.Refunds.CreateAsync(new() { PaymentIntent = first.Id, Reason = "fraudulent" }, null, Ct);
        Assert.Equal("refunded_as_fraud", (await sim.Stripe.V1.Reviews.GetAsync(open[1].Id, null, null, Ct)).ClosedReason);
        Assert.Empty((await sim.Stripe.V1.Reviews.ListAsync(null, null, Ct)).Data);
        Assert.Equal(open[1].Id, (await sim.Stripe.V1.Charges.GetAsync(first.LatestChargeId, null, null, Ct)).ReviewId);
        Assert.Equal(["review.opened", "review.opened", "review.closed", "review.closed"], (await sim.EventTypesAsync()).Where(t => t.StartsWith("review", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task More_calls_than_a_second_takes_are_refused_and_leave_no_trace()
    {
        await using var sim = await Simulator.StartAsync(o => o.RateLimitPerSecond = 2);
        await sim.CustomerAsync();
        await sim.CustomerAsync();
        using (var refused = await sim.PostAsync("/v1/customers", [], key: "once"))
        {
            Assert.Equal(429, (int)refused.StatusCode);
            Assert.Equal("global-rate", refused.Headers.GetValues("Stripe-Rate-Limited-Reason").Single());
            Assert.Contains("\"rate_limit\"", await refused.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
        }
        sim.Time.Advance(TimeSpan.FromSeconds(1));
        using (var again = await sim.PostAsync("/v1/customers", [], key: "once"))
            Assert.True(again.IsSuccessStatusCode);
        Assert.Equal(3, (await sim.Stripe.V1.Customers.ListAsync(null, null, Ct)).Data.Count);

        using var off = await sim.PostAsync("/_simulator/rate_limit", new() { ["per_second"] = "0" });
        Assert.Equal("""{"per_second":0}""", await off.Content.ReadAsStringAsync(Ct));
        for (var i = 0; i < 5; i++)
            await sim.CustomerAsync();
    }

    [Fact]
    public async Task Dropped_events_are_found_by_type_and_as_undelivered_for_thirty_days()
    {
        await using var sim = await Simulator.StartAsync();
        await sim.Stripe.V1.WebhookEndpoints.CreateAsync(new() { Url = "http://127.0.0.1:9/hook", EnabledEvents = ["customer.created", "product.created"] }, null, Ct);
        sim.Host.Engine.Webhooks.DropRate = 1;
        await sim.CustomerAsync();
        await sim.Stripe.V1.Products.CreateAsync(new() { Name = "Paper" }, null, Ct);
        await sim.PayAsync();
        await sim.AdvanceAsync(TimeSpan.FromHours(1));
        async Task<List<string>> FoundAsync(params string[] types) =>
            (await sim.Stripe.V1.Events.ListAsync(new() { Types = [.. types], DeliverySuccess = false }, null, Ct)).Data.ConvertAll(e => e.Type);
        Assert.Equal(["product.created", "customer.created"], await FoundAsync("customer.created", "product.created", "charge.succeeded"));
        Assert.Equal(["customer.created"], await FoundAsync("customer.created"));
        Assert.Empty(await FoundAsync("charge.succeeded"));
        Assert.DoesNotContain("customer.created", (await sim.Stripe.V1.Events.ListAsync(new() { DeliverySuccess = true, Limit = 100 }, null, Ct)).Data.ConvertAll(e => e.Type));

        var old = (await sim.Stripe.V1.Events.ListAsync(new() { Type = "customer.created" }, null, Ct)).Data.Single();
        await sim.AdvanceToAsync(old.Created.AddDays(30));
        Assert.Equal(old.Id, (await sim.Stripe.V1.Events.GetAsync(old.Id, null, null, Ct)).Id);
        await sim.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Empty((await sim.Stripe.V1.Events.ListAsync(new() { Type = "customer.created" }, null, Ct)).Data);
        var gone = await Assert.ThrowsAsync<StripeException>(() => sim.Stripe.V1.Events.GetAsync(old.Id, null, null, Ct));
        Assert.Equal((404, "resource_missing"), ((int)gone.HttpStatusCode, gone.StripeError.Code));
    }

    [Fact]
    public async Task A_card_has_one_fingerprint_wherever_it_is_shown()
    {
        await using var sim = await Simulator.StartAsync();
        var first = await sim.Stripe.V1.PaymentIntents.GetAsync((await sim.PayAsync()).Id, new() { Expand = ["latest_charge", "payment_method"] }, null, Ct);
        var token = await sim.Stripe.V1.ConfirmationTokens.GetAsync(await sim.TokenAsync(), null, null, Ct);
        var other = await sim.Stripe.V1.ConfirmationTokens.GetAsync(await sim.TokenAsync("pm_card_mastercard"), null, null, Ct);
        using var typed = await sim.PostAsync(
            "/v1/payment_methods",
            new() { ["type"] = "card", ["card[number]"] = "4242424242424242", ["card[exp_month]"] = "1", ["card[exp_year]"] = "2031", ["card[cvc]"] = "999" });
        Assert.Contains(token.PaymentMethodPreview.Card.Fingerprint, await typed.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
        Assert.Equal(first.PaymentMethod.Card.Fingerprint, token.PaymentMethodPreview.Card.Fingerprint);
        Assert.Equal(first.LatestCharge.PaymentMethodDetails.Card.Fingerprint, token.PaymentMethodPreview.Card.Fingerprint);
        Assert.NotEqual(other.PaymentMethodPreview.Card.Fingerprint, token.PaymentMethodPreview.Card.Fingerprint);
    }
}
