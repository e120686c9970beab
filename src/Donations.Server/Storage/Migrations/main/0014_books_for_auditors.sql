-- What the opening entries hold of single objects of Stripe's: payouts that were on their way when the books were opened (1020), and disputes whose money was
-- gone and that were not decided (1200). What becomes of them later is booked against that.
CREATE TABLE opening_items (
  object_id TEXT PRIMARY KEY,
  currency TEXT NOT NULL,
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER opening_items_no_update BEFORE UPDATE ON opening_items BEGIN SELECT RAISE(ABORT, 'the opening does not change'); END;
CREATE TRIGGER opening_items_no_delete BEFORE DELETE ON opening_items BEGIN SELECT RAISE(ABORT, 'the opening does not change'); END;

-- Books that were opened before this are.
INSERT INTO cursors (name, time_us) SELECT 'opening', time_us FROM cursors WHERE name = 'balance_transactions';

-- Whether the books have seen a payout or a disputed gift leave.
CREATE INDEX balance_transactions_out ON balance_transactions (source_id) WHERE category IN ('payout', 'dispute');

-- The Stripe account that these books are of, with the mode of its keys: one, for good.
CREATE TABLE books_account (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  account_id TEXT NOT NULL,
  livemode INTEGER NOT NULL,
  find_time_us INTEGER NOT NULL
) STRICT;

CREATE TRIGGER books_account_no_update BEFORE UPDATE ON books_account BEGIN SELECT RAISE(ABORT, 'books are of one account'); END;
CREATE TRIGGER books_account_no_delete BEFORE DELETE ON books_account BEGIN SELECT RAISE(ABORT, 'books are of one account'); END;

-- ListExceptions by kind (by state there is an index already); ids sort by time.
CREATE INDEX exceptions_by_kind ON exceptions (kind, exception_id);
