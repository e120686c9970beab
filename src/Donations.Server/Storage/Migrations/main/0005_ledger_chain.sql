-- A hash of each entry with its lines, and blocks of entries chained by hash: SQLite does not notice a flipped bit in a value.
CREATE TABLE journal_hashes (
  entry_id INTEGER PRIMARY KEY REFERENCES journal_entries,
  hash BLOB NOT NULL
) STRICT;

CREATE TABLE journal_blocks (
  block_id INTEGER PRIMARY KEY,
  first_entry_id INTEGER NOT NULL,
  last_entry_id INTEGER NOT NULL,
  entry_count INTEGER NOT NULL,
  hash BLOB NOT NULL,
  seal_time_us INTEGER NOT NULL
) STRICT;

CREATE TRIGGER journal_hashes_no_update BEFORE UPDATE ON journal_hashes BEGIN SELECT RAISE(ABORT, 'the journal is insert only'); END;
CREATE TRIGGER journal_hashes_no_delete BEFORE DELETE ON journal_hashes BEGIN SELECT RAISE(ABORT, 'the journal is insert only'); END;
CREATE TRIGGER journal_blocks_no_update BEFORE UPDATE ON journal_blocks BEGIN SELECT RAISE(ABORT, 'the journal is insert only'); END;
CREATE TRIGGER journal_blocks_no_delete BEFORE DELETE ON journal_blocks BEGIN SELECT RAISE(ABORT, 'the journal is insert only'); END;
