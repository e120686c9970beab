using System.Text.Json;
using Stripe;

namespace Donations.Tests.StripeSimulator;

/// <summary>Every field that the official client's type declarations call required is in every answer.</summary>
public sealed class ShapeTests
{
    private static readonly Dictionary<string, string[]> Required = Read();

    private readonly SortedSet<string> _seen = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _missing = new(StringComparer.Ordinal);

    private static CancellationToken Ct => Simulator.Ct;

    [Fact]
    public async Task Answers_and_events_have_every_required_field_of_every_object_type()
    {
        await using var sim = await Simulator.StartAsync(o => o.ReviewElevatedRisk = true);
        await LiveAsync(sim);
        foreach (var path in new[]
        {
            "customers", "products", "prices", "payment_intents", "setup_intents", "subscriptions?status=all", "invoices?expand[]=data.payments&expand[]=data.confirmation_secret",
            "invoice_payments", "charges?expand[]=data.refunds", "refunds", "balance", "balance_transactions", "payouts", "disputes", "radar/early_fraud_warnings",
            "subscription_schedules", "invoiceitems", "reviews", "checkout/sessions?expand[]=data.line_items", "webhook_endpoints", "test_helpers/test_clocks", "events",
        })
        {
            var separator = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
            await CheckAsync(sim, path == "balance" ? "/v1/balance" : $"/v1/{path}{separator}limit=100");
        }
        Assert.Empty(_missing);
        Assert.Empty(Required.Keys.Where(IsType).Except(_seen));
        // Parts of objects too, or the table would check nothing below the surface.
        Assert.True(_seen.Count > 110, $"only {_seen.Count} kinds of object were seen");
    }

    [Fact]
    public void The_check_notices_what_is_missing()
    {
        using var json = JsonDocument.Parse("""{"object":"refund","id":"re_1","destination_details":{"card":{"type":"refund"}}}""");
        Check(json.RootElement, null);
        Assert.Contains("/refund amount", _missing);
        Assert.Contains("/refund.destination_details type", _missing);
        Assert.DoesNotContain("/refund id", _missing);
    }

    /// <summary>A life in which every type of object comes up.</summary>
    private async Task LiveAsync(Simulator sim)
    {
        var v1 = sim.Stripe.V1;
        await v1.WebhookEndpoints.CreateAsync(new() { Url = "http://127.0.0.1:9/hook", EnabledEvents = ["payout.failed"] }, null, Ct);
        var clock = await v1.TestHelpers.TestClocks.CreateAsync(new() { FrozenTime = Simulator.Start.UtcDateTime }, null, Ct);
        await sim.ActiveAsync(testClock: clock.Id);
        var subscription = await sim.ActiveAsync();
        await v1.SubscriptionSchedules.CreateAsync(new() { FromSubscription = subscription.Id }, null, Ct);
        await sim.SubscribeAsync((await sim.CustomerAsync()).Id);
        var dearer = await sim.ActiveAsync();
        await v1.Subscriptions.UpdateAsync(dearer.Id, new() { Items = [new() { Id = dearer.Items.Data[0].Id, Quantity = 2 }], ProrationBehavior = "always_invoice" }, null, Ct);
        await v1.InvoiceItems.CreateAsync(new() { Customer = dearer.CustomerId, Amount = 100, Currency = "usd" }, null, Ct);
        await v1.Invoices.CreateAsync(new() { Customer = dearer.CustomerId, PendingInvoiceItemsBehavior = "include" }, null, Ct);
        using var preview = await sim.PostAsync("/v1/invoices/create_preview", new() { ["subscription"] = dearer.Id, ["subscription_details[cancel_now]"] = "true" });
        await CheckAsync(preview);
        foreach (var card in new[] { "createDispute", "createDisputeInquiry", "createIssuerFraudRecord", "riskLevelElevated", "authenticationRequired", "refundFail", "pendingRefund" })
        {
            var intent = await sim.PayAsync("pm_card_" + card, more: o => o.ReturnUrl = null);
            if (card.EndsWith("Fail", StringComparison.Ordinal) || card.StartsWith("pending", StringComparison.Ordinal))
                await v1.Refunds.CreateAsync(new() { PaymentIntent = intent.Id }, null, Ct);
        }
        await Assert.ThrowsAsync<StripeException>(() => sim.PayAsync("pm_card_visa_chargeDeclined"));
        using var setup = await sim.PostAsync("/v1/setup_intents", new() { ["customer"] = subscription.CustomerId, ["confirm"] = "true", ["payment_method"] = "pm_card_authenticationRequired", ["return_url"] = "https://shop.test/" });
        await CheckAsync(setup);
        await CheckAsync(sim, $"/v1/confirmation_tokens/{await sim.TokenAsync()}");
        foreach (var (path, form) in new (string, Dictionary<string, string>)[]
        {
            ("ephemeral_keys", new() { ["customer"] = subscription.CustomerId }),
            ("customer_sessions", new() { ["customer"] = subscription.CustomerId, ["components[payment_element][enabled]"] = "true" }),
            ("billing_portal/sessions", new()
            {
                ["customer"] = subscription.CustomerId, ["flow_data[type]"] = "subscription_cancel", ["flow_data[subscription_cancel][subscription]"] = subscription.Id,
                ["flow_data[after_completion][redirect][return_url]"] = "https://shop.test/",
            }),
            ("checkout/sessions", new() { ["mode"] = "setup", ["success_url"] = "https://shop.test/" }),
            ("checkout/sessions", new()
            {
                ["mode"] = "payment", ["success_url"] = "https://shop.test/", ["customer_email"] = "a@example.org", ["line_items[0][price_data][currency]"] = "usd",
                ["line_items[0][price_data][unit_amount]"] = "900", ["line_items[0][price_data][product_data][name]"] = "Paper",
            }),
        })
        {
            using var made = await sim.PostAsync("/v1/" + path, form);
            await CheckAsync(made);
        }
        await sim.AdvanceAsync(TimeSpan.FromDays(5));
        await CheckAsync(sim, $"/v1/payment_methods/{subscription.DefaultPaymentMethodId}");
    }

    private async Task CheckAsync(Simulator sim, string path)
    {
        using var response = await sim.Raw.GetAsync(path, Ct);
        await CheckAsync(response);
    }

    private async Task CheckAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync(Ct);
        Assert.True(response.IsSuccessStatusCode, body);
        using var json = JsonDocument.Parse(body);
        Check(json.RootElement, null);
    }

    /// <summary>Objects with a type of their own are held against that type, parts of them against their place in it.</summary>
    private void Check(JsonElement json, string? place)
    {
        if (json.ValueKind == JsonValueKind.Array)
        {
            foreach (var element in json.EnumerateArray())
                Check(element, place);
            return;
        }
        if (json.ValueKind != JsonValueKind.Object || json.TryGetProperty("deleted", out _))
            return;
        if (json.TryGetProperty("object", out var type) && type.ValueKind == JsonValueKind.String)
            place = "/" + type.GetString();
        foreach (var field in place is null ? [] : Required.GetValueOrDefault(place, []))
        {
            _seen.Add(place!);
            if (!json.TryGetProperty(field, out _))
                _missing.Add($"{place} {field}");
        }
        foreach (var property in json.EnumerateObject().Where(p => p.Name is not ("previous_attributes" or "metadata")))
            Check(property.Value, place == "/list" ? null : $"{place}.{property.Name}");
    }

    private static bool IsType(string place) =>
        !place.Contains('.', StringComparison.Ordinal)
        || place is "/checkout.session" or "/billing_portal.session" or "/radar.early_fraud_warning" or "/test_helpers.test_clock";

    private static Dictionary<string, string[]> Read()
    {
        Dictionary<string, string[]> table = new(StringComparer.Ordinal) { ["/list"] = ["object", "data", "has_more", "url"] };
        foreach (var entry in RequiredFields.Table.ReplaceLineEndings(" ").Split(" /", StringSplitOptions.RemoveEmptyEntries))
        {
            var (place, fields) = (entry[..entry.IndexOf(':', StringComparison.Ordinal)], entry[(entry.IndexOf(':', StringComparison.Ordinal) + 1)..]);
            table.Add("/" + place.TrimStart('/'), fields.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        }
        return table;
    }
}
