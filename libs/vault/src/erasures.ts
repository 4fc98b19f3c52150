import type { Logger } from '@ozg-hub/core';
import type { Store } from '@ozg-hub/store';
import { vaultErrors } from './errors.ts';
import type { Keyring } from './keyring.ts';
import { KeyRepository } from './key.repository.ts';
import { VaultRepository } from './vault.repository.ts';

export interface ErasureReport {
  /** Erasures that this call made final in the keyring. */
  readonly punctured: number;
  /** Erasures that still wait for a keyring that can be changed. */
  readonly pending: number;
  /**
   * True: copies of database and files from before the erasure are unreadable with the keyring as it is now.
   * False: the keyring cannot be changed; the keys are gone from the database, but not from its older copies.
   */
  readonly puncturedCopies: boolean;
}

const AT_ONCE = 5_000;

/** The second half of an erasure: what the transaction noted is forgotten by the keyring, once, in any process. */
export class Erasures {
  readonly #store: Store;
  readonly #keyring: Keyring;
  readonly #logger: Logger;
  #running: Promise<unknown> = Promise.resolve();
  #queued: Promise<ErasureReport> | undefined;

  constructor(store: Store, keyring: Keyring, logger: Logger) {
    this.#store = store;
    this.#keyring = keyring;
    this.#logger = logger;
  }

  /** @throws HUB_VAULT_KEY_MISSING where the keyring is not the one that this database was written with */
  async start(): Promise<void> {
    const keys = new KeyRepository(this.#store);
    const present = this.#keyring.masters.map(({ id }) => id);
    const missing = (await keys.mastersInUse()).filter((id) => !present.includes(id));
    if (missing.length > 0) {
      throw vaultErrors.HUB_VAULT_KEY_MISSING({
        detail: `The keyring lacks the master key ${missing.join(', ')} that stored content needs.`,
      });
    }
    if (this.#keyring.immutable) return;
    const reopened = await new VaultRepository(this.#store).reopenErasures(this.#keyring.generation);
    if (reopened > 0)
      this.#logger.warn({ reopened }, 'vault: the keyring is an older copy; forgetting again what it knows');
    await this.finish();
  }

  async finish(): Promise<ErasureReport> {
    this.#queued ??= this.#running.then(async () => {
      this.#queued = undefined;
      return await this.#finish();
    });
    const mine = this.#queued;
    this.#running = mine.catch(() => undefined);
    return await mine;
  }

  async #finish(): Promise<ErasureReport> {
    if (this.#keyring.immutable) {
      const pending = await new VaultRepository(this.#store).countPendingErasures();
      return { punctured: 0, pending, puncturedCopies: false };
    }
    let punctured = 0;
    for (;;) {
      const count = await this.#portion();
      punctured += count;
      if (count < AT_ONCE) return { punctured, pending: 0, puncturedCopies: true };
    }
  }

  async #portion(): Promise<number> {
    return await this.#store.tx(async (tx) => {
      const repository = new VaultRepository(tx);
      await repository.lockErasures();
      const pending = await repository.pendingErasures(AT_ONCE);
      if (pending.length === 0) return 0;
      const generation = await this.#keyring.forget(pending.map(({ leaf }) => leaf));
      await repository.punctured(
        pending.map(({ submissionId }) => submissionId),
        generation,
      );
      return pending.length;
    });
  }
}
