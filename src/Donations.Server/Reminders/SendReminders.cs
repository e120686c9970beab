using Donations.Server.Campaigns;
using Donations.Server.Donors;
using Donations.Server.Mail;
using Donations.Server.Payments;
using Donations.Server.Storage;
using Donations.V1;
using Microsoft.Data.Sqlite;
using MailState = Donations.V1.Mail.Types.State;

namespace Donations.Server.Reminders;

/// <summary>
/// Sends the reminders whose day has come. Two files do not commit together, so each step can be repeated: 1 in the vault the reminder and its reader's
/// month are claimed; 2 in the main database the mail is queued, under a key of reminder and month; 3 when the mail has ended, the reminder does too, or
/// waits for its next day. Whatever is claimed and has no mail gets one, also after a crash.
/// </summary>
internal sealed class SendReminders(ReminderVault vault, MailReminders reminders, MailOutbox outbox, Database database, CampaignCatalog catalog, TimeProvider time) : IChore
{
    private const int Batch = 100;
    private const int MaxPurged = 1000;

    /// <summary>An address whose reminder could not be sent for so long after its day is destroyed.</summary>
    private const long KeepMicros = 45 * UnixMicros.PerDay;

    /// <summary>How often one that waits for its campaign is looked at.</summary>
    private const long WaitMicros = 3600 * UnixMicros.PerSecond;

    public TimeSpan Every => TimeSpan.FromMinutes(1);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var now = time.NowMicros();
        if (reminders.AreOffered && now < TooLate(now))
            await ClaimAsync(now, cancellationToken);
        await SettleAsync(now, cancellationToken);
        await vault.PurgeAsync(now - KeepMicros, ReminderDates.MonthOf(ReminderDates.Day(now)), MaxPurged);
        vault.Scrub();
    }

    /// <summary>
    /// When a mail of this month can no longer be sent in it: a mailer may hold it for as long as a lease lasts. What is not out by then belongs to the next
    /// month, or a reader could get two in one.
    /// </summary>
    private static long TooLate(long now)
    {
        var day = ReminderDates.Day(now);
        return ReminderDates.Micros(new DateOnly(day.Year, day.Month, 1).AddMonths(1)) - (long)MailPost.MaxLease.TotalMicroseconds;
    }

    /// <summary>Person by person, since one person gets one mail. Whoever was looked at is no longer due, so this ends.</summary>
    private async Task ClaimAsync(long now, CancellationToken cancellationToken)
    {
        List<byte[]> people;
        do
        {
            people = vault.ListDue(now, Batch, cancellationToken);
            if (people.Count > 0)
            {
                // Looked up first: a unit of work in one file does not wait for the other.
                var gifts = people.ConvertAll(person => LastGift(person, cancellationToken));
                await vault.WriteAsync(c => people.Zip(gifts).Sum(p => Claim(c, p.First, p.Second, now)));
            }
        }
        while (people.Count == Batch);
    }

    /// <summary>Answers with how many rows it destroyed.</summary>
    private int Claim(SqliteConnection connection, byte[] person, long? lastGift, long now)
    {
        var month = ReminderDates.MonthOf(ReminderDates.Day(now));
        var waiting = ReminderVault.ListWaiting(connection, person);
        var isReminded = ReminderVault.IsReminded(connection, person, month);
        var destroyed = 0;
        foreach (var (reminder, verdict) in ReminderRules.Judge(waiting, now, isReminded, lastGift, CampaignState))
        {
            switch (verdict)
            {
                case Verdict.Send:
                    ReminderVault.Claim(connection, person, month);
                    ReminderVault.Save(connection, reminder with { State = (long)ReminderState.Sending, DueTimeUs = TooLate(now) });
                    break;
                case Verdict.Wait:
                    ReminderVault.Save(connection, reminder with { DueTimeUs = now + WaitMicros });
                    break;
                case Verdict.Skip:
                    ReminderVault.Save(connection, Next(reminder, now));
                    break;
                default:
                    destroyed += ReminderVault.Delete(connection, reminder);
                    break;
            }
        }

        return destroyed;

        Campaign.Types.State CampaignState(string id) => catalog.Current.Find(id)?.StateAt(now) ?? (IsGone(id) ? Campaign.Types.State.Ended : Campaign.Types.State.Paused);
    }

    /// <summary>When the person last paid, by whatever pledge they began with this address: a card that was declined is no gift, and a renewal is one.</summary>
    private long? LastGift(byte[] person, CancellationToken cancellationToken) =>
        vault.ListPledges(person, cancellationToken) is { Count: > 0 } pledges ? database.Read(c => PaymentStore.LastPaid(c, pledges), cancellationToken) : null;

    /// <summary>Whether a campaign that readers do not see is over for good. One that cannot be read just now waits: its readers' addresses must outlive a bad row.</summary>
    private bool IsGone(string id) => database.Read(c => CampaignStore.Find(c, id)) is not { DeleteTimeUs: null } row || (Campaign.Types.State)row.State == Campaign.Types.State.Ended;

    private async Task SettleAsync(long now, CancellationToken cancellationToken)
    {
        for (var after = ""; ;)
        {
            var sending = vault.ListSending(after, Batch, cancellationToken);
            if (sending.Count == 0)
                return;
            var mails = database.Read(c => sending.ConvertAll(r => FindMail(c, r)), cancellationToken);
            if (mails.Contains(null))
            {
                mails = await database.WriteAsync(c => sending.ConvertAll(r =>
                {
                    outbox.Add(c, Letters.Reminder(r.ReminderId, r.CampaignId, r.Locale, r.DueTimeUs));
                    return FindMail(c, r);
                }));
            }

            var ended = sending.Zip(mails).Where(r => r.Second is not (MailState.Waiting or MailState.Leased)).ToList();
            if (ended.Count > 0)
                await vault.WriteAsync(c => ended.Sum(r => Settle(c, r.First.ReminderId, r.Second, now)));
            after = sending[^1].ReminderId;
        }
    }

    private static MailState? FindMail(SqliteConnection connection, ReminderRow reminder) => MailOutbox.Find(connection, Letters.ReminderKey(reminder.ReminderId, reminder.DueTimeUs));

    /// <summary>
    /// What follows from the end of a mail: one that expired unsent is tried again in the next month; otherwise a recurring reminder waits for its next day; and
    /// all else is destroyed, a mailbox that refused its mail for good among it. Answers with how many rows it destroyed.
    /// </summary>
    private static int Settle(SqliteConnection connection, string reminderId, MailState? mail, long now)
    {
        // It may have been cancelled, or been made to end after this mail.
        if (ReminderVault.Find(connection, reminderId) is not { State: (long)ReminderState.Sending } reminder)
            return 0;
        if (mail is null || (mail == MailState.Dropped && now >= reminder.DueTimeUs))
            ReminderVault.Save(connection, reminder with { State = (long)ReminderState.Waiting, DueTimeUs = now });
        else if (mail != MailState.Failed && reminder.IsRecurring)
            ReminderVault.Save(connection, Next(reminder, now));
        else
            return ReminderVault.Delete(connection, reminder);
        return 0;
    }

    /// <summary>Waiting for its next day.</summary>
    private static ReminderRow Next(ReminderRow reminder, long now)
    {
        var day = ReminderDates.Next(ReminderDates.Day(reminder.CreateTimeUs), (int)reminder.EveryMonths, ReminderDates.Day(Math.Max(now, reminder.RemindTimeUs)));
        return reminder with { State = (long)ReminderState.Waiting, RemindTimeUs = ReminderDates.Micros(day), DueTimeUs = ReminderDates.Micros(day) };
    }
}
