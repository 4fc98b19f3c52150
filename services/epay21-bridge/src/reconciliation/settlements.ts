import type { Tx } from '@ozg-hub/store';
import type { PaymentRecorder } from '../payment-recorder.ts';

/** Payments that stand on the bank's statement. */
export class Settlements {
  constructor(private readonly recorder: PaymentRecorder) {}

  /**
   * Keeps the day, and moves BOOKED to SETTLED; one that is not booked yet becomes SETTLED once it is.
   * @param day `YYYY-MM-DD`, on which the bank booked the money
   */
  async mark(tx: Tx, paymentIds: readonly string[], day: string): Promise<void> {
    const marked = await tx.query<{ id: string; tenant: string; state: string }>(MARK, [paymentIds, day]);
    await this.recorder.settled(
      tx,
      marked.filter(({ state }) => state === 'SETTLED'),
    );
  }
}

const MARK = `
  UPDATE payment SET settled_on = $2::date, changed_at = now(),
    state = CASE WHEN state = 'BOOKED' THEN 'SETTLED' ELSE state END
  WHERE id = ANY ($1::uuid[]) AND settled_on IS NULL
  RETURNING id, tenant, state`;
