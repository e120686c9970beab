using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Donations.Server.Payments;
using Donations.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Spectre.Console;

namespace Donations.Benchmarks;

/// <summary>P3: a webhook accepted, durable before its 200, beside an HTTP/1.1 endpoint that reads the body and answers. The client makes and signs each event for both.</summary>
internal static class WebhookBenchmark
{
    private const double Goal = 0.5;
    private const int Connections = 64;

    public static async Task RunAsync(int rounds)
    {
        await using var server = await TestServer.StartAsync();
        server.BooksAreDamaged = true;
        server.Services.GetRequiredService<InboxWorker>().Paused = true;
        var secret = server.Services.GetRequiredService<WebhookSecrets>().Current[0];
        await using var bare = await StartBareAsync();
        var limit = new Uri(new Uri(bare.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()), WebhookEndpoint.Path);
        var ours = new Uri(server.HttpAddress, WebhookEndpoint.Path);
        await RunAsync(limit, secret, Measure.WarmUp / 2);
        await RunAsync(ours, secret, Measure.WarmUp / 2);
        await Measure.CompareAsync($"P3 webhook accepted, {Connections} connections, {Sample.Length} bytes each", "events/s", Goal, rounds, () => RunAsync(limit, secret, Measure.Round), () => RunAsync(ours, secret, Measure.Round));
        AnsiConsole.MarkupLineInterpolated($"{server.Services.GetRequiredService<Server.Storage.Database>().Read(Inbox.CountPoisoned)} poisoned");
    }

    private static async Task<Rate> RunAsync(Uri address, string secret, TimeSpan time)
    {
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Connections });
        var key = Encoding.UTF8.GetBytes(secret);
        return await Measure.RateAsync(async watch => (await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(async () =>
        {
            var mine = 0L;
            for (; watch.Elapsed < time; mine++)
            {
                using var request = Signed(address, key);
                using var answer = await http.SendAsync(request);
                if (answer.StatusCode != HttpStatusCode.OK)
                    throw new InvalidOperationException($"{answer.StatusCode}");
            }

            return mine;
        })))).Sum());
    }

    private static HttpRequestMessage Signed(Uri address, byte[] key)
    {
        var body = Encoding.UTF8.GetBytes(Sample.Replace("evt_benchmark", "evt_" + Scenario.NewRequestId(), StringComparison.Ordinal));
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        byte[] signed = [.. Encoding.ASCII.GetBytes(now), (byte)'.', .. body];
        var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(body) };
        request.Headers.TryAddWithoutValidation("Stripe-Signature", $"t={now},v1={Convert.ToHexStringLower(HMACSHA256.HashData(key, signed))}");
        return request;
    }

    private static async Task<WebApplication> StartBareAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.Protocols = HttpProtocols.Http1));
        var app = builder.Build();
        app.MapPost(WebhookEndpoint.Path, async (HttpRequest request) =>
        {
            await request.Body.CopyToAsync(Stream.Null);
            return Results.Ok();
        });
        await app.StartAsync();
        return app;
    }

    /// <summary>As long as Stripe's: most of it is what the inbox does not keep.</summary>
    private static readonly string Sample = $$$$$$"""
        {"id":"evt_benchmark","object":"event","api_version":"{{{{{{StripeOptions.ApiVersion}}}}}}","created":1764000000,"type":"payment_intent.succeeded","livemode":false,"pending_webhooks":1,
        "request":{"id":"req_benchmark","idempotency_key":"key"},"data":{"object":{"id":"pi_benchmark","object":"payment_intent","amount":200,"amount_received":200,"currency":"usd",
        "customer":"cus_benchmark","latest_charge":"ch_benchmark","status":"succeeded","metadata":{},"description":"{{{{{{new string('d', 3500)}}}}}}","payment_method_options":{"card":{"request_three_d_secure":"automatic"}}}}}
        """;
}
