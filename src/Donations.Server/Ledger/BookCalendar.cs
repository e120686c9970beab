using Donations.Server.Storage;

namespace Donations.Server.Ledger;

/// <summary>Days of the books: dates in the one book time zone, kept as integers such as 20261124.</summary>
internal sealed class BookCalendar(LedgerOptions options)
{
    public TimeZoneInfo Zone { get; } = TimeZoneInfo.FindSystemTimeZoneById(options.BookTimeZone);

    /// <summary>IANA name of the zone.</summary>
    public string ZoneId => options.BookTimeZone;

    public int DayOf(long micros) => ToDay(DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(UnixMicros.ToDateTimeOffset(micros), Zone).DateTime));

    /// <summary>Whether an instant is a midnight there, so that whole days lie on both sides of it.</summary>
    public bool IsStartOfDay(long micros)
    {
        var day = DayOf(micros);
        return DayOf(micros - 1) != day;
    }

    /// <summary>The first instant of a year there. Looked for, not computed: zones have skipped the first of January.</summary>
    /// <param name="year">1970 to 9999.</param>
    public long StartOfYear(int year)
    {
        var (before, from) = (FirstOfJanuary(year) - (2 * UnixMicros.PerDay), FirstOfJanuary(year) + (2 * UnixMicros.PerDay));
        while (from - before > 1)
        {
            var middle = before + ((from - before) / 2);
            if (DayOf(middle) / 10_000 < year)
                before = middle;
            else
                from = middle;
        }

        return from;
    }

    public static int ToDay(DateOnly date) => (date.Year * 10_000) + (date.Month * 100) + date.Day;

    public static DateOnly ToDate(int day) => new(day / 10_000, day / 100 % 100, day % 100);

    private static long FirstOfJanuary(int year) => new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.Zero).ToMicros();
}
