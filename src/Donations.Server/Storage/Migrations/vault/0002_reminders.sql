-- Reminders by mail. A row lives as long as its address may be kept: it is deleted, not marked, when it has served, when the
-- reader cancels, and 45 days after a day on which nothing could be sent.
CREATE TABLE reminders (
  reminder_id TEXT PRIMARY KEY,
  campaign_id TEXT NOT NULL,
  email_index BLOB NOT NULL,
  sealed_email BLOB NOT NULL,
  key_id TEXT NOT NULL,
  -- BCP-47 tag of the mail.
  locale TEXT NOT NULL,
  -- 0: once; else every so many months, counted from create_time_us.
  every_months INTEGER NOT NULL,
  -- 1 waiting for its day, 2 its mail is in the outbox (donations.db).
  state INTEGER NOT NULL,
  -- Start of the UTC day of the next mail.
  remind_time_us INTEGER NOT NULL,
  -- Waiting: when to look at it, later than the day where its campaign is paused. In the outbox: when the mail is too late.
  due_time_us INTEGER NOT NULL,
  create_time_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX reminders_due ON reminders (due_time_us, email_index) WHERE state = 1;
CREATE INDEX reminders_sending ON reminders (reminder_id) WHERE state = 2;
CREATE INDEX reminders_by_email ON reminders (email_index);
CREATE INDEX reminders_by_day ON reminders (remind_time_us);

-- Who is reminded in which month (year × 12 + month − 1, UTC): once at most. Deleted when the month is over.
CREATE TABLE reminder_months (
  email_index BLOB NOT NULL,
  month INTEGER NOT NULL,
  PRIMARY KEY (email_index, month)
) STRICT, WITHOUT ROWID;

CREATE INDEX reminder_months_over ON reminder_months (month);
