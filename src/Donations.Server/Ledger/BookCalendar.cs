using System.Globalization;
using Donations.Server.Storage;

namespace Donations.Server.Ledger;

/// <summary>Days of the books: dates in the one book time zone, kept as integers such as 20261124.</summary>
internal sealed class BookCalendar
{
    public BookCalendar(LedgerOptions options)
    {
        (Zone, ZoneId) = (TimeZoneInfo.FindSystemTimeZoneById(options.BookTimeZone), options.BookTimeZone);
        if (options.OpeningDate.Length > 0)
        {
            OpeningMicros = DateOnly.TryParseExact(options.OpeningDate, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? StartOf(ToDay(date))
                : throw new InvalidOperationException("Ledger:OpeningDate must be a date such as 2026-11-24. Refusing to start.");
        }
    }

    public TimeZoneInfo Zone { get; }

    /// <summary>First instant of the books; what Stripe moved before it is in the opening entry. 0: everything posts by itself.</summary>
    public long OpeningMicros { get; }

    /// <summary>First day of the books, such as 20261124; 0 where everything posts by itself.</summary>
    public int OpeningDay => OpeningMicros == 0 ? 0 : DayOf(OpeningMicros);

    /// <summary>IANA name of the zone.</summary>
    public string ZoneId { get; }

    public int DayOf(long micros) => ToDay(DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(UnixMicros.ToDateTimeOffset(micros), Zone).DateTime));

    /// <summary>Whether an instant is a midnight there, so that whole days lie on both sides of it.</summary>
    public bool IsStartOfDay(long micros)
    {
        var day = DayOf(micros);
        return DayOf(micros - 1) != day;
    }

    /// <summary>The first instant of a day such as 20261124. Looked for, not computed: zones have skipped midnights, and whole days.</summary>
    public long StartOf(int day)
    {
        var midnight = new DateTimeOffset(ToDate(day).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero).ToMicros();
        var (before, from) = (midnight - (2 * UnixMicros.PerDay), midnight + (2 * UnixMicros.PerDay));
        while (from - before > 1)
        {
            var middle = before + ((from - before) / 2);
            if (DayOf(middle) < day)
                before = middle;
            else
                from = middle;
        }

        return from;
    }

    /// <summary>The day of an arrival, which Stripe gives as a date: midnight UTC of it, whatever the book time zone.</summary>
    public static int DayOfDate(long micros) => ToDay(DateOnly.FromDateTime(UnixMicros.ToDateTimeOffset(micros).UtcDateTime));

    /// <summary>Whether something that arrives on a date (see <see cref="DayOfDate"/>) does so in these books, not before they were opened.</summary>
    public bool Reaches(long? micros) => OpeningMicros == 0 || (micros is { } at && DayOfDate(at) >= OpeningDay);

    /// <summary>The first instant of a year, 1970 to 9999.</summary>
    public long StartOfYear(int year) => StartOf((year * 10_000) + 101);

    public static int ToDay(DateOnly date) => (date.Year * 10_000) + (date.Month * 100) + date.Day;

    public static DateOnly ToDate(int day) => new(day / 10_000, day / 100 % 100, day % 100);
}
