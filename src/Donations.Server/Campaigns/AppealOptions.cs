namespace Donations.Server.Campaigns;

/// <summary>Asking.</summary>
internal sealed class AppealOptions
{
    public const string Section = "Appeals";

    /// <summary>Page that shows previews; it takes the token from its fragment. Empty: CreatePreviewLink names none.</summary>
    public string PreviewUrl { get; set; } = "";

    /// <summary>How often the progress of campaigns is looked at, from midnight UTC on: a fixed time, not when a gift comes.</summary>
    public TimeSpan ProgressEvery { get; set; } = TimeSpan.FromHours(6);

    public static AppealOptions Load(IConfiguration configuration)
    {
        var options = configuration.GetSection(Section).Get<AppealOptions>() ?? new();
        if (options.PreviewUrl.Length > 0 && !(Uri.TryCreate(options.PreviewUrl, UriKind.Absolute, out var uri) && uri.Fragment.Length == 0 && (uri.Scheme == "https" || (uri.Scheme == "http" && uri.IsLoopback))))
            throw new InvalidOperationException("Appeals:PreviewUrl must be an https address without a fragment. Refusing to start.");
        if (options.ProgressEvery < TimeSpan.FromHours(1) || options.ProgressEvery > TimeSpan.FromDays(7))
            throw new InvalidOperationException("Appeals:ProgressEvery must be from an hour to seven days. Refusing to start.");
        return options;
    }
}
