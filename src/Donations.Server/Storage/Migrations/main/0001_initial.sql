-- Amounts are minor units, times UTC microseconds, enums the numbers of donations.v1.

-- The catalogue. A resource is kept as the bytes of its message (unknown fields of a newer binary survive an older
-- one's write); the columns beside it are what SQL needs.
CREATE TABLE campaigns (
  campaign_id TEXT PRIMARY KEY,
  resource BLOB NOT NULL,
  state INTEGER NOT NULL,
  create_time_us INTEGER NOT NULL,
  update_time_us INTEGER NOT NULL,
  delete_time_us INTEGER,
  version INTEGER NOT NULL
) STRICT;

CREATE TABLE tiers (
  campaign_id TEXT NOT NULL REFERENCES campaigns,
  tier_id TEXT NOT NULL,
  resource BLOB NOT NULL,
  position INTEGER NOT NULL,
  state INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (campaign_id, tier_id)
) STRICT;

CREATE TABLE appeals (
  campaign_id TEXT NOT NULL REFERENCES campaigns,
  appeal_id TEXT NOT NULL,
  resource BLOB NOT NULL,
  state INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (campaign_id, appeal_id)
) STRICT;

CREATE TABLE pledges (
  pledge_id TEXT PRIMARY KEY,
  donor_id TEXT NOT NULL,
  reference TEXT NOT NULL UNIQUE,
  campaign_id TEXT NOT NULL,
  tier_id TEXT NOT NULL,
  fund TEXT NOT NULL,
  interval INTEGER NOT NULL,
  currency TEXT NOT NULL,
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
  fee_cover_minor INTEGER NOT NULL CHECK (fee_cover_minor >= 0 AND fee_cover_minor < amount_minor),
  state INTEGER NOT NULL,
  next_payment_time_us INTEGER,
  cancel_at_period_end INTEGER NOT NULL DEFAULT 0,
  cancel_reason INTEGER NOT NULL DEFAULT 0,
  cancel_time_us INTEGER,
  resume_time_us INTEGER,
  appeal_id TEXT,
  placement INTEGER NOT NULL DEFAULT 0,
  source_code TEXT,
  locale TEXT,
  consents BLOB,
  token_first INTEGER NOT NULL,
  failure_reason TEXT,
  manage_code_hash BLOB NOT NULL UNIQUE,
  stripe_customer_id TEXT,
  stripe_subscription_id TEXT,
  stripe_payment_intent_id TEXT,
  create_time_us INTEGER NOT NULL,
  update_time_us INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX pledges_by_donor ON pledges (donor_id);
CREATE UNIQUE INDEX pledges_by_subscription ON pledges (stripe_subscription_id) WHERE stripe_subscription_id IS NOT NULL;
CREATE UNIQUE INDEX pledges_by_payment_intent ON pledges (stripe_payment_intent_id) WHERE stripe_payment_intent_id IS NOT NULL;
-- Pledges that wait for their donor, for the sweep that expires them after 23 hours.
CREATE INDEX pledges_waiting ON pledges (create_time_us) WHERE state = 2;

CREATE TABLE payments (
  payment_id TEXT PRIMARY KEY,
  pledge_id TEXT,
  donor_id TEXT,
  campaign_id TEXT NOT NULL,
  fund TEXT NOT NULL,
  placement INTEGER NOT NULL,
  interval INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  state INTEGER NOT NULL,
  currency TEXT NOT NULL,
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
  fee_cover_minor INTEGER NOT NULL,
  refunded_minor INTEGER NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0),
  pay_time_us INTEGER,
  failure_reason TEXT,
  stripe_payment_intent_id TEXT NOT NULL UNIQUE,
  stripe_charge_id TEXT,
  stripe_balance_transaction_id TEXT,
  settlement_currency TEXT,
  settlement_gross_minor INTEGER,
  settlement_fee_minor INTEGER,
  settlement_net_minor INTEGER,
  exchange_rate TEXT,
  available_time_us INTEGER,
  create_time_us INTEGER NOT NULL,
  update_time_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX payments_by_pledge ON payments (pledge_id) WHERE pledge_id IS NOT NULL;
CREATE UNIQUE INDEX payments_by_charge ON payments (stripe_charge_id) WHERE stripe_charge_id IS NOT NULL;
CREATE INDEX payments_by_time ON payments (pay_time_us, payment_id) WHERE pay_time_us IS NOT NULL;

-- Amount and currency of a gift never change after success.
CREATE TRIGGER payments_are_final BEFORE UPDATE ON payments
WHEN OLD.state = 1 AND (NEW.amount_minor <> OLD.amount_minor OR NEW.currency <> OLD.currency OR NEW.state <> OLD.state)
BEGIN
  SELECT RAISE(ABORT, 'a succeeded payment does not change');
END;

CREATE TABLE refunds (
  refund_id TEXT PRIMARY KEY,
  payment_id TEXT NOT NULL REFERENCES payments,
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
  currency TEXT NOT NULL,
  state INTEGER NOT NULL,
  reason INTEGER NOT NULL,
  failure_reason TEXT,
  stripe_refund_id TEXT,
  create_time_us INTEGER NOT NULL,
  update_time_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX refunds_by_payment ON refunds (payment_id);
CREATE UNIQUE INDEX refunds_by_stripe_id ON refunds (stripe_refund_id) WHERE stripe_refund_id IS NOT NULL;

-- What was or will be asked of Stripe: written before the call, finished after it, by the caller or by the worker.
CREATE TABLE stripe_operations (
  operation_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  arguments TEXT NOT NULL,
  state INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_try_time_us INTEGER NOT NULL,
  outcome TEXT,
  create_time_us INTEGER NOT NULL,
  update_time_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX stripe_operations_due ON stripe_operations (next_try_time_us) WHERE state = 1;
CREATE INDEX stripe_operations_open ON stripe_operations (subject_id) WHERE state = 1;

-- Answers of methods with a request_id. Keyed by SHA-256 of the request_id; secret and response are sealed with a key
-- that only the request_id gives.
CREATE TABLE idempotency_records (
  request_key BLOB PRIMARY KEY,
  request_digest BLOB NOT NULL,
  subject_id TEXT NOT NULL,
  sealed_secret BLOB,
  sealed_response BLOB,
  create_time_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_records_by_time ON idempotency_records (create_time_us);

-- Stripe's webhooks: never the body, only a whitelist per type.
CREATE TABLE inbox_events (
  event_id TEXT PRIMARY KEY,
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
) STRICT, WITHOUT ROWID;

CREATE INDEX inbox_events_due ON inbox_events (next_try_time_us) WHERE state = 1;

-- The books.
CREATE TABLE journal_entries (
  entry_id INTEGER PRIMARY KEY,
  source_kind TEXT NOT NULL,
  source_id TEXT NOT NULL,
  transition TEXT NOT NULL,
  book_date INTEGER NOT NULL,
  fact_time_us INTEGER NOT NULL,
  create_time_us INTEGER NOT NULL,
  livemode INTEGER NOT NULL,
  memo TEXT NOT NULL,
  UNIQUE (source_kind, source_id, transition)
) STRICT;

CREATE INDEX journal_entries_by_time ON journal_entries (fact_time_us, entry_id);
CREATE INDEX journal_entries_by_source ON journal_entries (source_id);

CREATE TABLE journal_lines (
  entry_id INTEGER NOT NULL REFERENCES journal_entries,
  line INTEGER NOT NULL,
  book_date INTEGER NOT NULL,
  account TEXT NOT NULL,
  currency TEXT NOT NULL,
  debit_minor INTEGER NOT NULL CHECK (debit_minor >= 0),
  credit_minor INTEGER NOT NULL CHECK (credit_minor >= 0),
  original_minor INTEGER,
  original_currency TEXT,
  exchange_rate TEXT,
  campaign_id TEXT,
  fund TEXT,
  placement INTEGER,
  PRIMARY KEY (entry_id, line),
  CHECK ((debit_minor = 0) <> (credit_minor = 0))
) STRICT, WITHOUT ROWID;

CREATE INDEX journal_lines_by_account ON journal_lines (account, currency, book_date);

CREATE TRIGGER journal_entries_no_update BEFORE UPDATE ON journal_entries BEGIN SELECT RAISE(ABORT, 'the journal is insert only'); END;
CREATE TRIGGER journal_entries_no_delete BEFORE DELETE ON journal_entries BEGIN SELECT RAISE(ABORT, 'the journal is insert only'); END;
CREATE TRIGGER journal_lines_no_update BEFORE UPDATE ON journal_lines BEGIN SELECT RAISE(ABORT, 'the journal is insert only'); END;
CREATE TRIGGER journal_lines_no_delete BEFORE DELETE ON journal_lines BEGIN SELECT RAISE(ABORT, 'the journal is insert only'); END;
