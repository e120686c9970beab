using Donations.Server.Reminders;

namespace Donations.Tests.Reminders;

/// <summary>The days, over every day of four years (one of them a leap year) and every number of months: never a wrong month, never a day that is not there.</summary>
public sealed class ReminderDatesTests
{
    private static IEnumerable<DateOnly> FourYears => Enumerable.Range(0, (4 * 365) + 1).Select(new DateOnly(2026, 1, 1).AddDays);

    [Fact]
    public void Next_month_is_the_next_one_until_the_19th_and_the_one_after_from_the_20th()
    {
        foreach (var made in FourYears)
            Assert.Equal(Expected(made, made.Day < 20 ? 1 : 2), ReminderDates.OneOff(made, 0));
    }

    [Fact]
    public void A_one_off_is_on_the_same_day_so_many_months_later_or_on_that_months_last()
    {
        foreach (var made in FourYears)
        {
            for (var months = 1; months <= ReminderDates.MaxMonths; months++)
                Assert.Equal(Expected(made, months), ReminderDates.OneOff(made, months));
        }
    }

    [Fact]
    public void Recurring_ones_are_counted_from_the_day_they_were_made()
    {
        foreach (var made in FourYears)
        {
            for (var every = 1; every <= ReminderDates.MaxMonths; every++)
            {
                var day = made;
                for (var turn = 1; turn <= 6; turn++)
                {
                    day = ReminderDates.Next(made, every, day);
                    Assert.Equal(Expected(made, turn * every), day);
                }
            }
        }
    }

    /// <summary>After a day that is not one of its own (the server was down) the next of its own follows, and none is made up.</summary>
    [Fact]
    public void What_was_missed_is_not_made_up_for()
    {
        var made = new DateOnly(2026, 12, 31);
        foreach (var after in FourYears.Where(d => d >= made))
        {
            var next = ReminderDates.Next(made, 2, after);
            Assert.True(next > after);
            var months = ReminderDates.MonthOf(next) - ReminderDates.MonthOf(made);
            Assert.Equal(0, months % 2);
            Assert.Equal(Expected(made, (int)months), next);
            Assert.True(months == 2 || Expected(made, (int)months - 2) <= after);
        }
    }

    [Theory]
    [InlineData("2026-12-31", 2, "2027-02-28")]
    [InlineData("2027-12-31", 2, "2028-02-29")]
    [InlineData("2026-11-30", 3, "2027-02-28")]
    [InlineData("2027-01-31", 1, "2027-02-28")]
    [InlineData("2026-11-19", 0, "2026-12-19")]
    [InlineData("2026-11-20", 0, "2027-01-20")]
    [InlineData("2026-12-31", 0, "2027-02-28")]
    public void Days_that_people_ask_about(string made, int months, string expected) =>
        Assert.Equal(DateOnly.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), ReminderDates.OneOff(DateOnly.Parse(made, System.Globalization.CultureInfo.InvariantCulture), months));

    [Fact]
    public void A_february_does_not_shorten_the_months_after_it()
    {
        var made = new DateOnly(2027, 1, 31);
        var february = ReminderDates.Next(made, 1, made);
        Assert.Equal(new DateOnly(2027, 2, 28), february);
        Assert.Equal(new DateOnly(2027, 3, 31), ReminderDates.Next(made, 1, february));
    }

    [Fact]
    public void What_is_offered_lies_ahead_in_order()
    {
        Assert.Equal([new DateOnly(2027, 1, 24), new DateOnly(2027, 2, 24), new DateOnly(2027, 5, 24)], ReminderDates.Offers(new(2026, 11, 24)));
        foreach (var today in FourYears)
            Assert.Equal(3, ReminderDates.Offers(today).Where(d => d > today).Distinct().Count());
    }

    /// <summary>By arithmetic of its own, without the calendar's: month number and the length of that month.</summary>
    private static DateOnly Expected(DateOnly made, int months)
    {
        var number = (made.Year * 12) + made.Month - 1 + months;
        var (year, month) = (number / 12, (number % 12) + 1);
        var length = month switch
        {
            2 => year % 4 == 0 ? 29 : 28,
            4 or 6 or 9 or 11 => 30,
            _ => 31,
        };
        return new(year, month, Math.Min(made.Day, length));
    }
}
