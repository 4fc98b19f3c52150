import type { Failpoints, Logger } from '@ozg-hub/core';
import { isHubError } from '@ozg-hub/core';
import type { Store, Tx } from '@ozg-hub/store';
import { type Finished, attemptOf, changeFor, targetNews } from './attempt-result.ts';
import type { ChangeRecorder } from './change-recorder.ts';
import { Coalescer } from './coalescer.ts';
import type { Attempt, DeliveryChange } from './delivery.ts';
import { type TargetNews, type TargetUpdate, keyOf, updateTargets } from './target-states.ts';
import { Trail } from './trail.ts';

/** Fate of a result: stored, fenced off, or not storable. */
export type Written =
  | { readonly type: 'stored'; readonly change: DeliveryChange }
  | { readonly type: 'fenced' }
  | { readonly type: 'error'; readonly error: unknown };

export interface ResultWriterOptions {
  readonly store: Store;
  readonly recorder: ChangeRecorder;
  readonly logger: Logger;
  readonly failpoints: Failpoints;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly observe?: ((attempt: Attempt) => void) | undefined;
}

/** Writes the results of many attempts in one transaction; only those whose fence holds change their delivery. */
export class ResultWriter {
  readonly #options: ResultWriterOptions;
  readonly #trail = new Trail();
  readonly #results: Coalescer<Finished, Written>;

  constructor(options: ResultWriterOptions) {
    this.#options = options;
    this.#results = new Coalescer((finished) => this.#flush(finished));
  }

  async write(finished: Finished): Promise<Written> {
    return await this.#results.add(finished);
  }

  async #flush(finished: readonly Finished[]): Promise<readonly Written[]> {
    try {
      this.#options.failpoints.hit('delivery.before-result');
      const written = await this.#options.store.tx((tx) => this.#record(tx, finished));
      this.#options.failpoints.hit('delivery.after-result');
      return written;
    } catch (error) {
      if (finished.length === 1 || isHubError(error, 'HUB_STORE_UNREACHABLE')) {
        return finished.map(() => ({ type: 'error', error }));
      }
      // one that cannot be written (an event outside its contract) must not keep the others
      const each: Written[] = [];
      for (const one of finished) each.push(...(await this.#flush([one])));
      return each;
    }
  }

  async #record(tx: Tx, finished: readonly Finished[]): Promise<readonly Written[]> {
    const { recorder, random, observe } = this.#options;
    const fresh = finished.filter(({ stale }) => !stale);
    const updates = await updateTargets(tx, gather(fresh), recorder.service);
    await this.#tellTargets(tx, updates);
    const changes = finished.map((one) => changeFor(one, updates.get(keyOf(one.claimed.delivery)), random()));
    const recorded = await recorder.record(tx, changes);
    const attempts = finished.map((one) => attemptOf(one, !recorded.has(one.claimed.delivery.id)));
    await recorder.attempts(tx, attempts);
    tx.afterCommit(() => attempts.forEach((attempt) => observe?.(attempt)));
    return finished.map(({ claimed }) => {
      const change = recorded.get(claimed.delivery.id);
      return change ? { type: 'stored', change } : { type: 'fenced' };
    });
  }

  async #tellTargets(tx: Tx, updates: ReadonlyMap<string, TargetUpdate>): Promise<void> {
    const { recorder, logger } = this.#options;
    const rows = [...updates.values()].flatMap(({ before, after }) => {
      const subject = { target: after.target };
      const base = { tenant: after.tenant, subject, actor: recorder.service };
      return [
        ...(after.paused && !before.paused ? [{ ...base, kind: 'target.paused', code: after.pauseReason }] : []),
        ...(after.breaker.state !== before.breaker.state
          ? [{ ...base, kind: 'target.breaker', state: after.breaker.state }]
          : []),
      ];
    });
    await this.#trail.append(tx, rows);
    tx.afterCommit(() => {
      for (const row of rows)
        logger.warn({ tenant: row.tenant, target: row.subject.target, kind: row.kind }, 'target changed');
    });
  }
}

function gather(finished: readonly Finished[]): readonly TargetNews[] {
  const news = new Map<string, TargetNews>();
  for (const one of finished) {
    const { tenant, target } = one.claimed.delivery;
    const more = targetNews(one);
    const before = news.get(keyOf({ tenant, target }));
    const waits = [before?.notBeforeMs, more.notBeforeMs].filter((wait) => wait !== undefined);
    news.set(keyOf({ tenant, target }), {
      tenant,
      target,
      events: [...(before?.events ?? []), ...more.events],
      pause: before?.pause ?? more.pause,
      notBeforeMs: waits.length > 0 ? Math.max(...waits) : undefined,
      burnsBudget: before?.burnsBudget || more.burnsBudget,
    });
  }
  return [...news.values()].toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}
