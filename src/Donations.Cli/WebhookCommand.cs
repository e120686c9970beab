using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using Stripe;

namespace Donations.Cli;

/// <summary>`donations webhook`: the endpoint at Stripe that tells the service what happened.</summary>
internal static class WebhookCommand
{
    private const int MaxEndpoints = 100;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static Command Create() => new("webhook", "Stripe's webhook endpoint. Examples: donations webhook create --url https://api.example.org/webhooks/stripe; donations webhook check") { CreateEndpoint(), Check(), Events() };

    private static Command CreateEndpoint()
    {
        var url = new Option<string>("--url") { Description = $"Where Stripe sends events: https://<host>{WebhookEvents.Path}", Required = true };
        var another = new Option<bool>("--another") { Description = "Even where one is there already, as while secrets or versions are being replaced" };
        var account = new StripeAccount();
        var command = new Command(
            "create",
            """
            Create the endpoint with the events that the service handles and the API version that it reads. Its signing secret, which Stripe
            shows once, goes to standard output, all else to standard error.
            Examples:
              donations webhook create --url https://api.example.org/webhooks/stripe --api-key-file stripe.key > webhook.secret
              donations webhook create --url http://localhost:5080/webhooks/stripe --api-base http://127.0.0.1:5082
            """)
        {
            url, another,
        };
        account.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var target = CheckedUrl(parsed.GetValue(url)!, account.IsSimulator(parsed));
            var console = Terminal.Error(parsed);
            var made = await account.RunAsync(parsed, async stripe =>
            {
                if (!parsed.GetValue(another) && (await ListAsync(stripe, cancellationToken)).Find(e => e.Url == target) is { } known)
                    throw new CliException($"{known.Id} is there already for {target}: `donations webhook check` looks at it, --another makes one more");
                return await stripe.WebhookEndpoints.CreateAsync(
                    new() { Url = target, EnabledEvents = [.. WebhookEvents.All], ApiVersion = WebhookEvents.ApiVersion, Description = "Donations" }, cancellationToken: cancellationToken);
            });
            parsed.InvocationConfiguration.Output.WriteLine(made.Secret);
            console.WriteLine($"{made.Id} ({(made.Livemode ? "live" : "test")}) sends {WebhookEvents.All.Count} types of events to {made.Url} in version {WebhookEvents.ApiVersion}.");
            console.WriteLine("The secret above is not shown again. Give it to the server as Stripe__WebhookSecrets__0 (or STRIPE_WEBHOOK_SECRET); while it replaces");
            console.WriteLine("another one as Stripe__WebhookSecrets__1 beside it, until the other endpoint is deleted. Then restart the server.");
        });
        return command;
    }

    private static Command Check()
    {
        var url = new Option<string?>("--url") { Description = $"Where events shall go; default: anywhere that ends in {WebhookEvents.Path}" };
        var account = new StripeAccount();
        var listing = new Listing();
        var command = new Command("check", "List the endpoints and tell what is wrong with each. Exit code 1 when none is right. Example: donations webhook check --url https://api.example.org/webhooks/stripe") { url };
        listing.AddTo(command);
        account.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var live = account.IsLive(parsed);
            var endpoints = await account.RunAsync(parsed, stripe => ListAsync(stripe, cancellationToken));
            // Connect's endpoints belong to other applications.
            var reviews = endpoints.Where(e => string.IsNullOrEmpty(e.Application)).Select(e => WebhookReview.Of(e, parsed.GetValue(url), live)).ToList();
            var right = reviews.Count(r => r.IsRight);
            listing.Write(parsed, reviews, Table, r => JsonSerializer.Serialize(r, Json), $"{right} of {reviews.Count} right");
            return right > 0 ? 0 : CliException.Failed;
        });
        return command;
    }

    private static Command Events()
    {
        var command = new Command("events", "Print the types of events that the service handles, one a line");
        command.SetAction(parsed =>
        {
            foreach (var type in WebhookEvents.All)
                parsed.InvocationConfiguration.Output.WriteLine(type);
        });
        return command;
    }

    private static async Task<List<WebhookEndpoint>> ListAsync(V1Services stripe, CancellationToken cancellationToken)
    {
        var found = new List<WebhookEndpoint>();
        await foreach (var endpoint in stripe.WebhookEndpoints.ListAutoPagingAsync(new() { Limit = MaxEndpoints }, cancellationToken: cancellationToken))
            found.Add(endpoint);
        return found;
    }

    /// <summary>The address as it was typed: the one that `check` compares with.</summary>
    private static string CheckedUrl(string url, bool simulator)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || (address.Scheme != Uri.UriSchemeHttps && !(simulator && address.Scheme == Uri.UriSchemeHttp)))
            throw new CliException("--url must be an https address: Stripe sends nowhere else", CliException.Usage);
        return url.EndsWith(WebhookEvents.Path, StringComparison.Ordinal) && address.Query.Length == 0 ? url : throw new CliException($"--url must end in {WebhookEvents.Path}, where the server listens", CliException.Usage);
    }

    private static Table Table(IReadOnlyList<WebhookReview> reviews)
    {
        var table = Cells.Columns(["endpoint", "mode", "url", "version"], []);
        table.AddColumn("what is wrong");
        foreach (var review in reviews)
            table.AddRow(Cells.Text(review.Id), Cells.Text(review.Live ? "live" : "test"), Cells.Text(review.Url), Cells.Text(review.ApiVersion), Cells.Text(review.IsRight ? "nothing" : string.Join("\n", review.Problems)));
        return table;
    }
}
