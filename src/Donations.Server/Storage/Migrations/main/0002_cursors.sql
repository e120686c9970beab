-- How far each listing of Stripe's (events, balance transactions) has been taken in, completely.
CREATE TABLE cursors (
  name TEXT PRIMARY KEY,
  time_us INTEGER NOT NULL
) STRICT;
