-- Mail to donors that waits, is with a mailer, or is finished. No address: that is joined from the vault when a mailer
-- takes a mail. state: 1 waiting, 2 leased, 3 sent, 4 dropped, 5 failed.
CREATE TABLE mails (
  mail_id TEXT PRIMARY KEY,
  dedupe_key TEXT NOT NULL UNIQUE,
  template INTEGER NOT NULL,
  pledge_id TEXT NOT NULL,
  donor_id TEXT NOT NULL,
  locale TEXT NOT NULL,
  -- What the text shows, as JSON; nothing personal, and blank once the mail is finished.
  letter_values TEXT NOT NULL,
  state INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  -- When a mailer may take it: not before, after a pause, or when its lease ends.
  due_time_us INTEGER NOT NULL,
  -- After this it helps nobody any more.
  expire_time_us INTEGER NOT NULL,
  create_time_us INTEGER NOT NULL,
  update_time_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX mails_due ON mails (due_time_us) WHERE state IN (1, 2);
CREATE INDEX mails_by_donor ON mails (donor_id, template);
CREATE INDEX mails_by_pledge ON mails (pledge_id, template) WHERE state = 1;
CREATE INDEX mails_expiring ON mails (expire_time_us) WHERE state = 1;
CREATE INDEX mails_finished ON mails (update_time_us) WHERE state > 2;
