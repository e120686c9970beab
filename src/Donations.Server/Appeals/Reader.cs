using Donations.Server.Storage;
using Donations.V1;
using Google.Protobuf.Collections;
using Date = Google.Type.Date;

namespace Donations.Server.Appeals;

/// <summary>What the client told about the reader and the page. Lives for one call.</summary>
/// <param name="Placement">Where the appeal would stand.</param>
/// <param name="Country">ISO 3166-1 alpha-2 code; empty for unknown.</param>
/// <param name="NowMicros">Now, UTC.</param>
internal readonly record struct Reader(Placement Placement, string Country, long NowMicros)
{
    /// <summary>More campaigns of a log are not read.</summary>
    public const int MaxLogs = 50;

    /// <summary>More views of one campaign are not read.</summary>
    public const int MaxViews = 200;

    /// <summary>More tags are not read for targeting.</summary>
    public const int MaxTags = 50;

    /// <summary>Day 0.</summary>
    public static readonly DateOnly Epoch = new(1970, 1, 1);

    /// <summary>Giving can be prosecuted where the reader is.</summary>
    public bool IsAtRisk { get; init; }

    /// <summary>0 to 999,999, or -1 for none.</summary>
    public int VisitorNumber { get; init; } = -1;

    public int ArticleCount { get; init; }

    public Device Device { get; init; }

    /// <summary>The section's number in the catalogue's <see cref="TopicIndex"/>; -1: none, or one that no campaign names.</summary>
    public int Section { get; init; } = -1;

    /// <summary>Numbers of the tags that some campaign names.</summary>
    public int[] Tags { get; init; } = [];

    /// <summary>Whole months since the month of the last gift, or -1 where none is known.</summary>
    public int MonthsSinceGift { get; init; } = -1;

    /// <summary>Days since the end of that month; negative while it lasts.</summary>
    public int DaysSinceGift { get; init; }

    /// <summary>Days since the day of a reminder on the device; what was seen before it does not count. Without one: all counts.</summary>
    public int DaysSinceReminder { get; init; } = int.MaxValue;

    public RepeatedField<CampaignLog>? Logs { get; init; }

    /// <summary>Days since 1970, UTC.</summary>
    public int Today => DayOf(NowMicros);

    public static int DayOf(long micros) => (int)(micros / UnixMicros.PerDay);

    /// <summary>What the client logged about a campaign, or null.</summary>
    public CampaignLog? LogOf(string campaign)
    {
        if (Logs is null)
            return null;
        for (var i = 0; i < Math.Min(Logs.Count, MaxLogs); i++)
        {
            if (Logs[i].Campaign == campaign)
                return Logs[i];
        }

        return null;
    }

    /// <summary>Views in the last days, today included, and not from before a reminder.</summary>
    public int ViewsIn(CampaignLog log, int days)
    {
        var views = 0;
        for (var i = 0; i < Math.Min(log.ViewDaysAgo.Count, MaxViews); i++)
        {
            var ago = Math.Max(0, log.ViewDaysAgo[i]);
            views += ago < days && ago <= DaysSinceReminder ? 1 : 0;
        }

        return views;
    }

    /// <summary>Days since 1970 of a date that <see cref="IsDate"/> holds for.</summary>
    public static int DayOf(Date date) => new DateOnly(date.Year, date.Month, date.Day).DayNumber - Epoch.DayNumber;

    public static bool IsDate(Date date) => IsMonth(date) && date.Day >= 1 && date.Day <= DateTime.DaysInMonth(date.Year, date.Month);

    public static bool IsMonth(Date date) => date.Year is >= 2000 and <= 9998 && date.Month is >= 1 and <= 12;
}
