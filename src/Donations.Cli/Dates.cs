using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Google.Type;

namespace Donations.Cli;

/// <summary>Half-open intervals from dates as people type them.</summary>
internal static class Dates
{
    /// <summary>From a day (default: the first of this month) up to, not including, another one (default: tomorrow), at midnight in a zone.</summary>
    public static Interval Interval(string? from, string? to, string zone, DateTimeOffset now, string fromOption = "--from", string toOption = "--to")
    {
        var timeZone = Zone(zone);
        var today = Today(timeZone, now);
        var start = from is null ? new DateOnly(today.Year, today.Month, 1) : Parse(from, fromOption);
        var end = to is null ? today.AddDays(1) : Parse(to, toOption);
        if (start >= end)
            throw new CliException($"{fromOption} {start:yyyy-MM-dd} must be before {toOption} {end:yyyy-MM-dd}, which is not included", CliException.Usage);
        return new() { StartTime = Midnight(start, timeZone), EndTime = Midnight(end, timeZone) };
    }

    /// <summary>The interval in words.</summary>
    public static string Show(Interval interval, string zone) => $"from {Show(interval.StartTime, zone)} up to, not including, {Show(interval.EndTime, zone)} ({zone})";

    /// <summary>The day of an instant.</summary>
    public static string Show(Timestamp time, string zone) =>
        TimeZoneInfo.ConvertTime(time.ToDateTimeOffset(), TimeZoneInfo.FindSystemTimeZoneById(zone)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>The day before another one (default: tomorrow, so that it is today).</summary>
    public static string DayBefore(string? to, string option, string zone, DateTimeOffset now) =>
        (to is null ? Today(Zone(zone), now) : Parse(to, option).AddDays(-1)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>Whole calendar years; 0 for the first there may be, and for this one.</summary>
    public static Interval Years(int start, int end, string zone, DateTimeOffset now)
    {
        const int first = 1970;
        var timeZone = Zone(zone);
        var (from, to) = (start == 0 ? first : start, end == 0 ? Today(timeZone, now).Year : end);
        if (from < first || to > 9998 || from > to)
            throw new CliException($"--start-year {from} and --end-year {to} are not years one after the other", CliException.Usage);
        // The epoch's own midnight is before 1970 in zones east of Greenwich.
        return new() { StartTime = from == first ? new() : Midnight(new(from, 1, 1), timeZone), EndTime = Midnight(new(to + 1, 1, 1), timeZone) };
    }

    /// <summary>A day as the contract has it.</summary>
    public static Date ToDate(string day, string option)
    {
        var date = Parse(day, option);
        return new() { Year = date.Year, Month = date.Month, Day = date.Day };
    }

    /// <summary>The first instant of a day in UTC.</summary>
    public static DateTimeOffset Midnight(string day, string option) => new(Parse(day, option).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);

    private static TimeZoneInfo Zone(string zone) =>
        TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found) ? found : throw new CliException($"`{zone}` is not an IANA time zone, such as Europe/Riga", CliException.Usage);

    private static DateOnly Today(TimeZoneInfo zone, DateTimeOffset now) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime);

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
