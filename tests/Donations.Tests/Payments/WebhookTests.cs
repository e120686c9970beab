using System.Net;
using System.Text;
using CsCheck;
using Donations.Server.Payments;
using Donations.Testing;
using Microsoft.Extensions.DependencyInjection;
using Stripe;
using WebhookEndpoint = Donations.Server.Payments.WebhookEndpoint;

namespace Donations.Tests.Payments;

/// <summary>The door that anybody can knock at: 400 to all that is not a valid, recent, correctly signed event, and nothing written.</summary>
public sealed class WebhookTests : IAsyncLifetime
{
    private const string Event = """{"id":"evt_1","object":"event","api_version":"2026-10-28.endive","created":1,"type":"customer.updated","livemode":false,"data":{"object":{"id":"cus_1","object":"customer","email":"somebody@example.com","name":"Somebody"}}}""";
    private Scenario _scenario = null!;

    public async ValueTask InitializeAsync() => _scenario = await Scenario.StartAsync();

    public ValueTask DisposeAsync() => _scenario.DisposeAsync();

    private string Secret => _scenario.Server.Services.GetRequiredService<WebhookSecrets>().Current[0];

    private long Now => _scenario.Time.GetUtcNow().ToUnixTimeSeconds();

    [Fact]
    public async Task A_signed_event_is_kept_once_without_what_is_personal()
    {
        Assert.Equal(HttpStatusCode.OK, await PostAsync(Event, Sign(Event)));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(Event, Sign(Event)));
        await _scenario.SettleAsync();
        Assert.Equal(1, _scenario.Count("SELECT count(*) FROM inbox_events"));
        Assert.Equal(0, _scenario.Count("SELECT count(*) FROM inbox_events WHERE projection LIKE '%omebody%'"));
        // Not about anything of ours.
        Assert.Equal(3, _scenario.Count("SELECT state FROM inbox_events"));
    }

    [Fact]
    public async Task Another_api_version_is_taken()
    {
        var old = Event.Replace("2026-10-28.endive", "2024-06-20", StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await PostAsync(old, Sign(old)));
    }

    [Fact]
    public async Task Either_of_two_secrets_will_do_during_rotation()
    {
        var secrets = _scenario.Server.Services.GetRequiredService<WebhookSecrets>();
        var old = Secret;
        secrets.Use(old, "whsec_new");
        Assert.Equal(HttpStatusCode.OK, await PostAsync(Event, EventUtility.GenerateSignatureHeader(Event, "whsec_new", Now)));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(Event, EventUtility.GenerateSignatureHeader(Event, old, Now)));
    }

    public static TheoryData<string, string?, string> Bad => new()
    {
        { "no signature", null, Event },
        { "empty signature", "", Event },
        { "junk signature", "junk", Event },
        { "no time", "v1=abc", Event },
        { "time that is no number", "t=abc,v1=abc", Event },
        { "huge time", "t=99999999999999999999,v1=abc", Event },
        { "wrong secret", "wrong", Event },
        { "changed body", "sign", Event.Replace("cus_1", "cus_2", StringComparison.Ordinal) + "\u0000" },
        { "stale", "stale", Event },
        { "from the future", "future", Event },
        { "not JSON", "signed", "hello" },
        { "empty object", "signed", "{}" },
        { "an array", "signed", "[]" },
        { "null", "signed", "null" },
        { "empty", "signed", "" },
        { "thin event", "signed", """{"id":"evt_1","object":"v2.core.event","type":"x"}""" },
        { "live event", "signed", Event.Replace("\"livemode\":false", "\"livemode\":true", StringComparison.Ordinal) },
        { "no id", "signed", Event.Replace("evt_1", "", StringComparison.Ordinal) },
        { "id of another type", "signed", Event.Replace("\"evt_1\"", "7", StringComparison.Ordinal) },
        { "no object", "signed", """{"id":"evt_1","object":"event","type":"x","livemode":false,"data":{}}""" },
        { "deep", "signed", new string('[', 5000) + new string(']', 5000) },
        { "oversized", "signed", Event.Replace("Somebody", new string('x', WebhookEndpoint.MaxBodyBytes), StringComparison.Ordinal) },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task Anything_else_is_400_and_writes_nothing(string what, string? signature, string body)
    {
        var header = signature switch
        {
            "signed" => Sign(body),
            "sign" => Sign(Event),
            "wrong" => EventUtility.GenerateSignatureHeader(body, "whsec_other", Now),
            "stale" => EventUtility.GenerateSignatureHeader(body, Secret, Now - 301),
            "future" => EventUtility.GenerateSignatureHeader(body, Secret, Now + 301),
            _ => signature,
        };
        Assert.True(await PostAsync(body, header) == HttpStatusCode.BadRequest, what);
        Assert.Equal(0, _scenario.Count("SELECT count(*) FROM inbox_events"));
    }

    [Fact]
    public async Task Bytes_at_random_are_never_a_500() => await Gen.Select(Gen.Byte.Array[0, 300], Gen.String[0, 60]).SampleAsync(
        async (body, header) =>
        {
            using var content = new ByteArrayContent(body);
            using var request = new HttpRequestMessage(HttpMethod.Post, WebhookEndpoint.Path) { Content = content };
            request.Headers.TryAddWithoutValidation("Stripe-Signature", new string([.. header.Where(c => c is > ' ' and < '\u007F')]));
            using var answer = await _scenario.Server.Http.SendAsync(request);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        },
        iter: 200);

    [Fact]
    public async Task Events_of_other_peoples_objects_change_no_pledge_but_their_money_is_in_the_books()
    {
        var foreign = await _scenario.Stripe.PaymentIntents.CreateAsync(new() { Amount = 5000, Currency = "usd", Confirm = true, PaymentMethod = "pm_card_visa", ReturnUrl = "https://shop.example/" });
        Assert.Equal("succeeded", foreign.Status);
        await _scenario.SettleAsync();
        await _scenario.RunChoresAsync();
        Assert.Equal(0, _scenario.Count("SELECT count(*) FROM payments"));
        Assert.Equal(5000, _scenario.Count("SELECT sum(credit_minor - debit_minor) FROM journal_lines WHERE account = '2200'"));
        await _scenario.CheckBooksAsync();
    }

    [Fact]
    public async Task A_payment_whose_webhooks_never_came_is_found_by_polling()
    {
        var endpoint = Assert.Single((await _scenario.Stripe.WebhookEndpoints.ListAsync()).Data);
        await _scenario.Stripe.WebhookEndpoints.DeleteAsync(endpoint.Id);
        var made = await _scenario.PledgeAsync();
        await _scenario.AdvanceAsync(TimeSpan.FromDays(25));
        await _scenario.AdvanceAsync(TimeSpan.FromDays(7));
        Assert.Single(await _scenario.PaymentsAsync(made));
        await _scenario.RunChoresAsync();
        Assert.Equal(2, (await _scenario.PaymentsAsync(made)).Count);
        await _scenario.CheckBooksAsync();
    }

    [Fact]
    public async Task An_event_that_cannot_be_applied_is_put_off_then_kept_as_poisoned()
    {
        var poisoned = Event.Replace("customer.updated", "payout.paid", StringComparison.Ordinal).Replace("\"customer\"", "\"payout\"", StringComparison.Ordinal).Replace("cus_1", "po_unknown", StringComparison.Ordinal);
        await PostAsync(poisoned, Sign(poisoned));
        for (var i = 0; i < Inbox.MaxAttempts; i++)
        {
            await _scenario.SettleAsync();
            _scenario.Time.Advance(TimeSpan.FromHours(1.1));
        }

        await _scenario.SettleAsync();
        Assert.Equal(1, _scenario.Count("SELECT count(*) FROM inbox_events WHERE event_id = 'evt_1' AND state = 4 AND failure IS NOT NULL"));
    }

    private string Sign(string body) => EventUtility.GenerateSignatureHeader(body, Secret, Now);

    private async Task<HttpStatusCode> PostAsync(string body, string? signature)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, WebhookEndpoint.Path) { Content = content };
        if (signature is not null)
            request.Headers.TryAddWithoutValidation("Stripe-Signature", signature);
        using var answer = await _scenario.Server.Http.SendAsync(request);
        return answer.StatusCode;
    }
}
