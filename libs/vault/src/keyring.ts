import { accessSync, constants } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, systemClock } from '@ozg-hub/core';
import { vaultErrors } from './errors.ts';
import { KeyringFile } from './keyring-file.ts';
import {
  type KeyringContent,
  type MasterKey,
  newKeyring,
  newMasterKey,
  readKeyring,
  writeKeyring,
} from './keyring-format.ts';

export interface KeyringOptions {
  /** `file:/absolute/path.json`, or `env:NAME` for a keyring that cannot be changed, as JSON in a variable. */
  readonly reference: string;
  /** Where `env:` references are looked up. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Make the file, with a first master key, where it does not exist. Default: false. */
  readonly create?: boolean;
  /** Refuse a keyring inside this folder: a copy of the data must not hold its keys. */
  readonly outside?: string;
  readonly clock?: Clock;
}

const CHECK_EVERY_MS = 1_000;

/** The reference that is used where HUB_MASTER_KEY is not set: a folder beside the data directory. */
export function defaultKeyringReference(dataDir: string): string {
  return `file:${resolve(dataDir)}.keys/keyring.json`;
}

/**
 * The master keys, outside of the data directory. Changes on erasure and rotation only, never at intake.
 * Changes made by other processes are seen at the next use, a second later at most.
 */
export class Keyring {
  /** True where keys can be neither forgotten nor rotated from here. */
  readonly immutable: boolean;
  readonly #file: KeyringFile | undefined;
  readonly #clock: Clock;
  #content: KeyringContent;
  #stamp: string;
  #checkedAt: number;

  private constructor(content: KeyringContent, stamp: string, file: KeyringFile | undefined, options: KeyringOptions) {
    this.#content = content;
    this.#stamp = stamp;
    this.#file = file;
    this.#clock = options.clock ?? systemClock;
    this.#checkedAt = this.#clock.now().getTime();
    this.immutable = file === undefined || !isWritable(dirname(file.path));
  }

  /** @throws HUB_VAULT_KEYRING_UNREADABLE, HUB_VAULT_KEYRING_EXPOSED */
  static async open(options: KeyringOptions): Promise<Keyring> {
    const { reference } = options;
    if (reference.startsWith('env:')) {
      const text = options.environment?.[reference.slice('env:'.length)];
      if (!text) throw unreadable(`The variable of the reference ${reference} is not set.`);
      return new Keyring(readKeyring(text), '', undefined, options);
    }
    const file = new KeyringFile(pathOf(reference));
    if (options.outside !== undefined && isInside(file.path, options.outside)) {
      throw vaultErrors.HUB_VAULT_KEYRING_EXPOSED({
        detail: `The keyring ${file.path} lies inside the data directory: every copy of the data would hold its keys.`,
      });
    }
    if (options.create) await file.create(() => writeKeyring(newKeyring((options.clock ?? systemClock).now())));
    const { text, stamp } = file.read({ mayBeShared: !isWritable(dirname(file.path)) });
    return new Keyring(readKeyring(text), stamp, file, options);
  }

  /** Where the file is; undefined for a keyring from the environment. */
  get path(): string | undefined {
    return this.#file?.path;
  }

  /** Counts the changes. */
  get generation(): number {
    return this.#fresh().generation;
  }

  /** No leaf from here on was ever forgotten. */
  get leafFloor(): number {
    return this.#fresh().leafFloor;
  }

  get masters(): readonly MasterKey[] {
    return this.#fresh().masters;
  }

  /** The master key for what is new. */
  get current(): MasterKey {
    return this.masters.find((master) => master.state === 'current')!;
  }

  /** @throws HUB_VAULT_KEY_MISSING */
  master(id: string): MasterKey {
    const master = this.masters.find((one) => one.id === id);
    if (!master) throw vaultErrors.HUB_VAULT_KEY_MISSING({ detail: `The keyring lacks the master key ${id}.` });
    return master;
  }

  /** Makes the keys of these leaves underivable in every master key, durably. Resolves to the new generation. */
  async forget(leaves: readonly number[]): Promise<number> {
    return await this.#change((content) => ({
      ...content,
      leafFloor: leaves.reduce((floor, leaf) => Math.max(floor, leaf + 1), content.leafFloor),
      masters: content.masters.map((master) => ({ ...master, tree: master.tree.without(leaves) })),
    }));
  }

  /** Begins a rotation: a new current master key; the one before is `retiring`. Goes on with one already begun. */
  async beginRotation(): Promise<void> {
    await this.#change((content) => {
      if (content.masters.some((master) => master.state === 'retiring')) return undefined;
      const before = content.masters.map((master) =>
        master.state === 'current' ? { ...master, state: 'retiring' as const } : master,
      );
      return { ...content, masters: [newMasterKey(this.#clock.now()), ...before] };
    });
  }

  /** Ends a rotation: what was `retiring` opens backups only. */
  async endRotation(): Promise<void> {
    const retiredAt = this.#clock.now();
    await this.#change((content) => ({
      ...content,
      masters: content.masters.map((master) =>
        master.state === 'retiring' ? { ...master, state: 'retired' as const, retiredAt } : master,
      ),
    }));
  }

  /** Removes retired master keys; backups that need them can no longer be read. */
  async drop(ids: readonly string[]): Promise<void> {
    await this.#change((content) => ({
      ...content,
      masters: content.masters.filter((master) => master.state !== 'retired' || !ids.includes(master.id)),
    }));
  }

  async #change(change: (content: KeyringContent) => KeyringContent | undefined): Promise<number> {
    const file = this.#file;
    if (!file || this.immutable) throw vaultErrors.HUB_VAULT_KEYRING_IMMUTABLE();
    await file.update((text) => {
      const before = readKeyring(text);
      const after = change(before);
      return after && writeKeyring({ ...after, generation: before.generation + 1 });
    });
    this.#reload(file);
    return this.#content.generation;
  }

  #fresh(): KeyringContent {
    const now = this.#clock.now().getTime();
    if (this.#file && Math.abs(now - this.#checkedAt) >= CHECK_EVERY_MS) {
      if (this.#file.stamp() !== this.#stamp) this.#reload(this.#file);
      this.#checkedAt = now;
    }
    return this.#content;
  }

  #reload(file: KeyringFile): void {
    const { text, stamp } = file.read({ mayBeShared: this.immutable });
    this.#content = readKeyring(text);
    this.#stamp = stamp;
    this.#checkedAt = this.#clock.now().getTime();
  }
}

function pathOf(reference: string): string {
  if (!reference.startsWith('file:')) throw unreadable('The reference begins neither with file: nor with env:.');
  const path = reference.startsWith('file://') ? fileURLToPath(reference) : reference.slice('file:'.length);
  if (!isAbsolute(path)) throw unreadable('The path of the keyring is not absolute.');
  return path;
}

function isInside(path: string, folder: string): boolean {
  const way = relative(resolve(folder), path);
  return !way.startsWith('..') && !isAbsolute(way);
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function unreadable(detail: string) {
  return vaultErrors.HUB_VAULT_KEYRING_UNREADABLE({ detail });
}
