import { randomBytes } from 'node:crypto';
import { vaultErrors } from './errors.ts';
import { unwrapTenantKey, wrapTenantKey } from './key-wrap.ts';
import type { Keyring } from './keyring.ts';
import type { TenantKeyRow, VaultRepository } from './vault.repository.ts';

export interface TenantKey {
  readonly version: number;
  readonly key: Buffer;
}

const CACHED = 512;

/** Unwrapped tenant keys, the ones used last kept in memory until the master keys change. */
export class TenantKeys {
  readonly #repository: VaultRepository;
  readonly #keyring: Keyring;
  /** By tenant (the newest) and by tenant and version; insertion order is order of use. */
  readonly #cache = new Map<string, TenantKey>();
  #masters = '';

  constructor(repository: VaultRepository, keyring: Keyring) {
    this.#repository = repository;
    this.#keyring = keyring;
  }

  /** The key for new submissions; the first use of a tenant makes one. */
  async newest(tenant: string): Promise<TenantKey> {
    return this.#cached(tenant) ?? this.#keep(tenant, await this.#loadNewest(tenant));
  }

  /** The newest key where it is in memory. */
  newestCached(tenant: string): TenantKey | undefined {
    return this.#cached(tenant);
  }

  /** @throws HUB_VAULT_CORRUPT where the version does not exist */
  async version(tenant: string, version: number): Promise<TenantKey> {
    const name = `${tenant} ${version}`;
    const cached = this.#cached(name);
    if (cached) return cached;
    const row = await this.#repository.tenantKey(tenant, version);
    if (!row) throw vaultErrors.HUB_VAULT_CORRUPT({ detail: 'The tenant key of a submission is missing.' });
    return this.#keep(name, this.unwrap(row));
  }

  unwrap(row: TenantKeyRow): TenantKey {
    const master = this.#keyring.master(row.masterId);
    return { version: row.version, key: unwrapTenantKey(row.wrapped, row.tenant, row.version, master) };
  }

  /** A further version of the tenant's key; the first where there is none. */
  async make(tenant: string, version: number): Promise<void> {
    const master = this.#keyring.current;
    const wrapped = wrapTenantKey(randomBytes(32), tenant, version, master);
    await this.#repository.addTenantKey({ tenant, version, masterId: master.id, wrapped });
  }

  forgetCached(): void {
    this.#cache.clear();
  }

  async #loadNewest(tenant: string): Promise<TenantKey> {
    let row = await this.#repository.newestTenantKey(tenant);
    if (!row) {
      await this.make(tenant, 1);
      row = await this.#repository.newestTenantKey(tenant);
    }
    return this.unwrap(row!);
  }

  #cached(name: string): TenantKey | undefined {
    const masters = this.#keyring.masters.map(({ id, state }) => `${id} ${state}`).join();
    if (masters !== this.#masters) {
      this.#cache.clear();
      this.#masters = masters;
    }
    const found = this.#cache.get(name);
    if (found && this.#cache.size >= CACHED / 2) {
      this.#cache.delete(name);
      this.#cache.set(name, found);
    }
    return found;
  }

  #keep(name: string, key: TenantKey): TenantKey {
    if (this.#cache.size >= CACHED) this.#cache.delete(this.#cache.keys().next().value!);
    this.#cache.set(name, key);
    return key;
  }
}
