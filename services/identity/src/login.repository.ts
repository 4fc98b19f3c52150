import type { Sql } from '@ozg-hub/store';
import type { VerifiedIdentity } from './identity-provider.port.ts';
import type { SealedRecords } from './sealed-records.ts';

/** A login that succeeded. Holds personal data. */
export interface Login extends Omit<VerifiedIdentity, 'authenticatedAt'> {
  /** ISO. */
  readonly authenticatedAt: string;
  readonly tenant: string;
  readonly leistung: string;
  readonly application: string;
  /** The identity proof, as the online service passes it on. */
  readonly proof: string;
}

/** Logins while their tokens live; sealed. */
export class LoginRepository {
  constructor(
    private readonly sql: Sql,
    private readonly records: SealedRecords,
  ) {}

  async add(id: string, login: Login, seconds: number): Promise<void> {
    await this.sql.query(
      'INSERT INTO login (id, sealed, expires_at) VALUES ($1, $2, now() + make_interval(secs => $3))',
      [id, await this.records.seal(`login ${id}`, login), seconds],
    );
  }

  async find(id: string): Promise<Login | undefined> {
    const [row] = await this.sql.query<{ sealed: Buffer }>(
      'SELECT sealed FROM login WHERE id = $1 AND expires_at > now()',
      [id],
    );
    return row && (await this.records.open<Login>(`login ${id}`, row.sealed));
  }
}
