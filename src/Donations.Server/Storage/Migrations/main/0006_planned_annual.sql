-- For the notice before an annual payment: pledges that become annual with it.
CREATE INDEX pledges_by_planned_annual ON pledges (next_payment_time_us) WHERE state = 3 AND next_interval = 3;
