using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Google.Type;

namespace Donations.Cli;

/// <summary>Half-open intervals from dates as people type them.</summary>
internal static class Dates
{
    /// <summary>From a day (default: the first of this month) up to, not including, another one (default: tomorrow), at midnight in a zone.</summary>
    public static Interval Interval(string? from, string? to, string zone, DateTimeOffset now)
    {
        var timeZone = TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found) ? found : throw new CliException($"`{zone}` is not an IANA time zone, such as Europe/Riga", CliException.Usage);
        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, timeZone).DateTime);
        var start = from is null ? new DateOnly(today.Year, today.Month, 1) : Parse(from, "--from");
        var end = to is null ? today.AddDays(1) : Parse(to, "--to");
        if (start >= end)
            throw new CliException($"--from {start:yyyy-MM-dd} must be before --to {end:yyyy-MM-dd}, which is not included", CliException.Usage);
        return new() { StartTime = Midnight(start, timeZone), EndTime = Midnight(end, timeZone) };
    }

    /// <summary>The interval in words.</summary>
    public static string Show(Interval interval, string zone)
    {
        string Day(Timestamp time) => TimeZoneInfo.ConvertTime(time.ToDateTimeOffset(), TimeZoneInfo.FindSystemTimeZoneById(zone)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return $"from {Day(interval.StartTime)} up to, not including, {Day(interval.EndTime)} ({zone})";
    }

    /// <summary>The first instant of a day in UTC.</summary>
    public static DateTimeOffset Midnight(string day, string option) => new(Parse(day, option).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);

    private static DateOnly Parse(string text, string option) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
        ? date
        : throw new CliException($"{option} must be a date such as 2026-11-24", CliException.Usage);

    private static Timestamp Midnight(DateOnly date, TimeZoneInfo zone)
    {
        var local = date.ToDateTime(TimeOnly.MinValue);
        // A midnight that a clock change skips starts when the clock goes on.
        while (zone.IsInvalidTime(local))
            local = local.AddMinutes(1);
        return Timestamp.FromDateTimeOffset(new DateTimeOffset(local, zone.GetUtcOffset(local)));
    }
}
