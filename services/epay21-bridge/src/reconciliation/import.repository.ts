import { createHash } from 'node:crypto';
import { newId } from '@ozg-hub/core';
import type { Store, Tx } from '@ozg-hub/store';
import type { BankLine } from './bank-lines.ts';
import type { ProviderLine } from './provider-list.ts';
import { allowLongStatements } from './long-statements.ts';
import type { ReadFile } from './reconciliation-item.ts';

/** Lines that are written at a time. */
const BATCH = 2000;
const DAY_MS = 86_400_000;

/** Whose accounts are compared. */
export interface Scope {
  readonly tenant: string;
  /** Target of the directory. */
  readonly finance: string;
}

const ARRIVE_PROVIDER = `
  INSERT INTO provider_item_arrival (import_id, line, fingerprint, kind, transaction_id, request_id, kassenzeichen, day,
    currency, gross_minor, fee_minor, net_minor, payout_reference)
  SELECT $1, r.* FROM unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::text[], $8::date[], $9::text[],
    $10::bigint[], $11::bigint[], $12::bigint[], $13::text[]) AS r`;

const ARRIVE_BANK = `
  INSERT INTO bank_item_arrival (import_id, statement, line, fingerprint, booking_day, currency, amount_minor, charges_minor,
    returns, return_reason, bank_reference, payout_reference, refs)
  SELECT $1, r.* FROM unnest($2::int[], $3::int[], $4::text[], $5::date[], $6::text[], $7::bigint[], $8::bigint[],
    $9::boolean[], $10::text[], $11::text[], $12::text[], $13::text[]) AS r`;

/**
 * The nth line that says the same is the nth of any other list, too. A later one may name the payout that it became part of:
 * what agreed without one is looked at again, with its payout. Where the hub knows the transaction, the line has its payment at
 * once; every other one is linked by a comparison.
 */
const MERGE_PROVIDER = `
  WITH added AS (
    INSERT INTO provider_item AS p (tenant, finance, import_id, fingerprint, occurrence, kind, transaction_id, request_id,
      kassenzeichen, day, currency, gross_minor, fee_minor, net_minor, payout_reference, payment_id, linked_by)
    SELECT $2, $3, a.import_id, a.fingerprint, row_number() OVER (PARTITION BY a.fingerprint ORDER BY a.line), a.kind,
      a.transaction_id, a.request_id, a.kassenzeichen, a.day, a.currency, a.gross_minor, a.fee_minor, a.net_minor,
      a.payout_reference, m.id, CASE WHEN m.id IS NOT NULL THEN 'TRANSACTION' END
    FROM provider_item_arrival a LEFT JOIN LATERAL (
      SELECT id FROM payment WHERE tenant = $2 AND transaction_id = a.transaction_id AND a.kind <> 'FEE' ORDER BY id LIMIT 1
    ) m ON true
    WHERE a.import_id = $1 ORDER BY a.line
    ON CONFLICT (tenant, finance, fingerprint, occurrence) DO UPDATE SET payout_reference = excluded.payout_reference,
      agreed = p.agreed AND p.bank_day IS NOT NULL
      WHERE p.payout_reference IS NULL AND excluded.payout_reference IS NOT NULL
    RETURNING p.import_id)
  SELECT count(*) FILTER (WHERE import_id = $1) AS added FROM added`;

/** What the settings find in a line may have changed since it was read first. */
const MERGE_BANK = `
  WITH arrived AS (
    SELECT DISTINCT ON (o.fingerprint, o.occurrence) o.* FROM (
      SELECT a.*, row_number() OVER (PARTITION BY a.statement, a.fingerprint ORDER BY a.line) AS occurrence
      FROM bank_item_arrival a WHERE a.import_id = $1) o),
  added AS (
    INSERT INTO bank_item AS b (tenant, finance, import_id, fingerprint, occurrence, booking_day, currency, amount_minor,
      charges_minor, returns, return_reason, bank_reference, payout_reference, refs)
    SELECT $2, $3, a.import_id, a.fingerprint, a.occurrence, a.booking_day, a.currency, a.amount_minor, a.charges_minor,
      a.returns, a.return_reason, a.bank_reference, a.payout_reference, string_to_array(a.refs, ' ')
    FROM arrived a ORDER BY a.statement, a.line
    ON CONFLICT (tenant, finance, fingerprint, occurrence) DO UPDATE SET payout_reference = excluded.payout_reference
      WHERE b.matched IS NULL AND b.payout_reference IS DISTINCT FROM excluded.payout_reference
    RETURNING b.import_id)
  SELECT count(*) FILTER (WHERE import_id = $1) AS added FROM added`;

const RECORD = `
  INSERT INTO reconciliation_import (id, tenant, finance, source, sha256, entries, added) VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (tenant, finance, source, sha256) DO NOTHING RETURNING id`;

interface Source<Line> {
  readonly name: 'PROVIDER' | 'BANK';
  readonly table: 'provider_item' | 'bank_item';
  readonly arrive: string;
  readonly merge: string;
  readonly columns: (lines: readonly Line[]) => unknown[];
}

const PROVIDER: Source<ProviderLine> = {
  name: 'PROVIDER',
  table: 'provider_item',
  arrive: ARRIVE_PROVIDER,
  merge: MERGE_PROVIDER,
  columns: (lines) => [
    lines.map(({ line }) => line),
    lines.map(({ fingerprint }) => fingerprint),
    lines.map(({ kind }) => kind),
    lines.map(({ transactionId }) => transactionId ?? null),
    lines.map(({ requestId }) => requestId ?? null),
    lines.map(({ kassenzeichen }) => kassenzeichen ?? null),
    lines.map(({ day }) => day),
    lines.map(({ gross }) => gross.currency),
    lines.map(({ gross }) => gross.minor),
    lines.map(({ fee }) => fee.minor),
    lines.map(({ net }) => net.minor),
    lines.map(({ payoutReference }) => payoutReference ?? null),
  ],
};

const BANK: Source<BankLine> = {
  name: 'BANK',
  table: 'bank_item',
  arrive: ARRIVE_BANK,
  merge: MERGE_BANK,
  columns: (lines) => [
    lines.map(({ statement }) => statement),
    lines.map(({ line }) => line),
    lines.map(({ fingerprint }) => fingerprint),
    lines.map(({ bookingDay }) => bookingDay),
    lines.map(({ amount }) => amount.currency),
    lines.map(({ amount }) => amount.minor),
    lines.map(({ charges }) => charges),
    lines.map(({ returns }) => returns),
    lines.map(({ returnReason }) => returnReason ?? null),
    lines.map(({ bankReference }) => bankReference ?? null),
    lines.map(({ payoutReference }) => payoutReference ?? null),
    lines.map(({ references }) => references.join(' ')),
  ],
};

type Bytes = AsyncIterable<Uint8Array>;

/**
 * Takes lists and statements in. What arrives lies apart, batch by batch, until its end proved it whole: one that breaks off
 * leaves nothing. One import of a scope at a time.
 */
export class ImportRepository {
  constructor(private readonly store: Store) {}

  async provider(scope: Scope, bytes: Bytes, read: (bytes: Bytes) => AsyncIterable<ProviderLine>): Promise<ReadFile> {
    return await this.#import(PROVIDER, scope, bytes, read);
  }

  async bank(scope: Scope, bytes: Bytes, read: (bytes: Bytes) => AsyncIterable<BankLine>): Promise<ReadFile> {
    return await this.#import(BANK, scope, bytes, read);
  }

  async #import<Line>(
    source: Source<Line>,
    scope: Scope,
    bytes: Bytes,
    read: (bytes: Bytes) => AsyncIterable<Line>,
  ): Promise<ReadFile> {
    const id = newId();
    const hash = createHash('sha256');
    let entries = 0;
    try {
      for await (const lines of inBatches(read(hashed(bytes, (chunk) => hash.update(chunk))))) {
        await this.store.query(source.arrive, [id, ...source.columns(lines)]);
        entries += lines.length;
      }
      const sha256 = hash.digest('hex');
      const done = await this.store.tx((tx) => this.#complete(tx, source, scope, { id, sha256, entries }));
      // The plans of the comparison follow the numbers of rows.
      if (done.added >= BATCH) await this.store.query(`ANALYZE ${source.table}`);
      return done;
    } finally {
      await this.store.query(`DELETE FROM ${source.table}_arrival WHERE import_id = $1`, [id]);
    }
  }

  async #complete(
    tx: Tx,
    { name, merge }: Pick<Source<never>, 'name' | 'merge'>,
    { tenant, finance }: Scope,
    { id, sha256, entries }: { id: string; sha256: string; entries: number },
  ): Promise<ReadFile> {
    await allowLongStatements(tx);
    const [row] = await tx.query<{ added: number }>(merge, [id, tenant, finance]);
    const { added } = row!;
    const recorded = await tx.query(RECORD, [id, tenant, finance, name, sha256, entries, added]);
    return { known: recorded.length === 0, entries, added };
  }

  /** Forgets what processes that were killed had begun to read a day ago. */
  async sweep(now: Date): Promise<void> {
    const yesterday = newId(new Date(now.getTime() - DAY_MS));
    for (const { table } of [PROVIDER, BANK]) {
      await this.store.query(`DELETE FROM ${table}_arrival WHERE import_id < $1`, [yesterday]);
    }
  }
}

async function* hashed(bytes: Bytes, update: (chunk: Uint8Array) => unknown): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    update(chunk);
    yield chunk;
  }
}

async function* inBatches<Line>(lines: AsyncIterable<Line>): AsyncGenerator<Line[]> {
  let batch: Line[] = [];
  for await (const line of lines) {
    batch.push(line);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
