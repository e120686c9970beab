using System.Net;
using System.Net.Sockets;
using System.Text;
using Donations.V1;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Donations.Mailer;

/// <summary>A mail server to hand messages to.</summary>
/// <param name="Host">Name or address. Anything but this machine is spoken to under TLS only.</param>
/// <param name="Port">465: TLS from the start; any other: STARTTLS.</param>
/// <param name="User">Who logs in; null: nobody.</param>
/// <param name="Password">With <paramref name="User"/>.</param>
/// <param name="Domain">What the mailer calls itself; else it would tell the machine's own name.</param>
internal sealed record SmtpOptions(string Host, int Port, string? User, string? Password, string Domain)
{
    /// <summary>For each step of a conversation.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Port 465 speaks TLS from the first byte (RFC 8314); this machine may go without.</summary>
    public SecureSocketOptions Security => Port == 465 ? SecureSocketOptions.SslOnConnect
        : Host == "localhost" || (IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address)) ? SecureSocketOptions.StartTlsWhenAvailable
        : SecureSocketOptions.StartTls;
}

/// <summary>Sends over SMTP, one connection for as many messages as there are.</summary>
internal sealed class SmtpTransport(SmtpOptions options) : IMailTransport
{
    private const int PermanentFailures = 500;
    private readonly SmtpClient _client = new() { Timeout = (int)options.Timeout.TotalMilliseconds, LocalDomain = options.Domain };

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (_client.IsConnected)
            return;
        try
        {
            await _client.ConnectAsync(options.Host, options.Port, options.Security, cancellationToken);
            if (options.User is not null)
                await _client.AuthenticateAsync(options.User, options.Password ?? "", cancellationToken);
        }
        catch (Exception e) when (IsServersFault(e, cancellationToken))
        {
            await CloseAsync();
            throw new MailTransportException($"The mail server {options.Host}:{options.Port} cannot be used ({Name(e)})", e);
        }
    }

    public async Task<MailOutcome> SendAsync(string mailId, MimeMessage message, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        // A mailbox in another script, which this server cannot carry (RFC 6531).
        if (message.To.Mailboxes.Any(m => !Ascii.IsValid(m.LocalPart)) && !_client.Capabilities.HasFlag(SmtpCapabilities.UTF8))
            return MailOutcome.FailedForGood;
        try
        {
            await _client.SendAsync(message, cancellationToken);
            return MailOutcome.Sent;
        }
        catch (SmtpCommandException e) when (e.ErrorCode != SmtpErrorCode.SenderNotAccepted && e.StatusCode != SmtpStatusCode.ServiceNotAvailable)
        {
            return IsFinal(e) ? MailOutcome.FailedForGood : MailOutcome.FailedTemporarily;
        }
        catch (Exception e) when (IsServersFault(e, cancellationToken))
        {
            await CloseAsync();
            throw new MailTransportException($"The mail server {options.Host}:{options.Port} did not take mail ({Name(e)})", e);
        }
    }

    public async Task CloseAsync()
    {
        try
        {
            await _client.DisconnectAsync(quit: true, CancellationToken.None);
        }
        catch (Exception e) when (IsServersFault(e, CancellationToken.None))
        {
            // It is gone already.
        }
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// 5xx about this mailbox or message. Not 5.7.x (RFC 3463: policy, as `relay access denied`) and not what MailKit does not
    /// expect: these are as likely about all mail, and a setting that is mended would come too late.
    /// </summary>
    private static bool IsFinal(SmtpCommandException e) =>
        (int)e.StatusCode >= PermanentFailures && e.ErrorCode != SmtpErrorCode.UnexpectedStatusCode && !e.Message.StartsWith("5.7.", StringComparison.Ordinal);

    private static bool IsServersFault(Exception e, CancellationToken cancellationToken) =>
        e is MailKit.CommandException or MailKit.ProtocolException or MailKit.ServiceNotConnectedException or MailKit.ServiceNotAuthenticatedException or AuthenticationException or SslHandshakeException
            or IOException or SocketException or TimeoutException or NotSupportedException
        || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    /// <summary>What happened without the server's words, which may quote an address.</summary>
    private static string Name(Exception e) => e is SmtpCommandException command ? $"SMTP {(int)command.StatusCode}" : e.GetType().Name;
}
