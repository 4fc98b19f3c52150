import type { Tx } from '@ozg-hub/store';
import type { PaymentRecorder } from '../payment-recorder.ts';
import { keepingPlans } from './long-statements.ts';

/** Payments that stand on the bank's statement. */
export class Settlements {
  constructor(private readonly recorder: PaymentRecorder) {}

  /**
   * Keeps the day, and moves BOOKED to SETTLED; one that is not booked yet becomes SETTLED once it is.
   * @param day `YYYY-MM-DD`, on which the bank booked the money
   */
  async mark(tx: Tx, paymentIds: readonly string[], day: string): Promise<void> {
    await tx.query(LOCK, [paymentIds]);
    const marked = await tx.query<Marked>(MARK, [paymentIds, day]);
    const settled = marked.filter(({ state }) => state === 'SETTLED');
    await keepingPlans(tx, () => this.recorder.settled(tx, settled));
  }
}

interface Marked {
  readonly id: string;
  readonly tenant: string;
  readonly state: string;
  readonly changes: number;
}

/** By a statement before, so that the next one sees what those have written for whom it waited. */
const LOCK = `SELECT FROM payment WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE`;

const MARK = `
  UPDATE payment m SET settled_on = $2::date, changed_at = now(),
    state = CASE WHEN state = 'BOOKED' THEN 'SETTLED' ELSE state END
  WHERE id = ANY ($1::uuid[]) AND settled_on IS NULL
  RETURNING id, tenant, state,
    coalesce((SELECT max(c.position) FROM payment_change c WHERE c.payment_id = m.id), 0) AS changes`;
