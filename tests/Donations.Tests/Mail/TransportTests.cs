using Donations.Mailer;
using Donations.V1;
using MailKit.Security;
using Microsoft.Extensions.Time.Testing;
using MimeKit;

namespace Donations.Tests.Mail;

/// <summary>Messages as they leave: over SMTP to a listener of this machine, and into a directory.</summary>
public sealed class TransportTests
{
    private const string Id = "01kbxw4m5h7q2v9d3z8rt6jf0c";
    private static readonly FakeTimeProvider Time = new(new(2026, 11, 24, 9, 0, 0, 123, TimeSpan.Zero));
    private static readonly MailComposer Composer = new(MailComposer.ParseFrom("Payments <no-reply@neutral.example>"), Time);

    [Fact]
    public async Task A_message_arrives_whole_and_tells_nothing_of_its_sender()
    {
        await using var listener = new SmtpListener();
        await using (var transport = new SmtpTransport(Options(listener)))
        {
            Assert.Equal(MailOutcome.Sent, await transport.SendAsync(Id, Message("ru"), CancellationToken.None));
            Assert.Equal(MailOutcome.Sent, await transport.SendAsync(Id, Message("en"), CancellationToken.None));
            await transport.CloseAsync();
        }

        // One connection for both, and not the machine's name in it.
        Assert.Single(listener.Commands, c => c == "EHLO neutral.example");
        Assert.Contains(listener.Commands, c => c.StartsWith("MAIL FROM:<no-reply@neutral.example>", StringComparison.Ordinal));
        Assert.Equal("QUIT", listener.Commands[^1]);
        var message = listener.Messages[0];
        Assert.Equal($"{Id}@neutral.example", message.MessageId);
        Assert.Equal(listener.Messages[0].MessageId, listener.Messages[1].MessageId);
        Assert.Equal("Ваша квитанция", message.Subject);
        Assert.Equal(["anna@example.com"], message.To.Mailboxes.Select(m => m.Address));
        Assert.Contains("P-7K2M9QX4TD", message.TextBody, StringComparison.Ordinal);
        Assert.Contains("<p>Здравствуйте!</p>", message.HtmlBody, StringComparison.Ordinal);
        Assert.Equal(
            ["Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-Id", "Subject", "To"],
            message.Headers.Select(h => h.Field).Concat(message.Body!.Headers.Select(h => h.Field)).Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal));
        Assert.Equal("auto-generated", message.Headers[HeaderId.AutoSubmitted]);
        Assert.Equal(Time.GetUtcNow().ToUnixTimeSeconds(), message.Date.ToUnixTimeSeconds());
        Assert.DoesNotContain(Environment.MachineName, message.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("RCPT", "550 5.1.1 no anna@example.com here", MailOutcome.FailedForGood)]
    [InlineData("RCPT", "450 4.2.1 later", MailOutcome.FailedTemporarily)]
    [InlineData("RCPT", "501 5.1.3 no such syntax", MailOutcome.FailedForGood)]
    [InlineData("DATA", "554 5.7.1 no", MailOutcome.FailedTemporarily)]
    [InlineData("RCPT", "554 5.7.1 relay access denied", MailOutcome.FailedTemporarily)]
    [InlineData("MESSAGE", "554 5.6.0 no", MailOutcome.FailedForGood)]
    [InlineData("MESSAGE", "451 4.3.0 later", MailOutcome.FailedTemporarily)]
    public async Task What_a_mailbox_does_not_take_is_an_outcome_and_the_next_one_gets_its_mail(string verb, string answer, MailOutcome expected)
    {
        await using var listener = new SmtpListener { Answers = { [verb] = answer } };
        await using var transport = new SmtpTransport(Options(listener));
        Assert.Equal(expected, await transport.SendAsync(Id, Message(), CancellationToken.None));
        listener.Answers.Clear();
        Assert.Equal(MailOutcome.Sent, await transport.SendAsync(Id, Message(), CancellationToken.None));
        await transport.CloseAsync();
    }

    [Theory]
    [InlineData("EHLO", null)]
    [InlineData("MAIL", "550 5.7.1 not from you")]
    [InlineData("RCPT", "421 4.3.2 shutting down")]
    [InlineData("RCPT", null)]
    public async Task What_is_the_servers_fault_names_no_recipient(string verb, string? answer)
    {
        await using var listener = new SmtpListener { Answers = { [verb] = answer } };
        if (verb == "EHLO")
            listener.Answers["HELO"] = null;
        await using var transport = new SmtpTransport(Options(listener));
        var error = await Assert.ThrowsAsync<MailTransportException>(() => transport.SendAsync(Id, Message(), CancellationToken.None));
        Assert.DoesNotContain("anna", error.Message, StringComparison.Ordinal);
        listener.Answers.Clear();
        Assert.Equal(MailOutcome.Sent, await transport.SendAsync(Id, Message(), CancellationToken.None));
        await transport.CloseAsync();
    }

    /// <summary>A domain in any script goes out in ASCII (RFC 5891); a mailbox in another script needs a server that takes it (RFC 6531).</summary>
    [Theory]
    [InlineData("reader@пример.рф", MailOutcome.Sent)]
    [InlineData("читатель@пример.рф", MailOutcome.FailedForGood)]
    public async Task Addresses_in_other_scripts_go_where_they_can(string address, MailOutcome expected)
    {
        await using var listener = new SmtpListener();
        await using var transport = new SmtpTransport(Options(listener));
        Assert.Equal(expected, await transport.SendAsync(Id, Composer.Compose(Mail("ru"), address), CancellationToken.None));
        await transport.CloseAsync();
        Assert.Equal(expected == MailOutcome.Sent, listener.Commands.Contains("RCPT TO:<reader@xn--e1afmkfd.xn--p1ai>"));
    }

    [Fact]
    public async Task A_user_logs_in_and_a_refused_one_sends_nothing()
    {
        await using var listener = new SmtpListener();
        await using (var transport = new SmtpTransport(Options(listener) with { User = "mailer", Password = "secret" }))
        {
            Assert.Equal(MailOutcome.Sent, await transport.SendAsync(Id, Message(), CancellationToken.None));
            Assert.Contains(listener.Commands, c => c == "AUTH PLAIN " + Convert.ToBase64String("\0mailer\0secret"u8));
            await transport.CloseAsync();
        }

        listener.Answers["AUTH"] = "535 5.7.8 no";
        await using var refused = new SmtpTransport(Options(listener) with { User = "mailer", Password = "wrong" });
        var error = await Assert.ThrowsAsync<MailTransportException>(() => refused.OpenAsync(CancellationToken.None));
        Assert.DoesNotContain("wrong", error.ToString(), StringComparison.Ordinal);
        Assert.Single(listener.Messages);
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_refused()
    {
        await using var listener = new SmtpListener { OffersTls = true };
        await using var transport = new SmtpTransport(Options(listener));
        Assert.Contains("SslHandshakeException", (await Assert.ThrowsAsync<MailTransportException>(() => transport.OpenAsync(CancellationToken.None))).Message, StringComparison.Ordinal);
        Assert.Empty(listener.Messages);
    }

    [Theory]
    [InlineData("mail.example.org", 587, SecureSocketOptions.StartTls)]
    [InlineData("mail.example.org", 25, SecureSocketOptions.StartTls)]
    [InlineData("192.0.2.1", 587, SecureSocketOptions.StartTls)]
    [InlineData("localhost.example.org", 25, SecureSocketOptions.StartTls)]
    [InlineData("mail.example.org", 465, SecureSocketOptions.SslOnConnect)]
    [InlineData("localhost", 465, SecureSocketOptions.SslOnConnect)]
    [InlineData("localhost", 25, SecureSocketOptions.StartTlsWhenAvailable)]
    [InlineData("127.0.0.1", 1025, SecureSocketOptions.StartTlsWhenAvailable)]
    [InlineData("::1", 1025, SecureSocketOptions.StartTlsWhenAvailable)]
    public void Only_this_machine_is_spoken_to_without_tls(string host, int port, SecureSocketOptions expected) => Assert.Equal(expected, new SmtpOptions(host, port, null, null, "x").Security);

    [Fact]
    public async Task A_directory_gets_whole_files_that_only_their_owner_reads()
    {
        var directory = Directory.CreateTempSubdirectory("donations-mail-").FullName;
        try
        {
            var mail = Path.Combine(directory, "mail");
            await using var transport = new DirectoryTransport(mail, Time);
            Assert.Equal(MailOutcome.Sent, await transport.SendAsync(Id, Message(), CancellationToken.None));
            var file = Assert.Single(Directory.GetFileSystemEntries(mail));
            Assert.Equal($"20261124T090000123Z-{Id}.eml", Path.GetFileName(file));
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            Assert.Equal($"{Id}@neutral.example", (await MimeMessage.LoadAsync(file)).MessageId);

            await File.WriteAllTextAsync(Path.Combine(directory, "file"), "");
            await using var impossible = new DirectoryTransport(Path.Combine(directory, "file", "mail"), Time);
            await Assert.ThrowsAsync<MailTransportException>(() => impossible.OpenAsync(CancellationToken.None));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("nobody")]
    [InlineData("a@b\r\nBcc: c@d.example")]
    public void What_is_no_address_gets_no_message(string address) => Assert.Throws<FormatException>(() => Composer.Compose(Mail("en"), address));

    private static SmtpOptions Options(SmtpListener listener) => new("127.0.0.1", listener.Port, null, null, Composer.Domain) { Timeout = TimeSpan.FromSeconds(5) };

    private static MimeMessage Message(string locale = "en") => Composer.Compose(Mail(locale), "anna@example.com");

    private static V1.Mail Mail(string locale) => new()
    {
        Name = "mails/" + Id,
        Template = MailTemplate.Receipt,
        Locale = locale,
        Values = new() { Reference = "P-7K2M9QX4TD", Amount = new() { CurrencyCode = "USD", Units = 2 }, PayDate = new() { Year = 2026, Month = 11, Day = 24 } },
    };
}
