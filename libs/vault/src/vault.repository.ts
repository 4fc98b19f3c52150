import type { Sql } from '@ozg-hub/store';
import type { PreparedObject } from './submission-vault.ts';

export interface TenantKeyRow {
  readonly tenant: string;
  readonly version: number;
  readonly masterId: string;
  readonly wrapped: Buffer;
}

export interface DataKeyRow {
  readonly submissionId: string;
  readonly tenant: string;
  readonly tenantKeyVersion: number;
  readonly masterId: string;
  readonly leaf: number;
  readonly wrapped: Buffer;
}

export interface ObjectRow extends DataKeyRow {
  readonly meta: Buffer;
  readonly content: Buffer | null;
  readonly file: string | null;
}

/** An object with the submission it belongs to. */
export interface NewObjectRow extends PreparedObject {
  readonly submissionId: string;
  readonly tenant: string;
}

export interface PendingErasure {
  readonly submissionId: string;
  readonly leaf: number;
}

const DATA_KEY = `d.submission_id AS "submissionId", d.tenant, d.tenant_key_version AS "tenantKeyVersion",
  d.master_id AS "masterId", d.leaf, d.wrapped`;
const TENANT_KEY = 'tenant, version, master_id AS "masterId", wrapped';

/*
 * Bytes of many rows travel as one parameter, cut apart by lengths in the database: arrays of bytea would be sent as
 * text, twice the size. A CTE locks the data keys of objects added later, so that none outlives an erasure.
 */
const STORE = `
  WITH new_key AS (
    INSERT INTO vault.data_key (submission_id, tenant, tenant_key_version, master_id, leaf, wrapped)
    SELECT k.submission_id, k.tenant, k.version, k.master_id, k.leaf, substring($1::bytea FROM k.at FOR k.length)
    FROM unnest($2::uuid[], $3::text[], $4::int[], $5::text[], $6::bigint[], $7::int[], $8::int[])
         AS k (submission_id, tenant, version, master_id, leaf, at, length)
    RETURNING submission_id, tenant
  ), present AS (
    SELECT submission_id, tenant FROM vault.data_key WHERE submission_id = ANY ($9::uuid[]) FOR KEY SHARE
  ), added AS (
    INSERT INTO vault.object (object_id, submission_id, tenant, meta, content, file, stored_bytes)
    SELECT o.object_id, o.submission_id, o.tenant, substring($1::bytea FROM o.meta_at FOR o.meta_length),
           CASE WHEN o.file IS NULL THEN substring($1::bytea FROM o.content_at FOR o.content_length) END,
           o.file, o.stored_bytes
    FROM unnest($10::uuid[], $11::uuid[], $12::text[], $13::int[], $14::int[], $15::int[], $16::int[], $17::text[],
                $18::bigint[])
         AS o (object_id, submission_id, tenant, meta_at, meta_length, content_at, content_length, file, stored_bytes)
    JOIN (SELECT * FROM new_key UNION ALL SELECT * FROM present) k USING (submission_id, tenant)
    RETURNING 1
  )
  SELECT count(*) AS count FROM added`;

/** All SQL of the vault. Names are qualified: callers' transactions run in schemas of their own. */
export class VaultRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** The last of `count` new numbers. */
  async nextLeafBlock(count: number): Promise<number> {
    const [row] = await this.#sql.query<{ block: number }>(
      `SELECT max(nextval('vault.leaf_block')) AS block FROM generate_series(1, $1::int)`,
      [count],
    );
    return row!.block;
  }

  async newestTenantKey(tenant: string): Promise<TenantKeyRow | undefined> {
    const [row] = await this.#sql.query<TenantKeyRow>(
      `SELECT ${TENANT_KEY} FROM vault.tenant_key WHERE tenant = $1 ORDER BY version DESC LIMIT 1`,
      [tenant],
    );
    return row;
  }

  async tenantKey(tenant: string, version: number): Promise<TenantKeyRow | undefined> {
    const [row] = await this.#sql.query<TenantKeyRow>(
      `SELECT ${TENANT_KEY} FROM vault.tenant_key WHERE tenant = $1 AND version = $2`,
      [tenant, version],
    );
    return row;
  }

  /** Does nothing where the version exists. */
  async addTenantKey(row: TenantKeyRow): Promise<void> {
    await this.#sql.query(
      `INSERT INTO vault.tenant_key (tenant, version, master_id, made_under, wrapped)
       VALUES ($1, $2, $3, $3, $4) ON CONFLICT (tenant, version) DO NOTHING`,
      [row.tenant, row.version, row.masterId, row.wrapped],
    );
  }

  async dataKey(tenant: string, submissionId: string): Promise<DataKeyRow | undefined> {
    const [row] = await this.#sql.query<DataKeyRow>(
      `SELECT ${DATA_KEY} FROM vault.data_key d WHERE submission_id = $1 AND tenant = $2`,
      [submissionId, tenant],
    );
    return row;
  }

  async object(tenant: string, objectId: string): Promise<ObjectRow | undefined> {
    const [row] = await this.#sql.query<ObjectRow>(
      `SELECT ${DATA_KEY}, o.meta, o.content, o.file
       FROM vault.object o JOIN vault.data_key d ON d.submission_id = o.submission_id AND d.tenant = o.tenant
       WHERE o.object_id = $1 AND o.tenant = $2`,
      [objectId, tenant],
    );
    return row;
  }

  /**
   * Inserts new data keys and objects in one statement and returns how many objects went in: those of an existing
   * data key that is gone do not.
   */
  async store(keys: readonly DataKeyRow[], existing: readonly string[], objects: readonly NewObjectRow[]) {
    const parts: Buffer[] = [];
    let at = 1;
    const place = (bytes: Buffer | undefined) => {
      if (!bytes) return 0;
      parts.push(bytes);
      at += bytes.length;
      return at - bytes.length;
    };
    const keyAt = keys.map((key) => place(key.wrapped));
    const metaAt = objects.map((object) => place(object.meta));
    const contentAt = objects.map((object) => place(object.content));
    const [row] = await this.#sql.query<{ count: number }>(STORE, [
      Buffer.concat(parts),
      keys.map((key) => key.submissionId),
      keys.map((key) => key.tenant),
      keys.map((key) => key.tenantKeyVersion),
      keys.map((key) => key.masterId),
      keys.map((key) => key.leaf),
      keyAt,
      keys.map((key) => key.wrapped.length),
      existing,
      objects.map((object) => object.objectId),
      objects.map((object) => object.submissionId),
      objects.map((object) => object.tenant),
      metaAt,
      objects.map((object) => object.meta.length),
      contentAt,
      objects.map((object) => object.content?.length ?? 0),
      objects.map((object) => object.file ?? null),
      objects.map((object) => object.storedBytes),
    ]);
    return row!.count;
  }

  /** Two statements: the second must see objects that were committed while the first waited for their data key. */
  async erase(submissionIds: readonly string[]): Promise<{ erased: number; files: string[] }> {
    const [row] = await this.#sql.query<{ count: number }>(
      `WITH gone AS (
         DELETE FROM vault.data_key WHERE submission_id = ANY ($1::uuid[])
         RETURNING submission_id, tenant, leaf, master_id
       ), noted AS (
         INSERT INTO vault.erasure (submission_id, tenant, leaf, master_id)
         SELECT submission_id, tenant, leaf, master_id FROM gone
         ON CONFLICT (submission_id) DO UPDATE SET leaf = excluded.leaf, punctured_at = NULL, generation = NULL
       )
       SELECT count(*) AS count FROM gone`,
      [submissionIds],
    );
    const files = await this.#sql.query<{ file: string | null }>(
      'DELETE FROM vault.object WHERE submission_id = ANY ($1::uuid[]) RETURNING file',
      [submissionIds],
    );
    return { erased: row!.count, files: files.flatMap(({ file }) => file ?? []) };
  }

  /** Waits for other processes that forget leaves; call it in a transaction. */
  async lockErasures(): Promise<void> {
    await this.#sql.query(`SELECT pg_advisory_xact_lock(hashtextextended('vault.erasure', 0))`);
  }

  async pendingErasures(limit: number): Promise<PendingErasure[]> {
    return await this.#sql.query<PendingErasure>(
      `SELECT submission_id AS "submissionId", leaf FROM vault.erasure
       WHERE punctured_at IS NULL ORDER BY requested_at LIMIT $1`,
      [limit],
    );
  }

  async countPendingErasures(): Promise<number> {
    const [row] = await this.#sql.query<{ count: number }>(
      'SELECT count(*) AS count FROM vault.erasure WHERE punctured_at IS NULL',
    );
    return row!.count;
  }

  async punctured(submissionIds: readonly string[], generation: number): Promise<void> {
    await this.#sql.query(
      'UPDATE vault.erasure SET punctured_at = now(), generation = $2 WHERE submission_id = ANY ($1::uuid[])',
      [submissionIds, generation],
    );
  }

  /** Erasures finished by a keyring newer than this generation become pending again. */
  async reopenErasures(newerThan: number): Promise<number> {
    const rows = await this.#sql.query(
      `UPDATE vault.erasure SET punctured_at = NULL, generation = NULL WHERE generation > $1 RETURNING 1 AS one`,
      [newerThan],
    );
    return rows.length;
  }

  /** Which of these files belong to an object. */
  async knownFiles(files: readonly string[]): Promise<Set<string>> {
    const rows = await this.#sql.query<{ file: string }>(
      'SELECT file FROM vault.object WHERE file = ANY ($1::text[])',
      [files],
    );
    return new Set(rows.map(({ file }) => file));
  }
}
