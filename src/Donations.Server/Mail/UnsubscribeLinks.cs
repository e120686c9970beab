using Donations.Server.Rpc;
using Donations.Server.Storage;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Donations.Server.Mail;

/// <summary>
/// The link in each reminder that cancels all of its reader's. It holds the blind index, sealed: nothing is kept for it here, so it
/// works as long as the service key lives, also when the reminder is long gone.
/// </summary>
internal sealed class UnsubscribeLinks(MailOptions options, ServiceKeys keys, RandomSource random, IServer server, IConfiguration configuration, IHostEnvironment environment)
{
    /// <summary>Where the link leads; its last part is the token.</summary>
    public const string Path = "/reminders/cancel";

    /// <summary>Without such a link no reminder may go out.</summary>
    public bool AreOn => Host is not null;

    /// <summary>Null where no address is known that leads here.</summary>
    public string? For(byte[] emailIndex) => Host is { } host ? $"{host.TrimEnd('/')}{Path}/{SealedToken.Seal(keys.UnsubscribeTokens, emailIndex, [], random)}" : null;

    /// <summary>The blind index of the reader that a token was made for; null: it is none of ours.</summary>
    public byte[]? Read(string token) => SealedToken.Open(keys.UnsubscribeTokens, token, []);

    private string? Host => options.UnsubscribeUrl.Length > 0 ? options.UnsubscribeUrl : environment.IsDevelopment() ? OwnAddress() : null;

    /// <summary>Of the endpoint that speaks HTTP/1.1; Kestrel binds the configured ones in their order.</summary>
    private string? OwnAddress() => server.Features.Get<IServerAddressesFeature>()?.Addresses
        .Zip(configuration.GetSection("Kestrel:Endpoints").GetChildren(), (address, endpoint) => endpoint["Protocols"] == "Http2" ? null : address)
        .FirstOrDefault(address => address is not null);
}
