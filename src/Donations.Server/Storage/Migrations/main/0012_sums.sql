-- Roll-ups in cuts, by day, month and year (src/Donations.Server/Ledger/Sums.cs). cut: one bit for each dimension that is kept, the others are '' or 0.
-- period: 20261124, 202611 or 2026. The first start fills them.
DROP TABLE ledger_days;
DROP TABLE ledger_months;
DROP TABLE balance_days;
DROP TABLE gift_days;
DROP TABLE gift_months;
DROP TABLE mrr_days;
DROP TABLE mrr_months;
DROP TABLE cohort_months;
DELETE FROM roll_ups WHERE name NOT IN ('donor_years', 'lifecycle_years');

-- The journal. of_gift: 1 where the line belongs to a campaign's gift. Bits of cut: campaign, fund, placement, method.
CREATE TABLE ledger_sums (
  cut INTEGER NOT NULL,
  period INTEGER NOT NULL,
  currency TEXT NOT NULL,
  account TEXT NOT NULL,
  of_gift INTEGER NOT NULL,
  campaign_id TEXT NOT NULL,
  fund TEXT NOT NULL,
  placement INTEGER NOT NULL,
  method TEXT NOT NULL,
  debit_minor INTEGER NOT NULL,
  credit_minor INTEGER NOT NULL,
  debit_count INTEGER NOT NULL,
  credit_count INTEGER NOT NULL,
  PRIMARY KEY (cut, period, currency, account, of_gift, campaign_id, fund, placement, method)
) STRICT, WITHOUT ROWID;

-- Stripe's balance transactions, by the days of the facts.
CREATE TABLE balance_sums (
  cut INTEGER NOT NULL,
  period INTEGER NOT NULL,
  currency TEXT NOT NULL,
  category TEXT NOT NULL,
  transaction_count INTEGER NOT NULL,
  amount_minor INTEGER NOT NULL,
  fee_minor INTEGER NOT NULL,
  net_minor INTEGER NOT NULL,
  expected_fee_minor INTEGER NOT NULL,
  PRIMARY KEY (cut, period, currency, category)
) STRICT, WITHOUT ROWID;

-- Gifts by what asked for them, in the donors' currencies. Bits of cut: appeal, placement.
CREATE TABLE gift_sums (
  cut INTEGER NOT NULL,
  period INTEGER NOT NULL,
  campaign_id TEXT NOT NULL,
  kind INTEGER NOT NULL,
  currency TEXT NOT NULL,
  appeal_id TEXT NOT NULL,
  placement INTEGER NOT NULL,
  payment_count INTEGER NOT NULL,
  amount_minor INTEGER NOT NULL,
  PRIMARY KEY (cut, period, campaign_id, kind, currency, appeal_id, placement)
) STRICT, WITHOUT ROWID;

-- Moves of monthly recurring revenue. Bit of cut: campaign.
CREATE TABLE mrr_sums (
  cut INTEGER NOT NULL,
  period INTEGER NOT NULL,
  currency TEXT NOT NULL,
  kind INTEGER NOT NULL,
  campaign_id TEXT NOT NULL,
  movement_count INTEGER NOT NULL,
  amount_minor INTEGER NOT NULL,
  PRIMARY KEY (cut, period, currency, kind, campaign_id)
) STRICT, WITHOUT ROWID;

-- The same by the month that pledges began to count in; months only.
CREATE TABLE cohort_sums (
  cut INTEGER NOT NULL,
  period INTEGER NOT NULL,
  cohort_month INTEGER NOT NULL,
  currency TEXT NOT NULL,
  pledge_count INTEGER NOT NULL,
  amount_minor INTEGER NOT NULL,
  PRIMARY KEY (cut, period, cohort_month, currency)
) STRICT, WITHOUT ROWID;
