using Donations.Server.Campaigns;
using Donations.Server.Donors;
using Donations.Server.Storage;
using Donations.V1;

namespace Donations.Server.Reminders;

/// <summary>Reminders as the contract shows them: without their reader.</summary>
internal static class ReminderMapping
{
    private const string Prefix = "reminders/";

    public static Reminder ToReminder(ReminderRow row, CheckedReminder form)
    {
        var day = ReminderDates.Day(row.RemindTimeUs);
        var reminder = new Reminder
        {
            Name = Prefix + row.ReminderId,
            Campaign = CampaignNames.Campaign(row.CampaignId),
            RemindDate = new() { Year = day.Year, Month = day.Month, Day = day.Day },
            CreateTime = UnixMicros.ToTimestamp(row.CreateTimeUs),
        };
        if (form.MonthsAhead is { } months)
            reminder.OneOff = new() { MonthsAhead = months };
        else
            reminder.Recurring = new() { EveryMonths = form.EveryMonths };
        return reminder;
    }
}
