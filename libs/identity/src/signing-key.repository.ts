import type { Sql } from '@ozg-hub/store';
import type { JWK } from 'jose';
import type { SigningPurpose } from './signing-keys.ts';

export interface SigningKeyRow {
  readonly kid: string;
  readonly algorithm: string;
  readonly publicJwk: JWK;
  readonly createdAt: Date;
  /** Set on keys that sign no more: until then they verify. */
  readonly retiresAt: Date | null;
}

export interface NewSigningKey {
  readonly kid: string;
  readonly purpose: SigningPurpose;
  readonly algorithm: string;
  readonly publicJwk: JWK;
  readonly sealed: Buffer;
}

const COLUMNS = `kid, algorithm, public_jwk AS "publicJwk", created_at AS "createdAt", retires_at AS "retiresAt"`;

/** SQL of the signing keys, on a handle of the schema `identity_keys`. */
export class SigningKeyRepository {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /**
   * Those that sign or still verify: first the one that signs, the current one unless it is younger than `seconds` and
   * another is there.
   */
  async usable(purpose: SigningPurpose, seconds: number): Promise<SigningKeyRow[]> {
    return await this.#sql.query<SigningKeyRow>(
      `SELECT ${COLUMNS} FROM signing_key WHERE purpose = $1 AND (retires_at IS NULL OR retires_at > now())
       ORDER BY created_at > now() - $2 * interval '1 second', retires_at DESC NULLS FIRST, created_at DESC`,
      [purpose, seconds],
    );
  }

  async hasCurrent(purpose: SigningPurpose): Promise<boolean> {
    const rows = await this.#sql.query('SELECT 1 FROM signing_key WHERE purpose = $1 AND retires_at IS NULL', [
      purpose,
    ]);
    return rows.length > 0;
  }

  async secrets(kids: readonly string[]): Promise<{ kid: string; sealed: Buffer }[]> {
    return await this.#sql.query('SELECT kid, sealed FROM signing_secret WHERE kid = ANY ($1::text[])', [kids]);
  }

  /** Only one transaction at a time changes which key is current. */
  async lock(): Promise<void> {
    await this.#sql.query('LOCK TABLE signing_key IN SHARE ROW EXCLUSIVE MODE');
  }

  /** @param seconds how long it still verifies */
  async retireCurrent(purpose: SigningPurpose, seconds: number): Promise<void> {
    await this.#sql.query(
      `UPDATE signing_key SET retires_at = now() + $2 * interval '1 second'
       WHERE purpose = $1 AND retires_at IS NULL`,
      [purpose, seconds],
    );
  }

  async add({ kid, purpose, algorithm, publicJwk, sealed }: NewSigningKey): Promise<void> {
    await this.#sql.query(
      `WITH added AS (INSERT INTO signing_key (kid, purpose, algorithm, public_jwk) VALUES ($1, $2, $3, $4) RETURNING kid)
       INSERT INTO signing_secret (kid, sealed) SELECT kid, $5 FROM added`,
      [kid, purpose, algorithm, publicJwk, sealed],
    );
  }

  async removeAll(purpose: SigningPurpose): Promise<void> {
    await this.#sql.query('DELETE FROM signing_key WHERE purpose = $1', [purpose]);
  }

  async removeRetired(): Promise<void> {
    await this.#sql.query('DELETE FROM signing_key WHERE retires_at <= now()');
  }
}
