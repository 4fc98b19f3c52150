import { newId } from '@ozg-hub/core';
import type { Store } from '@ozg-hub/store';
import type { ChangeRecorder } from './change-recorder.ts';
import { deliveryColumns, toDelivery } from './delivery-row.ts';
import { deliveryErrors } from './errors.ts';
import { probeDelayMs } from './retry-schedule.ts';

const EXPIRED = `
  SELECT ${deliveryColumns}, now() AS now FROM delivery d WHERE d.lease_until < now()
  ORDER BY d.lease_until LIMIT 100 FOR UPDATE SKIP LOCKED`;

const OVERDUE = `
  SELECT ${deliveryColumns} FROM delivery d WHERE d.due_at < now() AND NOT d.overdue
  ORDER BY d.due_at LIMIT 100 FOR UPDATE SKIP LOCKED`;

/** Finds what time has changed: leases of workers that are gone, answers that did not come. */
export class Sweeper {
  readonly #store: Store;
  readonly #recorder: ChangeRecorder;
  readonly #random: () => number;

  constructor(store: Store, recorder: ChangeRecorder, random: () => number) {
    this.#store = store;
    this.#recorder = recorder;
    this.#random = random;
  }

  /**
   * Takes expired leases away: what was in flight is IN_DOUBT and will be probed, a lost probe is repeated after 10 s.
   * @returns how many; 100 at most, call again then
   */
  async expireLeases(): Promise<number> {
    return await this.#store.tx(async (tx) => {
      const rows = await tx.query<{ now: Date }>(EXPIRED);
      const expired = rows.map(({ now, ...row }) => ({ now, before: toDelivery(row) }));
      const lost = { code: deliveryErrors.HUB_DELIVERY_LEASE_LOST().code };
      const actor = this.#recorder.service;
      await this.#recorder.record(
        tx,
        expired.map(({ before }) =>
          before.state === 'IN_FLIGHT'
            ? { before, event: { type: 'leaseLost' }, set: lost, nextInMs: 0, actor, kind: 'delivery.in-doubt' }
            : {
                before,
                event: undefined,
                // A worker that went away says nothing about the target; a short wait, as it may have died of this one.
                nextInMs: probeDelayMs(1, this.#random()),
                actor,
                kind: 'delivery.probe-failed',
              },
        ),
      );
      await this.#recorder.attempts(
        tx,
        expired.map(({ before, now }) => ({
          id: newId(),
          deliveryId: before.id,
          exchangeId: before.exchangeId,
          trigger: before.state === 'IN_FLIGHT' ? before.trigger : 'PROBE',
          fence: before.fence,
          startedAt: before.updatedAt,
          durationMs: Math.min(now.getTime() - before.updatedAt.getTime(), 2 ** 31 - 1),
          class: 'IN_DOUBT',
          ...lost,
          actor,
          fenced: false,
        })),
      );
      return expired.length;
    });
  }

  /** Marks what is past its `due_at`, and says so once; nothing is sent again. @returns how many, 100 at most */
  async markOverdue(): Promise<number> {
    return await this.#store.tx(async (tx) => {
      const late = (await tx.query(OVERDUE)).map(toDelivery);
      await this.#recorder.record(
        tx,
        late.map((before) => ({
          before,
          event: undefined,
          set: { overdue: true },
          actor: this.#recorder.service,
          kind: 'delivery.overdue',
          announceAnyway: true,
        })),
      );
      return late.length;
    });
  }
}
