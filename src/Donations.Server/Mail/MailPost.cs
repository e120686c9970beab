using Donations.Server.Donors;

namespace Donations.Server.Mail;

/// <summary>Hands mails out with the sealed address that the vault keeps for their pledge or reminder. This is the boundary: behind it are only those who hold a mailer's role or, in development, its key.</summary>
internal sealed class MailPost(MailOutbox outbox, ContactVault vault, ReminderVault reminders, UnsubscribeLinks links, MailOptions options)
{
    public const int DefaultCount = 20;
    public const int MaxCount = 100;
    public static readonly TimeSpan DefaultLease = TimeSpan.FromMinutes(5);
    public static readonly TimeSpan MinLease = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan MaxLease = TimeSpan.FromHours(1);

    /// <summary>Up to so many mails; fewer: nothing more is due. Those that have no address are dropped: the transaction that queued them could not see the vault.</summary>
    public async Task<List<V1.Mail>> LeaseAsync(int max, TimeSpan duration, CancellationToken cancellationToken)
    {
        var mails = new List<V1.Mail>();
        while (mails.Count < max)
        {
            var asked = max - mails.Count;
            var (leased, seen) = await outbox.LeaseAsync(asked, duration, cancellationToken);
            var homeless = new List<MailRow>();
            foreach (var row in leased)
            {
                if (Address(row) is { } mail)
                    mails.Add(mail);
                else
                    homeless.Add(row);
            }

            if (homeless.Count > 0)
                await outbox.DropAsync(homeless);
            if (seen < asked)
                break;
        }

        return mails;
    }

    /// <summary>The mail with where it goes; null: nowhere, or no link could cancel it.</summary>
    private V1.Mail? Address(MailRow row)
    {
        if (row.ReminderId is not { } reminderId)
            return vault.FindSealed(row.PledgeId) is { } box ? MailMapping.ToLeased(row, box, options.ManageUrl) : null;
        return reminders.Find(reminderId) is { } reminder && links.For(reminder.EmailIndex) is { } link
            ? MailMapping.ToReminder(row, reminder.SealedEmail, options.GiveUrl, link)
            : null;
    }
}
