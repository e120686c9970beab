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

    /// <summary>What stands for the campaign's id in <see cref="GiveUrl"/>.</summary>
    public const string CampaignPlace = "{campaign}";

    /// <summary>Who sends it.</summary>
    public MailMode Mode { get; set; } = MailMode.Mailer;

    /// <summary>A donor gets no second mail about failed payments for so long, whichever pledge it is about.</summary>
    public TimeSpan DunningQuietTime { get; set; } = TimeSpan.FromDays(3);

    /// <summary>Page where donors enter their manage code; its host should not name the newspaper. Empty: mails name no page.</summary>
    public string ManageUrl { get; set; } = "";

    /// <summary>Page where a reader can give, with `{campaign}` for the campaign's id; its host should not name the newspaper. Empty: reminders name no page.</summary>
    public string GiveUrl { get; set; } = "";

    /// <summary>
    /// Where the server's `/reminders/cancel` is reached from outside: https, and a host that does not name the newspaper. Empty: in Development this server's
    /// own address, elsewhere no reminders are sent by mail.
    /// </summary>
    public string UnsubscribeUrl { get; set; } = "";

    /// <summary>Development: where mail is written, relative to the data directory; empty: this process sends none.</summary>
    public string Directory { get; set; } = "mail";

    /// <summary>Development: the sender.</summary>
    public string From { get; set; } = "Payments <no-reply@localhost>";

    public static MailOptions Load(IConfiguration configuration)
    {
        var options = configuration.GetSection(Section).Get<MailOptions>() ?? new();
        foreach (var (key, url) in (ReadOnlySpan<(string, string)>)[("ManageUrl", options.ManageUrl), ("GiveUrl", options.GiveUrl), ("UnsubscribeUrl", options.UnsubscribeUrl)])
        {
            if (url.Length > 0 && !(Uri.TryCreate(url, UriKind.Absolute, out var uri) && (uri.Scheme == "https" || (uri.Scheme == "http" && uri.IsLoopback))))
                throw new InvalidOperationException($"Mail:{key} must be an https address. Refusing to start.");
        }

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
