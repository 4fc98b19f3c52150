import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { LIMIT_SCHEMA } from './limit-plan.ts';

/** Tables that one accepted application adds a row to, and how its row is found. */
const TABLES = [
  { table: 'civento_intake.submission', where: 'id = $1' },
  { table: 'vault.data_key', where: 'submission_id = $1' },
  { table: 'vault.object', where: 'submission_id = $1' },
  { table: 'civento_intake.outbox', where: `convert_from(value, 'UTF8')::jsonb ->> 'submissionId' = $1::uuid::text` },
  { table: 'civento_intake.audit', where: `subject ->> 'submission' = $1::uuid::text` },
] as const;

/** Given by the database, or written later by others than the intake. */
const LEFT_OUT = new Set(['position', 'published_at', 'chain_number', 'chain_hash', 'sealed_at']);

/** The rows that the hub wrote for one application, to be written again under other ids. */
export interface WrittenRows {
  /** Length of the sealed content in the vault. */
  readonly contentBytes: number;
  statement(fresh: FreshValues): { name: string; text: string; values: unknown[] };
}

export interface FreshValues {
  readonly id: string;
  readonly content: Buffer;
  /** Another number each time. */
  readonly number: number;
}

/** Copies of the hub's tables with all their indexes and settings, so that both write the same. */
export async function makeTables(client: pg.ClientBase): Promise<void> {
  await client.query(`CREATE SCHEMA ${LIMIT_SCHEMA}`);
  await client.query(`CREATE TABLE ${LIMIT_SCHEMA}.example (bytes integer PRIMARY KEY, id uuid NOT NULL)`);
  for (const { table } of TABLES) await client.query(`CREATE TABLE ${copyOf(table)} (LIKE ${table} INCLUDING ALL)`);
}

export async function rowsOf(client: pg.ClientBase, submissionId: string): Promise<WrittenRows> {
  const columns: { name: string; table: string; value: unknown }[] = [];
  const inserts: string[] = [];
  for (const { table, where } of TABLES) {
    const { rows } = await client.query<Record<string, unknown>>(`SELECT * FROM ${table} WHERE ${where}`, [
      submissionId,
    ]);
    if (rows.length !== 1) throw new Error(`The hub wrote ${rows.length} rows into ${table} for one application.`);
    const own = Object.entries(rows[0]!).filter(([name, value]) => !LEFT_OUT.has(name) && value !== null);
    const places = own.map((_, n) => `$${columns.length + n + 1}`);
    inserts.push(
      `INSERT INTO ${copyOf(table)} (${own.map(([name]) => name).join(', ')}) VALUES (${places.join(', ')})`,
    );
    for (const [name, value] of own) columns.push({ name, table, value });
  }
  const last = inserts.pop()!;
  const text = `WITH ${inserts.map((insert, n) => `w${n} AS (${insert})`).join(', ')} ${last}`;
  const content = columns.find(({ name }) => name === 'content')?.value as Buffer;
  return {
    contentBytes: content.length,
    statement: (fresh) => ({
      name: `rows-${content.length}`,
      text,
      values: columns.map(({ name, table, value }) => valueOf(name, table, value, fresh)),
    }),
  };
}

function valueOf(name: string, table: string, value: unknown, { id, content, number }: FreshValues): unknown {
  if (name === 'content') return content;
  if (name === 'submission_id' || (name === 'id' && table.endsWith('submission'))) return id;
  if (name === 'vorgang') return id;
  if (name === 'leaf') return number;
  if (name === 'object_id' || name === 'id' || name === 'envelope_ref') return randomUUID();
  return value;
}

const copyOf = (table: string) => `${LIMIT_SCHEMA}.${table.split('.')[1]}`;
