using Donations.Server.Donors;
using Donations.V1;

namespace Donations.Server.Reminders;

/// <summary>What is done with a reminder whose day has come.</summary>
internal enum Verdict
{
    /// <summary>The mail goes out.</summary>
    Send,

    /// <summary>Later: its campaign is not on now.</summary>
    Wait,

    /// <summary>Not this time, but the next.</summary>
    Skip,

    /// <summary>Never; the address is destroyed.</summary>
    Drop,
}

/// <summary>Who is reminded of what: one mail per person and calendar month. No clock, no I/O.</summary>
internal static class ReminderRules
{
    /// <summary>The verdict on each of one person's reminders that are due.</summary>
    /// <param name="waiting">All that wait for a day, by day.</param>
    /// <param name="now">UTC microseconds.</param>
    /// <param name="isReminded">A mail of this month is out already.</param>
    /// <param name="lastGiftUs">When the person last paid a gift; null: never.</param>
    /// <param name="campaign">Where a campaign stands now, by id; ENDED for one that is gone.</param>
    public static List<(ReminderRow Reminder, Verdict Verdict)> Judge(IReadOnlyList<ReminderRow> waiting, long now, bool isReminded, long? lastGiftUs, Func<string, Campaign.Types.State> campaign)
    {
        var month = MonthOf(now);
        bool HasServed(ReminderRow r) => lastGiftUs > r.CreateTimeUs || campaign(r.CampaignId) == Campaign.Types.State.Ended;
        bool IsOn(ReminderRow r) => !HasServed(r) && campaign(r.CampaignId) == Campaign.Types.State.Active;
        bool IsDue(ReminderRow r) => r.DueTimeUs <= now;

        // A recurring one goes before one-offs, also where it comes later in the month.
        var recurring = waiting.Any(r => r.IsRecurring && IsOn(r) && (IsDue(r) || MonthOf(r.RemindTimeUs) == month));
        var verdicts = new List<(ReminderRow, Verdict)>();
        foreach (var reminder in waiting.Where(IsDue))
        {
            var verdict = HasServed(reminder) ? Verdict.Drop
                : !IsOn(reminder) ? Verdict.Wait
                : !isReminded && (reminder.IsRecurring || !recurring) ? Verdict.Send
                : reminder.IsRecurring ? Verdict.Skip
                : Verdict.Drop;
            isReminded |= verdict == Verdict.Send;
            verdicts.Add((reminder, verdict));
        }

        return verdicts;
    }

    private static long MonthOf(long micros) => ReminderDates.MonthOf(ReminderDates.Day(micros));
}
