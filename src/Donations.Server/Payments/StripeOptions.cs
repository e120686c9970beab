using Donations.V1;

namespace Donations.Server.Payments;

/// <summary>Which Stripe payments go to.</summary>
internal enum StripeMode
{
    /// <summary>The simulator, in this process or at <see cref="StripeOptions.ApiBase"/>. Default in Development.</summary>
    Simulator,

    /// <summary>Stripe's test mode: an sk_test_ key.</summary>
    Test,

    /// <summary>Real money: an sk_live_ key, and Stripe:AllowLive.</summary>
    Live,
}

/// <summary>
/// How Stripe is reached. The environment's STRIPE_API_KEY and STRIPE_PUBLISHABLE_KEY (Stripe's own names) are taken where
/// the section says nothing; with a test key alone the mode is Test.
/// </summary>
internal sealed class StripeOptions
{
    public const string Section = "Stripe";
    public const string StripeApi = "https://api.stripe.com";

    /// <summary>The version that Stripe.net speaks, and that webhook endpoints are made with.</summary>
    public const string ApiVersion = "2026-10-28.endive";

    public StripeMode? Mode { get; set; }

    public string ApiKey { get; set; } = "";

    public string PublishableKey { get; set; } = "";

    /// <summary>Root of the REST API without a slash at the end; only a simulator has another one than Stripe's.</summary>
    public string ApiBase { get; set; } = "";

    /// <summary>Webhook signing secrets; two while one is being replaced. Without any, events are polled.</summary>
    public List<string> WebhookSecrets { get; } = [];

    /// <summary>Live is never reached by accident.</summary>
    public bool AllowLive { get; set; }

    /// <summary>Where the in-process simulator listens.</summary>
    public string SimulatorUrl { get; set; } = "http://127.0.0.1:5082";

    /// <summary>Use a simulator that runs alone (at <see cref="ApiBase"/>) instead of one in this process.</summary>
    public bool ExternalSimulator => Mode == StripeMode.Simulator && ApiBase.Length > 0;

    /// <summary>Connecting may take this long.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>One call may take this long.</summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How often the SDK itself sends a call again, with the same key, before the outcome counts as unknown.</summary>
    public int NetworkRetries { get; set; } = 2;

    /// <summary>
    /// Reads a second that events and reconciliation may make; unset, a part of Stripe's limit (100 live, 25 in test mode), so that donors'
    /// calls find room. The simulator has no limit.
    /// </summary>
    public int ReadsPerSecond { get; set; }

    public static StripeOptions Load(IConfiguration configuration, bool development)
    {
        var options = configuration.GetSection(Section).Get<StripeOptions>() ?? new();
        if (options.Mode != StripeMode.Simulator)
        {
            options.ApiKey = Or(options.ApiKey, configuration["STRIPE_API_KEY"]);
            options.PublishableKey = Or(options.PublishableKey, configuration["STRIPE_PUBLISHABLE_KEY"]);
            if (options.WebhookSecrets.Count == 0 && configuration["STRIPE_WEBHOOK_SECRET"] is { Length: > 0 } secret)
                options.WebhookSecrets.Add(secret);
        }

        options.Mode ??= options.ApiKey.StartsWith("sk_test_", StringComparison.Ordinal) ? StripeMode.Test : development ? StripeMode.Simulator : null;
        if (options.Mode == StripeMode.Simulator)
        {
            options.ApiKey = Or(options.ApiKey, "sk_test_simulator");
            options.PublishableKey = Or(options.PublishableKey, "pk_test_simulator");
        }
        else
        {
            options.ApiBase = Or(options.ApiBase, StripeApi);
        }

        if (options.ReadsPerSecond <= 0)
            options.ReadsPerSecond = options.Mode switch { StripeMode.Live => 70, StripeMode.Test => 15, _ => 10_000 };

        options.Check(development);
        return options;
    }

    /// <exception cref="InvalidOperationException">Key, mode and base URL contradict each other: refuse to start.</exception>
    private void Check(bool development)
    {
        if (Mode is null)
            throw Refuse("Stripe:Mode must be set to Test or Live outside Development");
        if (string.IsNullOrWhiteSpace(ApiKey) || ApiKey.Any(char.IsWhiteSpace))
            throw Refuse("Stripe:ApiKey is required and must not contain white space");
        var live = ApiKey.StartsWith("sk_live_", StringComparison.Ordinal) || ApiKey.StartsWith("rk_live_", StringComparison.Ordinal);
        if (live != (Mode == StripeMode.Live))
            throw Refuse($"Stripe:Mode is {Mode}, but the key is a {(live ? "live" : "test")} key");
        if (Mode == StripeMode.Live && !AllowLive)
            throw Refuse("Stripe:Mode Live moves real money: set Stripe:AllowLive to true as well");
        if (Mode != StripeMode.Simulator && ApiBase != StripeApi)
            throw Refuse($"Stripe:ApiBase must be {StripeApi} in mode {Mode}");
        if (Mode == StripeMode.Simulator && !development)
            throw Refuse("Stripe:Mode Simulator is for Development only");
        if (ExternalSimulator && !Uri.TryCreate(ApiBase, UriKind.Absolute, out var uri) | !(uri?.IsLoopback ?? false))
            throw Refuse("Stripe:ApiBase of a simulator must be a loopback address");
        var prefix = Mode == StripeMode.Live ? "pk_live_" : "pk_test_";
        if (!PublishableKey.StartsWith(prefix, StringComparison.Ordinal))
            throw Refuse($"Stripe:PublishableKey must start with {prefix} in mode {Mode}");
        if (WebhookSecrets.Count == 0 && Mode != StripeMode.Simulator && !development)
            throw Refuse("Stripe:WebhookSecrets is required outside Development");
    }

    private static InvalidOperationException Refuse(string why) => new($"{why}. Refusing to start.");

    private static string Or(string value, string? other) => value.Length > 0 ? value : other ?? "";

    public GetPaymentOptionsResponse.Types.StripeMode WireMode => Mode switch
    {
        StripeMode.Live => GetPaymentOptionsResponse.Types.StripeMode.Live,
        StripeMode.Test => GetPaymentOptionsResponse.Types.StripeMode.Test,
        _ => GetPaymentOptionsResponse.Types.StripeMode.Simulator,
    };
}
