import type { Sql } from '@ozg-hub/store';
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import { loginErrors } from '../errors.ts';
import { keyOf } from '../login-attempt.repository.ts';
import type { SealedRecords } from '../sealed-records.ts';
import type { OnlineServices } from './online-services.ts';

export interface OidcStateOptions {
  readonly store: Sql;
  readonly records: SealedRecords;
  readonly services: OnlineServices;
  /** Most interactions at once. */
  readonly mostOpen: number;
}

interface Row {
  readonly sealed: Buffer;
  readonly consumed: number | null;
}

const COLUMNS = 'sealed, extract(epoch FROM consumed_at)::bigint AS consumed';

/**
 * State of the OpenID Provider in PostgreSQL, shared by all instances: keys hashed, payloads sealed. Online services are
 * read from the directory and never written.
 */
export class OidcStateAdapter implements Adapter {
  constructor(
    private readonly model: string,
    private readonly options: OidcStateOptions,
  ) {}

  /** @throws `temporarily_unavailable` where as many interactions are open as allowed */
  async upsert(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    if (this.model === 'Client') throw new Error('Online services come from the directory.');
    if (this.model === 'Interaction' && !payload['result']) await this.#leaveRoom();
    await this.options.store.query(
      `INSERT INTO oidc_state (model, key, grant_key, uid_key, sealed, expires_at)
       VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))
       ON CONFLICT (model, key) DO UPDATE SET grant_key = excluded.grant_key, uid_key = excluded.uid_key,
         sealed = excluded.sealed, expires_at = excluded.expires_at`,
      [
        this.model,
        keyOf(id),
        payload.grantId && keyOf(payload.grantId),
        payload.uid && keyOf(payload.uid),
        await this.options.records.seal(this.#place(id), payload),
        expiresIn,
      ],
    );
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    if (this.model === 'Client') return await this.options.services.metadata(id);
    const [row] = await this.options.store.query<Row>(
      `SELECT ${COLUMNS} FROM oidc_state WHERE model = $1 AND key = $2 AND expires_at > now()`,
      [this.model, keyOf(id)],
    );
    return row && (await this.#payload(id, row));
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    const [row] = await this.options.store.query<Row & { key: Buffer }>(
      `SELECT key, ${COLUMNS} FROM oidc_state WHERE model = $1 AND uid_key = $2 AND expires_at > now()`,
      [this.model, keyOf(uid)],
    );
    return row && (await this.#payload(row.key, row));
  }

  /** There is no device flow. */
  findByUserCode(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** Two instances that were asked at once must not both succeed: the second one is refused here. */
  async consume(id: string): Promise<void> {
    const consumed = await this.options.store.query(
      `UPDATE oidc_state SET consumed_at = now() WHERE model = $1 AND key = $2 AND consumed_at IS NULL
       RETURNING 1 AS consumed`,
      [this.model, keyOf(id)],
    );
    if (consumed.length === 0) throw new errors.InvalidGrant('it was used before');
  }

  async destroy(id: string): Promise<void> {
    await this.options.store.query('DELETE FROM oidc_state WHERE model = $1 AND key = $2', [this.model, keyOf(id)]);
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await this.options.store.query('DELETE FROM oidc_state WHERE model = $1 AND grant_key = $2', [
      this.model,
      keyOf(grantId),
    ]);
  }

  async #payload(id: string | Buffer, { sealed, consumed }: Row): Promise<AdapterPayload> {
    const payload = await this.options.records.open<AdapterPayload>(this.#place(id), sealed);
    return consumed === null ? payload : { ...payload, consumed };
  }

  async #leaveRoom(): Promise<void> {
    const [row] = await this.options.store.query<{ open: number }>(
      "SELECT count(*) AS open FROM oidc_state WHERE model = 'Interaction' AND expires_at > now()",
    );
    if (row!.open < this.options.mostOpen) return;
    throw new errors.TemporarilyUnavailable('HUB_IDENTITY_BUSY', { cause: loginErrors.HUB_IDENTITY_BUSY() });
  }

  #place(id: string | Buffer): string {
    return `oidc ${this.model} ${(typeof id === 'string' ? keyOf(id) : id).toString('hex')}`;
  }
}
