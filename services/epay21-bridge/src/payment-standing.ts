import type { Store } from '@ozg-hub/store';

/** How many payments are where, by municipality. */
export interface PaymentCount {
  readonly tenant: string;
  readonly state: string;
  readonly count: number;
}

/** What waits for somebody, by municipality. */
export interface PaymentConcern {
  readonly tenant: string;
  /** Paid, and no finance system has said that it posted it. */
  readonly unbooked: number;
  /** Seconds since the oldest of these was paid. */
  readonly oldestUnbookedSeconds: number;
  readonly rejected: number;
  /** Request and answer do not agree. */
  readonly integrity: number;
  readonly unknown: number;
  readonly closingRefused: number;
  /** Paid for more than an hour, and their Quittung could not be made. */
  readonly withoutReceipt: number;
}

const COUNTS = `
  SELECT tenant, state, count(*) AS count FROM payment
  WHERE state NOT IN ('SETTLED', 'FAILED', 'CANCELLED', 'EXPIRED', 'REFUNDED') GROUP BY tenant, state`;

const NO_RECEIPT = `submission_id IS NOT NULL AND receipt_ref IS NULL AND receipt_code IS NULL
  AND paid_at < now() - interval '1 hour' AND state IN ('PAID', 'LATE_PAID', 'BOOKED', 'SETTLED')`;

const CONCERNS = `
  SELECT tenant,
    count(*) FILTER (WHERE booking = 'WAITING') AS unbooked,
    coalesce(extract(epoch FROM now() - min(paid_at) FILTER (WHERE booking = 'WAITING')), 0)::float8
      AS "oldestUnbookedSeconds",
    count(*) FILTER (WHERE booking = 'REJECTED') AS rejected,
    count(*) FILTER (WHERE integrity IS NOT NULL) AS integrity,
    count(*) FILTER (WHERE state = 'UNKNOWN') AS unknown,
    count(*) FILTER (WHERE closing = 'REFUSED') AS "closingRefused",
    count(*) FILTER (WHERE ${NO_RECEIPT}) AS "withoutReceipt"
  FROM payment
  WHERE (${NO_RECEIPT}) OR booking IN ('WAITING', 'REJECTED') OR integrity IS NOT NULL OR state = 'UNKNOWN' OR closing = 'REFUSED'
  GROUP BY tenant ORDER BY tenant`;

/** Where payments are, for metrics and `doctor`. */
export class PaymentStanding {
  constructor(private readonly store: Store) {}

  async counts(): Promise<PaymentCount[]> {
    return await this.store.query<PaymentCount>(COUNTS);
  }

  async concerns(): Promise<PaymentConcern[]> {
    return await this.store.query<PaymentConcern>(CONCERNS);
  }
}
