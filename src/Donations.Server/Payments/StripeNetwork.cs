namespace Donations.Server.Payments;

/// <summary>The wire to Stripe, with own time-outs. Tests break it here, below the SDK and its retries.</summary>
internal sealed class StripeNetwork(StripeOptions options) : DelegatingHandler(
    new SocketsHttpHandler { ConnectTimeout = options.ConnectTimeout, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
{
    /// <summary>Runs before a request leaves; what it throws is a network failure.</summary>
    internal Func<HttpRequestMessage, Task>? BeforeSend { get; set; }

    /// <summary>Runs after an answer came; what it throws loses that answer.</summary>
    internal Func<HttpResponseMessage, Task>? AfterReceive { get; set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (BeforeSend is { } before)
            await before(request);
        var response = await base.SendAsync(request, cancellationToken);
        if (AfterReceive is { } after)
            await after(response);
        return response;
    }
}
