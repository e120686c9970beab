using Donations.Mailer;

namespace Donations.Server.Mail;

/// <summary>Who sends mail to donors.</summary>
internal enum MailMode
{
    /// <summary>The mailer: `donations mailer`, or in development this process.</summary>
    Mailer,

    /// <summary>Nobody: nothing is queued.</summary>
    Off,
}

/// <summary>Mail to donors.</summary>
internal sealed class MailOptions
{
    public const string Section = "Mail";

    /// <summary>Who sends it.</summary>
    public MailMode Mode { get; set; } = MailMode.Mailer;

    /// <summary>A donor gets no second mail about failed payments for so long, whichever pledge it is about.</summary>
    public TimeSpan DunningQuietTime { get; set; } = TimeSpan.FromDays(3);

    /// <summary>Page where donors enter their manage code; its host should not name the newspaper. Empty: mails name no page.</summary>
    public string ManageUrl { get; set; } = "";

    /// <summary>Development: where mail is written, relative to the data directory; empty: this process sends none.</summary>
    public string Directory { get; set; } = "mail";

    /// <summary>Development: the sender.</summary>
    public string From { get; set; } = "Payments <no-reply@localhost>";

    public static MailOptions Load(IConfiguration configuration)
    {
        var options = configuration.GetSection(Section).Get<MailOptions>() ?? new();
        if (options.ManageUrl.Length > 0 && !(Uri.TryCreate(options.ManageUrl, UriKind.Absolute, out var uri) && (uri.Scheme == "https" || (uri.Scheme == "http" && uri.IsLoopback))))
            throw new InvalidOperationException("Mail:ManageUrl must be an https address. Refusing to start.");
        if (options.DunningQuietTime < TimeSpan.Zero)
            throw new InvalidOperationException("Mail:DunningQuietTime must not be negative. Refusing to start.");
        try
        {
            MailComposer.ParseFrom(options.From);
        }
        catch (FormatException e)
        {
            throw new InvalidOperationException($"Mail:From {e.Message}. Refusing to start.", e);
        }

        return options;
    }
}
