using Stripe;

namespace Donations.Cli;

/// <summary>An endpoint at Stripe and what is wrong with it for this service; nothing wrong: events arrive, and can be read.</summary>
internal sealed record WebhookReview(string Id, string Url, string ApiVersion, bool Live, IReadOnlyList<string> Problems)
{
    private const int MaxNamed = 5;

    public bool IsRight => Problems.Count == 0;

    /// <param name="endpoint">As Stripe has it.</param>
    /// <param name="url">Where events shall go; null: anywhere that ends in the service's path.</param>
    /// <param name="live">The key is one of real money.</param>
    public static WebhookReview Of(WebhookEndpoint endpoint, string? url, bool live)
    {
        var problems = new List<string>();
        if (url is null ? !endpoint.Url.EndsWith(WebhookEvents.Path, StringComparison.Ordinal) : endpoint.Url != url)
            problems.Add(url is null ? $"url does not end in {WebhookEvents.Path}" : $"url is not {url}");
        if (endpoint.Status != "enabled")
            problems.Add($"is {endpoint.Status}");
        if (endpoint.ApiVersion != WebhookEvents.ApiVersion)
            problems.Add($"API version is {endpoint.ApiVersion ?? "the account's"}, not {WebhookEvents.ApiVersion} (cannot be changed: make another one)");
        var all = endpoint.EnabledEvents.Contains("*");
        Name(problems, "misses", all ? [] : WebhookEvents.All.Except(endpoint.EnabledEvents));
        Name(problems, "superfluous:", all ? ["* (every type)"] : endpoint.EnabledEvents.Except(WebhookEvents.All));
        if (endpoint.Livemode != live)
            problems.Add(endpoint.Livemode ? "is live, the key is a test key" : "is of test mode, the key is a live key");
        return new(endpoint.Id, endpoint.Url, endpoint.ApiVersion ?? "", endpoint.Livemode, problems);
    }

    private static void Name(List<string> problems, string what, IEnumerable<string> types)
    {
        List<string> found = [.. types];
        if (found.Count > 0)
            problems.Add($"{what} {string.Join(", ", found.Take(MaxNamed))}{(found.Count > MaxNamed ? $" and {found.Count - MaxNamed} more" : "")}");
    }
}
