-- Daily comparison: hub = payment service's list = bank statement. Amounts are minor units, negative where money goes out.

-- A list or statement that was read to its end.
CREATE TABLE reconciliation_import (
  id uuid PRIMARY KEY,
  tenant text NOT NULL,
  finance text NOT NULL,
  source text NOT NULL CHECK (source IN ('PROVIDER', 'BANK')),
  sha256 text NOT NULL,
  entries integer NOT NULL,
  -- Those that no import before it had.
  added integer NOT NULL,
  imported_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (tenant, finance, source, sha256)
);

-- A line of the payment service's settlement list.
CREATE TABLE provider_item (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant text NOT NULL,
  finance text NOT NULL,
  import_id uuid NOT NULL,
  -- What it says, and how many of the same its list had before it: the same line of another list adds nothing.
  fingerprint text NOT NULL,
  occurrence integer NOT NULL,
  kind text NOT NULL CHECK (kind IN ('PAYMENT', 'REFUND', 'CHARGEBACK', 'FEE')),
  transaction_id text,
  request_id uuid,
  kassenzeichen text,
  day date NOT NULL,
  currency text NOT NULL,
  gross_minor bigint NOT NULL,
  fee_minor bigint NOT NULL,
  net_minor bigint NOT NULL,
  payout_reference text,

  payment_id uuid,
  linked_by text,
  -- Of a refund or chargeback: what the hub has of it.
  reversal_id uuid,
  -- A line of the same payment is there already.
  duplicate boolean NOT NULL DEFAULT false,
  -- Day on which it stands on the statement, mostly as a part of its payout.
  bank_day date,
  -- Hub, list and bank agree; nothing more to look at.
  agreed boolean NOT NULL DEFAULT false,
  UNIQUE (tenant, finance, fingerprint, occurrence)
);
CREATE INDEX provider_item_open ON provider_item (tenant, finance, payout_reference) WHERE NOT agreed;
CREATE INDEX provider_item_payment ON provider_item (payment_id) WHERE payment_id IS NOT NULL;
CREATE INDEX provider_item_reversal ON provider_item (reversal_id) WHERE reversal_id IS NOT NULL;
CREATE INDEX provider_item_payout ON provider_item (tenant, finance, payout_reference) WHERE payout_reference IS NOT NULL;

-- A booked transaction of the bank's statement: of what a payer wrote only numbers that may be references.
CREATE TABLE bank_item (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant text NOT NULL,
  finance text NOT NULL,
  import_id uuid NOT NULL,
  fingerprint text NOT NULL,
  occurrence integer NOT NULL,
  booking_day date NOT NULL,
  currency text NOT NULL,
  amount_minor bigint NOT NULL,
  -- What the bank kept of it, not negative.
  charges_minor bigint NOT NULL,
  -- Takes an earlier one back.
  returns boolean NOT NULL,
  return_reason text,
  bank_reference text,
  -- Found by the pattern of the settings: a bulk credit of the payment service. Capitals and digits, as in the list.
  payout_reference text,
  -- What may be a Kassenzeichen or another reference: capitals and digits.
  refs text[] NOT NULL,

  payment_id uuid,
  reversal_id uuid,
  -- What it is, once that is known: PAYOUT, PAYMENT, RETURN, DUPLICATE.
  matched text,
  UNIQUE (tenant, finance, fingerprint, occurrence)
);
CREATE INDEX bank_item_unmatched ON bank_item (tenant, finance, booking_day) WHERE matched IS NULL;
CREATE INDEX bank_item_duplicate ON bank_item (tenant, finance) WHERE matched = 'DUPLICATE';
CREATE INDEX bank_item_payment ON bank_item (payment_id) WHERE payment_id IS NOT NULL;
CREATE INDEX bank_item_reversal ON bank_item (reversal_id) WHERE reversal_id IS NOT NULL;

-- What is being read, until its end proved it whole. After a crash of the server it is read again.
CREATE UNLOGGED TABLE provider_item_arrival (
  import_id uuid NOT NULL,
  line integer NOT NULL,
  fingerprint text NOT NULL,
  kind text NOT NULL,
  transaction_id text,
  request_id uuid,
  kassenzeichen text,
  day date NOT NULL,
  currency text NOT NULL,
  gross_minor bigint NOT NULL,
  fee_minor bigint NOT NULL,
  net_minor bigint NOT NULL,
  payout_reference text
);
CREATE INDEX provider_item_arrival_import ON provider_item_arrival (import_id);
CREATE UNLOGGED TABLE bank_item_arrival (
  import_id uuid NOT NULL,
  statement integer NOT NULL,
  line integer NOT NULL,
  fingerprint text NOT NULL,
  booking_day date NOT NULL,
  currency text NOT NULL,
  amount_minor bigint NOT NULL,
  charges_minor bigint NOT NULL,
  returns boolean NOT NULL,
  return_reason text,
  bank_reference text,
  payout_reference text,
  -- Parted by blanks.
  refs text NOT NULL
);
CREATE INDEX bank_item_arrival_import ON bank_item_arrival (import_id);

CREATE TABLE reconciliation_run (
  id uuid PRIMARY KEY,
  tenant text NOT NULL,
  finance text NOT NULL,
  day date NOT NULL,
  actor text NOT NULL,
  started_at timestamptz NOT NULL,
  ended_at timestamptz NOT NULL DEFAULT now(),
  -- Chargebacks found, matched payments, open items by class; see ReconciliationRun.
  result jsonb NOT NULL,
  balances jsonb NOT NULL
);
CREATE INDEX reconciliation_run_of ON reconciliation_run (tenant, finance, id);

-- A payment about which hub, payment service and bank agree: class MATCHED.
CREATE TABLE reconciliation_match (
  payment_id uuid PRIMARY KEY,
  tenant text NOT NULL,
  finance text NOT NULL,
  run_id uuid NOT NULL,
  provider_item_id bigint,
  -- Unset where the money came in a payout.
  bank_item_id bigint,
  bank_day date NOT NULL
);
CREATE INDEX reconciliation_match_of ON reconciliation_match (run_id, payment_id);

-- Something that does not agree. One is open of each subject; its class may change, its age stays.
CREATE TABLE reconciliation_item (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
  tenant text NOT NULL,
  finance text NOT NULL,
  -- payment:<id>, provider:<id>, bank:<id>, payout:<reference>, reversal:<id>
  subject text NOT NULL,
  class text NOT NULL,
  code text NOT NULL,
  payment_id uuid,
  kassenzeichen text,
  transaction_id text,
  payout_reference text,
  bank_reference text,
  currency text NOT NULL,
  hub_minor bigint,
  provider_minor bigint,
  bank_minor bigint,
  first_seen date NOT NULL,
  last_run uuid NOT NULL,
  last_seen date NOT NULL,
  closed_on date,
  closed_at timestamptz,
  -- Unset where a later run found it matched.
  closed_by text,
  reason text
);
CREATE UNIQUE INDEX reconciliation_item_open ON reconciliation_item (tenant, finance, subject) WHERE closed_at IS NULL;
CREATE INDEX reconciliation_item_decided ON reconciliation_item (tenant, finance, subject) WHERE closed_by IS NOT NULL;
CREATE INDEX reconciliation_item_list ON reconciliation_item (tenant, position);

CREATE INDEX payment_unsettled ON payment (tenant, finance, paid_at) WHERE paid_at IS NOT NULL AND settled_on IS NULL;
-- As a payer may have written it.
CREATE INDEX payment_written ON payment (tenant, upper(regexp_replace(kassenzeichen, '[^0-9A-Za-z]', '', 'g')));
CREATE INDEX reversal_at ON reversal (at);
