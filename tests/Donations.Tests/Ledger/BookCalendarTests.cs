using Donations.Server.Ledger;
using Donations.Server.Storage;

namespace Donations.Tests.Ledger;

public sealed class BookCalendarTests
{
    [Theory]
    [InlineData("UTC", 2027, "2027-01-01T00:00:00Z")]
    [InlineData("Europe/Riga", 2027, "2026-12-31T22:00:00Z")]
    [InlineData("Pacific/Auckland", 2027, "2026-12-31T11:00:00Z")]
    [InlineData("America/Los_Angeles", 1970, "1970-01-01T08:00:00Z")]
    [InlineData("Pacific/Kiritimati", 9999, "9998-12-31T10:00:00Z")]
    public void A_year_starts_at_its_midnight(string zone, int year, string start)
    {
        var calendar = new BookCalendar(new() { BookTimeZone = zone });
        var micros = calendar.StartOfYear(year);
        Assert.Equal(DateTimeOffset.Parse(start, System.Globalization.CultureInfo.InvariantCulture).ToMicros(), micros);
        Assert.Equal(((year * 10_000) + 101, ((year - 1) * 10_000) + 1231), (calendar.DayOf(micros), calendar.DayOf(micros - 1)));
    }
}
