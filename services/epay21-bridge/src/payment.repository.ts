import { type Money, money } from '@ozg-hub/money';
import type { Sql, Tx } from '@ozg-hub/store';
import { type StoredItem, itemOf, storedItem } from './fees/fee-lines.ts';
import type { PaymentItem, PaymentState } from './payment.ts';

/** What is asked for; never changes. */
export interface NewPayment {
  readonly id: string;
  readonly tenant: string;
  /** Target of the directory that takes the payment. */
  readonly provider: string;
  /** Host of the payment service. */
  readonly endpoint: string;
  /** Target that posts it. */
  readonly finance: string | undefined;
  readonly submissionId: string | undefined;
  readonly leistung: string | undefined;
  readonly vorgang: string | undefined;
  readonly blueprint: string | undefined;
  readonly directoryVersion: string;
  readonly keyId: string | undefined;
  readonly headerKey: string | undefined;
  readonly contentHash: string | undefined;
  readonly kassenzeichen: string;
  readonly purpose: string;
  readonly description: string;
  readonly gross: Money;
  readonly items: readonly PaymentItem[];
  readonly serviceUrl: string | undefined;
  readonly returnToken: string;
  readonly timeoutMinutes: number;
  readonly traceparent: string | undefined;
}

export type BookingState = 'WAITING' | 'ACCEPTED' | 'REJECTED';
export type ClosingState = 'WAITING' | 'DONE' | 'REFUSED';

/** A payment and where it is. */
export interface Payment extends NewPayment {
  readonly state: PaymentState;
  /** Sequence of its next event. */
  readonly sequence: number;
  readonly transactionId: string | undefined;
  readonly providerReference: string | undefined;
  readonly providerStatus: string | undefined;
  readonly payPageUrl: string | undefined;
  readonly method: string | undefined;
  readonly fee: Money | undefined;
  readonly paidAt: Date | undefined;
  /** Code of what does not agree between request and answer. */
  readonly integrity: string | undefined;
  readonly code: string | undefined;
  readonly booking: BookingState | undefined;
  readonly bookingReference: string | undefined;
  readonly bookingCode: string | undefined;
  readonly bookedAt: Date | undefined;
  /** `YYYY-MM-DD` on which it stood on the bank's statement. */
  readonly settledOn: string | undefined;
  readonly reversed: Money;
  readonly closing: ClosingState | undefined;
  readonly settledEvent: string | undefined;
  readonly receiptRef: string | undefined;
  readonly receiptCode: string | undefined;
  readonly createdAt: Date;
  readonly changedAt: Date;
  readonly expiresAt: Date;
  readonly nextLookAt: Date | undefined;
  readonly looks: number;
  /** Looks in a row without a usable answer. */
  readonly failures: number;
  /** Of the database's clock. */
  readonly readAt: Date;
  /** For paying, when it was read; negative afterwards. */
  readonly secondsLeft: number;
}

/** What a change may set; what is left out stays. */
export type PaymentPatch = Partial<
  Pick<
    Payment,
    | 'state'
    | 'sequence'
    | 'transactionId'
    | 'providerReference'
    | 'providerStatus'
    | 'payPageUrl'
    | 'method'
    | 'fee'
    | 'paidAt'
    | 'integrity'
    | 'code'
    | 'booking'
    | 'bookingReference'
    | 'bookingCode'
    | 'bookedAt'
    | 'settledOn'
    | 'reversed'
    | 'closing'
    | 'settledEvent'
    | 'receiptRef'
    | 'receiptCode'
    | 'looks'
    | 'failures'
  >
>;

const COLUMNS: Readonly<Record<string, string>> = {
  id: 'id',
  tenant: 'tenant',
  provider: 'provider',
  endpoint: 'endpoint',
  finance: 'finance',
  submissionId: 'submission_id',
  leistung: 'leistung',
  vorgang: 'vorgang',
  blueprint: 'blueprint',
  directoryVersion: 'directory_version',
  keyId: 'key_id',
  headerKey: 'header_key',
  contentHash: 'content_hash',
  kassenzeichen: 'kassenzeichen',
  purpose: 'purpose',
  description: 'description',
  currency: 'currency',
  grossMinor: 'gross_minor',
  items: 'items',
  serviceUrl: 'service_url',
  returnToken: 'return_token',
  timeoutMinutes: 'timeout_minutes',
  traceparent: 'traceparent',
  state: 'state',
  sequence: 'sequence',
  transactionId: 'transaction_id',
  providerReference: 'provider_reference',
  providerStatus: 'provider_status',
  payPageUrl: 'pay_page_url',
  method: 'method',
  feeMinor: 'fee_minor',
  paidAt: 'paid_at',
  integrity: 'integrity',
  code: 'code',
  booking: 'booking',
  bookingReference: 'booking_reference',
  bookingCode: 'booking_code',
  bookedAt: 'booked_at',
  settledOn: 'settled_on',
  reversedMinor: 'reversed_minor',
  closing: 'closing',
  settledEvent: 'settled_event',
  receiptRef: 'receipt_ref',
  receiptCode: 'receipt_code',
  createdAt: 'created_at',
  changedAt: 'changed_at',
  expiresAt: 'expires_at',
  nextLookAt: 'next_look_at',
  looks: 'looks',
  failures: 'failures',
};

const SELECT = `SELECT ${Object.entries(COLUMNS)
  .map(([name, column]) => `${column} AS "${name}"`)
  .join(', ')}, now() AS "readAt", extract(epoch FROM expires_at - now())::float8 AS "secondsLeft" FROM payment`;

type Row = Record<string, unknown> & {
  currency: string;
  grossMinor: number;
  feeMinor: number | null;
  reversedMinor: number;
  items: StoredItem[];
};

function paymentOf({ currency, grossMinor, feeMinor, reversedMinor, items, ...row }: Row): Payment {
  const known = Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value ?? undefined]));
  return {
    ...(known as unknown as Omit<Payment, 'gross' | 'fee' | 'reversed' | 'items'>),
    gross: money(grossMinor, currency),
    fee: feeMinor === null ? undefined : money(feeMinor, currency),
    reversed: money(reversedMinor, currency),
    items: items.map((item) => itemOf(item, currency)),
  };
}

/**
 * Stores a payment that is not there yet; its time for paying begins now.
 * @param heldSeconds for so long the poller leaves it to the caller
 * @returns false where its submission or header key has one already
 */
export async function insertPayment(tx: Tx, payment: NewPayment, heldSeconds: number): Promise<boolean> {
  const { gross, items, ...rest } = payment;
  const values: Record<string, unknown> = {
    ...rest,
    currency: gross.currency,
    grossMinor: gross.minor,
    items: JSON.stringify(items.map(storedItem)),
    state: 'CREATED',
  };
  const names = Object.keys(values);
  const rows = await tx.query(
    `INSERT INTO payment (${names.map((name) => COLUMNS[name]).join(', ')}, expires_at, next_look_at)
     VALUES (${names.map((_, index) => `$${index + 3}`).join(', ')}, now() + make_interval(mins => $1),
             now() + make_interval(secs => $2))
     ON CONFLICT DO NOTHING RETURNING id`,
    [payment.timeoutMinutes, heldSeconds, ...names.map((name) => values[name])],
  );
  return rows.length === 1;
}

/** The next number of a series; two transactions never get the same, and none is left out of those that commit in turn. */
export async function nextNumber(tx: Tx, tenant: string, series: string): Promise<number> {
  const [row] = await tx.query<{ last: number }>(
    `INSERT INTO kassenzeichen_counter AS counter (tenant, series, last) VALUES ($1, $2, 1)
     ON CONFLICT (tenant, series) DO UPDATE SET last = counter.last + 1 RETURNING last`,
    [tenant, series],
  );
  return row!.last;
}

/** @param lock holds the row until the transaction ends */
export async function findPayment(sql: Sql, id: string, lock = false): Promise<Payment | undefined> {
  const [row] = await sql.query<Row>(`${SELECT} WHERE id = $1${lock ? ' FOR UPDATE' : ''}`, [id]);
  return row && paymentOf(row);
}

export async function findByHeaderKey(
  sql: Sql,
  { tenant, keyId, headerKey }: { tenant: string; keyId: string; headerKey: string },
): Promise<Payment | undefined> {
  const [row] = await sql.query<Row>(`${SELECT} WHERE tenant = $1 AND key_id = $2 AND header_key = $3`, [
    tenant,
    keyId,
    headerKey,
  ]);
  return row && paymentOf(row);
}

export async function findBySubmission(sql: Sql, submissionId: string): Promise<Payment | undefined> {
  const [row] = await sql.query<Row>(`${SELECT} WHERE submission_id = $1`, [submissionId]);
  return row && paymentOf(row);
}

export async function findByReturnToken(sql: Sql, token: string): Promise<Payment | undefined> {
  const [row] = await sql.query<Row>(`${SELECT} WHERE return_token = $1`, [token]);
  return row && paymentOf(row);
}

/** What the finance system has said of all postings of a payment together; undefined where there is none. */
export async function bookingOf(sql: Sql, id: string): Promise<BookingState | undefined> {
  const [row] = await sql.query<{ booking: BookingState | null }>(
    `SELECT CASE WHEN bool_or(NOT accepted AND rejected) THEN 'REJECTED' WHEN bool_or(NOT accepted) THEN 'WAITING'
       WHEN count(*) > 0 THEN 'ACCEPTED' END AS booking
     FROM (SELECT EXISTS (SELECT FROM booking_answer a
                          WHERE a.payment_id = $1 AND a.event_id = p.event_id AND a.outcome = 'ACCEPTED') AS accepted,
                  EXISTS (SELECT FROM booking_answer a
                          WHERE a.payment_id = $1 AND a.event_id = p.event_id AND a.outcome = 'REJECTED') AS rejected
           FROM posting p WHERE p.payment_id = $1) AS answered`,
    [id],
  );
  return row?.booking ?? undefined;
}

/** What the operator's list may ask for. */
export interface PaymentFilter {
  readonly tenants: readonly string[] | undefined;
  readonly state?: string | undefined;
  readonly booking?: string | undefined;
  readonly kassenzeichen?: string | undefined;
  readonly transactionId?: string | undefined;
  readonly submissionId?: string | undefined;
  /** Something does not agree, or the outcome of a call is unknown, or a booking was rejected. */
  readonly attention?: boolean | undefined;
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

/** Newest first; `after` is the last id of the page before. */
export async function listPayments(sql: Sql, filter: PaymentFilter): Promise<Payment[]> {
  const rows = await sql.query<Row>(
    `${SELECT}
     WHERE ($1::text[] IS NULL OR tenant = ANY ($1)) AND ($2::text IS NULL OR state = $2)
       AND ($3::text IS NULL OR booking = $3) AND ($4::text IS NULL OR kassenzeichen = $4)
       AND ($5::text IS NULL OR transaction_id = $5) AND ($6::uuid IS NULL OR submission_id = $6)
       AND (NOT $7::boolean OR state = 'UNKNOWN' OR integrity IS NOT NULL OR booking = 'REJECTED' OR closing = 'REFUSED'
            OR (state IN ('CREATED', 'INITIATED') AND next_look_at IS NULL))
       AND ($8::uuid IS NULL OR id < $8)
     ORDER BY id DESC LIMIT $9`,
    [
      filter.tenants ?? null,
      filter.state ?? null,
      filter.booking ?? null,
      filter.kassenzeichen ?? null,
      filter.transactionId ?? null,
      filter.submissionId ?? null,
      filter.attention ?? false,
      filter.after ?? null,
      filter.limit ?? 100,
    ],
  );
  return rows.map(paymentOf);
}

/**
 * Writes what changed.
 * @param nextLookSeconds from now until the poller comes; undefined: never again
 */
export async function updatePayment(
  tx: Tx,
  id: string,
  patch: PaymentPatch,
  nextLookSeconds: number | undefined,
): Promise<void> {
  const { fee, reversed, ...rest } = patch;
  const values: Record<string, unknown> = { ...rest };
  if (fee) values['feeMinor'] = fee.minor;
  if (reversed) values['reversedMinor'] = reversed.minor;
  const names = Object.keys(values);
  const sets = names.map((name, index) => `${COLUMNS[name]} = $${index + 3},`).join(' ');
  await tx.query(
    `UPDATE payment SET ${sets} changed_at = now(), next_look_at = now() + make_interval(secs => $2) WHERE id = $1`,
    [id, nextLookSeconds ?? null, ...names.map((name) => values[name])],
  );
}
