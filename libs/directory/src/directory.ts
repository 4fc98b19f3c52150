import { type Clock, type Logger, isHubError, systemClock } from '@ozg-hub/core';
import type { Store } from '@ozg-hub/store';
import { canonicalJson, contentHash } from './canonical.ts';
import { type CheckOptions, checkFolder } from './check.ts';
import { directoryErrors } from './errors.ts';
import { invalidDirectory } from './finding.ts';
import { folderPrint } from './folder-print.ts';
import { reveal } from './revealed-secrets.ts';
import type { SecretResolver } from './secrets.port.ts';
import { Snapshot } from './snapshot.ts';
import { SnapshotRepository } from './snapshot.repository.ts';
import type { Target } from './tenant.ts';

export interface DirectoryOptions extends Omit<CheckOptions, 'store'> {
  /** Folder with tenants/, blueprints/, bundles/, profiles/ and sources.yaml. */
  readonly folder: string;
  /** Schema `directory`, migrated by {@link directoryMigrations}. */
  readonly store: Store;
  readonly logger: Logger;
  readonly clock?: Clock | undefined;
  /** Needed only by {@link Directory.connection}. */
  readonly secrets?: SecretResolver | undefined;
  /** Stored versions kept in memory beside the current one. Default 8. */
  readonly versionsInMemory?: number | undefined;
}

/** Tenants, Leistungen, blueprints and targets: the current state, and every state a submission was accepted under. */
export class Directory {
  readonly #options: DirectoryOptions;
  readonly #repository: SnapshotRepository;
  readonly #versions = new Map<string, Promise<Snapshot>>();
  #current: Snapshot;
  #printRead: string;

  private constructor(options: DirectoryOptions, current: Snapshot, print: string) {
    this.#options = options;
    this.#repository = new SnapshotRepository(options.store);
    this.#current = current;
    this.#printRead = print;
  }

  /**
   * Reads and checks the folder, and stores the snapshot before it is used.
   * @throws HUB_DIRECTORY_INVALID with file and line of every error (at most 50); warnings are logged
   */
  static async load(options: DirectoryOptions): Promise<Directory> {
    const print = await folderPrint(options.folder);
    return new Directory(options, await accept(options), print);
  }

  current(): Snapshot {
    return this.#current;
  }

  /**
   * The version that accepted a submission: for its meaning (blueprint, filing rules, profile), never for connections.
   * @throws HUB_DIRECTORY_UNKNOWN_VERSION, HUB_DIRECTORY_SNAPSHOT_DAMAGED
   */
  at(version: string): Promise<Snapshot> {
    if (version === this.#current.version) return Promise.resolve(this.#current);
    const known = this.#versions.get(version);
    this.#versions.delete(version);
    const snapshot = known ?? this.#stored(version);
    this.#keep(version, snapshot);
    if (!known) snapshot.catch(() => this.#versions.get(version) === snapshot && this.#versions.delete(version));
    return snapshot;
  }

  /**
   * Reads the folder again. A version that is right is current from then on; who has begun with the one before keeps it.
   * @throws HUB_DIRECTORY_INVALID also where no tenant is left; the current version stays
   */
  async reload(): Promise<{ readonly version: string; readonly changed: boolean }> {
    const print = await folderPrint(this.#options.folder);
    const next = await this.#next(print);
    const before = this.#current;
    const changed = next.version !== before.version;
    if (changed) {
      this.#current = next;
      this.#keep(before.version, Promise.resolve(before));
    }
    return { version: next.version, changed };
  }

  /** How the folder was when it was read last, whether it was accepted or not. */
  get printRead(): string {
    return this.#printRead;
  }

  /** How it is now: another text than {@link printRead} means that it was changed. */
  async printNow(): Promise<string> {
    return await folderPrint(this.#options.folder);
  }

  /**
   * A target of the current directory with its secrets looked up: for opening the connection only, never for logs.
   * @throws HUB_DIRECTORY_SECRET_MISSING and the errors of {@link Snapshot.target}
   */
  async connection(tenantSlug: string, targetId: string): Promise<Target> {
    const target = this.#current.target(tenantSlug, targetId);
    const settings = await reveal(target.settings, this.#options.secrets ?? noSecrets);
    return { ...target, settings: settings as Record<string, unknown> };
  }

  /** Looks up a reference of the current directory, e.g. a key of an identity provider. @throws HUB_DIRECTORY_SECRET_MISSING */
  async secret(reference: string): Promise<string> {
    return await (this.#options.secrets ?? noSecrets).resolve(reference);
  }

  #keep(version: string, snapshot: Promise<Snapshot>): void {
    this.#versions.set(version, snapshot);
    const [oldest] = this.#versions.keys();
    if (this.#versions.size > (this.#options.versionsInMemory ?? 8)) this.#versions.delete(oldest!);
  }

  async #next(print: string): Promise<Snapshot> {
    try {
      const next = await accept(this.#options, this.#current.tenants.length > 0);
      this.#printRead = print;
      return next;
    } catch (error) {
      if (isHubError(error, 'HUB_DIRECTORY_INVALID')) this.#printRead = print;
      throw error;
    }
  }

  async #stored(version: string): Promise<Snapshot> {
    const content = await this.#repository.find(version);
    if (!content) throw directoryErrors.HUB_DIRECTORY_UNKNOWN_VERSION();
    if (contentHash(canonicalJson(content)) !== version) throw directoryErrors.HUB_DIRECTORY_SNAPSHOT_DAMAGED();
    return new Snapshot(version, content, this.#options);
  }
}

const noSecrets: SecretResolver = { resolve: () => Promise.reject(directoryErrors.HUB_DIRECTORY_SECRET_MISSING()) };

/** @param needsTenants true: a folder without any is not accepted; somebody may just be exchanging it */
async function accept(options: DirectoryOptions, needsTenants = false): Promise<Snapshot> {
  const { findings: found, content, blueprints } = await checkFolder(options.folder, options);
  const empty = needsTenants && content.tenants.length === 0;
  const findings = empty ? found.map((finding) => ({ ...finding, severity: 'error' as const })) : found;
  if (findings.some(({ severity }) => severity === 'error')) throw invalidDirectory(findings);
  for (const { file, line, message } of findings) options.logger.warn({ file, line }, `directory: ${message}`);
  const canonical = canonicalJson(content);
  const version = contentHash(canonical);
  const repository = new SnapshotRepository(options.store);
  if (!(await repository.has(version))) await repository.accept(version, canonical, blueprints);
  const { tenants } = content;
  options.logger.info({ version, tenants: tenants.length, blueprints: blueprints.length }, 'directory accepted');
  return new Snapshot(version, content, { ...options, clock: options.clock ?? systemClock });
}
