using System.CommandLine;
using System.Security.Cryptography;
using Donations.Mailer;
using Donations.V1;
using Grpc.Core;
using Grpc.Net.Client;
using Spectre.Console;

namespace Donations.Cli;

/// <summary>
/// `donations mailer`: the process that holds the key to donors' addresses. It pulls mail from the server, sends it and
/// forgets; nothing on the network reaches it, and it prints no address.
/// </summary>
internal static class MailerCommand
{
    public static Command Create()
    {
        var server = Server.AddressOption("--server", "gRPC address of the server", "http://localhost:5081");
        var token = new Option<string>("--token-file") { Description = "File with a bearer token of the role mailer; read again before each round", Required = true };
        var key = new Option<string>("--key-file") { Description = "File with the mailer's private key, PEM (P-256); its public half is in Vault:PublicKeys", Required = true };
        var from = new Option<string?>("--from") { Description = "Sender, such as: Payments <no-reply@example.org>. Keep it neutral", Required = true };
        var smtp = new Option<string?>("--smtp") { Description = "Mail server, host:port; port 587 by default. TLS is required unless it is this machine" };
        var user = new Option<string?>("--smtp-user") { Description = "Who logs in" };
        var password = new Option<string?>("--smtp-password-file") { Description = "File with the password" };
        var directory = new Option<string?>("--directory") { Description = "Write each mail to a file here instead" };
        var once = new Option<bool>("--once") { Description = "Send what is due and end: 0 when all of it was sent, else 1" };
        var interval = new Option<TimeSpan>("--interval") { Description = "Pause between rounds, hh:mm:ss", DefaultValueFactory = _ => TimeSpan.FromSeconds(10) };
        var command = new Command(
            "mailer",
            """
            Send donors' mail. Runs until it is stopped.
            Examples:
              donations mailer --server https://api.example.org --token-file token --key-file mailer.pem --smtp mail.example.org:587 --smtp-user mailer --smtp-password-file password --from "Payments <no-reply@example.org>"
              donations mailer --token-file token --key-file data/keys/development-mailer.pem --directory outgoing --from "Payments <no-reply@example.org>" --once
            Make a key pair:
              openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out mailer.pem
              openssl pkey -in mailer.pem -pubout -outform DER | base64 -w0      (for Vault:PublicKeys:0)
            """)
        {
            server, token, key, from, smtp, user, password, directory, once, interval,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var options = MailerOptions.Create(
                parsed.GetValue(server)!, parsed.GetValue(token)!, parsed.GetValue(key)!, parsed.GetValue(from), parsed.GetValue(smtp), parsed.GetValue(user),
                parsed.GetValue(password), parsed.GetValue(directory), parsed.GetValue(once), parsed.GetValue(interval));
            return await RunAsync(options, TimeProvider.System, Terminal.Error(parsed), cancellationToken);
        });
        return command;
    }

    public static async Task<int> RunAsync(MailerOptions options, TimeProvider time, IAnsiConsole console, CancellationToken cancellationToken)
    {
        using var opener = OpenKey(options.KeyFile);
        await using IMailTransport transport = options.Smtp is { } smtp ? new SmtpTransport(smtp) : new DirectoryTransport(options.Directory!, time);
        using var channel = GrpcChannel.ForAddress(options.Server);
        var source = new GrpcMailSource(new(channel), options.TokenFile);
        var courier = new Courier(source, opener, new(options.From, time), transport);
        return options.Once ? await OnceAsync(courier, options, console, cancellationToken) : await ForeverAsync(courier, options, time, console, cancellationToken);
    }

    private static async Task<int> OnceAsync(Courier courier, MailerOptions options, IAnsiConsole console, CancellationToken cancellationToken)
    {
        try
        {
            // Outside a terminal each step would be a line.
            var counts = console.Profile.Capabilities.Interactive
                ? await console.Status().StartAsync("Sending…", status => courier.DeliverAsync(new StatusProgress(status), cancellationToken))
                : await courier.DeliverAsync(progress: null, cancellationToken);
            console.WriteLine(Show(counts));
            return counts.PutOff + counts.Failed == 0 ? 0 : CliException.Failed;
        }
        catch (Exception e) when (e is not CliException && Explain(e, options) is { } text)
        {
            throw new CliException(text);
        }
    }

    /// <summary>What fails is told once and tried again: a mailer is started once and left alone.</summary>
    private static async Task<int> ForeverAsync(Courier courier, MailerOptions options, TimeProvider time, IAnsiConsole console, CancellationToken cancellationToken)
    {
        console.WriteLine($"Sending mail of {options.Server} every {options.Interval}; stop with Ctrl-C");
        string? told = null;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var counts = await courier.DeliverAsync(progress: null, cancellationToken);
                if (counts != new DeliveryCounts())
                    console.WriteLine(Show(counts));
                told = null;
            }
            catch (Exception) when (cancellationToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e) when (Explain(e, options) is { } text)
            {
                if (text != told)
                    console.WriteLine(text);
                told = text;
            }

            await Task.Delay(options.Interval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return 0;
    }

    private static string Show(DeliveryCounts counts) => $"{counts.Sent} sent, {counts.PutOff} put off, {counts.Failed} failed{(counts.Problem is null ? "" : $". {counts.Problem}")}";

    private static string? Explain(Exception e, MailerOptions options) => e switch
    {
        RpcException rpc => Server.Explain(rpc, options.Server).Message,
        MailTransportException or CliException => e.Message,
        _ => null,
    };

    private static ContactOpener OpenKey(string path)
    {
        try
        {
            return new(TextFile.Read(path));
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new CliException($"{path} holds no P-256 private key in PEM", CliException.Usage);
        }
    }

    private sealed class StatusProgress(StatusContext status) : IProgress<DeliveryCounts>
    {
        public void Report(DeliveryCounts value) => status.Status(Show(value).EscapeMarkup());
    }

    private sealed class GrpcMailSource(MailService.MailServiceClient client, string tokenFile) : IMailSource
    {
        private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

        public async Task<IReadOnlyList<Mail>> LeaseAsync(int max, CancellationToken cancellationToken) =>
            (await client.LeaseMailsAsync(new() { MaxMailCount = max }, Options(cancellationToken))).Mails;

        public async Task FinishAsync(string name, MailOutcome outcome) =>
            await client.FinishMailAsync(new() { Name = name, Outcome = outcome }, Options(CancellationToken.None));

        private CallOptions Options(CancellationToken cancellationToken) =>
            new(Server.Bearer(TextFile.Read(tokenFile)), TimeProvider.System.GetUtcNow().UtcDateTime + Deadline, cancellationToken);
    }
}
