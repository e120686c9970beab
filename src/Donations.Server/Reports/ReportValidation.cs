using Donations.Server.Ledger;
using Donations.Server.Money;
using Donations.Server.Rpc;
using Donations.Server.Storage;
using Interval = Google.Type.Interval;

namespace Donations.Server.Reports;

internal static class ReportValidation
{
    /// <summary>The last midnight UTC of year 9999, which is a date in every zone.</summary>
    private const long EndOfTime = 253_402_214_400 * UnixMicros.PerSecond;

    /// <summary>Both ends of a half-open interval, in microseconds.</summary>
    public static (long FromUs, long ToUs) Ends(Interval interval, Violations violations)
    {
        violations.Require(interval.StartTime is not null, "interval.start_time", "is required");
        violations.Require(interval.EndTime is not null, "interval.end_time", "is required");
        if (interval.StartTime is null || interval.EndTime is null)
            return (0, 0);
        var from = UnixMicros.FromTimestamp(interval.StartTime);
        var to = UnixMicros.FromTimestamp(interval.EndTime);
        violations.Require(from is >= 0 and < EndOfTime, "interval.start_time", "must be from 1970 to 9999");
        violations.Require(to is >= 0 and < EndOfTime, "interval.end_time", "must be from 1970 to 9999");
        violations.Require(from < to, "interval", "must start before it ends");
        return (from, to);
    }

    /// <summary>An upper-case ISO 4217 code, or null for all.</summary>
    public static string? Currency(string code, Violations violations)
    {
        violations.Require(code.Length == 0 || Currencies.Find(code) is not null, "currency", "must be an ISO 4217 code, upper case");
        return code.Length == 0 ? null : code;
    }

    /// <summary>Whole book days only, in the book time zone only.</summary>
    public static (int FromDay, int ToDay) BookDays((long FromUs, long ToUs) ends, string zone, BookCalendar calendar, Violations violations)
    {
        violations.Require(zone.Length == 0 || zone == calendar.ZoneId, "time_zone", $"summaries exist in the book time zone only, {calendar.ZoneId}");
        if (!violations.None)
            return (0, 0);
        violations.Require(calendar.IsStartOfDay(ends.FromUs), "interval.start_time", $"must be midnight in {calendar.ZoneId}");
        violations.Require(calendar.IsStartOfDay(ends.ToUs), "interval.end_time", $"must be midnight in {calendar.ZoneId}");
        return (calendar.DayOf(ends.FromUs), calendar.DayOf(ends.ToUs));
    }

    /// <summary>An IANA zone, or the book time zone for an empty name.</summary>
    public static TimeZoneInfo Zone(string name, BookCalendar calendar, Violations violations)
    {
        if (name.Length == 0)
            return calendar.Zone;
        if (name.Contains('/', StringComparison.Ordinal) | name == "UTC" && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone))
            return zone;
        violations.Add("time_zone", "must be an IANA time zone, such as Europe/Riga");
        return calendar.Zone;
    }
}
