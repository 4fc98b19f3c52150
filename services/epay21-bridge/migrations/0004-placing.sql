-- Until then the payment is placed by one process alone; unset: by none.
ALTER TABLE payment ADD COLUMN placing_until timestamptz;
