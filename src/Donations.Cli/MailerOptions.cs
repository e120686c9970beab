using System.Globalization;
using Donations.Mailer;
using MimeKit;

namespace Donations.Cli;

/// <summary>What `donations mailer` was asked for, checked.</summary>
internal sealed record MailerOptions(Uri Server, string TokenFile, string KeyFile, MailboxAddress From, SmtpOptions? Smtp, string? Directory, bool Once, TimeSpan Interval)
{
    private const int DefaultPort = 587;

    /// <exception cref="CliException">Something contradicts itself or cannot be read.</exception>
    public static MailerOptions Create(Uri server, string tokenFile, string keyFile, string? from, string? smtp, string? user, string? passwordFile, string? directory, bool once, TimeSpan interval)
    {
        if ((smtp is null) == (directory is null))
            throw new CliException("Give one of --smtp and --directory", CliException.Usage);
        if (smtp is null && (user is not null || passwordFile is not null))
            throw new CliException("--smtp-user and --smtp-password-file go with --smtp", CliException.Usage);
        if ((user is null) != (passwordFile is null))
            throw new CliException("--smtp-user and --smtp-password-file go together", CliException.Usage);
        if (from is null)
            throw new CliException("--from is required", CliException.Usage);
        if (interval < TimeSpan.FromSeconds(1))
            throw new CliException("--interval must be at least 00:00:01", CliException.Usage);
        MailboxAddress sender;
        try
        {
            sender = MailComposer.ParseFrom(from);
        }
        catch (FormatException e)
        {
            throw new CliException($"--from {e.Message}", CliException.Usage);
        }

        return new(server, tokenFile, keyFile, sender, smtp is null ? null : ToSmtp(smtp, user, passwordFile, sender.Domain), directory, once, interval);
    }

    private static SmtpOptions ToSmtp(string address, string? user, string? passwordFile, string domain)
    {
        var colon = address.LastIndexOf(':');
        var inBrackets = address.StartsWith('[') && address.EndsWith(']');
        var (host, port) = colon < 0 || inBrackets ? (address, DefaultPort.ToString(CultureInfo.InvariantCulture)) : (address[..colon], address[(colon + 1)..]);
        host = host.Trim('[', ']');
        return host.Length > 0 && int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 65_535
            ? new(host, number, user, passwordFile is null ? null : TextFile.Read(passwordFile), domain)
            : throw new CliException("--smtp must look like mail.example.org:587", CliException.Usage);
    }
}
