using System.CommandLine;
using Stripe;

namespace Donations.Cli;

/// <summary>The Stripe account that a command works on: its key, and whether that is real money's.</summary>
internal sealed class StripeAccount
{
    private const string StripeApi = "https://api.stripe.com";
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(20);

    private readonly Option<string?> _keyFile = new("--api-key-file") { Description = "File with the API key; else STRIPE_API_KEY. A restricted key needs Webhook Endpoints, write" };
    private readonly Option<Uri> _apiBase = Server.AddressOption("--api-base", "Stripe's API, or a simulator's address such as http://127.0.0.1:5082", StripeApi);

    public void AddTo(Command command)
    {
        command.Options.Add(_keyFile);
        command.Options.Add(_apiBase);
    }

    /// <summary>Whether a simulator of this machine is meant.</summary>
    public bool IsSimulator(ParseResult parsed) => parsed.GetValue(_apiBase)!.IsLoopback;

    /// <summary>Whether the key is one of real money.</summary>
    public bool IsLive(ParseResult parsed) => IsLive(Key(parsed));

    /// <summary>Runs calls; what Stripe refuses becomes one line.</summary>
    public async Task<T> RunAsync<T>(ParseResult parsed, Func<V1Services, Task<T>> work)
    {
        var (key, address) = (Key(parsed), parsed.GetValue(_apiBase)!);
        var isStripe = address.GetLeftPart(UriPartial.Authority) == StripeApi;
        if (!isStripe && !address.IsLoopback)
            throw new CliException($"--api-base must be {StripeApi} or a simulator on this machine: a key goes nowhere else", CliException.Usage);
        if (IsLive(key) && !isStripe)
            throw new CliException("A live key goes to Stripe only, not to a simulator", CliException.Usage);
        using var http = new HttpClient { Timeout = CallTimeout };
        var client = new StripeClient(new StripeClientOptions
        {
            ApiKey = key,
            ApiBase = address.GetLeftPart(UriPartial.Authority),
            HttpClient = new SystemNetHttpClient(http, maxNetworkRetries: 2, appInfo: null, enableTelemetry: false),
        });
        try
        {
            return await work(client.V1);
        }
        catch (StripeException e)
        {
            throw new CliException($"Stripe refused: {e.StripeError?.Message ?? e.Message}");
        }
        catch (HttpRequestException e)
        {
            throw new CliException($"No answer from {address} ({e.HttpRequestError})");
        }
    }

    private string Key(ParseResult parsed)
    {
        var key = parsed.GetValue(_keyFile) is { } file ? TextFile.Read(file) : Environment.GetEnvironmentVariable("STRIPE_API_KEY")?.Trim();
        if (string.IsNullOrEmpty(key) || key.Any(char.IsWhiteSpace))
            throw new CliException("No API key: name a file with --api-key-file, or set STRIPE_API_KEY", CliException.Usage);
        return key.StartsWith("sk_", StringComparison.Ordinal) || key.StartsWith("rk_", StringComparison.Ordinal) ? key : throw new CliException("The API key must start with sk_ or rk_", CliException.Usage);
    }

    private static bool IsLive(string key) => key.StartsWith("sk_live_", StringComparison.Ordinal) || key.StartsWith("rk_live_", StringComparison.Ordinal);
}
