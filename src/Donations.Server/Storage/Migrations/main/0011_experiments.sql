-- How the appeal that a pledge answered was chosen, and the reminder that brought its reader back. 0: not told.
ALTER TABLE pledges ADD COLUMN experiment_group INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pledges ADD COLUMN reminder INTEGER NOT NULL DEFAULT 0;

-- What readers did with appeals, by UTC day such as 20261124. Sums only: nothing here is about one reader. Country '' is unknown,
-- currency '' is an appeal without prices.
CREATE TABLE appeal_event_days (
  campaign_id TEXT NOT NULL,
  event_date INTEGER NOT NULL,
  appeal_id TEXT NOT NULL,
  placement INTEGER NOT NULL,
  experiment_group INTEGER NOT NULL,
  currency TEXT NOT NULL,
  country TEXT NOT NULL,
  view_count INTEGER NOT NULL,
  click_count INTEGER NOT NULL,
  dismiss_count INTEGER NOT NULL,
  remind_count INTEGER NOT NULL,
  checkout_count INTEGER NOT NULL,
  PRIMARY KEY (campaign_id, event_date, appeal_id, placement, experiment_group, currency, country)
) STRICT, WITHOUT ROWID;

-- Pledges that answered an appeal, by the UTC day on which their first payment was in. Sums only. Values are of a first year
-- (docs/decisions/0008). A square of one is up to 1.4e18, and a sum of them would not fit: each square is kept as high * 10^9 + low.
CREATE TABLE appeal_conversion_days (
  campaign_id TEXT NOT NULL,
  event_date INTEGER NOT NULL,
  appeal_id TEXT NOT NULL,
  placement INTEGER NOT NULL,
  experiment_group INTEGER NOT NULL,
  currency TEXT NOT NULL,
  interval INTEGER NOT NULL,
  conversion_count INTEGER NOT NULL,
  amount_minor INTEGER NOT NULL,
  value_minor INTEGER NOT NULL,
  value_square_high INTEGER NOT NULL,
  value_square_low INTEGER NOT NULL,
  net_minor INTEGER NOT NULL,
  net_square_high INTEGER NOT NULL,
  net_square_low INTEGER NOT NULL,
  PRIMARY KEY (campaign_id, event_date, appeal_id, placement, experiment_group, currency, interval)
) STRICT, WITHOUT ROWID;

-- Batches of events of the last 72 hours, so that one sent again counts once: SHA-256 of the batch's id, a keyed digest of what was in it,
-- and the answer (counts and reasons; nobody's).
CREATE TABLE appeal_event_batches (
  batch_key BLOB PRIMARY KEY,
  content_digest BLOB NOT NULL,
  answer BLOB NOT NULL,
  create_time_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX appeal_event_batches_by_time ON appeal_event_batches (create_time_us);

-- What the bandit allots in an epoch (hours since 1970 UTC): parts per 10,000 by currency and appeal, as JSON. Written once, by whichever
-- node is first, and never changed, so that the same question has the same answer everywhere. Kept for 90 days.
CREATE TABLE bandit_epochs (
  epoch INTEGER NOT NULL,
  campaign_id TEXT NOT NULL,
  placement INTEGER NOT NULL,
  weights TEXT NOT NULL,
  create_time_us INTEGER NOT NULL,
  PRIMARY KEY (epoch, campaign_id, placement)
) STRICT, WITHOUT ROWID;
