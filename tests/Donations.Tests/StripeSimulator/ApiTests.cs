using System.Net;
using System.Text.Json;
using Donations.StripeSimulator.Payments;
using Stripe;

namespace Donations.Tests.StripeSimulator;

public sealed class ApiTests
{
    private static CancellationToken Ct => Simulator.Ct;

    [Fact]
    public async Task A_call_without_a_version_may_use_the_older_names_as_the_command_line_tool_does()
    {
        await using var sim = await Simulator.StartAsync();
        Dictionary<string, string> form = new()
        {
            ["amount"] = "2000",
            ["currency"] = "usd",
            ["payment_method"] = "pm_card_visa",
            ["payment_method_types[]"] = "card",
            ["confirm"] = "true",
        };
        using var pinned = await sim.PostAsync("/v1/payment_intents", form);
        Assert.Equal(HttpStatusCode.BadRequest, pinned.StatusCode);
        sim.Raw.DefaultRequestHeaders.Remove("Stripe-Version");
        using var older = await sim.PostAsync("/v1/payment_intents", form);
        Assert.Equal(HttpStatusCode.OK, older.StatusCode);
        Assert.Contains("payment_intent.succeeded", await sim.EventTypesAsync());
    }

    [Fact]
    public async Task A_key_replays_its_first_answer_and_refuses_other_parameters_and_other_endpoints()
    {
        await using var sim = await Simulator.StartAsync();
        var form = new Dictionary<string, string> { ["email"] = "a@example.org" };
        using var first = await sim.PostAsync("/v1/customers", form, "k1");
        using var second = await sim.PostAsync("/v1/customers", form, "k1");
        Assert.Equal(await Body(first), await Body(second));
        Assert.False(first.Headers.Contains("Idempotent-Replayed"));
        Assert.Equal("true", second.Headers.GetValues("Idempotent-Replayed").Single());
        Assert.NotEqual(first.Headers.GetValues("Request-Id").Single(), second.Headers.GetValues("Request-Id").Single());
        Assert.Single(await sim.Stripe.V1.Customers.ListAsync(null, null, Ct));

        using var other = await sim.PostAsync("/v1/customers", new() { ["email"] = "b@example.org" }, "k1");
        Assert.Equal((HttpStatusCode.BadRequest, "idempotency_error"), (other.StatusCode, await ErrorAsync(other, "type")));
        using var elsewhere = await sim.PostAsync("/v1/products", form, "k1");
        Assert.Contains("same endpoint", await ErrorAsync(elsewhere, "message"), StringComparison.Ordinal);

        await sim.AdvanceAsync(TimeSpan.FromHours(24));
        using var later = await sim.PostAsync("/v1/customers", form, "k1");
        Assert.False(later.Headers.Contains("Idempotent-Replayed"));
        Assert.NotEqual(await Body(first), await Body(later));
    }

    [Fact]
    public async Task A_key_keeps_declines_but_not_refusals_before_execution_or_bad_keys()
    {
        await using var sim = await Simulator.StartAsync();
        var decline = new Dictionary<string, string>
        {
            ["amount"] = "500",
            ["currency"] = "usd",
            ["confirm"] = "true",
            ["payment_method"] = "pm_card_visa_chargeDeclined",
            ["automatic_payment_methods[enabled]"] = "true",
            ["automatic_payment_methods[allow_redirects]"] = "never",
        };
        using var declined = await sim.PostAsync("/v1/payment_intents", decline, "d");
        using var replayed = await sim.PostAsync("/v1/payment_intents", decline, "d");
        Assert.Equal(HttpStatusCode.PaymentRequired, replayed.StatusCode);
        Assert.True(replayed.Headers.Contains("Idempotent-Replayed"));
        Assert.Single(await sim.Stripe.V1.Charges.ListAsync(null, null, Ct));

        using var invalid = await sim.PostAsync("/v1/payment_intents", new() { ["currency"] = "usd" }, "v");
        Assert.Equal("parameter_missing", await ErrorAsync(invalid, "code"));
        using var repaired = await sim.PostAsync("/v1/payment_intents", new() { ["currency"] = "usd", ["amount"] = "500" }, "v");
        Assert.Equal(HttpStatusCode.OK, repaired.StatusCode);

        using var stranger = await sim.PostAsync("/v1/customers", [], "s", bearer: "sk_test_wrong");
        Assert.Equal(HttpStatusCode.Unauthorized, stranger.StatusCode);
        using var known = await sim.PostAsync("/v1/customers", [], "s");
        Assert.Equal(HttpStatusCode.OK, known.StatusCode);
    }

    [Fact]
    public async Task A_key_in_progress_answers_409()
    {
        await using var sim = await Simulator.StartAsync();
        using var entered = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        // While the account is held, one of two calls waits for it, and the other meets the first one's key.
        var holder = Task.Run(() => sim.Host.Engine.Exclusive(() =>
        {
            entered.Set();
            return release.Wait(TimeSpan.FromSeconds(30));
        }), Ct);
        entered.Wait(Ct);
        var calls = new[] { sim.PostAsync("/v1/customers", [], "same"), sim.PostAsync("/v1/customers", [], "same") };
        using var conflict = await await Task.WhenAny(calls);
        Assert.Equal((HttpStatusCode.Conflict, "idempotency_key_in_use"), (conflict.StatusCode, await ErrorAsync(conflict, "code")));
        release.Set();
        Assert.True(await holder);
        var answers = await Task.WhenAll(calls);
        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.Single(await sim.Stripe.V1.Customers.ListAsync(null, null, Ct));
    }

    [Fact]
    public async Task Unknown_missing_and_malformed_parameters_are_named()
    {
        await using var sim = await Simulator.StartAsync();
        using var unknown = await sim.PostAsync("/v1/customers", new() { ["adress[city]"] = "x" });
        Assert.Equal(("parameter_unknown", "adress"), (await ErrorAsync(unknown, "code"), await ErrorAsync(unknown, "param")));
        using var nested = await sim.PostAsync("/v1/customers", new() { ["address[town]"] = "x" });
        Assert.Equal("address[town]", await ErrorAsync(nested, "param"));
        using var missing = await sim.PostAsync("/v1/products", []);
        Assert.Equal(("parameter_missing", "name"), (await ErrorAsync(missing, "code"), await ErrorAsync(missing, "param")));
        using var integer = await sim.PostAsync("/v1/payment_intents", new() { ["amount"] = "1.5", ["currency"] = "usd" });
        Assert.Equal("parameter_invalid_integer", await ErrorAsync(integer, "code"));
        using var removed = await sim.PostAsync("/v1/payment_intents", new() { ["amount"] = "500", ["currency"] = "usd", ["payment_method_types[0]"] = "card" });
        Assert.Equal("parameter_unknown", await ErrorAsync(removed, "code"));
        using var nowhere = await sim.Raw.GetAsync("/v1/nothing", Ct);
        Assert.Equal(HttpStatusCode.NotFound, nowhere.StatusCode);
        Assert.StartsWith("Unrecognized request URL (GET: /v1/nothing)", await ErrorAsync(nowhere, "message"), StringComparison.Ordinal);
        Assert.Empty(await sim.Stripe.V1.Customers.ListAsync(null, null, Ct));
    }

    [Fact]
    public async Task Metadata_merges_unsets_and_has_limits()
    {
        await using var sim = await Simulator.StartAsync();
        var customer = await sim.Stripe.V1.Customers.CreateAsync(new() { Metadata = new() { ["a"] = "1", ["b"] = "2" } }, null, Ct);
        var merged = await sim.Stripe.V1.Customers.UpdateAsync(customer.Id, new() { Metadata = new() { ["a"] = "", ["c"] = "3" } }, null, Ct);
        Assert.Equal([new("b", "2"), new("c", "3")], merged.Metadata.Order(Comparer<KeyValuePair<string, string>>.Create((x, y) => string.CompareOrdinal(x.Key, y.Key))));
        using var cleared = await sim.PostAsync($"/v1/customers/{customer.Id}", new() { ["metadata"] = "" });
        Assert.Empty((await sim.Stripe.V1.Customers.GetAsync(customer.Id, null, null, Ct)).Metadata);
        using var key = await sim.PostAsync("/v1/customers", new() { [$"metadata[{new string('k', 41)}]"] = "x" });
        using var value = await sim.PostAsync("/v1/customers", new() { ["metadata[k]"] = new string('v', 501) });
        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.BadRequest), (key.StatusCode, value.StatusCode));
    }

    [Fact]
    public async Task Lists_are_newest_first_and_paged_both_ways()
    {
        await using var sim = await Simulator.StartAsync();
        List<string> ids = [];
        for (var i = 0; i < 25; i++)
        {
            ids.Insert(0, (await sim.CustomerAsync()).Id);
            if (i == 9)
                await sim.AdvanceAsync(TimeSpan.FromSeconds(100));
        }
        var page = await sim.Stripe.V1.Customers.ListAsync(null, null, Ct);
        Assert.Equal((10, true, "/v1/customers"), (page.Data.Count, page.HasMore, page.Url));
        Assert.Equal(ids.Take(10), page.Select(c => c.Id));
        var last = await sim.Stripe.V1.Customers.ListAsync(new() { Limit = 10, StartingAfter = ids[19] }, null, Ct);
        Assert.Equal((false, 5), (last.HasMore, last.Data.Count));
        var back = await sim.Stripe.V1.Customers.ListAsync(new() { Limit = 3, EndingBefore = ids[10] }, null, Ct);
        Assert.Equal(ids.Skip(7).Take(3), back.Select(c => c.Id));
        Assert.True(back.HasMore);
        List<string> all = [];
        await foreach (var customer in sim.Stripe.V1.Customers.ListAutoPagingAsync(new() { Limit = 7 }, null, Ct))
            all.Add(customer.Id);
        Assert.Equal(ids, all);
        var old = await sim.Stripe.V1.Customers.ListAsync(new() { Created = new DateRangeOptions { LessThan = Simulator.Start.AddSeconds(100).UtcDateTime }, Limit = 100 }, null, Ct);
        Assert.Equal(ids.Skip(15), old.Select(c => c.Id));
        var error = await Assert.ThrowsAsync<StripeException>(() => sim.Stripe.V1.Customers.ListAsync(new() { Limit = 101 }, null, Ct));
        Assert.Equal("limit", error.StripeError.Param);
    }

    [Fact]
    public async Task Expansion_reaches_down_and_what_is_not_expandable_is_refused()
    {
        await using var sim = await Simulator.StartAsync();
        var subscription = await sim.ActiveAsync();
        await sim.AdvanceAsync(TimeSpan.Zero);
        var invoices = await sim.Stripe.V1.Invoices.ListAsync(
            new InvoiceListOptions { Subscription = subscription.Id, Expand = ["data.payments", "data.parent.subscription_details.subscription"] }, null, Ct);
        Assert.Equal("active", invoices.Single().Parent.SubscriptionDetails.Subscription.Status);
        Assert.Single(invoices.Single().Payments);
        var transactions = await sim.Stripe.V1.BalanceTransactions.ListAsync(new BalanceTransactionListOptions { Expand = ["data.source"] }, null, Ct);
        Assert.IsType<Charge>(transactions.Single().Source);

        foreach (var path in new[] { "nonsense", "latest_invoice.nonsense", "a.b.c.d.e" })
        {
            var error = await Assert.ThrowsAsync<StripeException>(() =>
                sim.Stripe.V1.Subscriptions.GetAsync(subscription.Id, new SubscriptionGetOptions { Expand = [path] }, null, Ct));
            Assert.Equal(HttpStatusCode.BadRequest, error.HttpStatusCode);
        }
    }

    [Fact]
    public async Task Optional_fields_are_absent_until_expanded_and_required_dates_are_never_null()
    {
        await using var sim = await Simulator.StartAsync();
        var subscription = await sim.SubscribeAsync((await sim.CustomerAsync()).Id);
        using var plain = JsonDocument.Parse(await sim.Raw.GetStringAsync($"/v1/invoices/{subscription.LatestInvoiceId}", Ct));
        using var expanded = JsonDocument.Parse(await sim.Raw.GetStringAsync($"/v1/invoices/{subscription.LatestInvoiceId}?expand[]=payments&expand[]=confirmation_secret", Ct));
        foreach (var field in new[] { "payments", "confirmation_secret" })
        {
            Assert.False(plain.RootElement.TryGetProperty(field, out _));
            Assert.Equal(JsonValueKind.Object, expanded.RootElement.GetProperty(field).ValueKind);
        }
        foreach (var date in new[] { "created", "period_start", "period_end" })
            Assert.Equal(JsonValueKind.Number, plain.RootElement.GetProperty(date).ValueKind);
        var details = plain.RootElement.GetProperty("parent").GetProperty("subscription_details");
        Assert.False(details.TryGetProperty("subscription_proration_date", out _));
        using var json = JsonDocument.Parse(await sim.Raw.GetStringAsync($"/v1/subscriptions/{subscription.Id}", Ct));
        Assert.False(json.RootElement.TryGetProperty("current_period_end", out _));
        Assert.False(json.RootElement.GetProperty("billing_mode").TryGetProperty("updated_at", out _));
        var item = json.RootElement.GetProperty("items").GetProperty("data")[0];
        Assert.Equal(JsonValueKind.Number, item.GetProperty("current_period_end").ValueKind);
        Assert.Equal(JsonValueKind.String, item.GetProperty("price").GetProperty("unit_amount_decimal").ValueKind);
        Assert.Equal(JsonValueKind.Null, item.GetProperty("current_trial").ValueKind);
    }

    [Fact]
    public async Task Lookup_keys_move_between_prices()
    {
        await using var sim = await Simulator.StartAsync();
        var product = await sim.Stripe.V1.Products.CreateAsync(new() { Name = "P" }, null, Ct);
        PriceCreateOptions options = new() { Product = product.Id, Currency = "eur", UnitAmount = 700, LookupKey = "monthly", Recurring = new() { Interval = "month" } };
        var first = await sim.Stripe.V1.Prices.CreateAsync(options, null, Ct);
        await Assert.ThrowsAsync<StripeException>(() => sim.Stripe.V1.Prices.CreateAsync(options, null, Ct));
        options.TransferLookupKey = true;
        var second = await sim.Stripe.V1.Prices.CreateAsync(options, null, Ct);
        var found = await sim.Stripe.V1.Prices.ListAsync(new() { LookupKeys = ["monthly"] }, null, Ct);
        Assert.Equal(second.Id, found.Single().Id);
        Assert.Null((await sim.Stripe.V1.Prices.GetAsync(first.Id, null, null, Ct)).LookupKey);
    }

    [Fact]
    public void Every_test_card_has_a_valid_check_digit_and_its_own_number()
    {
        Assert.All(TestCards.All, card => Assert.True(TestCards.PassesLuhn(card.Number), card.Number));
        Assert.Equal(TestCards.All.Count, TestCards.All.Select(card => card.Number).Distinct().Count());
        Assert.Equal(("BY", "RU"), (TestCards.FindById("pm_card_by")!.Country, TestCards.Get("4000006430000009").Country));
        Assert.False(TestCards.PassesLuhn("4242424242424241"));
    }

    [Fact]
    public async Task The_script_its_frame_and_the_overview_are_served()
    {
        await using var sim = await Simulator.StartAsync();
        await sim.PayAsync();
        Assert.Contains("createConfirmationToken", await sim.Raw.GetStringAsync("/v3/", Ct), StringComparison.Ordinal);
        Assert.Contains("Card number", await sim.Raw.GetStringAsync("/_simulator/elements/card", Ct), StringComparison.Ordinal);
        Assert.Contains("charge.succeeded", await sim.Raw.GetStringAsync("/", Ct), StringComparison.Ordinal);
        using var moved = await sim.PostAsync("/_simulator/clock/advance", new() { ["seconds"] = "86400" });
        using var clock = JsonDocument.Parse(await sim.Raw.GetStringAsync("/_simulator/clock", Ct));
        Assert.Equal(Simulator.Start.AddDays(1).ToUnixTimeSeconds(), clock.RootElement.GetProperty("now").GetInt64());
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/v1/confirmation_tokens");
        using var allowed = await sim.Raw.SendAsync(preflight, Ct);
        Assert.Contains("Authorization", allowed.Headers.GetValues("Access-Control-Allow-Headers").Single(), StringComparison.Ordinal);
    }

    private static async Task<string> Body(HttpResponseMessage response) => await response.Content.ReadAsStringAsync(Ct);

    private static async Task<string?> ErrorAsync(HttpResponseMessage response, string field)
    {
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Ct));
        return json.RootElement.GetProperty("error").TryGetProperty(field, out var value) ? value.GetString() : null;
    }
}
