import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Store } from '@ozg-hub/store';
import { runtimeErrors } from './errors.ts';

/** `submit`: hands applications over; `reply`: a DMS posts its answers; `book`: a finance system does; `read`, `operate`, `admin`: operators. */
export const scopes = ['submit', 'reply', 'book', 'read', 'operate', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** Who calls: the key, what it may do and for which municipalities (undefined: all). */
export interface Principal {
  readonly keyId: string;
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly tenants: ReadonlySet<string> | undefined;
}

/** The caller as the trail names it, and the municipalities that it may touch. */
export const actorOf = ({ keyId, tenants }: Pick<Principal, 'keyId' | 'tenants'>) => ({
  actor: `key:${keyId}`,
  tenants: tenants && [...tenants],
});

/**
 * Municipalities that a list may show: those of the caller, or of these the one that he asks for.
 * @returns undefined: all
 */
export function visibleTenants(
  { tenants }: Pick<Principal, 'tenants'>,
  asked: string | undefined,
): readonly string[] | undefined {
  if (asked === undefined) return tenants && [...tenants];
  return !tenants || tenants.has(asked) ? [asked] : [];
}

export interface ApiKeyRow {
  readonly id: string;
  readonly name: string;
  readonly scopes: Scope[];
  readonly tenants: string[] | null;
  readonly created_at: Date;
  readonly created_by: string;
  readonly revoked_at: Date | null;
}

export interface NewApiKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Undefined: every tenant. */
  readonly tenants?: readonly string[] | undefined;
  readonly createdBy: string;
}

interface Known {
  readonly hash: Buffer;
  readonly principal: Principal;
  readonly revoked: boolean;
  readonly readAt: number;
}

const KEY = /^ozg_([a-z0-9]{12})_([0-9a-f]{64})$/;
const CACHE_MS = 2_000;
const CACHE_SIZE = 1_000;
const sha256 = (text: string) => createHash('sha256').update(text).digest();

/**
 * API keys `ozg_<id>_<secret>` in schema `access`. The secret has 256 random bits, so one SHA-256 protects it.
 * A revocation takes effect at once here and within two seconds in other processes.
 */
export class ApiKeys {
  readonly #known = new Map<string, Known>();

  constructor(
    private readonly store: Store,
    /** Milliseconds, monotonic. */
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Creates a key and returns its text, which is shown this once. */
  async create(key: NewApiKey): Promise<{ id: string; key: string }> {
    const id = randomBytes(6).toString('hex');
    const secret = randomBytes(32).toString('hex');
    await this.store.query(
      `INSERT INTO access.api_key (id, secret_hash, name, scopes, tenants, created_by) VALUES ($1, $2, $3, $4, $5, $6)`,
      [id, sha256(secret), key.name, key.scopes, key.tenants ?? null, key.createdBy],
    );
    return { id, key: `ozg_${id}_${secret}` };
  }

  async list(): Promise<ApiKeyRow[]> {
    return this.store.query<ApiKeyRow>(
      `SELECT id, name, scopes, tenants, created_at, created_by, revoked_at FROM access.api_key ORDER BY created_at`,
    );
  }

  /** @throws HUB_KEY_UNKNOWN */
  async revoke(id: string, by: string): Promise<void> {
    const rows = await this.store.query(
      `UPDATE access.api_key SET revoked_at = coalesce(revoked_at, now()), revoked_by = coalesce(revoked_by, $2)
       WHERE id = $1 RETURNING id`,
      [id, by],
    );
    this.#known.delete(id);
    if (rows.length === 0) throw runtimeErrors.HUB_KEY_UNKNOWN();
  }

  /** Removes keys that an earlier start of the same hub made for its operator; they were never shown to anyone else. */
  async removeNamed(name: string): Promise<void> {
    await this.store.query(`DELETE FROM access.api_key WHERE name = $1`, [name]);
    this.#known.clear();
  }

  /**
   * Reads `Authorization: Bearer ozg_…`.
   * @throws HUB_KEY_MISSING, HUB_KEY_UNKNOWN, HUB_KEY_REVOKED
   */
  async authenticate(authorization: string | undefined): Promise<Principal> {
    if (!authorization) throw runtimeErrors.HUB_KEY_MISSING();
    const match = KEY.exec(authorization.replace(/^Bearer\s+/i, ''));
    if (!match) throw runtimeErrors.HUB_KEY_UNKNOWN();
    const [, id, secret] = match as unknown as [string, string, string];
    const known = await this.#find(id);
    if (!known || !timingSafeEqual(known.hash, sha256(secret))) throw runtimeErrors.HUB_KEY_UNKNOWN();
    if (known.revoked) throw runtimeErrors.HUB_KEY_REVOKED();
    return known.principal;
  }

  async #find(id: string): Promise<Known | undefined> {
    const cached = this.#known.get(id);
    if (cached && this.now() - cached.readAt < CACHE_MS) return cached;
    const [row] = await this.store.query<ApiKeyRow & { secret_hash: Buffer }>(
      `SELECT id, secret_hash, name, scopes, tenants, created_at, created_by, revoked_at FROM access.api_key WHERE id = $1`,
      [id],
    );
    if (!row) return undefined;
    const known: Known = {
      hash: row.secret_hash,
      revoked: row.revoked_at !== null,
      readAt: this.now(),
      principal: {
        keyId: row.id,
        name: row.name,
        scopes: new Set(row.scopes),
        tenants: row.tenants === null ? undefined : new Set(row.tenants),
      },
    };
    if (this.#known.size >= CACHE_SIZE) this.#known.clear();
    this.#known.set(id, known);
    return known;
  }
}

/** @throws HUB_KEY_TENANT */
export function requireTenant(principal: Principal, tenant: string): void {
  if (principal.tenants && !principal.tenants.has(tenant)) throw runtimeErrors.HUB_KEY_TENANT();
}

/** `admin` includes every scope, `operate` includes `read`. */
export function hasScope(principal: Principal, scope: Scope): boolean {
  if (principal.scopes.has(scope) || principal.scopes.has('admin')) return true;
  return scope === 'read' && principal.scopes.has('operate');
}
