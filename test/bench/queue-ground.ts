import { chmod } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { newId, silentLogger } from '@ozg-hub/core';
import {
  type Attempt,
  Deliveries,
  DeliveryEngine,
  ReplayBatches,
  ReplayRunner,
  type TargetAdapter,
  deliveryMigrations,
  trailMigrations,
} from '@ozg-hub/delivery';
import {
  Database,
  type EmbeddedPostgres,
  type Store,
  inboxMigrations,
  outboxMigrations,
  startEmbeddedPostgres,
} from '@ozg-hub/store';
import { newDataFolder, removeDataFolder } from './hub.ts';

const SCHEMA = 'bench';
const TOWNS = 40;
/** Targets answer after so long, as a DMS nearby does. */
const ANSWER_MS = 5;

/** The delivery engine of one process on a PostgreSQL of its own, and targets that take everything. */
export class QueueGround implements TargetAdapter {
  readonly kind = 'bench';
  readonly service = SCHEMA;
  readonly logger = silentLogger;
  readonly deliveries = new Deliveries(this);
  readonly replays: ReplayBatches;
  readonly #runner: ReplayRunner;
  readonly #engine: DeliveryEngine;
  /** Called for each recorded try. */
  observe: (attempt: Attempt) => void = () => undefined;

  private constructor(
    private readonly folder: string,
    private readonly server: EmbeddedPostgres,
    private readonly database: Database,
    readonly store: Store,
  ) {
    const directory = { target: () => ({ kind: this.kind }) };
    const observe = (attempt: Attempt) => this.observe(attempt);
    this.#engine = new DeliveryEngine({ ...this, store, adapters: [this], directory, observe });
    this.#runner = new ReplayRunner({ ...this, store });
    this.replays = new ReplayBatches(store);
  }

  static async open(): Promise<QueueGround> {
    const folder = await newDataFolder('queue');
    // As root the server runs as another user, who has to pass.
    await chmod(folder, 0o711);
    const server = await startEmbeddedPostgres({ dataDir: folder, logger: silentLogger });
    const database = Database.connect({ url: server.url, logger: silentLogger });
    const sets = [outboxMigrations, inboxMigrations, trailMigrations, deliveryMigrations];
    await database.migrate([{ schema: SCHEMA, sets }], 'auto');
    return new QueueGround(folder, server, database, database.open(SCHEMA));
  }

  async close(): Promise<void> {
    await this.stop();
    await this.database.close();
    await this.server.stop();
    await removeDataFolder(this.folder);
  }

  start(): void {
    this.#engine.start();
    this.#runner.start();
  }

  async stop(): Promise<void> {
    await this.#runner.stop();
    await this.#engine.stop();
  }

  async deliver(): Promise<{ state: 'DELIVERED' }> {
    await pause(ANSWER_MS);
    return { state: 'DELIVERED' };
  }

  async probe(): Promise<{ verdict: 'UNKNOWN' }> {
    return { verdict: 'UNKNOWN' };
  }

  /** Empties the queue, then fills it with so many deliveries for {@link TOWNS} municipalities; ids in the order of time, as the hub's. */
  async fill(count: number, state: 'QUEUED' | 'PARKED'): Promise<void> {
    await this.store.query(
      'TRUNCATE delivery, exchange, attempt, step, reply_event, outbox, audit, target_state CASCADE',
    );
    for (let from = 0; from < count; from += 100_000) {
      await this.store.query(
        `WITH made AS (
           INSERT INTO delivery (id, natural_key, submission_id, tenant, purpose, target, lane, reference, state, next_at,
             code, trigger, exchange_id)
           SELECT uuidv7(), 'n' || n, uuidv7(), 'town' || n % ${TOWNS}, 'dms', 'dms', 'l' || n,
             '{"envelopeRef":"e"}', $3, CASE WHEN $3 = 'QUEUED' THEN now() END,
             CASE WHEN $3 = 'PARKED' THEN 'HUB_BENCH' END, CASE WHEN $3 = 'PARKED' THEN 'RETRY' ELSE 'NEW' END,
             uuidv7()
           FROM generate_series($1::int + 1, $2::int) n RETURNING id, exchange_id)
         INSERT INTO exchange (id, delivery_id, number) SELECT exchange_id, id, 1 FROM made`,
        [from, Math.min(from + 100_000, count), state],
      );
    }
    await this.store.query(`INSERT INTO target_state (tenant, target) SELECT DISTINCT tenant, target FROM delivery`);
    // What filling leaves to be done (dirty pages, rows never vacuumed) is no cost of a backlog that came about in hours.
    for (const table of ['delivery', 'exchange']) await this.store.query(`VACUUM (ANALYZE) ${table}`);
    await this.store.query('CHECKPOINT');
  }

  /** One more, as an application that has just been accepted. */
  async queue(): Promise<string> {
    const delivery = {
      submissionId: newId(),
      tenant: `town${Math.floor(Math.random() * TOWNS)}`,
      purpose: 'dms',
      target: 'dms',
      lane: newId(),
      reference: { envelopeRef: 'e' },
    };
    const [queued] = await this.store.tx((tx) => this.deliveries.queue(tx, [delivery]));
    return queued!.id;
  }

  /** Times that PostgreSQL read the table of deliveries from end to end since it was made. */
  async scans(): Promise<number> {
    const [row] = await this.store.query<{ scans: string }>(
      `SELECT seq_scan::text AS scans FROM pg_stat_all_tables WHERE schemaname = $1 AND relname = 'delivery'`,
      [SCHEMA],
    );
    return Number(row!.scans);
  }
}
