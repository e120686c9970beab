using Dapper;
using Donations.Server.Storage;
using Donations.V1;
using Microsoft.Data.Sqlite;
using State = Donations.V1.Mail.Types.State;

namespace Donations.Server.Mail;

internal sealed record MailRow(string MailId, long Template, string PledgeId, string Locale, string LetterValues, long State, long Attempts, long DueTimeUs, long ExpireTimeUs, string? ReminderId);

/// <summary>
/// Mail to donors, queued in the transaction of the fact that it tells, and handed out under leases. It holds no address: a
/// mail is (template, values), and the vault knows where to.
/// </summary>
internal sealed class MailOutbox(Database database, MailOptions options, Ids ids, TimeProvider time)
{
    /// <summary>A mail that was leased this often is not tried again.</summary>
    public const int MaxAttempts = 20;
    private const string Columns =
        "mail_id AS MailId, template AS Template, pledge_id AS PledgeId, locale AS Locale, letter_values AS LetterValues, state AS State, attempts AS Attempts, due_time_us AS DueTimeUs, expire_time_us AS ExpireTimeUs, reminder_id AS ReminderId";

    private const string Blank = "{}";
    private const long FirstPauseMicros = 60 * UnixMicros.PerSecond;
    private const long MaxPauseMicros = 6 * 3600 * UnixMicros.PerSecond;

    /// <summary>How long finished mails are kept: what tells a fact twice comes sooner.</summary>
    private const long KeepMicros = 90 * UnixMicros.PerDay;

    /// <summary>
    /// Queues a mail inside another unit of work; answers whether it did. Not where mail is off, where the fact was told
    /// before, where the mail would come too late, and for a failed payment not where the donor has such a mail waiting or
    /// got one a short while ago.
    /// </summary>
    public bool Add(SqliteConnection connection, MailDraft? draft)
    {
        var now = time.NowMicros();
        if (draft is null || options.Mode == MailMode.Off || draft.ExpireTimeUs <= now)
            return false;
        if (draft.Template == MailTemplate.PaymentFailed && HasDunning(connection, draft.To.DonorId, now))
            return false;
        return connection.Execute(
            """
            INSERT INTO mails (mail_id, dedupe_key, template, pledge_id, donor_id, reminder_id, locale, letter_values, state, due_time_us, expire_time_us, create_time_us, update_time_us)
            VALUES (@mailId, @DedupeKey, @template, @PledgeId, @DonorId, @ReminderId, @locale, @values, 1, @due, @ExpireTimeUs, @now, @now)
            ON CONFLICT (dedupe_key) DO NOTHING
            """,
            new
            {
                mailId = ids.New(),
                draft.DedupeKey,
                template = (int)draft.Template,
                draft.To.PledgeId,
                draft.To.DonorId,
                draft.ReminderId,
                locale = draft.To.Locale ?? "",
                values = draft.Values.ToJson(),
                due = draft.NotBeforeUs ?? now,
                draft.ExpireTimeUs,
                now,
            }) == 1;
    }

    /// <summary>What became of the mail that tells a fact; null: none is there.</summary>
    public static State? Find(SqliteConnection connection, string dedupeKey) => (State?)connection.ExecuteScalar<long?>("SELECT state FROM mails WHERE dedupe_key = @dedupeKey", new { dedupeKey });

    /// <summary>Drops a pledge's waiting mails of one kind: what they would tell is no longer so. A mail that is with a mailer goes out.</summary>
    public int Withdraw(SqliteConnection connection, string pledgeId, MailTemplate template) => connection.Execute(
        "UPDATE mails SET state = 4, letter_values = @Blank, update_time_us = @now WHERE state = 1 AND pledge_id = @pledgeId AND template = @template",
        new { Blank, now = time.NowMicros(), pledgeId, template = (int)template });

    /// <summary>Drops a donor's waiting mails, of one kind or, with null, all.</summary>
    public int WithdrawAllOf(SqliteConnection connection, string donorId, MailTemplate? template = null) => connection.Execute(
        "UPDATE mails SET state = 4, letter_values = @Blank, update_time_us = @now WHERE state = 1 AND donor_id = @donorId AND (@template IS NULL OR template = @template)",
        new { Blank, now = time.NowMicros(), donorId, template = (int?)template });

    /// <summary>
    /// Takes up to so many mails that are due, those included whose lease has ended. Answers with them and with how many it
    /// looked at: what is too old or was tried too often ends here.
    /// </summary>
    public async Task<(List<MailRow> Leased, int Seen)> LeaseAsync(int max, TimeSpan duration, CancellationToken cancellationToken)
    {
        // A mailer asks every few seconds, and mostly there is nothing: no write for that.
        var now = time.NowMicros();
        if (database.Read(c => c.ExecuteScalar<long>("SELECT EXISTS (SELECT 1 FROM mails WHERE state IN (1, 2) AND due_time_us <= @now)", new { now }), cancellationToken) == 0)
            return ([], 0);
        return await database.WriteAsync(c =>
        {
            var due = c.Query<MailRow>($"SELECT {Columns} FROM mails WHERE state IN (1, 2) AND due_time_us <= @now ORDER BY due_time_us, mail_id LIMIT @max", new { now, max }).AsList();
            var leased = new List<MailRow>();
            foreach (var row in due)
            {
                if (row.ExpireTimeUs <= now)
                    Finish(c, row, State.Dropped, now);
                else if (row.Attempts >= MaxAttempts)
                    Finish(c, row, State.Failed, now);
                else
                    leased.Add(Move(c, row with { State = (int)State.Leased, Attempts = row.Attempts + 1, DueTimeUs = now + (long)duration.TotalMicroseconds }, now));
            }

            return (leased, due.Count);
        });
    }

    /// <summary>Drops leased mails that have nowhere to go.</summary>
    public Task DropAsync(IEnumerable<MailRow> rows) => database.WriteAsync(c =>
    {
        foreach (var row in rows)
            Finish(c, row, State.Dropped, time.NowMicros());
    });

    /// <summary>
    /// What a mailer says became of a mail; null: there is none. That it was sent is believed whatever happened since; the
    /// other outcomes change nothing about a mail that is not leased.
    /// </summary>
    public Task<MailRow?> FinishAsync(string mailId, MailOutcome outcome)
    {
        var now = time.NowMicros();
        return database.WriteAsync(c => c.QuerySingleOrDefault<MailRow>($"SELECT {Columns} FROM mails WHERE mail_id = @mailId", new { mailId }) is not { } row ? null : (outcome, (State)row.State) switch
        {
            (MailOutcome.Sent, not State.Sent) => Finish(c, row, State.Sent, now),
            (MailOutcome.FailedForGood, State.Leased) => Finish(c, row, State.Failed, now),
            (MailOutcome.FailedTemporarily, State.Leased) when row.Attempts >= MaxAttempts => Finish(c, row, State.Failed, now),
            (MailOutcome.FailedTemporarily, State.Leased) => Move(c, row with { State = (int)State.Waiting, DueTimeUs = now + Pause(row.Attempts) }, now),
            _ => row,
        });
    }

    /// <summary>Drops mails that waited too long, and forgets finished ones; so many at a time.</summary>
    public Task ForgetAsync(int maxRows)
    {
        var now = time.NowMicros();
        return database.WriteAsync(c =>
        {
            c.Execute(
                "UPDATE mails SET state = 4, letter_values = @Blank, update_time_us = @now WHERE mail_id IN (SELECT mail_id FROM mails WHERE state = 1 AND expire_time_us <= @now LIMIT @maxRows)",
                new { Blank, now, maxRows });
            c.Execute("DELETE FROM mails WHERE mail_id IN (SELECT mail_id FROM mails WHERE state > 2 AND update_time_us < @before LIMIT @maxRows)", new { before = now - KeepMicros, maxRows });
        });
    }

    /// <summary>A minute, then twice as long each time, up to six hours.</summary>
    private static long Pause(long attempts) => Math.Min(FirstPauseMicros << (int)Math.Min(attempts - 1, 12), MaxPauseMicros);

    private bool HasDunning(SqliteConnection connection, string donorId, long now) => connection.ExecuteScalar<bool>(
        "SELECT EXISTS (SELECT 1 FROM mails WHERE donor_id = @donorId AND template = @template AND (state IN (1, 2) OR (state = 3 AND update_time_us > @since)))",
        new { donorId, template = (int)MailTemplate.PaymentFailed, since = now - (long)options.DunningQuietTime.TotalMicroseconds });

    private static MailRow Finish(SqliteConnection connection, MailRow row, State state, long now) => Move(connection, row with { State = (int)state, LetterValues = Blank }, now);

    private static MailRow Move(SqliteConnection connection, MailRow row, long now)
    {
        connection.Execute(
            "UPDATE mails SET state = @State, attempts = @Attempts, due_time_us = @DueTimeUs, letter_values = @LetterValues, update_time_us = @now WHERE mail_id = @MailId",
            new { row.State, row.Attempts, row.DueTimeUs, row.LetterValues, now, row.MailId });
        return row;
    }
}

/// <summary>Mails that helped nobody in time are dropped, finished ones forgotten after 90 days.</summary>
internal sealed class ForgetMails(MailOutbox outbox) : IChore
{
    private const int MaxRows = 1000;

    public TimeSpan Every => TimeSpan.FromMinutes(10);

    public Task RunAsync(CancellationToken cancellationToken) => outbox.ForgetAsync(MaxRows);
}
