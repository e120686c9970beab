using Donations.Server.Payments;
using Microsoft.Extensions.DependencyInjection;

namespace Donations.Testing;

/// <summary>Breaks the wire to Stripe while it lives: every POST but the harness's own ends in nobody knows.</summary>
public sealed class StripeOutage : IDisposable
{
    private readonly StripeNetwork _network;

    private StripeOutage(Scenario scenario) => _network = scenario.Server.Services.GetRequiredService<StripeNetwork>();

    /// <summary>Requests are lost before they arrive.</summary>
    public static StripeOutage OfRequests(Scenario scenario)
    {
        var outage = new StripeOutage(scenario);
        outage._network.BeforeSend = request => IsOurs(request) ? throw new HttpRequestException("lost") : Task.CompletedTask;
        return outage;
    }

    /// <summary>Requests take effect, their answers are lost.</summary>
    public static StripeOutage OfAnswers(Scenario scenario)
    {
        var outage = new StripeOutage(scenario);
        outage._network.AfterReceive = answer => IsOurs(answer.RequestMessage!) ? throw new HttpRequestException("lost") : Task.CompletedTask;
        return outage;
    }

    public void Dispose() => (_network.BeforeSend, _network.AfterReceive) = (null, null);

    private static bool IsOurs(HttpRequestMessage request) => request.Method != HttpMethod.Get && !request.RequestUri!.AbsolutePath.Contains("test_helpers", StringComparison.Ordinal);
}
