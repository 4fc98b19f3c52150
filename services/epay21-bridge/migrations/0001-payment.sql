-- A payment: what was asked for, and where it is. Amounts are minor units (cents).
CREATE TABLE payment (
  -- Also the requestId (CallerPayID) at the payment service: known before the first call.
  id uuid PRIMARY KEY,
  tenant text NOT NULL,
  -- Target of the directory: the payment service's face, and the finance system's.
  provider text NOT NULL,
  -- Host of the payment service: those of one host share its rate.
  endpoint text NOT NULL,
  finance text,
  -- Where it belongs to an application; a Leistung without one came by POST.
  submission_id uuid,
  leistung text,
  vorgang text,
  blueprint text,
  directory_version text NOT NULL,
  key_id text,
  header_key text,
  content_hash text,
  kassenzeichen text NOT NULL,
  purpose text NOT NULL,
  description text NOT NULL,
  currency text NOT NULL,
  gross_minor bigint NOT NULL CHECK (gross_minor > 0 AND gross_minor <= 99999900),
  items jsonb NOT NULL,
  -- Where the online service wants the citizen back.
  service_url text,
  -- Random, in the address that the payment service sends the browser to.
  return_token text NOT NULL UNIQUE,
  timeout_minutes integer NOT NULL,
  traceparent text,

  state text NOT NULL,
  -- Counts the events of this payment; the next one takes it.
  sequence integer NOT NULL DEFAULT 0,
  transaction_id text,
  provider_reference text,
  provider_status text,
  pay_page_url text,
  method text,
  fee_minor bigint,
  paid_at timestamptz,
  -- Code of a difference between what was asked and what the service says: no finance event, an alarm.
  integrity text,
  -- Code of the last refusal or failure.
  code text,

  -- Answer of the finance system: WAITING, ACCEPTED, REJECTED; unset before there is something to post.
  booking text,
  booking_reference text,
  booking_code text,
  booked_at timestamptz,
  settled_on date,
  reversed_minor bigint NOT NULL DEFAULT 0,

  -- Closing at the payment service: WAITING, DONE, REFUSED; unset where its face has none.
  closing text,
  -- The event that must be on the bus before the closing.
  settled_event uuid,
  receipt_ref uuid,
  -- Why there will be none.
  receipt_code text,

  created_at timestamptz NOT NULL DEFAULT now(),
  changed_at timestamptz NOT NULL DEFAULT now(),
  -- The payment service gives the citizen up; some time later so does the hub.
  expires_at timestamptz NOT NULL,
  -- When the poller comes next; unset: never again.
  next_look_at timestamptz,
  looks integer NOT NULL DEFAULT 0,
  failures integer NOT NULL DEFAULT 0,
  -- Bodies of answers to a payment without an application; those of an application go with it.
  answers_erased_at timestamptz
);

CREATE UNIQUE INDEX payment_submission ON payment (submission_id) WHERE submission_id IS NOT NULL;
CREATE UNIQUE INDEX payment_header_key ON payment (tenant, key_id, header_key) WHERE header_key IS NOT NULL;
CREATE UNIQUE INDEX payment_kassenzeichen ON payment (tenant, kassenzeichen);
CREATE INDEX payment_due ON payment (endpoint, next_look_at) WHERE next_look_at IS NOT NULL;
CREATE INDEX payment_receipt ON payment (id) WHERE receipt_ref IS NULL AND receipt_code IS NULL AND submission_id IS NOT NULL AND paid_at IS NOT NULL;
CREATE INDEX payment_unbooked ON payment (paid_at) WHERE booking IN ('WAITING', 'REJECTED');
CREATE INDEX payment_by_state ON payment (tenant, state, id);
CREATE INDEX payment_transaction ON payment (tenant, transaction_id);
CREATE INDEX payment_kept ON payment (changed_at) WHERE submission_id IS NULL AND answers_erased_at IS NULL;
CREATE INDEX payment_paid ON payment (tenant, paid_at) WHERE paid_at IS NOT NULL;

-- What happened to a payment, in order; never changed. No personal data.
CREATE TABLE payment_change (
  payment_id uuid NOT NULL REFERENCES payment ON DELETE CASCADE,
  position integer NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  from_state text,
  state text NOT NULL,
  cause text NOT NULL,
  code text,
  actor text NOT NULL,
  PRIMARY KEY (payment_id, position)
);

-- Every answer of the payment service; the body lies encrypted in the vault.
CREATE TABLE provider_answer (
  id uuid PRIMARY KEY,
  payment_id uuid NOT NULL REFERENCES payment ON DELETE CASCADE,
  call text NOT NULL,
  outcome text NOT NULL,
  code text,
  status integer,
  at timestamptz NOT NULL DEFAULT now(),
  milliseconds integer NOT NULL,
  media_type text,
  -- An answer like the one before it shares its body.
  body_ref uuid,
  body_sha256 bytea
);
CREATE INDEX provider_answer_of ON provider_answer (payment_id, at);

-- What the finance system has to post: one row for each settled or reversed event, in the transaction of its change.
CREATE TABLE posting (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_id uuid NOT NULL UNIQUE,
  payment_id uuid NOT NULL REFERENCES payment,
  tenant text NOT NULL,
  finance text,
  kind text NOT NULL CHECK (kind IN ('SETTLED', 'REVERSED')),
  -- Day in Germany on which the money came or went.
  business_day date NOT NULL,
  currency text NOT NULL,
  -- Positive; REVERSED takes it away.
  gross_minor bigint NOT NULL,
  fee_minor bigint,
  -- The data of the event.
  data jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  -- When the finance system said something of it.
  answered_at timestamptz
);
CREATE INDEX posting_open ON posting (tenant, position) WHERE answered_at IS NULL;
CREATE INDEX posting_day ON posting (tenant, business_day, position);
CREATE INDEX posting_of ON posting (payment_id);

-- Part or all of a payment that went back.
CREATE TABLE reversal (
  id uuid PRIMARY KEY,
  payment_id uuid NOT NULL REFERENCES payment,
  kind text NOT NULL CHECK (kind IN ('REFUND', 'CHARGEBACK')),
  gross_minor bigint NOT NULL CHECK (gross_minor > 0),
  -- What tells it from others, e.g. the bank's reference; the same again changes nothing.
  reference text NOT NULL,
  reason text,
  at timestamptz NOT NULL,
  actor text NOT NULL,
  UNIQUE (payment_id, reference)
);

CREATE TABLE kassenzeichen_counter (
  tenant text NOT NULL,
  series text NOT NULL,
  last bigint NOT NULL,
  PRIMARY KEY (tenant, series)
);

-- What a finance system said, once each.
CREATE TABLE booking_answer (
  payment_id uuid NOT NULL REFERENCES payment ON DELETE CASCADE,
  -- payment.settled or payment.reversed that it answers.
  event_id uuid NOT NULL,
  -- Hash of the answer.
  reference text NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('ACCEPTED', 'REJECTED')),
  document text,
  code text,
  at timestamptz NOT NULL DEFAULT now(),
  way text NOT NULL,
  PRIMARY KEY (payment_id, reference)
);
