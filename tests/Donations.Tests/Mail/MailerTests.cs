using System.CommandLine;
using System.Text;
using Donations.Cli;
using Donations.Server.Donors;
using Donations.Server.Mail;
using Donations.Server.Storage;
using Donations.Testing;
using MimeKit;
using Spectre.Console;

namespace Donations.Tests.Mail;

/// <summary>From the outbox to the mailbox: by `donations mailer` as production runs it, and by the mailer inside a development server.</summary>
public sealed class MailerTests : IDisposable
{
    private const string From = "Payments <no-reply@neutral.example>";
    private readonly string _directory = Directory.CreateTempSubdirectory("donations-mailer-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task The_mailer_sends_what_is_due_to_a_mail_server_and_ends()
    {
        await using var box = await Letterbox.StartAsync();
        await using var listener = new SmtpListener();
        var to = await box.PledgeAsync(locale: "ru");
        await box.AddAsync(box.Receipt(to));
        await box.AddAsync(box.Failed(to));
        Assert.Equal(0, await MailerAsync(box, "--smtp", $"127.0.0.1:{listener.Port}"));
        Assert.Equal(["Ваша квитанция", "Платёж не прошёл"], listener.Messages.Select(m => m.Subject).Order(StringComparer.Ordinal));
        Assert.All(listener.Messages, m => Assert.Equal(Letterbox.Address, m.To.Mailboxes.Single().Address));
        Assert.Equal(2, box.Count("state = 3"));
        // Nothing is due any more.
        Assert.Equal(0, await MailerAsync(box, "--smtp", $"127.0.0.1:{listener.Port}"));
        Assert.Equal(2, listener.Messages.Count);
    }

    [Fact]
    public async Task The_mailer_runs_until_it_is_stopped_and_finishes_what_it_has_begun()
    {
        await using var box = await Letterbox.StartAsync();
        await using var listener = new SmtpListener();
        await box.AddAsync(box.Receipt(await box.PledgeAsync()));
        var key = Path.Combine(_directory, "key.pem");
        File.Copy(Path.Combine(box.Scenario.Server.DataDirectory, "keys", DonorsModule.DevelopmentMailerKey), key);
        var options = MailerOptions.Create(box.Scenario.Server.GrpcAddress, Path.Combine(_directory, "token"), key, From, $"127.0.0.1:{listener.Port}", null, null, null, once: false, TimeSpan.FromMilliseconds(1_000));
        using var told = new StringWriter();
        using var stop = new CancellationTokenSource();
        // Without a token it says so and goes on.
        var running = MailerCommand.RunAsync(options, TimeProvider.System, AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(told) }), stop.Token);
        await File.WriteAllTextAsync(options.TokenFile, box.Scenario.Server.Token("mailer"));
        await listener.FirstTaken;
        await stop.CancelAsync();
        Assert.Equal(0, await running);
        Assert.Equal(1, box.Count("state = 3"));
        Assert.DoesNotContain("anna", told.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task The_mailer_writes_to_a_directory()
    {
        await using var box = await Letterbox.StartAsync();
        await box.AddAsync(box.Receipt(await box.PledgeAsync()));
        Assert.Equal(0, await MailerAsync(box, "--directory", Path.Combine(_directory, "out")));
        var message = await MimeMessage.LoadAsync(Assert.Single(Directory.GetFiles(Path.Combine(_directory, "out"))));
        Assert.Equal(("Your receipt", "Payments"), (message.Subject, message.From.Mailboxes.Single().Name));
    }

    /// <summary>It dies after the mail server took the mail and before it could say so: the mail goes out again, and mailboxes can tell.</summary>
    [Fact]
    public async Task A_mail_sent_twice_has_one_message_id()
    {
        await using var box = await Letterbox.StartAsync();
        await using var listener = new SmtpListener();
        await box.AddAsync(box.Receipt(await box.PledgeAsync()));
        var lost = Assert.Single(await box.LeaseAsync());
        box.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(0, await MailerAsync(box, "--smtp", $"127.0.0.1:{listener.Port}"));
        Assert.Equal($"{lost.Name.Split('/')[1]}@neutral.example", Assert.Single(listener.Messages).MessageId);
    }

    [Fact]
    public async Task What_could_not_be_sent_is_an_exit_code_and_waits()
    {
        await using var box = await Letterbox.StartAsync();
        await using var listener = new SmtpListener { Answers = { ["RCPT"] = "450 later" } };
        await box.AddAsync(box.Receipt(await box.PledgeAsync()));
        Assert.Equal(CliException.Failed, await MailerAsync(box, "--smtp", $"127.0.0.1:{listener.Port}"));
        Assert.Equal(1, box.Count("state = 1 AND attempts = 1"));
    }

    [Fact]
    public async Task What_is_wrong_is_one_line_with_an_exit_code()
    {
        await using var box = await Letterbox.StartAsync();
        async Task<CliException> FailAsync(string role, params string[] arguments) => await Assert.ThrowsAsync<CliException>(() => MailerAsync(box, role, arguments));
        Assert.StartsWith("PERMISSION_DENIED", (await FailAsync("finance", "--directory", _directory)).Message, StringComparison.Ordinal);
        Assert.StartsWith("No server at", (await FailAsync("mailer", "--directory", _directory, "--server", "http://127.0.0.1:1")).Message, StringComparison.Ordinal);
        Assert.Equal(CliException.Usage, (await FailAsync("mailer")).ExitCode);
        Assert.Equal(CliException.Usage, (await FailAsync("mailer", "--directory", _directory, "--smtp", "localhost:25")).ExitCode);
        Assert.Equal(CliException.Usage, (await FailAsync("mailer", "--smtp", "localhost:port")).ExitCode);
        Assert.Equal(CliException.Usage, (await FailAsync("mailer", "--smtp", "localhost:25", "--smtp-user", "me")).ExitCode);
        Assert.Equal(CliException.Usage, (await FailAsync("mailer", "--directory", _directory, "--key-file", Path.Combine(_directory, "none"))).ExitCode);
        Assert.Equal(CliException.Usage, (await FailAsync("mailer", "--directory", _directory, "--key-file", Path.Combine(_directory, "token"))).ExitCode);
    }

    [Fact]
    public async Task In_development_the_server_writes_mail_itself_and_the_address_is_in_no_other_file()
    {
        await using var scenario = await Scenario.StartAsync();
        var request = await scenario.RequestAsync();
        (request.Email, request.Locale) = ("Anna.Canary@Example.com", "ru");
        var made = await scenario.Pledges.CreatePledgeAsync(request);
        var name = made.Pledge.Name.Split('/');
        await AddAsync(scenario, Letters.Receipt(new(name[3], name[1], made.Pledge.Reference, "ru"), "canary", Letterbox.Amount, scenario.Time.NowMicros(), scenario.Time.NowMicros() + (30 * UnixMicros.PerDay)));
        var message = Assert.Single(await scenario.MailsAsync(), m => m.TextBody!.Contains("2,50\u00A0USD", StringComparison.Ordinal));
        Assert.Equal("anna.canary@example.com", message.To.Mailboxes.Single().Address);
        Assert.Contains("24 декабря 2026 г.", message.TextBody, StringComparison.Ordinal);
        // Nothing in it leads further than the reference.
        foreach (var secret in (string[])[name[1], name[3], made.ManageCode, made.AccessToken])
            Assert.DoesNotContain(secret, message.TextBody! + message.HtmlBody + message.Headers, StringComparison.OrdinalIgnoreCase);

        await scenario.Server.StopAsync();
        var files = Directory.GetFiles(scenario.Server.DataDirectory, "*", SearchOption.AllDirectories);
        Assert.Contains(files, f => Path.GetFileName(f) == DonorsModule.DevelopmentMailerKey);
        foreach (var file in files.Where(f => Path.GetExtension(f) != ".eml"))
            Assert.True((await File.ReadAllBytesAsync(file)).AsSpan().IndexOf(Encoding.UTF8.GetBytes("anna.canary")) < 0, $"The address is in {Path.GetFileName(file)}");
    }

    private static Task AddAsync(Scenario scenario, MailDraft draft)
    {
        var services = scenario.Server.Services;
        var outbox = (MailOutbox)services.GetService(typeof(MailOutbox))!;
        return ((Database)services.GetService(typeof(Database))!).WriteAsync(c => outbox.Add(c, draft));
    }

    private Task<int> MailerAsync(Letterbox box, params string[] arguments) => MailerAsync(box, "mailer", arguments);

    private async Task<int> MailerAsync(Letterbox box, string role, string[] arguments)
    {
        var server = box.Scenario.Server;
        var token = Path.Combine(_directory, "token");
        await File.WriteAllTextAsync(token, server.Token(role) + "\n");
        string[] all = ["--token-file", token, "--from", From, "--once", .. arguments];
        if (!arguments.Contains("--server"))
            all = [.. all, "--server", server.GrpcAddress.ToString()];
        if (!arguments.Contains("--key-file"))
            all = [.. all, "--key-file", Path.Combine(server.DataDirectory, "keys", DonorsModule.DevelopmentMailerKey)];
        return await MailerCommand.Create().Parse(all).InvokeAsync(new() { EnableDefaultExceptionHandler = false });
    }
}
