import { EventEmitter, once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { type Failpoints, silentLogger } from '@ozg-hub/core';
import { type SchemaMigrations, type Store, inboxMigrations, outboxMigrations } from '@ozg-hub/store';
import type { DeliveryState } from '@ozg-hub/submission';
import { Deliveries } from './deliveries.ts';
import type { Attempt, Delivery, NewDelivery } from './delivery.ts';
import { DeliveryEngine, type DeliveryEngineOptions } from './delivery-engine.ts';
import { DeliveryOperations } from './delivery-operations.ts';
import { deliveryMigrations, trailMigrations } from './migrations.ts';
import { Replies } from './replies.ts';
import { ReplayBatches } from './replay-batches.ts';
import { ReplayRunner } from './replay-runner.ts';
import type { DeliveryWork, Outcome, ProbeOutcome, TargetAdapter, TargetSettings } from './target-adapter.port.ts';

/** Schema of the sample service: all that a sending service has. */
export const sampleMigrations: readonly SchemaMigrations[] = [
  { schema: 'sample', sets: [outboxMigrations, inboxMigrations, trailMigrations, deliveryMigrations] },
];

/** A service as the tests of this lib need it: an adapter whose answers the test sets, targets it defines. */
export class SampleService implements TargetAdapter {
  readonly kind = 'sample';
  readonly service = 'sample';
  readonly logger = silentLogger;
  readonly store: Store;
  readonly deliveries = new Deliveries(this);
  readonly replies: Replies;
  readonly operations: DeliveryOperations;
  readonly replays: ReplayBatches;
  readonly settings = new Map<string, TargetSettings>();
  readonly directory = { target: (_tenant: string, target: string) => this.settings.get(target) ?? { kind: 'sample' } };
  /** Ids in the order in which they were sent. */
  readonly sent: string[] = [];
  /** Ids in the order in which they were probed. */
  readonly asked: string[] = [];
  readonly attempts: Attempt[] = [];
  send: (work: DeliveryWork) => Promise<Outcome> = () => Promise.resolve({ state: 'AWAITING_RESULT' });
  ask: (work: DeliveryWork) => Promise<ProbeOutcome> = () => Promise.resolve({ verdict: 'UNKNOWN' });
  readonly #news = new EventEmitter();
  readonly #engines: DeliveryEngine[] = [];

  constructor(store: Store) {
    this.store = store;
    this.replies = new Replies(this);
    this.replays = new ReplayBatches(store);
    this.operations = new DeliveryOperations({
      ...this,
      store,
      service: this.service,
      adapters: [this],
      directory: this.directory,
      logger: this.logger,
    });
  }

  async deliver(work: DeliveryWork): Promise<Outcome> {
    this.sent.push(work.delivery.id);
    this.#news.emit('news');
    return await this.send(work);
  }

  async probe(work: DeliveryWork): Promise<ProbeOutcome> {
    this.asked.push(work.delivery.id);
    this.#news.emit('news');
    return await this.ask(work);
  }

  engine(options: Partial<DeliveryEngineOptions> & { failpoints?: Failpoints } = {}): DeliveryEngine {
    const engine = new DeliveryEngine({
      store: this.store,
      service: this.service,
      adapters: [this],
      directory: this.directory,
      logger: this.logger,
      random: () => 0.5,
      pollMs: 50,
      observe: (attempt) => {
        this.attempts.push(attempt);
        this.#news.emit('news');
      },
      ...options,
    });
    this.#engines.push(engine);
    engine.start();
    return engine;
  }

  runner(failpoints?: Failpoints): ReplayRunner {
    return new ReplayRunner({ ...this, store: this.store, ...(failpoints ? { failpoints } : {}) });
  }

  async stop(): Promise<void> {
    await Promise.all(this.#engines.splice(0).map((engine) => engine.stop(0)));
  }

  async queue(...wanted: Partial<NewDelivery>[]): Promise<readonly string[]> {
    const rows = wanted.map((delivery) => ({
      submissionId: randomUUID(),
      tenant: 'musterstadt',
      purpose: 'dms',
      target: 'dms',
      lane: randomUUID(),
      reference: { envelopeRef: randomUUID() },
      ...delivery,
    }));
    return (await this.store.tx((tx) => this.deliveries.queue(tx, rows))).map(({ id }) => id);
  }

  /** As `queue`, and then they failed for good. */
  async park(count: number, delivery: Partial<NewDelivery> = {}): Promise<readonly string[]> {
    const ids = await this.queue(...Array.from({ length: count }, () => delivery));
    await this.store.query(
      `UPDATE delivery SET state = 'PARKED', next_at = NULL, code = 'NO', trigger = 'RETRY' WHERE id = ANY($1::uuid[])`,
      [ids],
    );
    return ids;
  }

  async find(id: string): Promise<Delivery> {
    return (await this.deliveries.find(this.store, id))!;
  }

  /** Waits until it holds; looked at again after each try that begins or is recorded. */
  async until(holds: () => boolean | Promise<boolean>): Promise<void> {
    for (;;) {
      const news = once(this.#news, 'news');
      if (await holds()) return;
      await news;
    }
  }

  async untilState(id: string, state: DeliveryState): Promise<Delivery> {
    await this.until(async () => (await this.find(id)).state === state);
    return await this.find(id);
  }

  /** What waits for a time waits no longer. */
  async timePasses(): Promise<void> {
    await this.store.query(`UPDATE delivery SET next_at = now() WHERE next_at > now()`);
  }

  /** As if the workers of these deliveries had been silent for longer than their lease. */
  async leasesExpire(): Promise<void> {
    await this.store.query(
      `UPDATE delivery SET lease_until = now() - interval '1 second' WHERE lease_until IS NOT NULL`,
    );
  }

  async events(): Promise<{ state: string; sequence: number; deliveryId: string }[]> {
    const rows = await this.store.query<{ value: Buffer }>(`SELECT value FROM outbox ORDER BY position`);
    return rows.map(
      ({ value }) => JSON.parse(value.toString()) as { state: string; sequence: number; deliveryId: string },
    );
  }

  async trail(): Promise<{ kind: string; actor: string; state: string; details: Record<string, unknown> }[]> {
    return await this.store.query(`SELECT kind, actor, state, details FROM audit ORDER BY position`);
  }

  async clear(): Promise<void> {
    await this.stop();
    this.sent.length = 0;
    this.asked.length = 0;
    this.attempts.length = 0;
    this.settings.clear();
    this.send = () => Promise.resolve({ state: 'AWAITING_RESULT' });
    this.ask = () => Promise.resolve({ verdict: 'UNKNOWN' });
    await this.store.query(
      `TRUNCATE replay_batch, replay_target, replay_item, delivery, exchange, step, attempt, reply_event, target_state, outbox, audit, audit_checkpoint`,
    );
  }
}
