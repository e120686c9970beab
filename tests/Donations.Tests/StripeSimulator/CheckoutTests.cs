using System.Net;
using Stripe;
using Stripe.Checkout;

namespace Donations.Tests.StripeSimulator;

public sealed class CheckoutTests
{
    private static CancellationToken Ct => Simulator.Ct;

    [Fact]
    public async Task A_payment_survives_a_decline_and_leads_to_the_success_page()
    {
        await using var sim = await Simulator.StartAsync();
        var session = await OpenAsync(sim, "payment", o =>
        {
            o.ClientReferenceId = "pledge-1";
            o.SubmitType = "donate";
            o.PaymentIntentData = new() { Metadata = new() { ["pledge"] = "p1" }, StatementDescriptorSuffix = "NEWS" };
        });
        Assert.Equal(("open", "unpaid", 1500L, "eur", null), (session.Status, session.PaymentStatus, session.AmountTotal, session.Currency, session.PaymentIntentId));
        using var page = await sim.Raw.GetAsync(session.Url, Ct);
        Assert.Contains("Donate", await page.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
        using var declined = await SubmitAsync(sim, session.Url, "4000000000009995");
        Assert.Contains("insufficient funds", await declined.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
        Assert.Equal("open", (await ReadAsync(sim, session)).Status);

        using var paid = await SubmitAsync(sim, session.Url);
        Assert.Equal((HttpStatusCode.Redirect, $"https://shop.test/done?s={session.Id}"), (paid.StatusCode, paid.Headers.Location?.ToString()));
        session = await ReadAsync(sim, session, "payment_intent", "line_items");
        Assert.Equal(("complete", "paid", null, "pledge-1", "reader@example.org"), (session.Status, session.PaymentStatus, session.Url, session.ClientReferenceId, session.CustomerDetails.Email));
        Assert.Equal(("succeeded", "p1", 1500L, "NEWS"),
            (session.PaymentIntent.Status, session.PaymentIntent.Metadata["pledge"], session.PaymentIntent.AmountReceived, session.PaymentIntent.StatementDescriptorSuffix));
        Assert.Equal(("Paper", 3L), (session.LineItems.Single().Description, session.LineItems.Single().Quantity));
        var types = await sim.EventTypesAsync();
        Assert.Single(types, "checkout.session.completed");
        Assert.True(types.IndexOf("payment_intent.succeeded") < types.IndexOf("checkout.session.completed"));
        using var again = await SubmitAsync(sim, session.Id);
        Assert.Single(await sim.Stripe.V1.Charges.ListAsync(new() { PaymentIntent = session.PaymentIntentId }, null, Ct), c => c.Paid);
    }

    [Fact]
    public async Task A_subscription_begins_with_three_d_secure_and_renews()
    {
        await using var sim = await Simulator.StartAsync();
        var session = await OpenAsync(sim, "subscription", o => o.SubscriptionData = new() { Metadata = new() { ["pledge"] = "p2" } });
        using var challenged = await SubmitAsync(sim, session.Url, "4000002500003155");
        var bank = challenged.Headers.Location!;
        Assert.Contains("/_simulator/3ds/pi_", bank.ToString(), StringComparison.Ordinal);
        var query = bank.Query.TrimStart('?').Split('&').Select(part => part.Split('=')).ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1]));
        using var answered = await sim.PostAsync(bank.AbsolutePath, new() { ["client_secret"] = query["client_secret"], ["return_url"] = query["return_url"], ["outcome"] = "complete" });
        using var back = await sim.Raw.GetAsync(answered.Headers.Location, Ct);
        Assert.Equal($"https://shop.test/done?s={session.Id}", back.Headers.Location?.ToString());

        session = await ReadAsync(sim, session, "subscription");
        Assert.Equal(("complete", "active", "p2", session.CustomerId), (session.Status, session.Subscription.Status, session.Subscription.Metadata["pledge"], session.Subscription.CustomerId));
        Assert.NotNull(session.InvoiceId);
        Assert.Equal("reader@example.org", (await sim.Stripe.V1.Customers.GetAsync(session.CustomerId, null, null, Ct)).Email);
        await sim.AdvanceAsync(TimeSpan.FromDays(32));
        Assert.Equal([1500L, 1500], (await sim.InvoicesAsync(session.SubscriptionId)).Select(i => i.AmountPaid));
    }

    [Fact]
    public async Task A_setup_saves_the_card_and_takes_no_money()
    {
        await using var sim = await Simulator.StartAsync();
        var customer = await sim.CustomerAsync();
        var session = await sim.Stripe.V1.Checkout.Sessions.CreateAsync(new() { Mode = "setup", Customer = customer.Id, Currency = "eur", SuccessUrl = "https://shop.test/done" }, null, Ct);
        using var saved = await SubmitAsync(sim, session.Url);
        session = await ReadAsync(sim, session, "setup_intent");
        Assert.Equal(("complete", "no_payment_required", "succeeded"), (session.Status, session.PaymentStatus, session.SetupIntent.Status));
        Assert.Equal(session.SetupIntent.PaymentMethodId, (await sim.Stripe.V1.Customers.PaymentMethods.ListAsync(customer.Id, null, null, Ct)).Single().Id);
        Assert.Empty(await sim.Stripe.V1.Charges.ListAsync(null, null, Ct));
    }

    [Fact]
    public async Task A_session_expires_by_call_and_by_time_and_then_takes_no_card()
    {
        await using var sim = await Simulator.StartAsync();
        var called = await OpenAsync(sim, "payment");
        var timed = await OpenAsync(sim, "subscription", o => o.ExpiresAt = Simulator.Start.AddHours(1).UtcDateTime);
        using var declined = await SubmitAsync(sim, timed.Url, "4000000000009995");
        Assert.Equal("expired", (await sim.Stripe.V1.Checkout.Sessions.ExpireAsync(called.Id, null, null, Ct)).Status);
        await Assert.ThrowsAsync<StripeException>(() => sim.Stripe.V1.Checkout.Sessions.ExpireAsync(called.Id, null, null, Ct));
        await sim.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal(("expired", null), ((await ReadAsync(sim, timed)).Status, (await ReadAsync(sim, timed)).Url));
        using var late = await SubmitAsync(sim, timed.Url);
        Assert.NotEqual(HttpStatusCode.Redirect, late.StatusCode);
        Assert.Equal("incomplete_expired", (await sim.Stripe.V1.Subscriptions.ListAsync(new() { Status = "all" }, null, Ct)).Single().Status);
        Assert.Equal(2, (await sim.EventTypesAsync()).Count(type => type == "checkout.session.expired"));
        Assert.Equal(2, (await sim.Stripe.V1.Checkout.Sessions.ListAsync(new() { Status = "expired" }, null, Ct)).Count());
    }

    [Fact]
    public async Task The_portal_cancels_renews_and_replaces_the_card()
    {
        await using var sim = await Simulator.StartAsync();
        var subscription = await sim.ActiveAsync();
        var portal = await sim.Stripe.V1.BillingPortal.Sessions.CreateAsync(new() { Customer = subscription.CustomerId, ReturnUrl = "https://shop.test/account" }, null, Ct);
        Assert.Contains(subscription.Id, await sim.Raw.GetStringAsync(portal.Url, Ct), StringComparison.Ordinal);
        foreach (var (word, ends) in new[] { ("cancel", true), ("renew", false) })
        {
            using var done = await sim.PostAsync(portal.Url, new() { ["do"] = word, ["subscription"] = subscription.Id });
            Assert.Equal((HttpStatusCode.Redirect, ends), (done.StatusCode, (await sim.GetAsync(subscription.Id)).CancelAtPeriodEnd));
        }
        using var bad = await SubmitAsync(sim, portal.Url, "4000000000000002");
        Assert.Contains("declined", await bad.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
        using var saved = await SubmitAsync(sim, portal.Url, "5555555555554444");
        var card = (await sim.Stripe.V1.Subscriptions.GetAsync(subscription.Id, new SubscriptionGetOptions { Expand = ["default_payment_method"] }, null, Ct)).DefaultPaymentMethod;
        Assert.Equal("mastercard", card.Card.Brand);
        Assert.Equal(card.Id, (await sim.Stripe.V1.Customers.GetAsync(subscription.CustomerId, null, null, Ct)).InvoiceSettings.DefaultPaymentMethodId);

        var flow = await sim.Stripe.V1.BillingPortal.Sessions.CreateAsync(
            new()
            {
                Customer = subscription.CustomerId,
                FlowData = new() { Type = "subscription_cancel", SubscriptionCancel = new() { Subscription = subscription.Id }, AfterCompletion = new() { Type = "redirect", Redirect = new() { ReturnUrl = "https://shop.test/gone" } } },
            },
            null, Ct);
        Assert.Equal("subscription_cancel", flow.Flow.Type);
        using var gone = await sim.PostAsync(flow.Url, new() { ["do"] = "cancel", ["subscription"] = subscription.Id });
        Assert.Equal("https://shop.test/gone", gone.Headers.Location?.ToString());
        var other = await sim.ActiveAsync();
        using var foreign = await sim.PostAsync(flow.Url, new() { ["do"] = "cancel", ["subscription"] = other.Id });
        Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
    }

    [Fact]
    public async Task Keys_and_sessions_for_a_customer_s_device()
    {
        await using var sim = await Simulator.StartAsync();
        var customer = await sim.CustomerAsync();
        var key = await sim.Stripe.V1.EphemeralKeys.CreateAsync(new() { Customer = customer.Id, StripeVersion = "2026-10-28.endive" }, null, Ct);
        Assert.StartsWith("ek_test_", key.Secret, StringComparison.Ordinal);
        Assert.Equal(Simulator.Start.AddHours(1).UtcDateTime, key.Expires);
        await sim.Stripe.V1.EphemeralKeys.DeleteAsync(key.Id, null, null, Ct);
        await Assert.ThrowsAsync<StripeException>(() => sim.Stripe.V1.EphemeralKeys.DeleteAsync(key.Id, null, null, Ct));
        var session = await sim.Stripe.V1.CustomerSessions.CreateAsync(new() { Customer = customer.Id, Components = new() { PaymentElement = new() { Enabled = true } } }, null, Ct);
        Assert.StartsWith("cuss_secret_", session.ClientSecret, StringComparison.Ordinal);
        Assert.Equal((true, false), (session.Components.PaymentElement.Enabled, session.Components.PricingTable.Enabled));
    }

    private static Task<Session> OpenAsync(Simulator sim, string mode, Action<SessionCreateOptions>? more = null)
    {
        var options = new SessionCreateOptions
        {
            Mode = mode,
            SuccessUrl = "https://shop.test/done?s={CHECKOUT_SESSION_ID}",
            CancelUrl = "https://shop.test/back",
            CustomerEmail = "reader@example.org",
            LineItems =
            [
                new()
                {
                    Quantity = 3,
                    PriceData = new()
                    {
                        Currency = "eur",
                        UnitAmount = 500,
                        ProductData = new() { Name = "Paper" },
                        Recurring = mode == "subscription" ? new() { Interval = "month" } : null,
                    },
                },
            ],
        };
        more?.Invoke(options);
        return sim.Stripe.V1.Checkout.Sessions.CreateAsync(options, null, Ct);
    }

    private static Task<Session> ReadAsync(Simulator sim, Session session, params string[] expand) =>
        sim.Stripe.V1.Checkout.Sessions.GetAsync(session.Id, new SessionGetOptions { Expand = [.. expand] }, null, Ct);

    private static Task<HttpResponseMessage> SubmitAsync(Simulator sim, string page, string card = "4242424242424242") =>
        sim.PostAsync(page.StartsWith("cs_", StringComparison.Ordinal) ? "/_simulator/checkout/" + page : page,
            new() { ["do"] = "card", ["number"] = card, ["expiry"] = "12 / 34", ["cvc"] = "123", ["name"] = "A Reader" });
}
