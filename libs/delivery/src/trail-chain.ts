import { createHash } from 'node:crypto';

/** An audit row as it is hashed; `at`, `subject` and `details` in PostgreSQL's own text form. */
export interface ChainedRow {
  readonly id: string;
  readonly tenant: string;
  readonly at: string;
  readonly kind: string;
  readonly subject: string;
  readonly actor: string;
  readonly state: string | null;
  readonly code: string | null;
  readonly details: string;
}

/** Select list for a table alias `a`, in the names of {@link ChainedRow}. */
export const chainedColumns = `
  a.id, a.tenant, to_char(a.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, a.kind,
  a.subject::text AS subject, a.actor, a.state, a.code, a.details::text AS details`;

export interface ChainHead {
  /** Number of the last row of the tenant's chain, from 1; 0 before the first. */
  readonly count: number;
  readonly hash: Buffer;
}

export const emptyChain: ChainHead = { count: 0, hash: Buffer.alloc(32) };

/** SHA-256 over the previous hash, then the row as a JSON array with its number. */
export function chainHash(head: ChainHead, row: ChainedRow): Buffer {
  const { id, tenant, at, kind, subject, actor, state, code, details } = row;
  const content = JSON.stringify([head.count + 1, id, tenant, at, kind, subject, actor, state, code, details]);
  return createHash('sha256').update(head.hash).update(content).digest();
}

/** What a checkpoint says: how long each changed chain is, its last hash (hex), and the checkpoint before. */
export interface CheckpointBody {
  readonly number: number;
  readonly at: string;
  readonly service: string;
  /** SHA-256 (hex) of the body before; empty for the first. */
  readonly previous: string;
  readonly heads: readonly { readonly tenant: string; readonly count: number; readonly hash: string }[];
}

/** As stored, and as one JSON line of the checkpoint file. */
export interface Checkpoint {
  readonly number: number;
  /** {@link CheckpointBody} as JSON, byte for byte what is signed. */
  readonly body: string;
  readonly keyId: string;
  /** Base64. */
  readonly signature: string;
}

export function bodyHash(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}
