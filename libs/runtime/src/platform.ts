import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Clock, type Failpoints, type Logger, systemClock } from '@ozg-hub/core';
import { Directory, DirectoryWatch, secretReferences } from '@ozg-hub/directory';
import type { Bus } from '@ozg-hub/messaging';
import { Health, Metrics } from '@ozg-hub/observability';
import {
  Database,
  type DataDirLock,
  type EmbeddedPostgres,
  type SchemaMigrations,
  lockDataDir,
  startEmbeddedPostgres,
  storeErrors,
} from '@ozg-hub/store';
import { Keyring, Vault, defaultKeyringReference } from '@ozg-hub/vault';
import { type XmlPool, createXmlPool, loadCatalogue, loadImported, withOverrides } from '@ozg-hub/xml';
import type { z } from 'zod';
import { ApiKeys } from './api-keys.ts';
import { openBus } from './open-bus.ts';
import { armedFailpoints } from './failpoints.ts';
import type { HostConfig } from './host-config.ts';

/** What all services of a process share. */
export interface Platform {
  readonly config: HostConfig;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly failpoints: Failpoints;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly database: Database;
  /** Set where the hub runs its own server. */
  readonly embedded: EmbeddedPostgres | undefined;
  readonly bus: Bus;
  readonly vault: Vault;
  readonly directory: Directory;
  readonly directoryWatch: DirectoryWatch;
  readonly xml: XmlPool;
  readonly keys: ApiKeys;
  /** Folder for keys that must not lie beside the data they protect. */
  readonly keysDir: string;
  close(): Promise<void>;
}

export interface PlatformOptions {
  readonly config: HostConfig;
  readonly logger: Logger;
  /** Of everything that runs here. */
  readonly migrations: readonly SchemaMigrations[];
  readonly targetKinds: Readonly<Record<string, z.ZodType>>;
  /** Whether `targetKinds` has every kind of the hub. */
  readonly allKinds: boolean;
  readonly identityKinds?: Readonly<Record<string, z.ZodType>> | undefined;
  readonly profileSchema?: z.ZodType | undefined;
  /** Where `env:` references and the folder of armed failpoints are looked up. */
  readonly environment: NodeJS.ProcessEnv;
  /** One line for a person about what is going on. */
  readonly say?: ((line: string) => void) | undefined;
  /** Called where the process must not go on: another one took over its data directory. */
  readonly onFatal: (error: Error) => void;
}

/** Opens everything in order and closes what was opened when a later part fails. */
export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  const { config, logger } = options;
  const opened: (() => Promise<unknown>)[] = [];
  const close = async () => {
    const failures: unknown[] = [];
    for (const part of opened.splice(0).toReversed()) await part().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  };
  try {
    // With a database of its own several processes of one hub share the folder: it holds the vault's large objects.
    // What only one of them may do at a time is guarded by locks in the database.
    if (config.HUB_DATABASE_URL) await mkdir(config.HUB_DATA_DIR, { recursive: true, mode: 0o700 });
    const server = config.HUB_DATABASE_URL ? undefined : await ownServer(options, opened);
    const database = Database.connect({
      url: config.HUB_DATABASE_URL ?? server!.url,
      logger,
      applicationName: 'ozg-hub',
    });
    opened.push(() => database.close());
    await database.migrate(options.migrations, config.HUB_MIGRATE);

    const metrics = new Metrics({ process: true });
    const secrets = secretReferences(options.environment);
    const bus = await openBus({ settings: config, secrets, database, logger });
    opened.push(() => bus.close());
    const keysDir = keysFolder(config);
    const keyring = await Keyring.open({
      reference: config.HUB_MASTER_KEY ?? defaultKeyringReference(config.HUB_DATA_DIR),
      environment: options.environment,
      create: true,
      outside: config.HUB_DATA_DIR,
    });
    const vault = new Vault({
      store: database.open('vault', { maxConnections: 4 }),
      dataDir: join(config.HUB_DATA_DIR, 'vault'),
      keyring,
      logger,
    });
    await vault.start();
    opened.push(() => vault.close());
    const directoryStore = database.open('directory', { maxConnections: 2 });
    const directory = await Directory.load({
      folder: config.HUB_DIRECTORY,
      store: directoryStore,
      logger,
      targetKinds: options.targetKinds,
      allKinds: options.allKinds,
      identityKinds: options.identityKinds,
      profileSchema: options.profileSchema,
      secrets,
      placeholders: { data: config.HUB_DATA_DIR },
    });
    const readings = metrics.counter('hub_directory_readings_total', 'Readings of the directory while running.', [
      'outcome',
    ]);
    const xml = createXmlPool({
      workers: config.HUB_XML_WORKERS,
      queueBytes: config.HUB_XML_QUEUE_MIB * 1024 * 1024,
      schemas: withOverrides(
        await loadCatalogue(config.HUB_SCHEMAS),
        await loadImported(join(config.HUB_DATA_DIR, 'schemas')),
      ),
    });
    opened.push(() => xml.close());
    const directoryWatch = new DirectoryWatch({
      directory,
      store: directoryStore,
      logger,
      pollMs: config.HUB_DIRECTORY_POLL_SECONDS * 1000,
      observe: (outcome) => readings.inc({ outcome }),
    });
    const health = new Health();
    health.register('database', async () => {
      await database.ping();
      return 'up';
    });
    health.register('directory', async () => {
      const { refused } = directoryWatch.state;
      return refused ? { state: 'degraded', code: refused.code } : 'up';
    });
    return {
      config,
      logger,
      clock: systemClock,
      failpoints: armedFailpoints(options.environment['HUB_FAILPOINT_DIR']),
      metrics,
      health,
      database,
      embedded: server,
      bus,
      vault,
      directory,
      directoryWatch,
      xml,
      keys: new ApiKeys(database.open('access', { maxConnections: 2 })),
      keysDir,
      close,
    };
  } catch (error) {
    await close().catch((cause: unknown) => logger.error({ error: cause as Error }, 'a part could not be closed'));
    throw error;
  }
}

/** One hub per data directory: a second one is refused with the pid of the first. */
async function ownServer(options: PlatformOptions, opened: (() => Promise<unknown>)[]): Promise<EmbeddedPostgres> {
  const { config, logger, say, onFatal } = options;
  const lock: DataDirLock = await lockDataDir(config.HUB_DATA_DIR);
  opened.push(() => lock.release());
  lock.lost.addEventListener('abort', () => {
    const error = storeErrors.HUB_DATA_DIR_IN_USE({ detail: `Another hub took over ${lock.dataDir}.` });
    logger.error({ error }, 'the data directory was taken over by another process');
    onFatal(error);
  });
  const server = await startEmbeddedPostgres({ dataDir: config.HUB_DATA_DIR, logger, ...(say ? { say } : {}) });
  opened.push(() => server.stop());
  return server;
}

/** Beside the data directory, never inside: a copy of the data must not bring its keys. */
export function keysFolder(config: Pick<HostConfig, 'HUB_DATA_DIR' | 'HUB_MASTER_KEY'>): string {
  const reference = config.HUB_MASTER_KEY;
  return reference?.startsWith('file:') ? dirname(reference.slice('file:'.length)) : `${config.HUB_DATA_DIR}.keys`;
}
