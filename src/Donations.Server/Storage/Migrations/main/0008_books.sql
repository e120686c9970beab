-- How the donor paid, and which message asked: a dimension of the books, and of what an appeal brought.
ALTER TABLE payments ADD COLUMN method TEXT;
-- Day of pay_time_us in the book time zone.
ALTER TABLE payments ADD COLUMN pay_date INTEGER;
ALTER TABLE payments ADD COLUMN appeal_id TEXT;
ALTER TABLE journal_lines ADD COLUMN method TEXT;

-- The journal is read by booked day; what summaries need is in the roll-ups.
DROP INDEX journal_entries_by_time;
CREATE INDEX journal_entries_by_day ON journal_entries (book_date, entry_id);
DROP INDEX journal_lines_by_account;

-- Which code each account has had from the first day on.
CREATE TABLE chart_accounts (
  account TEXT PRIMARY KEY,
  code TEXT NOT NULL UNIQUE
) STRICT, WITHOUT ROWID;

-- Stripe's balance transactions, each with its entry (none where nothing moved) and the payout that carried it out.
CREATE TABLE balance_transactions (
  balance_transaction_id TEXT PRIMARY KEY,
  entry_id INTEGER REFERENCES journal_entries,
  category TEXT NOT NULL,
  source_id TEXT,
  payment_id TEXT,
  currency TEXT NOT NULL,
  amount_minor INTEGER NOT NULL,
  fee_minor INTEGER NOT NULL,
  net_minor INTEGER NOT NULL,
  expected_fee_minor INTEGER NOT NULL,
  fact_date INTEGER NOT NULL,
  create_time_us INTEGER NOT NULL,
  available_time_us INTEGER,
  payout_id TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX balance_transactions_by_payout ON balance_transactions (payout_id) WHERE payout_id IS NOT NULL;
CREATE INDEX balance_transactions_by_entry ON balance_transactions (entry_id);
CREATE INDEX balance_transactions_unsettled ON balance_transactions (currency, category) WHERE payout_id IS NULL;

CREATE TRIGGER balance_transactions_are_final BEFORE UPDATE ON balance_transactions
WHEN (OLD.entry_id, OLD.category, OLD.currency, OLD.amount_minor, OLD.fee_minor, OLD.net_minor, OLD.create_time_us) IS NOT (NEW.entry_id, NEW.category, NEW.currency, NEW.amount_minor, NEW.fee_minor, NEW.net_minor, NEW.create_time_us)
BEGIN
  SELECT RAISE(ABORT, 'a balance transaction does not change');
END;
CREATE TRIGGER balance_transactions_no_delete BEFORE DELETE ON balance_transactions BEGIN SELECT RAISE(ABORT, 'a balance transaction does not change'); END;

-- Those of the time before this table are listed again.
DELETE FROM cursors WHERE name = 'balance_transactions';

-- Payouts, each a batch with its control totals. batch_state: 1 open, 2 total verified, 3 closed, 4 exported.
CREATE TABLE payouts (
  payout_id TEXT PRIMARY KEY,
  state INTEGER NOT NULL,
  amount_minor INTEGER NOT NULL,
  currency TEXT NOT NULL,
  automatic INTEGER NOT NULL,
  create_time_us INTEGER NOT NULL,
  arrival_time_us INTEGER,
  balance_transaction_id TEXT,
  failure_reason TEXT,
  itemised INTEGER NOT NULL DEFAULT 0,
  batch_state INTEGER NOT NULL,
  transaction_count INTEGER NOT NULL DEFAULT 0,
  gross_minor INTEGER NOT NULL DEFAULT 0,
  fee_minor INTEGER NOT NULL DEFAULT 0,
  net_minor INTEGER NOT NULL DEFAULT 0,
  opening_minor INTEGER NOT NULL DEFAULT 0,
  first_transaction_time_us INTEGER,
  open_reason TEXT,
  verify_time_us INTEGER,
  close_time_us INTEGER,
  closed_by TEXT,
  export_time_us INTEGER,
  exported_by TEXT,
  document TEXT,
  update_time_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX payouts_by_arrival ON payouts (arrival_time_us, payout_id);
CREATE INDEX payouts_by_time ON payouts (create_time_us, payout_id);
CREATE INDEX payouts_open ON payouts (create_time_us) WHERE batch_state = 1;

-- Months of the books, such as 202611. state: 1 open, 2 closing (one person asked), 3 closed.
CREATE TABLE periods (
  period_id INTEGER PRIMARY KEY,
  state INTEGER NOT NULL,
  request_time_us INTEGER,
  requested_by TEXT,
  close_time_us INTEGER,
  closed_by TEXT,
  last_entry_id INTEGER,
  entry_count INTEGER
) STRICT;

CREATE TRIGGER periods_stay_closed BEFORE UPDATE ON periods WHEN OLD.state = 3 BEGIN SELECT RAISE(ABORT, 'a closed period stays closed'); END;
CREATE TRIGGER periods_no_delete BEFORE DELETE ON periods BEGIN SELECT RAISE(ABORT, 'a closed period stays closed'); END;

-- Entries that one person proposes and another posts. state: 1 proposed, 2 posted, 3 rejected.
CREATE TABLE journal_proposals (
  proposal_id TEXT PRIMARY KEY,
  state INTEGER NOT NULL,
  reversed_entry_id INTEGER,
  book_date INTEGER NOT NULL,
  lines BLOB NOT NULL,
  reason TEXT NOT NULL,
  document TEXT NOT NULL,
  proposed_by TEXT NOT NULL,
  propose_time_us INTEGER NOT NULL,
  decided_by TEXT,
  decide_time_us INTEGER,
  decision TEXT,
  entry_id INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX journal_proposals_waiting ON journal_proposals (proposal_id) WHERE state = 1;
CREATE UNIQUE INDEX journal_proposals_reversals ON journal_proposals (reversed_entry_id) WHERE reversed_entry_id IS NOT NULL AND state <> 3;

-- Stripe's balance as it was seen, beside 1010 at that moment.
CREATE TABLE balance_snapshots (
  snapshot_time_us INTEGER NOT NULL,
  currency TEXT NOT NULL,
  available_minor INTEGER NOT NULL,
  pending_minor INTEGER NOT NULL,
  clearing_minor INTEGER NOT NULL,
  last_entry_id INTEGER NOT NULL,
  PRIMARY KEY (currency, snapshot_time_us)
) STRICT, WITHOUT ROWID;

-- Who settled an exception, and how.
ALTER TABLE exceptions ADD COLUMN resolved_by TEXT;
ALTER TABLE exceptions ADD COLUMN resolution TEXT;
CREATE INDEX exceptions_by_state ON exceptions (state, exception_id);

-- A refund that waits for a second person: who asked, and who decided.
ALTER TABLE refunds ADD COLUMN asked_by TEXT;
ALTER TABLE refunds ADD COLUMN decided_by TEXT;
CREATE INDEX refunds_by_time ON refunds (create_time_us, refund_id);
CREATE INDEX disputes_by_time ON disputes (create_time_us, dispute_id);

-- Roll-ups: sums kept in the transaction of the rows that they sum. '' and 0 stand for "none".
CREATE TABLE ledger_days (
  book_date INTEGER NOT NULL,
  currency TEXT NOT NULL,
  account TEXT NOT NULL,
  campaign_id TEXT NOT NULL,
  fund TEXT NOT NULL,
  placement INTEGER NOT NULL,
  method TEXT NOT NULL,
  debit_minor INTEGER NOT NULL,
  credit_minor INTEGER NOT NULL,
  debit_count INTEGER NOT NULL,
  credit_count INTEGER NOT NULL,
  PRIMARY KEY (book_date, currency, account, campaign_id, fund, placement, method)
) STRICT, WITHOUT ROWID;

-- The same by month, without the dimensions that make many rows: what spans years is read from here.
CREATE TABLE ledger_months (
  book_month INTEGER NOT NULL,
  currency TEXT NOT NULL,
  account TEXT NOT NULL,
  campaign_id TEXT NOT NULL,
  debit_minor INTEGER NOT NULL,
  credit_minor INTEGER NOT NULL,
  debit_count INTEGER NOT NULL,
  credit_count INTEGER NOT NULL,
  PRIMARY KEY (book_month, currency, account, campaign_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE balance_days (
  fact_date INTEGER NOT NULL,
  currency TEXT NOT NULL,
  category TEXT NOT NULL,
  transaction_count INTEGER NOT NULL,
  amount_minor INTEGER NOT NULL,
  fee_minor INTEGER NOT NULL,
  net_minor INTEGER NOT NULL,
  expected_fee_minor INTEGER NOT NULL,
  PRIMARY KEY (fact_date, currency, category)
) STRICT, WITHOUT ROWID;

-- Gifts by what asked for them, in the donors' currencies.
CREATE TABLE gift_days (
  pay_date INTEGER NOT NULL,
  campaign_id TEXT NOT NULL,
  appeal_id TEXT NOT NULL,
  placement INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  currency TEXT NOT NULL,
  payment_count INTEGER NOT NULL,
  amount_minor INTEGER NOT NULL,
  PRIMARY KEY (pay_date, campaign_id, appeal_id, placement, kind, currency)
) STRICT, WITHOUT ROWID;

CREATE TABLE gift_months (
  pay_month INTEGER NOT NULL,
  campaign_id TEXT NOT NULL,
  appeal_id TEXT NOT NULL,
  placement INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  currency TEXT NOT NULL,
  payment_count INTEGER NOT NULL,
  amount_minor INTEGER NOT NULL,
  PRIMARY KEY (pay_month, campaign_id, appeal_id, placement, kind, currency)
) STRICT, WITHOUT ROWID;

-- Which years a donor gave in, and how many donors of a year were new, kept from the year before, or back after a pause.
CREATE TABLE donor_years (
  donor_id TEXT NOT NULL,
  year INTEGER NOT NULL,
  payment_count INTEGER NOT NULL,
  PRIMARY KEY (donor_id, year)
) STRICT, WITHOUT ROWID;

CREATE TABLE lifecycle_years (
  year INTEGER PRIMARY KEY,
  new_count INTEGER NOT NULL,
  retained_count INTEGER NOT NULL,
  reactivated_count INTEGER NOT NULL
) STRICT;

-- Moves of monthly recurring revenue; an annual gift counts a twelfth. kind is the number of donations.v1.MrrMovementKind.
CREATE TABLE pledge_movements (
  movement_id INTEGER PRIMARY KEY,
  pledge_id TEXT,
  move_date INTEGER NOT NULL,
  move_time_us INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  currency TEXT NOT NULL,
  campaign_id TEXT NOT NULL,
  cohort_month INTEGER NOT NULL,
  amount_minor INTEGER NOT NULL,
  pledge_count INTEGER NOT NULL
) STRICT;

CREATE INDEX pledge_movements_by_pledge ON pledge_movements (pledge_id) WHERE pledge_id IS NOT NULL;

CREATE TABLE mrr_days (
  move_date INTEGER NOT NULL,
  currency TEXT NOT NULL,
  campaign_id TEXT NOT NULL,
  kind INTEGER NOT NULL,
  movement_count INTEGER NOT NULL,
  amount_minor INTEGER NOT NULL,
  PRIMARY KEY (move_date, currency, campaign_id, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE mrr_months (
  move_month INTEGER NOT NULL,
  currency TEXT NOT NULL,
  campaign_id TEXT NOT NULL,
  kind INTEGER NOT NULL,
  movement_count INTEGER NOT NULL,
  amount_minor INTEGER NOT NULL,
  PRIMARY KEY (move_month, currency, campaign_id, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE cohort_months (
  cohort_month INTEGER NOT NULL,
  month INTEGER NOT NULL,
  currency TEXT NOT NULL,
  pledge_count INTEGER NOT NULL,
  amount_minor INTEGER NOT NULL,
  PRIMARY KEY (cohort_month, month, currency)
) STRICT, WITHOUT ROWID;

-- Roll-ups that are complete; one that is not here is filled at the next start.
CREATE TABLE roll_ups (
  name TEXT PRIMARY KEY,
  build_time_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Pledges at risk.
CREATE INDEX pledges_paused ON pledges (currency) WHERE state = 6;
CREATE INDEX pledges_ending ON pledges (currency) WHERE cancel_at_period_end = 1 AND state IN (3, 5);

-- Paid, and no settlement yet.
CREATE INDEX payments_awaiting ON payments (pay_time_us) WHERE state = 1 AND stripe_balance_transaction_id IS NULL;
