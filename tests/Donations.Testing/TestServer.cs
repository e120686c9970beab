using System.Globalization;
using System.Security.Claims;
using Donations.Server;
using Donations.Server.Ledger;
using Donations.Server.Money;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Donations.V1;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Donations.Testing;

/// <summary>How a <see cref="TestServer"/> differs from the shipped composition.</summary>
public sealed record TestServerOptions
{
    /// <summary>The clock; the system's where null.</summary>
    public TimeProvider? Time { get; init; }

    /// <summary>Configuration on top, such as `Ledger:BookTimeZone`.</summary>
    public IReadOnlyDictionary<string, string> Configuration { get; init; } = new Dictionary<string, string>();

    /// <summary>Where the data directory is made; the system's place for such files where null.</summary>
    public string? Parent { get; init; }

    /// <summary>Runs before the rooms register: what it adds with Add is overruled by a room's Add, and wins over a room's TryAdd.</summary>
    public Action<WebApplicationBuilder>? Configure { get; init; }
}

/// <summary>
/// The composed server as it ships, on real sockets of this machine with a data directory of its own: native gRPC over h2c,
/// gRPC-Web and JSON. Environment Development, so the seed and the built-in token issuer are there.
/// </summary>
public sealed class TestServer : IAsyncDisposable
{
    private readonly TestServerOptions _options;
    private readonly string _directory;
    private WebApplication? _app;
    private GrpcChannel? _channel;
    private GrpcChannel? _webChannel;
    private HttpClient? _http;

    private TestServer(TestServerOptions options, string directory) => (_options, _directory) = (options, directory);

    /// <summary>HTTP/1.1: gRPC-Web, JSON, pages and webhooks.</summary>
    public Uri HttpAddress { get; private set; } = null!;

    /// <summary>HTTP/2 without TLS: native gRPC.</summary>
    public Uri GrpcAddress { get; private set; } = null!;

    /// <summary>Native gRPC. Made anew by <see cref="RestartAsync"/>, as all clients are.</summary>
    public GrpcChannel Channel => _channel ??= GrpcChannel.ForAddress(GrpcAddress);

    /// <summary>gRPC-Web over HTTP/1.1, as browsers speak it.</summary>
    public GrpcChannel WebChannel => _webChannel ??= GrpcChannel.ForAddress(HttpAddress, new() { HttpHandler = new GrpcWebHandler(GrpcWebMode.GrpcWeb, new HttpClientHandler()), HttpVersion = new(1, 1) });

    /// <summary>For JSON, relative to <see cref="HttpAddress"/>.</summary>
    public HttpClient Http => _http ??= new() { BaseAddress = HttpAddress };

    /// <summary>What the server itself uses.</summary>
    public IServiceProvider Services => _app?.Services ?? throw new InvalidOperationException("The server is stopped");

    /// <summary>Holds the databases and, in `keys`, the keys.</summary>
    public string DataDirectory => _directory;

    /// <summary>The server's clock.</summary>
    public TimeProvider Time => _options.Time ?? TimeProvider.System;

    public CampaignService.CampaignServiceClient Campaigns => new(Channel);

    public AppealService.AppealServiceClient Appeals => new(Channel);

    public static async Task<TestServer> StartAsync(TestServerOptions? options = null)
    {
        var directory = options?.Parent is { } parent ? Directory.CreateDirectory(Path.Combine(parent, "donations-test-" + Path.GetRandomFileName())) : Directory.CreateTempSubdirectory("donations-test-");
        var server = new TestServer(options ?? new(), directory.FullName);
        try
        {
            await server.StartAppAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops and starts again on the same data directory, as a deployment does. Addresses and clients are new afterwards.</summary>
    public async Task RestartAsync()
    {
        await StopAppAsync();
        await StartAppAsync();
    }

    /// <summary>Stops the server and leaves its files.</summary>
    public Task StopAsync() => StopAppAsync();

    /// <summary>A bearer token of the development issuer. Roles: editor, finance, support, admin, mailer.</summary>
    public string Token(string role, string subject = "test")
    {
        var key = Convert.FromBase64String(File.ReadAllText(Path.Combine(_directory, "keys", "development-issuer.key")).Trim());
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = CallerTokens.DevelopmentIssuer,
            Audience = "donations",
            Subject = new([new Claim("sub", subject), new Claim("roles", role)]),
            Expires = Time.GetUtcNow().AddDays(1).UtcDateTime,
            SigningCredentials = new(new SymmetricSecurityKey(key), SecurityAlgorithms.HmacSha256),
        });
    }

    /// <summary>Call options of a staff member.</summary>
    public CallOptions As(string role) => Bearer(Token(role));

    /// <summary>Call options with a bearer token.</summary>
    public static CallOptions Bearer(string token) => new(new Metadata { { "authorization", "Bearer " + token } });

    /// <summary>The test damages the books on purpose, or writes rows by hand: they are not checked at the end.</summary>
    public bool BooksAreDamaged { get; set; }

    /// <exception cref="InvalidOperationException">An invariant of the books does not hold: the test fails, whatever it was about.</exception>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_app is not null && !BooksAreDamaged)
                CheckInvariants();
        }
        finally
        {
            await StopAppAsync();
            Directory.Delete(_directory, recursive: true);
        }
    }

    private void CheckInvariants()
    {
        var found = Services.GetRequiredService<Database>().Read(c => Services.GetRequiredService<BooksCheck>().Find(c, 0));
        if (found.Where(f => f.Violations.Count > 0).Select(f => $"{f.Invariant.Name}: {string.Join(", ", f.Violations.Take(5))}").ToList() is { Count: > 0 } wrong)
            throw new InvalidOperationException("The books do not hold after this test: " + string.Join("; ", wrong));
    }

    private async Task StartAppAsync()
    {
        var app = DonationsServer.Create([.. Arguments()], Configure);
        try
        {
            await app.StartAsync();
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        _app = app;
        // Kestrel binds its configured endpoints by name: Grpc, then Http.
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(a => new Uri(a)).ToList();
        (GrpcAddress, HttpAddress) = (addresses[0], addresses[1]);
    }

    private async Task StopAppAsync()
    {
        _channel?.Dispose();
        _webChannel?.Dispose();
        _http?.Dispose();
        (_channel, _webChannel, _http) = (null, null, null);
        if (_app is not { } app)
            return;
        _app = null;
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private IEnumerable<string> Arguments()
    {
        var settings = new Dictionary<string, string>
        {
            ["environment"] = Environments.Development,
            ["contentRoot"] = AppContext.BaseDirectory,
            ["Kestrel:Endpoints:Http:Url"] = "http://127.0.0.1:0",
            ["Kestrel:Endpoints:Http:Protocols"] = "Http1",
            ["Kestrel:Endpoints:Grpc:Url"] = "http://127.0.0.1:0",
            ["Kestrel:Endpoints:Grpc:Protocols"] = "Http2",
            ["Storage:Directory"] = _directory,
            ["Stripe:SimulatorUrl"] = "http://127.0.0.1:0",
            ["Logging:LogLevel:Default"] = "Warning",
        };
        foreach (var (key, value) in _options.Configuration)
            settings[key] = value;
        return settings.Select(s => string.Create(CultureInfo.InvariantCulture, $"--{s.Key}={s.Value}"));
    }

    private void Configure(WebApplicationBuilder builder)
    {
        if (_options.Time is { } time)
            builder.Services.AddSingleton(time);
        _options.Configure?.Invoke(builder);
        // For tests without the Payments room; its own registration comes later and wins.
        builder.Services.TryAddSingleton<Func<PaymentClientOptions>>(() => new PaymentClientOptions(
            "pk_test_harness", "https://js.stripe.com/v3/", GetPaymentOptionsResponse.Types.StripeMode.Test, TokenRequired: true));
    }
}
