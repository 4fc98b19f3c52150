import type { Store, Tx } from '@ozg-hub/store';
import { CheckpointFile } from './checkpoint-file.ts';
import {
  type ChainHead,
  type ChainedRow,
  type Checkpoint,
  type CheckpointBody,
  bodyHash,
  chainHash,
  chainedColumns,
  emptyChain,
} from './trail-chain.ts';
import type { TrailVerifier } from './trail-signer.port.ts';

export interface VerifyTrailOptions {
  readonly keys: TrailVerifier;
  readonly checkpointFile: string;
  /** Rows unsealed, or checkpoints not in the file, for longer than this are a problem. Default 10. */
  readonly patienceSeconds?: number;
}

export type TrailProblemKind =
  | 'row-altered'
  | 'row-missing'
  | 'row-alien'
  | 'checkpoint-altered'
  | 'checkpoint-missing'
  | 'checkpoint-signature'
  | 'checkpoint-key-unknown'
  | 'file-differs'
  | 'file-misses'
  | 'unsealed';

export interface TrailProblem {
  readonly kind: TrailProblemKind;
  readonly tenant?: string;
  /** Number in the tenant's chain, or of the checkpoint. */
  readonly number?: number;
  readonly detail: string;
}

export interface TrailReport {
  readonly ok: boolean;
  readonly rows: number;
  readonly tenants: number;
  readonly checkpoints: number;
  /** The first 100. */
  readonly problems: readonly TrailProblem[];
}

const CHECKPOINTS = `
  SELECT number, body, key_id AS "keyId", signature, extract(epoch FROM now() - at)::double precision AS age
  FROM audit_checkpoint WHERE number > $1 ORDER BY number LIMIT 500`;

const ROWS = `
  SELECT a.chain_number AS number, a.chain_hash AS hash, ${chainedColumns} FROM audit a
  WHERE a.tenant = $1 AND a.chain_number > $2 AND a.chain_number <= $3 ORDER BY a.chain_number LIMIT 5000`;

const COUNTS = `
  SELECT a.tenant, count(*) AS count FROM audit a WHERE a.chain_number IS NOT NULL GROUP BY a.tenant ORDER BY a.tenant`;

const UNSEALED = `
  SELECT count(*) AS count FROM audit a WHERE a.chain_number IS NULL AND a.at < now() - $1 * interval '1 second'`;

/**
 * Reads the whole trail of a service and says what does not fit: altered, removed and inserted rows and checkpoints,
 * differences to the checkpoint file, rows that stay unsealed. Reads one snapshot; the hub may go on working.
 */
export async function verifyTrail(store: Store, options: VerifyTrailOptions): Promise<TrailReport> {
  const file = new Map<number, string>();
  const problems: TrailProblem[] = [];
  for await (const line of new CheckpointFile(options.checkpointFile).read()) {
    if (line) file.set(line.number, fingerprintOf(line));
    else problems.push({ kind: 'file-differs', detail: 'A line of the checkpoint file is not readable.' });
  }
  return await store.tx(async (tx) => {
    await tx.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    const reading = new TrailReading(tx, options, file, problems);
    return await reading.report();
  });
}

function fingerprintOf({ body, keyId, signature }: Checkpoint): string {
  return bodyHash(JSON.stringify([body, keyId, signature]));
}

/** One pass over checkpoints in order, each tenant's rows along with them. */
class TrailReading {
  readonly #tx: Tx;
  readonly #options: VerifyTrailOptions;
  readonly #file: Map<number, string>;
  readonly #problems: TrailProblem[];
  readonly #heads = new Map<string, ChainHead>();
  readonly #patience: number;
  #rows = 0;
  #last = 0;
  #previous = '';

  constructor(tx: Tx, options: VerifyTrailOptions, file: Map<number, string>, problems: TrailProblem[]) {
    this.#tx = tx;
    this.#options = options;
    this.#file = file;
    this.#problems = problems;
    this.#patience = options.patienceSeconds ?? 10;
  }

  async report(): Promise<TrailReport> {
    let checkpoints = 0;
    for (;;) {
      const batch = await this.#tx.query<Checkpoint & { age: number }>(CHECKPOINTS, [this.#last]);
      if (batch.length === 0) break;
      checkpoints += batch.length;
      await this.#readRows(batch.flatMap((checkpoint) => this.#checkpoint(checkpoint)));
    }
    for (const number of this.#file.keys()) {
      this.#problem({ kind: 'checkpoint-missing', number, detail: 'In the file, not in the database.' });
    }
    await this.#compareCounts();
    const [unsealed] = await this.#tx.query<{ count: number }>(UNSEALED, [this.#patience]);
    if (unsealed!.count > 0) this.#problem({ kind: 'unsealed', detail: `${unsealed!.count} rows stay unsealed.` });
    const problems = this.#problems.slice(0, 100);
    return { ok: problems.length === 0, rows: this.#rows, tenants: this.#heads.size, checkpoints, problems };
  }

  #checkpoint(checkpoint: Checkpoint & { age: number }): CheckpointBody['heads'] {
    const { number, body, keyId, signature, age } = checkpoint;
    const valid = this.#options.keys.verify(keyId, body, signature);
    if (valid === undefined)
      this.#problem({ kind: 'checkpoint-key-unknown', number, detail: `Key ${keyId} is not known.` });
    if (valid === false) this.#problem({ kind: 'checkpoint-signature', number, detail: 'The signature does not fit.' });
    const content = JSON.parse(body) as CheckpointBody;
    if (number !== this.#last + 1) {
      this.#problem({ kind: 'checkpoint-missing', number: this.#last + 1, detail: 'Not in the database.' });
    }
    if (content.number !== number || content.previous !== this.#previous) {
      this.#problem({ kind: 'checkpoint-altered', number, detail: 'Does not follow the checkpoint before.' });
    }
    const inFile = this.#file.get(number);
    this.#file.delete(number);
    if (inFile === undefined) {
      if (age > this.#patience) this.#problem({ kind: 'file-misses', number, detail: 'Not in the checkpoint file.' });
    } else if (inFile !== fingerprintOf(checkpoint)) {
      this.#problem({ kind: 'file-differs', number, detail: 'The checkpoint file says otherwise.' });
    }
    this.#last = number;
    this.#previous = bodyHash(body);
    return content.heads;
  }

  async #readRows(marks: CheckpointBody['heads']): Promise<void> {
    const byTenant = new Map<string, Map<number, string>>();
    for (const { tenant, count, hash } of marks) {
      byTenant.set(tenant, (byTenant.get(tenant) ?? new Map<number, string>()).set(count, hash));
    }
    for (const [tenant, hashes] of byTenant) await this.#readChain(tenant, hashes);
  }

  async #readChain(tenant: string, marks: ReadonlyMap<number, string>): Promise<void> {
    const end = Math.max(...marks.keys());
    let head = this.#heads.get(tenant) ?? emptyChain;
    while (head.count < end) {
      const rows = await this.#tx.query<ChainedRow & { number: number; hash: Buffer }>(ROWS, [tenant, head.count, end]);
      if (rows.length === 0) {
        this.#problem({
          kind: 'row-missing',
          tenant,
          number: head.count + 1,
          detail: `Rows up to ${end} are missing.`,
        });
        head = { count: end, hash: Buffer.from(marks.get(end)!, 'hex') };
      }
      for (const row of rows) head = this.#row(tenant, head, row, marks);
    }
    this.#heads.set(tenant, head);
  }

  /** Goes on with the stored hash after a problem, so that one alteration is told once. */
  #row(
    tenant: string,
    head: ChainHead,
    row: ChainedRow & { number: number; hash: Buffer },
    marks: ReadonlyMap<number, string>,
  ): ChainHead {
    this.#rows += 1;
    if (row.number !== head.count + 1) {
      this.#problem({
        kind: 'row-missing',
        tenant,
        number: head.count + 1,
        detail: `Rows before ${row.number} are missing.`,
      });
    } else if (!chainHash(head, row).equals(row.hash)) {
      this.#problem({ kind: 'row-altered', tenant, number: row.number, detail: 'The row does not fit its hash.' });
    }
    const mark = marks.get(row.number);
    if (mark !== undefined && mark !== row.hash.toString('hex')) {
      this.#problem({ kind: 'row-altered', tenant, number: row.number, detail: 'A signed checkpoint says otherwise.' });
    }
    return { count: row.number, hash: row.hash };
  }

  async #compareCounts(): Promise<void> {
    const sealed = await this.#tx.query<{ tenant: string; count: number }>(COUNTS);
    for (const { tenant, count } of sealed) {
      const known = this.#heads.get(tenant)?.count ?? 0;
      if (count > known) {
        this.#problem({
          kind: 'row-alien',
          tenant,
          number: known + 1,
          detail: `${count - known} rows no checkpoint knows.`,
        });
      }
    }
  }

  #problem(problem: TrailProblem): void {
    this.#problems.push(problem);
  }
}
