-- Events and saved answers come under random ids, and a row of half a kilobyte or more inside the tree of its key has a page of its own
-- rewritten each time. Now rows are appended, and only the ids, which are short, are spread over an index.
CREATE TABLE inbox_events_appended (
  event_id TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL,
  api_version TEXT,
  object_id TEXT NOT NULL,
  projection TEXT NOT NULL,
  event_time_us INTEGER NOT NULL,
  receive_time_us INTEGER NOT NULL,
  state INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_try_time_us INTEGER NOT NULL,
  failure TEXT,
  update_time_us INTEGER NOT NULL
) STRICT;

INSERT INTO inbox_events_appended (event_id, type, api_version, object_id, projection, event_time_us, receive_time_us, state, attempts, next_try_time_us, failure, update_time_us)
SELECT event_id, type, api_version, object_id, projection, event_time_us, receive_time_us, state, attempts, next_try_time_us, failure, update_time_us
FROM inbox_events ORDER BY receive_time_us, event_id;

DROP TABLE inbox_events;
ALTER TABLE inbox_events_appended RENAME TO inbox_events;

CREATE INDEX inbox_events_due ON inbox_events (next_try_time_us) WHERE state = 1;
CREATE INDEX inbox_events_by_time ON inbox_events (receive_time_us, event_id);
CREATE INDEX inbox_events_poisoned ON inbox_events (receive_time_us) WHERE state = 4;
CREATE INDEX inbox_events_by_object ON inbox_events (object_id, type);

CREATE TABLE idempotency_records_appended (
  request_key BLOB NOT NULL UNIQUE,
  request_digest BLOB NOT NULL,
  subject_id TEXT NOT NULL,
  sealed_secret BLOB,
  sealed_response BLOB,
  create_time_us INTEGER NOT NULL
) STRICT;

INSERT INTO idempotency_records_appended (request_key, request_digest, subject_id, sealed_secret, sealed_response, create_time_us)
SELECT request_key, request_digest, subject_id, sealed_secret, sealed_response, create_time_us FROM idempotency_records ORDER BY create_time_us;

DROP TABLE idempotency_records;
ALTER TABLE idempotency_records_appended RENAME TO idempotency_records;

CREATE INDEX idempotency_records_by_time ON idempotency_records (create_time_us);
