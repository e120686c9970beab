-- Receipts and annual statements. The series is R or S; within a year a series has no gaps, so no row is ever removed.
-- A receipt is about a payment, a statement about a donor's year. Whose it is may be forgotten; the number may not.
CREATE TABLE receipts (
  receipt_id INTEGER PRIMARY KEY,
  series TEXT NOT NULL CHECK (series IN ('R', 'S')),
  number_year INTEGER NOT NULL,
  sequence INTEGER NOT NULL CHECK (sequence > 0),
  payment_id TEXT REFERENCES payments,
  donor_id TEXT,
  statement_year INTEGER,
  UNIQUE (series, number_year, sequence),
  CHECK ((series = 'S') = (statement_year IS NOT NULL))
) STRICT;

CREATE UNIQUE INDEX receipts_by_payment ON receipts (payment_id) WHERE payment_id IS NOT NULL;
CREATE UNIQUE INDEX receipts_by_donor ON receipts (donor_id, statement_year) WHERE donor_id IS NOT NULL;

-- The log: who had a version made, when, why. Nothing in it leads to a donor.
CREATE TABLE receipt_versions (
  entry_id INTEGER PRIMARY KEY,
  receipt_id INTEGER NOT NULL REFERENCES receipts,
  version INTEGER NOT NULL CHECK (version > 0),
  cause INTEGER NOT NULL,
  reason TEXT,
  actor TEXT NOT NULL,
  facts_sha256 BLOB NOT NULL,
  issue_time_us INTEGER NOT NULL,
  UNIQUE (receipt_id, version)
) STRICT;

-- What was issued, a row per language: the message as it was answered, compressed. Blank once it is forgotten; its digest stays.
CREATE TABLE receipt_documents (
  entry_id INTEGER NOT NULL REFERENCES receipt_versions,
  locale TEXT NOT NULL,
  html_sha256 BLOB NOT NULL,
  document BLOB,
  PRIMARY KEY (entry_id, locale)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER receipts_keep_their_number BEFORE UPDATE ON receipts
WHEN (NEW.receipt_id, NEW.series, NEW.number_year, NEW.sequence, NEW.statement_year) IS NOT (OLD.receipt_id, OLD.series, OLD.number_year, OLD.sequence, OLD.statement_year)
  OR coalesce(NEW.payment_id <> OLD.payment_id, NEW.payment_id IS NOT NULL) OR coalesce(NEW.donor_id <> OLD.donor_id, NEW.donor_id IS NOT NULL)
BEGIN
  SELECT RAISE(ABORT, 'a receipt keeps its number');
END;
CREATE TRIGGER receipts_no_delete BEFORE DELETE ON receipts BEGIN SELECT RAISE(ABORT, 'receipt numbers have no gaps'); END;
CREATE TRIGGER receipt_versions_no_update BEFORE UPDATE ON receipt_versions BEGIN SELECT RAISE(ABORT, 'the log of receipts is insert only'); END;
CREATE TRIGGER receipt_versions_no_delete BEFORE DELETE ON receipt_versions BEGIN SELECT RAISE(ABORT, 'the log of receipts is insert only'); END;
CREATE TRIGGER receipt_documents_are_final BEFORE UPDATE ON receipt_documents
WHEN NEW.document IS NOT NULL OR (NEW.entry_id, NEW.locale, NEW.html_sha256) IS NOT (OLD.entry_id, OLD.locale, OLD.html_sha256)
BEGIN
  SELECT RAISE(ABORT, 'an issued document does not change');
END;
CREATE TRIGGER receipt_documents_no_delete BEFORE DELETE ON receipt_documents BEGIN SELECT RAISE(ABORT, 'the log of receipts is insert only'); END;
