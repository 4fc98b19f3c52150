import { type Failpoints, newId } from '@ozg-hub/core';
import type { Store } from '@ozg-hub/store';
import { type Finished, attemptOf, changeFor, toFailure } from './attempt-result.ts';
import type { ChangeRecorder } from './change-recorder.ts';
import type { Claimed } from './claim.repository.ts';
import { deliveryColumns, toDelivery } from './delivery-row.ts';
import { deliveryErrors } from './errors.ts';
import { Leases } from './leases.ts';
import { RunningDelivery } from './running-delivery.ts';
import type { Json, TargetAdapter, TargetDirectory } from './target-adapter.port.ts';
import { type ProbeVerdict, mayBeEffective } from './transition.ts';

export interface PersonalProbeOptions {
  readonly store: Store;
  readonly recorder: ChangeRecorder;
  readonly directory: TargetDirectory;
  readonly adapters: readonly TargetAdapter[];
  readonly failpoints: Failpoints;
  /** Milliseconds. Default 60,000. */
  readonly leaseMs?: number;
}

interface Asked {
  readonly actor: string;
  readonly tenants?: readonly string[] | undefined;
}

/** What the probe found, and the fence under which that holds: a higher one means that the delivery moved on. */
export interface PersonalVerdict {
  readonly verdict: ProbeVerdict;
  readonly fence: number;
}

const LEASE = `
  UPDATE delivery d SET fence = d.fence + 1, attempts = d.attempts + 1, lease_until = now() + $3 * interval '1 millisecond'
  WHERE d.id = $1 AND ($2::text[] IS NULL OR d.tenant = ANY($2)) AND d.lease_until IS NULL
    AND d.state IN ('IN_DOUBT', 'AWAITING_RECEIPT', 'AWAITING_RESULT')
  RETURNING ${deliveryColumns}, now() AS now`;

const STEPS = `SELECT name, result FROM step WHERE exchange_id = $1`;

const GIVE_BACK = `UPDATE delivery SET lease_until = NULL, fence = fence + 1 WHERE id = $1 AND fence = $2 RETURNING id`;

/** A probe that a person asks for, before a replay out of IN_DOUBT or an AWAITING state. */
export class PersonalProbe {
  readonly #options: PersonalProbeOptions;

  constructor(options: PersonalProbeOptions) {
    this.#options = options;
  }

  /**
   * Asks the target, records the attempt, and moves a delivery that proves effective on from IN_DOUBT.
   * UNKNOWN also where the target could not be asked: then the person's reason decides.
   * @throws HUB_DELIVERY_TRANSITION the delivery is being worked on, or moved on meanwhile
   */
  async run(id: string, asked: Asked): Promise<PersonalVerdict> {
    const { store, recorder } = this.#options;
    const claimed = await this.#lease(id, asked);
    const { delivery } = claimed;
    const finished = await this.#ask(claimed, asked.actor);
    const { result } = finished;
    const verdict = result.type === 'probed' ? result.probe.verdict : 'UNKNOWN';
    const held = await store.tx(async (tx) => {
      const still =
        verdict === 'EFFECTIVE' && delivery.state === 'IN_DOUBT'
          ? (await recorder.record(tx, [changeFor(finished, undefined, 0)])).has(id)
          : (await tx.query(GIVE_BACK, [id, delivery.fence])).length > 0;
      await recorder.attempts(tx, [attemptOf(finished, !still)]);
      return still;
    });
    if (!held) {
      throw deliveryErrors.HUB_DELIVERY_TRANSITION({ detail: 'The delivery moved on while the target was asked.' });
    }
    return { verdict, fence: delivery.fence + 1 };
  }

  async #lease(id: string, asked: Asked): Promise<Claimed> {
    const { store, directory, leaseMs = 60_000 } = this.#options;
    const [row] = await store.query<{ now: Date }>(LEASE, [id, asked.tenants ?? null, leaseMs]);
    if (!row)
      throw deliveryErrors.HUB_DELIVERY_TRANSITION({ detail: 'The delivery is being worked on; try again shortly.' });
    const { now, ...columns } = row;
    const delivery = toDelivery(columns);
    if (!mayBeEffective(delivery.state)) throw deliveryErrors.HUB_DELIVERY_TRANSITION();
    const settings = directory.target(delivery.tenant, delivery.target) ?? { kind: 'unknown' };
    const steps = await store.query<{ name: string; result: Json }>(STEPS, [delivery.exchangeId]);
    return {
      delivery,
      settings,
      mode: 'probe',
      trigger: 'PROBE',
      at: now,
      steps: new Map(steps.map(({ name, result }) => [name, result])),
    };
  }

  async #ask(claimed: Claimed, actor: string): Promise<Finished> {
    const { store, adapters, failpoints, leaseMs = 60_000 } = this.#options;
    const began = performance.now();
    const finished = { attemptId: newId(), claimed, actor, stale: false };
    const running = new RunningDelivery(claimed, new Leases(store, leaseMs), failpoints, began + leaseMs);
    const adapter = adapters.find(({ kind }) => kind === claimed.settings.kind);
    try {
      if (!adapter) throw deliveryErrors.HUB_DELIVERY_TARGET_UNKNOWN();
      const probe = await adapter.probe(running);
      return { ...finished, result: { type: 'probed', probe }, durationMs: performance.now() - began };
    } catch (error) {
      return {
        ...finished,
        result: { type: 'failed', failure: toFailure(error) },
        durationMs: performance.now() - began,
      };
    }
  }
}
