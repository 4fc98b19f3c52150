import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@ozg-hub/core';
import type { HeldLock, Store, Tx } from '@ozg-hub/store';
import { CheckpointFile } from './checkpoint-file.ts';
import { deliveryErrors } from './errors.ts';
import {
  type ChainHead,
  type ChainedRow,
  type Checkpoint,
  bodyHash,
  chainHash,
  chainedColumns,
  emptyChain,
} from './trail-chain.ts';
import type { TrailSigner } from './trail-signer.port.ts';

export interface SealerOptions {
  readonly store: Store;
  readonly service: string;
  readonly signer: TrailSigner;
  /** Checkpoints are appended here as well; keep it apart from the database. */
  readonly checkpointFile: string;
  readonly logger: Logger;
  /** Milliseconds between two rounds. Default 500. */
  readonly intervalMs?: number;
}

const BATCH = 2_000;
/** Of failures in a row, so many rounds, one is told. */
const TELL_EVERY = 120;

/** Committed rows only, whenever they were written: a transaction that commits late is sealed in a later round. */
const UNSEALED = `
  SELECT a.position, ${chainedColumns} FROM audit a WHERE a.chain_number IS NULL ORDER BY a.position LIMIT ${BATCH}`;

const HEADS = `
  SELECT t.tenant, h.count, h.hash FROM unnest($1::text[]) AS t (tenant) CROSS JOIN LATERAL (
    SELECT a.chain_number AS count, a.chain_hash AS hash FROM audit a
    WHERE a.tenant = t.tenant AND a.chain_number IS NOT NULL ORDER BY a.chain_number DESC LIMIT 1) h`;

const SEAL = `
  UPDATE audit a SET chain_number = s.number, chain_hash = s.hash, sealed_at = now()
  FROM unnest($1::bigint[], $2::bigint[], $3::bytea[]) AS s (position, number, hash)
  WHERE a.position = s.position AND a.chain_number IS NULL RETURNING a.position`;

const LAST = `SELECT number, body FROM audit_checkpoint ORDER BY number DESC LIMIT 1`;

const STORE = `
  INSERT INTO audit_checkpoint (number, at, body, key_id, signature) VALUES ($1, $2, $3, $4, $5)`;

const AFTER = `
  SELECT number, body, key_id AS "keyId", signature FROM audit_checkpoint WHERE number >= $1 ORDER BY number LIMIT 1000`;

/** Chains the trail of one service; of several processes the one that holds the lock does. */
export class Sealer {
  readonly #options: SealerOptions;
  readonly #file: CheckpointFile;
  #lock: HeldLock | undefined;
  #fileReady = false;
  /** It tells another story than the database: left alone until the next start, after a person has looked. */
  #fileDiffers = false;
  #stopping = new AbortController();
  #loop: Promise<void> | undefined;
  #round: Promise<unknown> = Promise.resolve();

  constructor(options: SealerOptions) {
    this.#options = options;
    this.#file = new CheckpointFile(options.checkpointFile);
  }

  start(): void {
    if (this.#loop) return;
    this.#stopping = new AbortController();
    this.#loop = this.#run();
  }

  /** Seals what is committed by now, as far as this process is the one that seals. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    this.#loop = undefined;
    try {
      if (this.#lock) await this.sealNow();
    } finally {
      const lock = this.#lock;
      this.#lock = undefined;
      await lock?.release();
    }
  }

  /**
   * Seals all rows committed by now.
   * @returns how many; undefined where another process is the sealer
   */
  async sealNow(): Promise<number | undefined> {
    const round = this.#round.then(() => this.#sealAll());
    this.#round = round.catch(() => undefined);
    return await round;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    for (let failures = 0; !signal.aborted;) {
      try {
        await this.sealNow();
        failures = 0;
      } catch (error) {
        const fields = { err: error as Error, failures: failures + 1 };
        if (failures % TELL_EVERY === 0)
          this.#options.logger.error(fields, 'trail could not be sealed; it is tried again');
        failures += 1;
      }
      await delay(this.#options.intervalMs ?? 500, undefined, { signal }).catch(() => undefined);
    }
  }

  async #sealAll(): Promise<number | undefined> {
    if (!(await this.#hold())) return undefined;
    if (!this.#fileReady && !this.#fileDiffers) await this.#catchUp();
    let total = 0;
    for (;;) {
      const isReady = this.#fileReady;
      // A commit that is not answered may have taken effect: the file catches up before its next line.
      this.#fileReady = false;
      const { rows, checkpoint } = await this.#options.store.tx((tx) => this.#sealBatch(tx));
      if (checkpoint && isReady) await this.#file.append([checkpoint]);
      this.#fileReady = isReady;
      total += rows;
      if (rows < BATCH) return total;
    }
  }

  async #hold(): Promise<boolean> {
    if (this.#lock && !this.#lock.lost.aborted) return true;
    this.#fileReady = false;
    this.#fileDiffers = false;
    this.#lock = await this.#options.store.lock('trail-sealer');
    return this.#lock !== undefined;
  }

  async #sealBatch(tx: Tx): Promise<{ rows: number; checkpoint?: Checkpoint }> {
    const rows = await tx.query<ChainedRow & { position: number }>(UNSEALED);
    if (rows.length === 0) return { rows: 0 };
    const tenants = [...new Set(rows.map(({ tenant }) => tenant))].toSorted();
    const known = await tx.query<{ tenant: string; count: number; hash: Buffer }>(HEADS, [tenants]);
    const heads = new Map<string, ChainHead>(known.map(({ tenant, count, hash }) => [tenant, { count, hash }]));
    const sealed = rows.map((row) => {
      const head = heads.get(row.tenant) ?? emptyChain;
      const next = { count: head.count + 1, hash: chainHash(head, row) };
      heads.set(row.tenant, next);
      return { position: row.position, ...next };
    });
    const written = await tx.query(SEAL, [
      sealed.map(({ position }) => position),
      sealed.map(({ count }) => count),
      sealed.map(({ hash }) => hash),
    ]);
    // Whoever slept past its lock must not sign heads that are not those of the chain any more.
    if (written.length < sealed.length) throw deliveryErrors.HUB_TRAIL_OVERTAKEN();
    return { rows: rows.length, checkpoint: await this.#checkpoint(tx, tenants, heads) };
  }

  async #checkpoint(tx: Tx, tenants: readonly string[], heads: ReadonlyMap<string, ChainHead>): Promise<Checkpoint> {
    const { signer, service } = this.#options;
    const [last] = await tx.query<{ number: number; body: string }>(LAST);
    const [clock] = await tx.query<{ at: Date }>('SELECT now() AS at');
    const number = (last?.number ?? 0) + 1;
    const at = clock!.at.toISOString();
    const previous = last ? bodyHash(last.body) : '';
    const body = JSON.stringify({
      number,
      at,
      service,
      previous,
      heads: tenants.map((tenant) => ({
        tenant,
        count: heads.get(tenant)!.count,
        hash: heads.get(tenant)!.hash.toString('hex'),
      })),
    });
    const checkpoint = { number, body, keyId: signer.keyId, signature: signer.sign(body) };
    await tx.query(STORE, [number, at, body, checkpoint.keyId, checkpoint.signature]);
    return checkpoint;
  }

  /** Adds what the file has missed since its last line. A file that tells another story is left as it is. */
  async #catchUp(): Promise<void> {
    const last = await this.#file.last();
    for (let from = last?.number ?? 1; ;) {
      const checkpoints = await this.#options.store.query<Checkpoint>(AFTER, [from]);
      if (last && from === last.number && checkpoints[0]?.body !== last.body) {
        const error = deliveryErrors.HUB_TRAIL_CHECKPOINT_FILE();
        this.#options.logger.error({ err: error, code: error.code }, 'checkpoint file and database differ');
        this.#fileDiffers = true;
        return;
      }
      const missing = checkpoints.filter(({ number }) => number > (last?.number ?? 0));
      await this.#file.append(missing);
      if (checkpoints.length < 1_000) break;
      from = checkpoints.at(-1)!.number + 1;
    }
    this.#fileReady = true;
  }
}
