ALTER TABLE campaigns ADD COLUMN archive_time_us INTEGER;

-- What holds for all campaigns: kill switches and editorial exclusions. One row, as the bytes of its message; none: nothing is stopped.
CREATE TABLE appeal_settings (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  resource BLOB NOT NULL,
  update_time_us INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;

-- What was last published of how far a campaign's goal is reached. counted is the number of gifts behind it, unrounded: the next
-- numbers come when it has grown enough. supporter_count 0: nothing was published yet.
CREATE TABLE campaign_progress (
  campaign_id TEXT PRIMARY KEY REFERENCES campaigns,
  slot INTEGER NOT NULL,
  counted INTEGER NOT NULL,
  supporter_count INTEGER NOT NULL,
  currency TEXT NOT NULL,
  amount_minor INTEGER NOT NULL,
  publish_time_us INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who changed what: insert only. changes holds the fields before and after, as an AuditEvent with nothing else set.
CREATE TABLE audit_events (
  audit_id INTEGER PRIMARY KEY,
  event_time_us INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  resource TEXT NOT NULL,
  changes BLOB NOT NULL
) STRICT;

CREATE INDEX audit_events_by_resource ON audit_events (resource, audit_id);
CREATE TRIGGER audit_events_no_update BEFORE UPDATE ON audit_events BEGIN SELECT RAISE(ABORT, 'the audit log is insert only'); END;
CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events BEGIN SELECT RAISE(ABORT, 'the audit log is insert only'); END;
