using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MimeKit;

namespace Donations.Tests.Mail;

/// <summary>As much of an SMTP server (RFC 5321) as a client needs, on a port of this machine, one connection after the other. Keeps what it took.</summary>
internal sealed class SmtpListener : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<string> _commands = [];
    private readonly List<MimeMessage> _messages = [];
    private readonly TaskCompletionSource _firstTaken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _loop;

    public SmtpListener()
    {
        _listener.Start();
        _loop = RunAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>What clients said, but the messages.</summary>
    public IReadOnlyList<string> Commands => _commands;

    public IReadOnlyList<MimeMessage> Messages => _messages;

    /// <summary>Ends when the first message was taken.</summary>
    public Task FirstTaken => _firstTaken.Task;

    /// <summary>Answers in place of the usual ones, by the command's first word, or MESSAGE for what follows DATA; null hangs up.</summary>
    public Dictionary<string, string?> Answers { get; } = [];

    /// <summary>Offers STARTTLS with a certificate that nobody vouches for.</summary>
    public bool OffersTls { get; init; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _loop;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                try
                {
                    await ServeAsync(client.GetStream());
                }
                catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
                {
                    // The client went away.
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(Stream stream)
    {
        await WriteAsync(stream, "220 test");
        while (await ReadLineAsync(stream) is { } line)
        {
            _commands.Add(line);
            var verb = line.Split(' ', ':')[0].ToUpperInvariant();
            if (Answers.TryGetValue(verb, out var answer))
            {
                if (answer is null)
                    return;
                await WriteAsync(stream, answer);
                continue;
            }

            switch (verb)
            {
                case "EHLO":
                    await WriteAsync(stream, OffersTls ? "250-test\r\n250 STARTTLS" : "250-test\r\n250-8BITMIME\r\n250 AUTH PLAIN");
                    break;
                case "STARTTLS":
                    await WriteAsync(stream, "220 go on");
                    var tls = new SslStream(stream);
                    using (var certificate = Certificate())
                        await tls.AuthenticateAsServerAsync(certificate);
                    stream = tls;
                    break;
                case "AUTH":
                    await WriteAsync(stream, "235 welcome");
                    break;
                case "DATA":
                    await WriteAsync(stream, "354 go on");
                    var message = await ReadMessageAsync(stream);
                    var verdict = Answers.GetValueOrDefault("MESSAGE", "250 taken")!;
                    if (verdict.StartsWith('2'))
                        _messages.Add(message);
                    await WriteAsync(stream, verdict);
                    if (_messages.Count > 0)
                        _firstTaken.TrySetResult();
                    break;
                case "QUIT":
                    await WriteAsync(stream, "221 bye");
                    return;
                default:
                    await WriteAsync(stream, "250 ok");
                    break;
            }
        }
    }

    private async Task<MimeMessage> ReadMessageAsync(Stream stream)
    {
        using var bytes = new MemoryStream();
        while (await ReadLineAsync(stream) is { } line && line != ".")
            bytes.Write(Encoding.Latin1.GetBytes((line.StartsWith('.') ? line[1..] : line) + "\r\n"));
        bytes.Position = 0;
        return await MimeMessage.LoadAsync(bytes, _stop.Token);
    }

    private async Task<string?> ReadLineAsync(Stream stream)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (await stream.ReadAsync(one, _stop.Token) == 1)
        {
            if (one[0] == '\n')
                return line.ToString().TrimEnd('\r');
            line.Append((char)one[0]);
        }

        return null;
    }

    private Task WriteAsync(Stream stream, string text) => stream.WriteAsync(Encoding.ASCII.GetBytes(text + "\r\n"), _stop.Token).AsTask();

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
    }
}
