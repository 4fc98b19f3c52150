import type { Sql } from '@ozg-hub/store';
import type { DataKeyRow, TenantKeyRow } from './vault.repository.ts';

/** A data key with the version of its tenant's key that it should be wrapped under. */
export interface OutdatedDataKey extends DataKeyRow {
  readonly newestVersion: number;
}

const NEWEST = '(SELECT tenant, max(version) AS version FROM vault.tenant_key GROUP BY tenant)';

/** SQL of key rotation. */
export class KeyRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async mastersInUse(): Promise<string[]> {
    const rows = await this.#sql.query<{ id: string }>('SELECT DISTINCT master_id AS id FROM vault.tenant_key');
    return rows.map(({ id }) => id);
  }

  /** Tenants whose newest key was made under another master key than this, with that version. */
  async tenantsToRenew(masterId: string): Promise<{ tenant: string; version: number }[]> {
    return await this.#sql.query(
      `SELECT DISTINCT ON (tenant) tenant, version FROM vault.tenant_key t
       WHERE NOT EXISTS (SELECT FROM vault.tenant_key n WHERE n.tenant = t.tenant AND n.made_under = $1)
       ORDER BY tenant, version DESC`,
      [masterId],
    );
  }

  async outdatedTenantKeys(masterId: string, limit: number): Promise<TenantKeyRow[]> {
    return await this.#sql.query<TenantKeyRow>(
      `SELECT tenant, version, master_id AS "masterId", wrapped FROM vault.tenant_key
       WHERE master_id <> $1 ORDER BY tenant, version LIMIT $2 FOR UPDATE`,
      [masterId, limit],
    );
  }

  async rewrapTenantKey(row: TenantKeyRow): Promise<void> {
    await this.#sql.query(
      'UPDATE vault.tenant_key SET master_id = $3, wrapped = $4 WHERE tenant = $1 AND version = $2',
      [row.tenant, row.version, row.masterId, row.wrapped],
    );
  }

  async countOutdatedDataKeys(masterId: string): Promise<number> {
    const [row] = await this.#sql.query<{ count: number }>(
      `SELECT count(*) AS count FROM vault.data_key d JOIN ${NEWEST} n USING (tenant)
       WHERE d.master_id <> $1 OR d.tenant_key_version <> n.version`,
      [masterId],
    );
    return row!.count;
  }

  /** Outdated data keys after this submission id, locked. */
  async outdatedDataKeys(masterId: string, after: string, limit: number): Promise<OutdatedDataKey[]> {
    return await this.#sql.query<OutdatedDataKey>(
      `SELECT d.submission_id AS "submissionId", d.tenant, d.tenant_key_version AS "tenantKeyVersion",
              d.master_id AS "masterId", d.leaf, d.wrapped, n.version AS "newestVersion"
       FROM vault.data_key d JOIN ${NEWEST} n USING (tenant)
       WHERE d.submission_id > $2 AND (d.master_id <> $1 OR d.tenant_key_version <> n.version)
       ORDER BY d.submission_id LIMIT $3 FOR UPDATE OF d`,
      [masterId, after, limit],
    );
  }

  async rewrapDataKeys(rows: readonly DataKeyRow[]): Promise<void> {
    await this.#sql.query(
      `UPDATE vault.data_key d SET tenant_key_version = r.version, master_id = r.master_id, wrapped = r.wrapped
       FROM unnest($1::uuid[], $2::int[], $3::text[], $4::bytea[]) AS r (submission_id, version, master_id, wrapped)
       WHERE d.submission_id = r.submission_id`,
      [
        rows.map(({ submissionId }) => submissionId),
        rows.map(({ tenantKeyVersion }) => tenantKeyVersion),
        rows.map(({ masterId }) => masterId),
        rows.map(({ wrapped }) => wrapped),
      ],
    );
  }

  /** Leaves of data keys wrapped under one of these master keys. */
  async leavesUnder(masterIds: readonly string[]): Promise<number[]> {
    const rows = await this.#sql.query<{ leaf: number }>(
      'SELECT leaf FROM vault.data_key WHERE master_id = ANY ($1::text[])',
      [masterIds],
    );
    return rows.map(({ leaf }) => leaf);
  }

  /** Removes versions that no data key needs, except each tenant's newest and all of `kept`. */
  async removeUnusedTenantKeys(olderThan: Date, kept: string): Promise<void> {
    await this.#sql.query(
      `DELETE FROM vault.tenant_key t USING ${NEWEST} n
       WHERE n.tenant = t.tenant AND t.version < n.version AND t.created_at < $1 AND t.tenant <> $2
         AND NOT EXISTS (SELECT FROM vault.data_key d WHERE d.tenant = t.tenant AND d.tenant_key_version = t.version)`,
      [olderThan, kept],
    );
  }
}
