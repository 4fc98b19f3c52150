import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { type Clock, type Failpoints, type Logger, isId, noFailpoints, systemClock } from '@ozg-hub/core';
import type { Store, Tx } from '@ozg-hub/store';
import { vaultErrors } from './errors.ts';
import { type ErasureReport, Erasures } from './erasures.ts';
import { HubSecrets } from './hub-secrets.ts';
import { type RotationOptions, type RotationReport, KeyRotation } from './key-rotation.ts';
import { DATA_KEY_BYTES, WRAP_NONCE_BYTES, unwrapDataKey, wrapDataKey } from './key-wrap.ts';
import type { Keyring } from './keyring.ts';
import { LeafSupply } from './leaf-supply.ts';
import { ObjectFiles } from './object-files.ts';
import { type ObjectKey, ObjectOpener } from './object-format.ts';
import { type ObjectMeta, type SealedObject, SubmissionVault } from './submission-vault.ts';
import { TenantKeys } from './tenant-keys.ts';
import { type ObjectRow, VaultRepository } from './vault.repository.ts';

/** How other tables and events name an object. */
export interface VaultRef {
  readonly objectId: string;
}

/** Every object is opened in the name of a tenant; that of another is HUB_VAULT_NOT_FOUND. */
export interface VaultScope {
  readonly tenant: string;
}

/** Metadata as it was given, with what the vault measured of the plaintext. */
export type StoredMeta = ObjectMeta & Pick<SealedObject, 'size' | 'sha256'>;

export interface OpenedObject {
  readonly meta: StoredMeta;
  /**
   * The content from its beginning, verified chunk by chunk: it fails with HUB_VAULT_CORRUPT before a changed byte is
   * given out. Whoever stops half way destroys it.
   */
  stream(): Readable;
}

export interface VaultOptions {
  /** A handle on the schema `vault`. */
  readonly store: Store;
  /** The vault's own folder: `<HUB_DATA_DIR>/vault`. */
  readonly dataDir: string;
  readonly keyring: Keyring;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly failpoints?: Failpoints;
  /** Default: files below `dataDir`. */
  readonly files?: ObjectFiles;
}

export interface VaultStatus {
  readonly masters: readonly { readonly id: string; readonly state: string; readonly createdAt: Date }[];
  /** Nodes that the largest key tree holds; a rotation makes it small again. */
  readonly treeNodes: number;
  /** False where the keyring cannot forget keys: older copies of erased content stay readable with it. */
  readonly puncturesCopies: boolean;
  readonly pendingErasures: number;
}

/** Claim check: encrypted documents and envelopes by reference, in the transaction that refers to them. */
export class Vault {
  /** For what the hub itself must keep secret. */
  readonly secrets: HubSecrets;
  readonly #store: Store;
  readonly #repository: VaultRepository;
  readonly #keyring: Keyring;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #failpoints: Failpoints;
  readonly #files: ObjectFiles;
  readonly #tenantKeys: TenantKeys;
  readonly #leaves: LeafSupply;
  readonly #erasures: Erasures;
  readonly #background = new Set<Promise<void>>();

  constructor(options: VaultOptions) {
    this.#store = options.store;
    this.#keyring = options.keyring;
    this.#logger = options.logger;
    this.#clock = options.clock ?? systemClock;
    this.#failpoints = options.failpoints ?? noFailpoints;
    this.#repository = new VaultRepository(options.store);
    this.#files = options.files ?? new ObjectFiles(options.dataDir, this.#clock);
    this.#tenantKeys = new TenantKeys(this.#repository, options.keyring);
    this.secrets = new HubSecrets(this.#tenantKeys);
    this.#leaves = new LeafSupply(this.#repository, options.keyring);
    this.#erasures = new Erasures(options.store, options.keyring, options.logger);
  }

  /**
   * Checks that the keyring belongs to this database and finishes erasures that were interrupted.
   * @throws HUB_VAULT_KEY_MISSING
   */
  async start(): Promise<void> {
    await this.#erasures.start();
  }

  /** Waits for erasures under way. Store and keyring are the caller's. */
  async close(): Promise<void> {
    await Promise.all(this.#background);
  }

  /** A data key for a new submission, in memory. The first submission of a tenant makes the tenant's key. */
  async newSubmission(tenant: string, submissionId: string): Promise<SubmissionVault> {
    const tenantKey = this.#tenantKeys.newestCached(tenant) ?? (await this.#tenantKeys.newest(tenant));
    const leaf = this.#leaves.take() ?? (await this.#leaves.next());
    const random = randomBytes(DATA_KEY_BYTES + WRAP_NONCE_BYTES);
    const [dataKey, nonce] = [random.subarray(0, DATA_KEY_BYTES), random.subarray(DATA_KEY_BYTES)];
    const place = { submissionId, tenant, leaf };
    return new SubmissionVault({ place, dataKey, nonce, tenantKey, isNew: true }, this.#files);
  }

  /** For further objects of a stored submission. @throws HUB_VAULT_NOT_FOUND, HUB_VAULT_ERASED */
  async add(tenant: string, submissionId: string): Promise<SubmissionVault> {
    const row = isId(submissionId) ? await this.#repository.dataKey(tenant, submissionId) : undefined;
    if (!row) throw vaultErrors.HUB_VAULT_NOT_FOUND();
    const tenantKey = await this.#tenantKeys.version(tenant, row.tenantKeyVersion);
    const dataKey = unwrapDataKey(row.wrapped, row, tenantKey.key, this.#keyring.master(row.masterId));
    const place = { submissionId, tenant, leaf: row.leaf };
    const nonce = row.wrapped.subarray(0, WRAP_NONCE_BYTES);
    return new SubmissionVault({ place, dataKey, nonce, tenantKey, isNew: false }, this.#files);
  }

  /** Resolves when all files of the submission are on disk. Many that wait share the fsync of their folders. */
  async synced(submission: SubmissionVault): Promise<void> {
    await submission.synced();
  }

  /**
   * Stores keys and objects of many submissions in one statement of the caller's transaction; {@link synced} comes
   * before. Where the transaction fails, {@link SubmissionVault.discard} removes the files; where its outcome is
   * unknown (HUB_STORE_COMMIT_UNKNOWN) leave them to {@link sweepOrphans}.
   * @throws HUB_VAULT_ERASED where a submission that objects are added to was erased meanwhile
   */
  async store(tx: Tx, submissions: readonly SubmissionVault[]): Promise<void> {
    if (submissions.length === 0) return;
    if (!submissions.every(({ isSynced }) => isSynced))
      throw new Error('vault.synced() must come before vault.store().');
    const master = this.#keyring.current;
    const keys = submissions.flatMap(({ key: { place, dataKey, nonce, tenantKey, isNew } }) =>
      isNew
        ? {
            ...place,
            tenantKeyVersion: tenantKey.version,
            masterId: master.id,
            wrapped: wrapDataKey(dataKey, place, tenantKey.key, master, nonce),
          }
        : [],
    );
    const existing = submissions.filter(({ key }) => !key.isNew).map(({ submissionId }) => submissionId);
    const objects = submissions.flatMap(({ prepared, submissionId, tenant }) =>
      prepared.map((object) => ({ ...object, submissionId, tenant })),
    );
    const stored = await new VaultRepository(tx).store(keys, existing, objects);
    if (stored !== objects.length) throw vaultErrors.HUB_VAULT_ERASED();
    tx.afterCommit(() => {
      for (const submission of submissions) submission.committed();
    });
  }

  /** @throws HUB_VAULT_NOT_FOUND, HUB_VAULT_ERASED, HUB_VAULT_CORRUPT */
  async open(objectId: string, scope: VaultScope): Promise<OpenedObject> {
    const { row, key, meta } = await this.#find(objectId, scope);
    const files = this.#files;
    return {
      meta,
      stream: () => {
        const opener = new ObjectOpener(key);
        const chunks = row.file === null ? inline(row, meta, opener) : files.read(row.file, meta.size, opener);
        return Readable.from(chunks, { objectMode: false });
      },
    };
  }

  /** The whole content. @throws as {@link open}; HUB_VAULT_TOO_LARGE beyond `maxBytes` */
  async read(objectId: string, scope: VaultScope, options: { readonly maxBytes: number }): Promise<Buffer> {
    const { row, key, meta } = await this.#find(objectId, scope);
    if (meta.size > options.maxBytes) throw vaultErrors.HUB_VAULT_TOO_LARGE();
    const opener = new ObjectOpener(key);
    if (row.file === null) return content(row, meta, opener);
    const chunks: Buffer[] = [];
    for await (const chunk of this.#files.read(row.file, meta.size, opener)) chunks.push(chunk);
    return Buffer.concat(chunks, meta.size);
  }

  /**
   * Deletes keys and objects in the caller's transaction; returns how many submissions had any. After the commit the
   * keyring forgets the leaves, so that copies of database and files made before become unreadable too. Await
   * {@link finishErasures} to know that it has; an interrupted one is finished at the next {@link start} or erasure.
   */
  async erase(tx: Tx, submissionIds: readonly string[]): Promise<number> {
    const { erased, files } = await new VaultRepository(tx).erase(submissionIds.filter(isId));
    tx.afterCommit(() => {
      this.#failpoints.hit('vault.erase.committed');
      this.#inBackground(async () => {
        await this.finishErasures().finally(async () => {
          for (const file of files) await this.#files.remove(file);
        });
      });
    });
    return erased;
  }

  /** Makes the keyring forget what was erased, for all erasures committed before the call. */
  async finishErasures(): Promise<ErasureReport> {
    return await this.#erasures.finish();
  }

  /**
   * A new master key; wraps tenant keys and data keys under it (not the contents), then retires the one before, which
   * opens older backups until {@link dropRetired}. Goes on where an interrupted rotation stopped.
   * @throws HUB_VAULT_KEYRING_BUSY while another process rotates, HUB_VAULT_KEYRING_IMMUTABLE
   */
  async rotate(options: RotationOptions = {}): Promise<RotationReport> {
    return await this.#rotation().rotate(options);
  }

  /**
   * Drops master keys retired longer ago than this; backups from before their rotation can no longer be read.
   * Returns their ids. @throws HUB_VAULT_KEY_IN_USE where stored content still needs one
   */
  async dropRetired(options: { readonly olderThanMs: number }): Promise<readonly string[]> {
    return await this.#rotation().dropRetired(options.olderThanMs);
  }

  /**
   * Removes files that no object refers to, left by requests that were cut off, if last written longer ago than this;
   * it must be longer than any request may take. Returns how many.
   */
  async sweepOrphans(olderThanMs: number): Promise<number> {
    const before = new Date(this.#clock.now().getTime() - olderThanMs);
    let removed = 0;
    for await (const names of this.#files.olderThan(before)) {
      const known = await this.#repository.knownFiles(names);
      for (const name of names.filter((one) => !known.has(one))) {
        await this.#files.remove(name);
        removed++;
      }
    }
    await this.#files.removeEmptyFolders(before);
    if (removed > 0) this.#logger.info({ removed }, 'vault: removed files without an object');
    return removed;
  }

  async status(): Promise<VaultStatus> {
    const { masters } = this.#keyring;
    return {
      masters: masters.map(({ id, state, createdAt }) => ({ id, state, createdAt })),
      treeNodes: Math.max(...masters.map(({ tree }) => tree.size)),
      puncturesCopies: !this.#keyring.immutable,
      pendingErasures: await this.#repository.countPendingErasures(),
    };
  }

  async #find(objectId: string, { tenant }: VaultScope): Promise<{ row: ObjectRow; key: ObjectKey; meta: StoredMeta }> {
    const row = isId(objectId) ? await this.#repository.object(tenant, objectId) : undefined;
    if (!row) throw vaultErrors.HUB_VAULT_NOT_FOUND();
    const tenantKey = await this.#tenantKeys.version(tenant, row.tenantKeyVersion);
    const dataKey = unwrapDataKey(row.wrapped, row, tenantKey.key, this.#keyring.master(row.masterId));
    const key = { dataKey, keyId: row.submissionId, objectId };
    const meta = JSON.parse(new ObjectOpener(key).meta(row.meta).toString()) as StoredMeta;
    return { row, key, meta };
  }

  #rotation(): KeyRotation {
    return new KeyRotation(this.#store, this.#keyring, this.#tenantKeys, this.#clock);
  }

  #inBackground(work: () => Promise<void>): void {
    const running = work()
      .catch((error: unknown) => {
        this.#logger.error({ error: error as Error }, 'vault: an erasure is not finished; it will be tried again');
      })
      .finally(() => this.#background.delete(running));
    this.#background.add(running);
  }
}

function content(row: ObjectRow, meta: StoredMeta, opener: ObjectOpener): Buffer {
  const plain = opener.single(row.content!);
  if (plain.length !== meta.size) throw vaultErrors.HUB_VAULT_CORRUPT();
  return plain;
}

function* inline(row: ObjectRow, meta: StoredMeta, opener: ObjectOpener): Generator<Buffer, void, undefined> {
  yield content(row, meta, opener);
}
