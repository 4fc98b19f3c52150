import { type Clock, isHubError } from '@ozg-hub/core';
import type { Store } from '@ozg-hub/store';
import { vaultErrors } from './errors.ts';
import { HUB_ITSELF } from './hub-secrets.ts';
import { unwrapDataKey, wrapDataKey, wrapTenantKey } from './key-wrap.ts';
import { KeyRepository, type OutdatedDataKey } from './key.repository.ts';
import type { Keyring } from './keyring.ts';
import type { MasterKey } from './keyring-format.ts';
import type { TenantKeys } from './tenant-keys.ts';
import type { DataKeyRow } from './vault.repository.ts';

export interface RotationProgress {
  /** Data keys wrapped under the new master key, of those that were to be. */
  readonly done: number;
  readonly total: number;
}

export interface RotationOptions {
  /** Give each tenant a new key too. Default: false, its key is only wrapped anew. */
  readonly newTenantKeys?: boolean;
  /** After each portion. */
  readonly onProgress?: (progress: RotationProgress) => void;
  /** Data keys per transaction. Default: 500. */
  readonly batchSize?: number;
}

export interface RotationReport {
  /** The master key that wraps everything now. */
  readonly masterId: string;
  readonly tenantKeys: number;
  readonly dataKeys: number;
  /** Data keys that cannot be opened any more, since the keyring forgot them: rows of a restored backup. */
  readonly unreadable: number;
}

const FIRST = '00000000-0000-0000-0000-000000000000';
/** Longer than any process may go on with tenant keys it has in memory. */
const LEAST_AGE_MS = 3_600_000;

/** Wraps all keys under a new master key, in portions; each portion is final, so it can stop anywhere and go on. */
export class KeyRotation {
  readonly #store: Store;
  readonly #keyring: Keyring;
  readonly #tenantKeys: TenantKeys;
  readonly #clock: Clock;

  constructor(store: Store, keyring: Keyring, tenantKeys: TenantKeys, clock: Clock) {
    this.#store = store;
    this.#keyring = keyring;
    this.#tenantKeys = tenantKeys;
    this.#clock = clock;
  }

  async rotate(options: RotationOptions): Promise<RotationReport> {
    const lock = await this.#store.lock('vault.rotation');
    if (!lock) throw vaultErrors.HUB_VAULT_KEYRING_BUSY({ detail: 'Another process is rotating the keys.' });
    try {
      if (!this.#keyring.immutable) await this.#keyring.beginRotation();
      else if (this.#keyring.masters.length === 1) throw vaultErrors.HUB_VAULT_KEYRING_IMMUTABLE();
      const report = await this.#rewrapAll(options);
      if (!this.#keyring.immutable) await this.#keyring.endRotation();
      return report;
    } finally {
      this.#tenantKeys.forgetCached();
      await lock.release();
    }
  }

  async dropRetired(olderThanMs: number): Promise<readonly string[]> {
    const before = new Date(this.#clock.now().getTime() - Math.max(olderThanMs, LEAST_AGE_MS));
    const retired = this.#keyring.masters.filter(({ state, retiredAt }) => state === 'retired' && retiredAt! <= before);
    const ids = retired.map(({ id }) => id);
    if (ids.length === 0) return [];
    const keys = new KeyRepository(this.#store);
    const wrapsTenants = (await keys.mastersInUse()).some((id) => ids.includes(id));
    const leaves = await keys.leavesUnder(ids);
    if (wrapsTenants || leaves.some((leaf) => retired.some(({ tree }) => tree.has(leaf)))) {
      throw vaultErrors.HUB_VAULT_KEY_IN_USE();
    }
    await this.#keyring.drop(ids);
    await keys.removeUnusedTenantKeys(before, HUB_ITSELF);
    return ids;
  }

  async #rewrapAll(options: RotationOptions): Promise<RotationReport> {
    const master = this.#keyring.current;
    const keys = new KeyRepository(this.#store);
    if (options.newTenantKeys) {
      for (const { tenant, version } of await keys.tenantsToRenew(master.id)) {
        await this.#tenantKeys.make(tenant, version + 1);
      }
    }
    this.#tenantKeys.forgetCached();
    const tenantKeys = await this.#rewrapTenantKeys(master);
    const total = await keys.countOutdatedDataKeys(master.id);
    let dataKeys = 0;
    for (;;) {
      const pass = await this.#pass(master, options.batchSize ?? 500, (done) => {
        options.onProgress?.({ done: dataKeys + done, total: Math.max(total, dataKeys + done) });
      });
      dataKeys += pass.rewrapped;
      // Another pass for keys that other processes wrapped under the old one while this one ran.
      if (pass.rewrapped === 0) return { masterId: master.id, tenantKeys, dataKeys, unreadable: pass.unreadable };
    }
  }

  async #rewrapTenantKeys(master: MasterKey): Promise<number> {
    let total = 0;
    for (;;) {
      const count = await this.#store.tx(async (tx) => {
        const keys = new KeyRepository(tx);
        const rows = await keys.outdatedTenantKeys(master.id, 100);
        for (const row of rows) {
          const { key } = this.#tenantKeys.unwrap(row);
          const wrapped = wrapTenantKey(key, row.tenant, row.version, master);
          await keys.rewrapTenantKey({ ...row, masterId: master.id, wrapped });
        }
        return rows.length;
      });
      if (count === 0) return total;
      total += count;
    }
  }

  async #pass(master: MasterKey, batchSize: number, onDone: (done: number) => void) {
    let rewrapped = 0;
    let unreadable = 0;
    let after: string | undefined = FIRST;
    while (after !== undefined) {
      const from: string = after;
      const portion = await this.#store.tx(async (tx) => {
        const keys = new KeyRepository(tx);
        const rows = await keys.outdatedDataKeys(master.id, from, batchSize);
        const renewed: DataKeyRow[] = [];
        for (const row of rows) renewed.push(...(await this.#rewrapped(row, master)));
        if (renewed.length > 0) await keys.rewrapDataKeys(renewed);
        return { seen: rows.length, renewed: renewed.length, last: rows.at(-1)?.submissionId };
      });
      rewrapped += portion.renewed;
      unreadable += portion.seen - portion.renewed;
      after = portion.last;
      if (portion.renewed > 0) onDone(rewrapped);
    }
    return { rewrapped, unreadable };
  }

  async #rewrapped(row: OutdatedDataKey, master: MasterKey): Promise<DataKeyRow[]> {
    const [before, newest] = await Promise.all([
      this.#tenantKeys.version(row.tenant, row.tenantKeyVersion),
      this.#tenantKeys.version(row.tenant, row.newestVersion),
    ]);
    try {
      const dataKey = unwrapDataKey(row.wrapped, row, before.key, this.#keyring.master(row.masterId));
      const wrapped = wrapDataKey(dataKey, row, newest.key, master);
      return [{ ...row, tenantKeyVersion: newest.version, masterId: master.id, wrapped }];
    } catch (error) {
      if (isHubError(error, 'HUB_VAULT_ERASED')) return [];
      throw error;
    }
  }
}
