using Donations.Server.Payments;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Donations.Server;

/// <summary>Says in one line where the service can be reached, once it can.</summary>
internal static partial class ReadyLine
{
    public static WebApplication LogWhenReady(this WebApplication app)
    {
        app.Lifetime.ApplicationStarted.Register(() =>
            Ready(app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Donations"), string.Join(", ", Addresses(app.Services, app.Configuration, app.Environment.IsDevelopment()))));
        return app;
    }

    private static IEnumerable<string> Addresses(IServiceProvider services, IConfiguration configuration, bool development)
    {
        var bound = services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.ToList() ?? [];
        var endpoints = configuration.GetSection("Kestrel:Endpoints").GetChildren().ToList();
        // What people open comes first.
        foreach (var i in Enumerable.Range(0, bound.Count).OrderBy(i => bound.Count == endpoints.Count && endpoints[i]["Protocols"] == "Http2"))
        {
            // Kestrel binds its configured endpoints in their order; those made in code say nothing about their protocols.
            var protocols = bound.Count == endpoints.Count ? endpoints[i]["Protocols"] ?? configuration["Kestrel:EndpointDefaults:Protocols"] : null;
            var address = bound[i].TrimEnd('/');
            yield return protocols switch
            {
                "Http1" => $"{(development ? "page and JSON" : "JSON")} {address}/",
                "Http2" when address.StartsWith("http://", StringComparison.Ordinal) => $"gRPC (h2c) {address["http://".Length..]}",
                _ => $"gRPC and JSON {address}/",
            };
        }

        if (services.GetRequiredService<StripeOptions>().Mode == StripeMode.Simulator)
            yield return $"Stripe simulator {services.GetRequiredService<SimulatorAddress>().ApiBase}/";
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Donations is ready: {Addresses}")]
    private static partial void Ready(ILogger logger, string addresses);
}
