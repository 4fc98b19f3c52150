import { rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import { newId } from '@ozg-hub/core';
import { Sealer, trailMigrations } from '@ozg-hub/delivery';
import { contracts } from '@ozg-hub/events';
import { BusStrategy, OutboxRelay } from '@ozg-hub/messaging';
import { createLogger } from '@ozg-hub/observability';
import { type SchemaMigrations, type Store, inboxMigrations, outboxMigrations } from '@ozg-hub/store';
import { checkpointFile, runningFile, tokenFile } from './data-files.ts';
import { runtimeErrors } from './errors.ts';
import { readSettings } from './environment.ts';
import { type HostConfig, hostSettings } from './host-config.ts';
import { type HttpServer, listen } from './http-server.ts';
import { logFile } from './log-file.ts';
import type { HubParts } from './hub-parts.ts';
import { hubModule } from './hub.module.ts';
import { type Platform, openPlatform } from './platform.ts';
import { type ServiceApp, createServiceApp } from './service-app.ts';
import {
  type BackgroundWork,
  type Diagnosis,
  type ServiceContext,
  type ServiceDefinition,
  schemaName,
} from './service-definition.ts';
import { trailKeys } from './trail-keys.ts';

export interface StartOptions {
  readonly environment: NodeJS.ProcessEnv;
  /**
   * `serve` listens, consumes and works. `read` only wires the same use cases, for commands that ask while no hub runs;
   * they call {@link RunningHost.inject}. Default `serve`.
   */
  readonly mode?: 'serve' | 'read';
  readonly version: string;
  /** One line for a person about what is going on. */
  readonly say?: (line: string) => void;
  /** Called when the process cannot go on, e.g. a consumer that will not restart. */
  readonly onFatal?: (error: Error) => void;
}

export interface RunningHost {
  readonly config: HostConfig;
  /** Empty in mode `read`. */
  readonly url: string;
  /** Text of an API key with every scope, for this machine's operator; lies in the data directory, mode 0600. */
  readonly operatorToken: string;
  /** Answers a request without a port. */
  inject(request: {
    method: string;
    url: string;
    headers?: Record<string, string>;
    body?: unknown;
  }): Promise<{ status: number; body: string }>;
  /** Finishes requests, flushes and closes; resolves when nothing runs any more. */
  stop(): Promise<void>;
}

const operatorName = ({ HUB_DATA_DIR }: HostConfig) => `operator on ${hostname()} in ${basename(HUB_DATA_DIR)}`;

/** Starts each service as its own Nest application on one store, one bus and one port. */
export async function startServices(
  definitions: readonly ServiceDefinition[],
  options: StartOptions,
): Promise<RunningHost> {
  const [config, ...configs] = readSettings(options.environment, [
    hostSettings,
    ...definitions.map(({ config: schema }) => schema),
  ]);
  const chosen = chooseServices(definitions, (config as HostConfig).HUB_SERVICES);
  const host = new Host(config as HostConfig, options);
  try {
    await host.open(definitions, chosen, new Map(definitions.map(({ name }, index) => [name, configs[index]])));
    return host;
  } catch (error) {
    await host.stop();
    throw error;
  }
}

function chooseServices(
  definitions: readonly ServiceDefinition[],
  names: string[] | undefined,
): readonly ServiceDefinition[] {
  if (!names) return definitions;
  const unknown = names.filter((name) => !definitions.some((definition) => definition.name === name));
  if (unknown.length > 0) {
    const offered = definitions.map(({ name }) => name).join(', ');
    throw runtimeErrors.HUB_CONFIG_INVALID({
      detail: `HUB_SERVICES names services that do not exist; there are ${offered}.`,
    });
  }
  return definitions.filter(({ name }) => names.includes(name));
}

class Host implements RunningHost {
  url = '';
  operatorToken = '';
  readonly #stopping = new AbortController();
  readonly #work: BackgroundWork[] = [];
  readonly #apps: ServiceApp[] = [];
  readonly #started: BackgroundWork[] = [];
  #platform: Platform | undefined;
  #server: HttpServer | undefined;
  #stopped: Promise<void> | undefined;

  constructor(
    readonly config: HostConfig,
    private readonly options: StartOptions,
  ) {}

  async open(
    all: readonly ServiceDefinition[],
    chosen: readonly ServiceDefinition[],
    configs: ReadonlyMap<string, unknown>,
  ): Promise<void> {
    const { environment, say, version } = this.options;
    const logger = createLogger({
      level: this.config.HUB_LOG_LEVEL,
      ...(this.config.HUB_LOG_FILE ? { destination: logFile(this.config.HUB_LOG_FILE) } : {}),
    });
    const platform = await openPlatform({
      config: this.config,
      logger,
      migrations: chosen.map(migrationsOf),
      targetKinds: Object.assign({}, ...all.map(({ targetKinds }) => targetKinds ?? {})) as Record<string, never>,
      profileSchema: all.find(({ profileSchema }) => profileSchema)?.profileSchema,
      environment,
      ...(say ? { say } : {}),
    });
    this.#platform = platform;
    await platform.bus.ensureTopics(contracts);
    const parts: HubParts = {
      platform,
      version,
      services: [],
      diagnoses: new Map(),
      trailKeys: await trailKeys(platform.keysDir),
    };
    for (const definition of chosen) await this.#addService(definition, configs.get(definition.name), parts);
    const hub = hubModule(parts);
    const app = {
      name: 'hub',
      paths: ['/hub', '/health', '/metrics', '/openapi.json'],
      module: hub,
      keys: platform.keys,
      logger,
      metrics: platform.metrics,
    };
    const hubApp = await createServiceApp(app);
    this.#apps.push(hubApp);
    parts.routes = this.#apps.flatMap(({ routes }) => routes);
    await this.#renewOperatorToken(platform);
    if (this.options.mode !== 'read') await this.#serve(platform);
  }

  async #addService(definition: ServiceDefinition, config: unknown, parts: HubParts): Promise<void> {
    const { platform } = parts;
    const store = platform.database.open(schemaName(definition.name));
    const logger = platform.logger.child({ service: definition.name });
    const diagnoses: Diagnosis[] = [];
    const context: ServiceContext = {
      ...platform,
      name: definition.name,
      config,
      store,
      logger,
      dataDir: platform.config.HUB_DATA_DIR,
      stopping: this.#stopping.signal,
      background: (work) => void this.#work.push(work),
      diagnose: (diagnosis) => void diagnoses.push(diagnosis),
    };
    const strategy =
      definition.consumes.length === 0
        ? undefined
        : new BusStrategy({
            bus: platform.bus,
            store,
            group: definition.name,
            logger,
            contracts: definition.consumes,
            onFatal: (error) => this.options.onFatal?.(error),
          });
    const module = definition.module(context as ServiceContext<never>);
    this.#apps.push(
      await createServiceApp({
        name: definition.name,
        paths: definition.paths,
        module,
        keys: platform.keys,
        logger,
        metrics: platform.metrics,
        strategy,
      }),
    );
    parts.services.push({ name: definition.name, store });
    parts.diagnoses.set(definition.name, diagnoses);
    this.#work.push(this.#relay(definition.name, store, platform), this.#sealer(definition.name, store, parts));
  }

  #relay(name: string, store: Store, { bus, logger }: Platform): BackgroundWork {
    const relay = new OutboxRelay({ store, bus, logger: logger.child({ service: name }) });
    return { name: `${name} outbox relay`, start: () => relay.start(), stop: () => relay.stop() };
  }

  #sealer(name: string, store: Store, { platform, trailKeys: { signer } }: HubParts): BackgroundWork {
    const sealer = new Sealer({
      store,
      service: name,
      signer,
      checkpointFile: checkpointFile(platform.config, name),
      logger: platform.logger.child({ service: name }),
    });
    return { name: `${name} trail sealer`, start: () => sealer.start(), stop: () => sealer.stop() };
  }

  async #serve(platform: Platform): Promise<void> {
    const table = this.#apps.flatMap((app) => app.paths.map((path) => ({ path, handle: app.handle })));
    const find = (path: string) =>
      table.find((entry) => path === entry.path || path.startsWith(`${entry.path}/`))?.handle;
    this.#server = await listen(this.config.HUB_HTTP_HOST, this.config.HUB_HTTP_PORT, find);
    this.url = this.#server.url;
    for (const app of this.#apps) await app.consume();
    for (const work of this.#work) {
      await work.start();
      this.#started.push(work);
    }
    await writeFile(runningFile(this.config), JSON.stringify({ url: this.url, pid: process.pid }), { mode: 0o600 });
    platform.logger.info({ url: this.url, services: this.#apps.map(({ name }) => name).join(',') }, 'ready');
  }

  async #renewOperatorToken({ keys, config }: Platform): Promise<void> {
    await keys.removeNamed(operatorName(config));
    const { key } = await keys.create({
      name: operatorName(config),
      scopes: ['admin', 'operate', 'read', 'submit'],
      createdBy: 'start',
    });
    this.operatorToken = key;
    await writeFile(tokenFile(config), key, { mode: 0o600 });
  }

  async inject(request: {
    method: string;
    url: string;
    headers?: Record<string, string>;
    body?: unknown;
  }): Promise<{ status: number; body: string }> {
    const path = request.url.split('?', 1)[0]!;
    const app = this.#apps.find(({ paths }) =>
      paths.some((prefix) => path === prefix || path.startsWith(`${prefix}/`)),
    );
    if (!app) throw runtimeErrors.HUB_HTTP_NOT_FOUND();
    const answer = await app.fastify.inject({
      method: request.method as 'GET',
      url: request.url,
      headers: { 'x-request-id': newId(), ...request.headers },
      ...(request.body === undefined ? {} : { payload: request.body as object }),
    });
    return { status: answer.statusCode, body: answer.body };
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    const deadline = AbortSignal.timeout(this.config.HUB_STOP_SECONDS * 1000);
    this.#stopping.abort();
    if (this.#server) await rm(runningFile(this.config), { force: true });
    await this.#server?.drain(deadline);
    const [relays, others] = partition(this.#started, ({ name }) => name.endsWith('relay') || name.endsWith('sealer'));
    await Promise.all(others.map((work) => work.stop()));
    for (const app of this.#apps) await app.close();
    await Promise.all(relays.map((work) => work.stop()));
    await this.#platform?.close();
  }
}

function partition<Item>(items: readonly Item[], test: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

function migrationsOf(definition: ServiceDefinition): SchemaMigrations {
  return {
    schema: schemaName(definition.name),
    sets: [outboxMigrations, inboxMigrations, trailMigrations, ...definition.migrations],
  };
}
