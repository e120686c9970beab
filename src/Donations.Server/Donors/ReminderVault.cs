using Dapper;
using Microsoft.Data.Sqlite;

namespace Donations.Server.Donors;

/// <summary>Where a reminder stands.</summary>
internal enum ReminderState
{
    /// <summary>For its day.</summary>
    Waiting = 1,

    /// <summary>Its mail is in the outbox.</summary>
    Sending = 2,
}

/// <summary>A reminder by mail as the vault keeps it; the columns are told in the migration. Times are UTC microseconds.</summary>
internal sealed record ReminderRow(
    string ReminderId, string CampaignId, byte[] EmailIndex, byte[] SealedEmail, string KeyId, string Locale, long EveryMonths, long State, long RemindTimeUs, long DueTimeUs, long CreateTimeUs)
{
    public bool IsRecurring => EveryMonths > 0;
}

/// <summary>Readers who want to be reminded by mail, and of whom nothing is kept but that: rows are deleted, and the file is scrubbed.</summary>
internal sealed class ReminderVault(VaultFile file)
{
    /// <summary>Of one person: the oldest go first.</summary>
    public const int MaxPerPerson = 20;

    private const int MaxPledges = 100;
    private const string Columns =
        """
        reminder_id AS ReminderId, campaign_id AS CampaignId, email_index AS EmailIndex, sealed_email AS SealedEmail, key_id AS KeyId, locale AS Locale,
        every_months AS EveryMonths, state AS State, remind_time_us AS RemindTimeUs, due_time_us AS DueTimeUs, create_time_us AS CreateTimeUs
        """;

    /// <summary>Keeps a reminder in place of the one that waits for the same campaign and kind. One whose mail is out already is not repeated after it.</summary>
    public Task AddAsync(ReminderRow row) => WriteAsync(c =>
    {
        var replaced = c.Execute(
            "DELETE FROM reminders WHERE email_index = @EmailIndex AND campaign_id = @CampaignId AND (every_months > 0) = @IsRecurring AND state = 1", row);
        if (row.IsRecurring)
            c.Execute("UPDATE reminders SET every_months = 0 WHERE email_index = @EmailIndex AND campaign_id = @CampaignId AND state = 2", row);
        c.Execute(
            """
            INSERT INTO reminders (reminder_id, campaign_id, email_index, sealed_email, key_id, locale, every_months, state, remind_time_us, due_time_us, create_time_us)
            VALUES (@ReminderId, @CampaignId, @EmailIndex, @SealedEmail, @KeyId, @Locale, @EveryMonths, @State, @RemindTimeUs, @DueTimeUs, @CreateTimeUs)
            """,
            row);
        return replaced + c.Execute(
            "DELETE FROM reminders WHERE reminder_id IN (SELECT reminder_id FROM reminders WHERE email_index = @EmailIndex AND state = 1 ORDER BY reminder_id DESC LIMIT -1 OFFSET @MaxPerPerson)",
            new { row.EmailIndex, MaxPerPerson });
    });

    /// <summary>Destroys all that is kept of a person as a reader to be reminded, at once.</summary>
    public async Task CancelAsync(byte[] emailIndex)
    {
        // No reminder made from now on is due this month, so that the month needs no keeping either.
        await WriteAsync(c =>
            c.Execute("DELETE FROM reminders WHERE email_index = @emailIndex", new { emailIndex })
            + c.Execute("DELETE FROM reminder_months WHERE email_index = @emailIndex", new { emailIndex }));
        file.Scrub();
    }

    /// <summary>Destroys reminders whose day was before a time, and what is known of months before one; so many at a time.</summary>
    public Task PurgeAsync(long beforeUs, long beforeMonth, int maxRows) => WriteAsync(c =>
        c.Execute("DELETE FROM reminders WHERE reminder_id IN (SELECT reminder_id FROM reminders WHERE remind_time_us <= @beforeUs LIMIT @maxRows)", new { beforeUs, maxRows })
        + c.Execute("DELETE FROM reminder_months WHERE (email_index, month) IN (SELECT email_index, month FROM reminder_months WHERE month < @beforeMonth LIMIT @maxRows)", new { beforeMonth, maxRows }));

    /// <summary>Leaves nothing of destroyed rows on the disk.</summary>
    public void Scrub() => file.Scrub();

    /// <summary>Blind indexes of people with a reminder that is due, at most so many.</summary>
    public List<byte[]> ListDue(long now, int max, CancellationToken cancellationToken) => file.Database.Read(
        c => c.Query<byte[]>("SELECT DISTINCT email_index FROM reminders WHERE state = 1 AND due_time_us <= @now LIMIT @max", new { now, max }).AsList(), cancellationToken);

    /// <summary>Reminders whose mail is out, after an id.</summary>
    public List<ReminderRow> ListSending(string after, int max, CancellationToken cancellationToken) => file.Database.Read(
        c => c.Query<ReminderRow>($"SELECT {Columns} FROM reminders WHERE state = 2 AND reminder_id > @after ORDER BY reminder_id LIMIT @max", new { after, max }).AsList(), cancellationToken);

    public ReminderRow? Find(string reminderId) => file.Database.Read(c => Find(c, reminderId));

    /// <summary>Runs a unit of work that tells how many rows it destroyed.</summary>
    public async Task WriteAsync(Func<SqliteConnection, int> work)
    {
        // Only once it is committed: a scrub before that would find nothing and be content.
        if (await file.Database.WriteAsync(work) > 0)
            file.MarkDirty();
    }

    public static ReminderRow? Find(SqliteConnection connection, string reminderId) =>
        connection.QuerySingleOrDefault<ReminderRow>($"SELECT {Columns} FROM reminders WHERE reminder_id = @reminderId", new { reminderId });

    /// <summary>A person's waiting reminders, by day.</summary>
    public static List<ReminderRow> ListWaiting(SqliteConnection connection, byte[] emailIndex) =>
        connection.Query<ReminderRow>($"SELECT {Columns} FROM reminders WHERE email_index = @emailIndex AND state = 1 ORDER BY remind_time_us, reminder_id", new { emailIndex }).AsList();

    /// <summary>Pledges that the person began with this address, newest first; what became of them the main database knows.</summary>
    public List<string> ListPledges(byte[] emailIndex, CancellationToken cancellationToken) => file.Database.Read(
        c => c.Query<string>("SELECT pledge_id FROM contacts WHERE email_index = @emailIndex ORDER BY create_time_us DESC LIMIT @MaxPledges", new { emailIndex, MaxPledges }).AsList(), cancellationToken);

    /// <summary>Whether the person is reminded in this month already.</summary>
    public static bool IsReminded(SqliteConnection connection, byte[] emailIndex, long month) =>
        connection.ExecuteScalar<bool>("SELECT EXISTS (SELECT 1 FROM reminder_months WHERE email_index = @emailIndex AND month = @month)", new { emailIndex, month });

    /// <summary>The person is reminded in this month.</summary>
    public static void Claim(SqliteConnection connection, byte[] emailIndex, long month) =>
        connection.Execute("INSERT INTO reminder_months (email_index, month) VALUES (@emailIndex, @month)", new { emailIndex, month });

    public static void Save(SqliteConnection connection, ReminderRow row) => connection.Execute(
        "UPDATE reminders SET state = @State, remind_time_us = @RemindTimeUs, due_time_us = @DueTimeUs WHERE reminder_id = @ReminderId", row);

    /// <summary>Destroys one; answers 1.</summary>
    public static int Delete(SqliteConnection connection, ReminderRow row) => connection.Execute("DELETE FROM reminders WHERE reminder_id = @ReminderId", row);
}
