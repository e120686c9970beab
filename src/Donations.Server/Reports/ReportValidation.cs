using Donations.Server.Campaigns;
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

    /// <summary>Rows of an answer that comes in one piece.</summary>
    public const int MaxRows = 10_000;

    /// <summary>An answer that would have to be cut is none: its sums would be wrong.</summary>
    public static void RefuseCut(int rows)
    {
        if (rows > MaxRows)
            throw RpcErrors.FieldInvalid("interval", $"has more than {MaxRows} rows: narrow it");
    }

    /// <summary>Both ends of a half-open interval, in microseconds.</summary>
    public static (long FromUs, long ToUs) Ends(Interval? interval, Violations violations, string path = "interval")
    {
        violations.Require(interval?.StartTime is not null, $"{path}.start_time", "is required");
        violations.Require(interval?.EndTime is not null, $"{path}.end_time", "is required");
        if (interval?.StartTime is null || interval.EndTime is null)
            return (0, 0);
        var from = UnixMicros.FromTimestamp(interval.StartTime);
        var to = UnixMicros.FromTimestamp(interval.EndTime);
        violations.Require(from is >= 0 and < EndOfTime, $"{path}.start_time", "must be from 1970 to 9999");
        violations.Require(to is >= 0 and < EndOfTime, $"{path}.end_time", "must be from 1970 to 9999");
        violations.Require(from < to, path, "must start before it ends");
        return (from, to);
    }

    /// <summary>An upper-case ISO 4217 code, or null for all.</summary>
    public static string? Currency(string code, Violations violations)
    {
        violations.Require(code.Length == 0 || Currencies.Find(code) is not null, "currency", "must be an ISO 4217 code, upper case");
        return code.Length == 0 ? null : code;
    }

    /// <summary>Whole book days only, in the book time zone only.</summary>
    public static (int FromDay, int ToDay) BookDays((long FromUs, long ToUs) ends, string zone, BookCalendar calendar, Violations violations, string path = "interval")
    {
        violations.Require(zone.Length == 0 || zone == calendar.ZoneId, "time_zone", $"summaries exist in the book time zone only, {calendar.ZoneId}");
        if (!violations.None)
            return (0, 0);
        violations.Require(calendar.IsStartOfDay(ends.FromUs), $"{path}.start_time", $"must be midnight in {calendar.ZoneId}");
        violations.Require(calendar.IsStartOfDay(ends.ToUs), $"{path}.end_time", $"must be midnight in {calendar.ZoneId}");
        return (calendar.DayOf(ends.FromUs), calendar.DayOf(ends.ToUs));
    }

    /// <summary>Whole UTC days only: what is counted without a reader's time zone.</summary>
    public static (int FromDay, int ToDay) UtcDays((long FromUs, long ToUs) ends, string zone, Violations violations)
    {
        violations.Require(zone is "" or "UTC", "time_zone", "events are counted by UTC days only");
        violations.Require(ends.FromUs % UnixMicros.PerDay == 0, "interval.start_time", "must be midnight in UTC");
        violations.Require(ends.ToUs % UnixMicros.PerDay == 0, "interval.end_time", "must be midnight in UTC");
        return violations.None ? (BookCalendar.DayOfDate(ends.FromUs), BookCalendar.DayOfDate(ends.ToUs)) : (0, 0);
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

    /// <summary>A campaign's id, or null for all.</summary>
    public static string? Campaign(string name, Violations violations)
    {
        if (name.Length == 0)
            return null;
        violations.Require(CampaignNames.TryParseCampaign(name, out var campaignId), "campaign", "must look like campaigns/{campaign}");
        return campaignId;
    }

    /// <summary>A payout's id at Stripe.</summary>
    public static string Payout(string name, Violations violations)
    {
        violations.Require(name.StartsWith(LedgerMapping.PayoutPrefix, StringComparison.Ordinal) && name.Length > LedgerMapping.PayoutPrefix.Length, "payout", "must look like payouts/{payout}");
        return violations.None ? name[LedgerMapping.PayoutPrefix.Length..] : "";
    }

    /// <summary>A year, or 0.</summary>
    public static void Year(int year, string path, Violations violations) => violations.Require(year == 0 || year is >= 1970 and <= 9999, path, "must be from 1970 to 9999");

    /// <summary>Two intervals that are compared may not overlap: what lies in both would be compared with itself.</summary>
    public static void Apart((long FromUs, long ToUs) one, (long FromUs, long ToUs) two, Violations violations) =>
        violations.Require(one.ToUs <= two.FromUs || two.ToUs <= one.FromUs, "compared_interval", "must not overlap the interval");
}
