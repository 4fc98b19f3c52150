-- Metrics and hourly runs read what is open or amiss, not every payment and posting of all years.
CREATE INDEX payment_standing ON payment (tenant, state)
  WHERE state NOT IN ('SETTLED', 'FAILED', 'CANCELLED', 'EXPIRED', 'REFUNDED');
CREATE INDEX payment_unknown ON payment (id) WHERE state = 'UNKNOWN';
CREATE INDEX payment_integrity ON payment (id) WHERE integrity IS NOT NULL;
CREATE INDEX payment_closing_refused ON payment (id) WHERE closing = 'REFUSED';

-- Postings of each day of a finance target are counted in the index alone.
CREATE INDEX posting_of_day ON posting (tenant, finance, business_day, position);
DROP INDEX posting_day;
