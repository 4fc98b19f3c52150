import { type Clock, type Logger, systemClock } from '@ozg-hub/core';
import type { Store } from '@ozg-hub/store';
import { canonicalJson, contentHash } from './canonical.ts';
import { type CheckOptions, checkFolder } from './check.ts';
import { directoryErrors } from './errors.ts';
import { invalidDirectory } from './finding.ts';
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

  private constructor(options: DirectoryOptions, current: Snapshot) {
    this.#options = options;
    this.#repository = new SnapshotRepository(options.store);
    this.#current = current;
  }

  /**
   * Reads and checks the folder, and stores the snapshot before it is used.
   * @throws HUB_DIRECTORY_INVALID with file and line of every error (at most 50); warnings are logged
   */
  static async load(options: DirectoryOptions): Promise<Directory> {
    return new Directory(options, await accept(options));
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
    this.#versions.set(version, snapshot);
    if (!known) snapshot.catch(() => this.#versions.get(version) === snapshot && this.#versions.delete(version));
    const [oldest] = this.#versions.keys();
    if (this.#versions.size > (this.#options.versionsInMemory ?? 8)) this.#versions.delete(oldest!);
    return snapshot;
  }

  /** Reads the folder again. The current snapshot stays where the folder has errors: HUB_DIRECTORY_INVALID. */
  async reload(): Promise<{ readonly version: string; readonly changed: boolean }> {
    const next = await accept(this.#options);
    const changed = next.version !== this.#current.version;
    if (changed) this.#current = next;
    return { version: next.version, changed };
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

  async #stored(version: string): Promise<Snapshot> {
    const content = await this.#repository.find(version);
    if (!content) throw directoryErrors.HUB_DIRECTORY_UNKNOWN_VERSION();
    if (contentHash(canonicalJson(content)) !== version) throw directoryErrors.HUB_DIRECTORY_SNAPSHOT_DAMAGED();
    return new Snapshot(version, content, this.#options);
  }
}

const noSecrets: SecretResolver = { resolve: () => Promise.reject(directoryErrors.HUB_DIRECTORY_SECRET_MISSING()) };

async function accept(options: DirectoryOptions): Promise<Snapshot> {
  const { findings, content, blueprints } = await checkFolder(options.folder, options);
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
