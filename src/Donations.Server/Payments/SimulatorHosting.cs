using Donations.Server.Storage;
using Donations.StripeSimulator;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Donations.Server.Payments;

/// <summary>Where the simulator is, once it runs.</summary>
internal sealed class SimulatorAddress(StripeOptions options)
{
    public string ApiBase { get; set; } = options.ExternalSimulator ? options.ApiBase : options.SimulatorUrl;
}

/// <summary>
/// Development's Stripe, in this process: starts before the server listens, with its state in the data directory, and is told
/// where to send webhooks once it does. With an external simulator only the latter.
/// </summary>
internal sealed class SimulatorHosting(StripeOptions options, SimulatorAddress address, DataDirectory directory, WebhookSecrets secrets, IServer server, IConfiguration configuration, Lazy<Stripe.IStripeClient> client, TimeProvider time, RandomSource random) : IHostedLifecycleService
{
    private const string EndpointFile = "simulator-webhook.txt";
    private SimulatorHost? _host;

    /// <summary>The simulator in this process, or null where it runs alone.</summary>
    public SimulatorEngine? Engine => _host?.Engine;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (options.ExternalSimulator)
            return;
        DataDirectory.Create(directory.Path);
        var simulator = new SimulatorOptions
        {
            Url = options.SimulatorUrl,
            SecretKey = options.ApiKey,
            PublishableKey = options.PublishableKey,
            Seed = Math.Abs(BitConverter.ToInt32(random.Bytes(4))),
            StatePath = directory.File("stripe-simulator.db"),
            // Stripe leaves a renewal's invoice in draft for an hour; here a month's advance renews a monthly pledge.
            InvoiceDraftTime = TimeSpan.Zero,
        };
        _host = await SimulatorHost.StartAsync(simulator, time, cancellationToken);
        address.ApiBase = _host.BaseAddress.ToString().TrimEnd('/');
    }

    /// <summary>The server listens: the simulator gets a webhook endpoint, the same one as after the last start.</summary>
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        var url = FindWebhookUrl().ToString();
        var endpoints = ((Stripe.StripeClient)client.Value).V1.WebhookEndpoints;
        var file = directory.Key(EndpointFile);
        if (File.Exists(file) && await File.ReadAllLinesAsync(file, cancellationToken) is [var id, var known] && await TryUpdateAsync(endpoints, id, url, cancellationToken))
        {
            secrets.Use(known);
            return;
        }

        var endpoint = await endpoints.CreateAsync(new() { Url = url, EnabledEvents = ["*"], ApiVersion = StripeOptions.ApiVersion }, cancellationToken: cancellationToken);
        DataDirectory.Create(Path.GetDirectoryName(file)!);
        await File.WriteAllLinesAsync(file, [endpoint.Id, endpoint.Secret], cancellationToken);
        secrets.Use(endpoint.Secret);
    }

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        if (_host is not null)
            await _host.DisposeAsync();
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// The port that speaks HTTP/1.1: the other one would refuse what Stripe sends. Kestrel lists addresses in the order of its
    /// configured endpoints, and only it knows a port that the system chose.
    /// </summary>
    private Uri FindWebhookUrl()
    {
        var addresses = server.Features.Get<IServerAddressesFeature>()!.Addresses.ToList();
        var http1 = configuration.GetSection("Kestrel:Endpoints").GetChildren().ToList().FindIndex(e => e["Protocols"]?.Contains("Http1", StringComparison.OrdinalIgnoreCase) != false);
        var address = addresses[Math.Clamp(http1, 0, addresses.Count - 1)].Replace("[::]", "localhost", StringComparison.Ordinal).Replace("0.0.0.0", "localhost", StringComparison.Ordinal);
        return new(new Uri(address), WebhookEndpoint.Path);
    }

    private static async Task<bool> TryUpdateAsync(Stripe.WebhookEndpointService endpoints, string id, string url, CancellationToken cancellationToken)
    {
        try
        {
            await endpoints.UpdateAsync(id, new() { Url = url }, cancellationToken: cancellationToken);
            return true;
        }
        catch (Stripe.StripeException e) when (e.HttpStatusCode == System.Net.HttpStatusCode.NotFound)
        {
            return false;
        }
    }
}
