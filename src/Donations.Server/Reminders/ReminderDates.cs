using Donations.Server.Storage;

namespace Donations.Server.Reminders;

/// <summary>On which day a reader is reminded. Days are UTC. No clock, no I/O; the same rules for reminders on the device and by mail.</summary>
internal static class ReminderDates
{
    /// <summary>The largest number of months, ahead or between two reminders.</summary>
    public const int MaxMonths = 12;

    /// <summary>From this day of the month on "next month" would come too soon: it means the one after.</summary>
    private const int LateInMonth = 20;

    /// <summary>What is offered beside next month.</summary>
    private static readonly int[] Offered = [3, 6];

    /// <summary>The day of a one-off reminder: so many months ahead (0: next month, by the rule), on the same day or, where that month has none such, its last.</summary>
    public static DateOnly OneOff(DateOnly made, int monthsAhead) => made.AddMonths(monthsAhead > 0 ? monthsAhead : made.Day < LateInMonth ? 1 : 2);

    /// <summary>
    /// The first day of a recurring reminder that is later than another. Each is counted from the day it was made: made on the 31st, it comes on the 28th
    /// of February and on the 31st of March.
    /// </summary>
    public static DateOnly Next(DateOnly made, int everyMonths, DateOnly after)
    {
        var months = everyMonths;
        while (made.AddMonths(months) <= after)
            months += everyMonths;
        return made.AddMonths(months);
    }

    /// <summary>The days to offer a reader: next month by the rule, in three months and in six.</summary>
    public static IReadOnlyList<DateOnly> Offers(DateOnly today) => [OneOff(today, 0), .. Offered.Select(months => OneOff(today, months))];

    /// <summary>A calendar month as a number, year × 12 + month − 1, so that months can be compared.</summary>
    public static long MonthOf(DateOnly day) => (day.Year * 12L) + day.Month - 1;

    /// <summary>The UTC day of a time in UTC microseconds.</summary>
    public static DateOnly Day(long micros) => DateOnly.FromDateTime(UnixMicros.ToDateTimeOffset(micros).UtcDateTime);

    /// <summary>The start of a day, in UTC microseconds.</summary>
    public static long Micros(DateOnly day) => new DateTimeOffset(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero).ToMicros();
}
