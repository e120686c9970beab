-- What a pledge's whole life at Stripe needs beside its first payment.
ALTER TABLE pledges ADD COLUMN past_due_time_us INTEGER;
ALTER TABLE pledges ADD COLUMN pause_reason INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pledges ADD COLUMN next_interval INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pledges ADD COLUMN next_amount_minor INTEGER;
ALTER TABLE pledges ADD COLUMN next_fee_cover_minor INTEGER;
ALTER TABLE pledges ADD COLUMN stripe_schedule_id TEXT;
ALTER TABLE pledges ADD COLUMN stripe_payment_method_id TEXT;
-- Last month that the card can be charged, as year * 12 + month - 1.
ALTER TABLE pledges ADD COLUMN card_expire_month INTEGER;
-- A new payment method that is not set yet, and the hosted page of a first payment.
ALTER TABLE pledges ADD COLUMN stripe_setup_intent_id TEXT;
ALTER TABLE pledges ADD COLUMN stripe_checkout_session_id TEXT;

CREATE INDEX pledges_by_customer ON pledges (stripe_customer_id) WHERE stripe_customer_id IS NOT NULL;
CREATE UNIQUE INDEX pledges_by_setup_intent ON pledges (stripe_setup_intent_id) WHERE stripe_setup_intent_id IS NOT NULL;
CREATE UNIQUE INDEX pledges_by_checkout_session ON pledges (stripe_checkout_session_id) WHERE stripe_checkout_session_id IS NOT NULL;
-- For the sweeps: late payers, cards that expire, annual debits to announce.
CREATE INDEX pledges_past_due ON pledges (past_due_time_us) WHERE state = 5;
CREATE INDEX pledges_by_card_expiry ON pledges (card_expire_month) WHERE state IN (3, 5, 6) AND card_expire_month IS NOT NULL;
CREATE INDEX pledges_by_annual_payment ON pledges (next_payment_time_us) WHERE state = 3 AND interval = 3;

-- Cards of the last minutes, as a daily keyed hash, against a second pledge by mistake.
CREATE TABLE recent_cards (
  card_hash BLOB NOT NULL,
  pledge_id TEXT NOT NULL,
  create_time_us INTEGER NOT NULL,
  PRIMARY KEY (card_hash, pledge_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX recent_cards_by_time ON recent_cards (create_time_us);

CREATE TABLE disputes (
  dispute_id TEXT PRIMARY KEY,
  payment_id TEXT NOT NULL REFERENCES payments,
  amount_minor INTEGER NOT NULL,
  currency TEXT NOT NULL,
  state INTEGER NOT NULL,
  inquiry INTEGER NOT NULL,
  reason TEXT NOT NULL,
  evidence_due_time_us INTEGER,
  evidence_submit_time_us INTEGER,
  stripe_dispute_id TEXT NOT NULL UNIQUE,
  create_time_us INTEGER NOT NULL,
  update_time_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX disputes_by_payment ON disputes (payment_id);

ALTER TABLE payments ADD COLUMN fraud_warning_time_us INTEGER;

-- What did not agree between Stripe and us.
CREATE TABLE exceptions (
  exception_id TEXT PRIMARY KEY,
  kind INTEGER NOT NULL,
  state INTEGER NOT NULL,
  object_id TEXT NOT NULL,
  resource TEXT,
  detail TEXT NOT NULL,
  create_time_us INTEGER NOT NULL,
  resolve_time_us INTEGER
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX exceptions_open ON exceptions (kind, object_id) WHERE state = 1;

CREATE TABLE reconciliations (
  reconciliation_id TEXT PRIMARY KEY,
  state INTEGER NOT NULL,
  stage TEXT NOT NULL,
  object_count INTEGER NOT NULL DEFAULT 0,
  difference_count INTEGER NOT NULL DEFAULT 0,
  healed_count INTEGER NOT NULL DEFAULT 0,
  since_time_us INTEGER NOT NULL,
  start_time_us INTEGER NOT NULL,
  end_time_us INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX inbox_events_by_time ON inbox_events (receive_time_us, event_id);
CREATE INDEX inbox_events_poisoned ON inbox_events (receive_time_us) WHERE state = 4;
CREATE INDEX inbox_events_by_object ON inbox_events (object_id, type);
