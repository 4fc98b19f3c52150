import { once } from 'node:events';
import type { DynamicModule } from '@nestjs/common';
import { type Logger, newId } from '@ozg-hub/core';
import { Sealer } from '@ozg-hub/delivery';
import type { ReloadOutcome } from '@ozg-hub/directory';
import { BusStrategy, type MessagingMetrics, OutboxRelay } from '@ozg-hub/messaging';
import { createLogger } from '@ozg-hub/observability';
import type { Store } from '@ozg-hub/store';
import { watchBus } from './bus-health.ts';
import { BusJoining } from './bus-joining.ts';
import { chooseServices, topicsOf } from './chosen-services.ts';
import { checkpointFile, removeRunning, writeRunning } from './data-files.ts';
import { runtimeErrors } from './errors.ts';
import { readSettings } from './environment.ts';
import { GracefulStop } from './graceful-stop.ts';
import { type HostConfig, hostSettings } from './host-config.ts';
import { measureHost } from './host-metrics.ts';
import { type HttpServer, listen } from './http-server.ts';
import { logFile } from './log-file.ts';
import { migrationPlan } from './migration-plan.ts';
import type { HubParts } from './hub-parts.ts';
import { hubModule } from './hub.module.ts';
import { operatorToken } from './operator-token.ts';
import { ParkedMessages } from './parked-messages.ts';
import { parkedMessagesModule } from './parked-messages.controller.ts';
import { type Platform, openPlatform } from './platform.ts';
import { Republication } from './republication.ts';
import { republicationModule } from './republication.controller.ts';
import { type ServiceApp, createServiceApp } from './service-app.ts';
import {
  type BackgroundWork,
  type Diagnosis,
  type ServiceContext,
  type ServiceDefinition,
  schemaName,
} from './service-definition.ts';
import { trailKeys } from './trail-keys.ts';
import { VaultRotation } from './vault-rotation.ts';

export interface StartOptions {
  readonly environment: NodeJS.ProcessEnv;
  /**
   * `serve` listens, consumes and works. `read` only wires the same use cases, for commands that ask while no hub runs;
   * they call {@link RunningHost.inject}. Default `serve`.
   */
  readonly mode?: 'serve' | 'read';
  readonly version: string;
  /** True where the definitions are all of the hub: a target of another kind is a mistake in the directory then. Default true. */
  readonly allServices?: boolean;
  /** One line for a person about what is going on. */
  readonly say?: (line: string) => void;
  /** Called when the process cannot go on, e.g. a consumer that will not restart. */
  readonly onFatal?: (error: Error) => void;
  /** When it aborts, a start under way is not waited for: the host returned then has only to be stopped. */
  readonly ending?: AbortSignal;
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
  /** Reads the directory's folder again; one with errors is refused, and the version before goes on. */
  reloadDirectory(): Promise<ReloadOutcome>;
  /**
   * Takes no new work, finishes or gives back what is under way, publishes the outboxes, leaves the consumer groups and
   * closes, within `HUB_STOP_SECONDS`; what is late is {@link abandoned}. Resolves when nothing else runs any more.
   */
  stop(): Promise<void>;
  /** After {@link stop}: parts that did not end in order and may still run. */
  readonly abandoned: readonly string[];
}

interface HostedServices {
  /** Also those that run elsewhere: what they know of the directory is no mistake here. */
  readonly all: readonly ServiceDefinition[];
  readonly chosen: readonly ServiceDefinition[];
  readonly configs: ReadonlyMap<string, unknown>;
}

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
    const configOf = new Map(definitions.map(({ name }, index) => [name, configs[index]]));
    const opening = host.open({ all: definitions, chosen, configs: configOf });
    await Promise.race([opening, ...(options.ending ? [aborted(options.ending)] : [])]);
    return host;
  } catch (error) {
    await host.stop().catch(() => undefined);
    throw error;
  }
}

/** Time for the database and the embedded server to close, also where everything before took all of its time. */
const CLOSE_MS = 15_000;
/** Of the time for a stop; the rest is for outboxes and the trail. */
const SHARE_OF_WORK = 0.75;

class Host implements RunningHost {
  url = '';
  operatorToken = '';
  abandoned: readonly string[] = [];
  readonly #stopping = new AbortController();
  readonly #work: BackgroundWork[] = [];
  /** What carries away what the others leave; stopped after them. */
  readonly #last: BackgroundWork[] = [];
  readonly #apps: ServiceApp[] = [];
  readonly #started: BackgroundWork[] = [];
  readonly #log: { readonly logger: Logger; close(): void };
  #platform: Platform | undefined;
  #rotation: VaultRotation | undefined;
  #server: HttpServer | undefined;
  #joining: BusJoining | undefined;
  #opening: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(
    readonly config: HostConfig,
    private readonly options: StartOptions,
  ) {
    const file = config.HUB_LOG_FILE ? logFile(config.HUB_LOG_FILE) : undefined;
    // Of a command that only asks, standard output is the answer.
    const destination = file ?? (options.mode === 'read' ? process.stderr : undefined);
    const logger = createLogger({ level: config.HUB_LOG_LEVEL, ...(destination ? { destination } : {}) });
    this.#log = { logger, close: () => file?.close() };
  }

  open(services: HostedServices): Promise<void> {
    this.#opening = this.#open(services).finally(() => (this.#opening = undefined));
    return this.#opening;
  }

  async #open({ all, chosen, configs }: HostedServices): Promise<void> {
    const { environment, say, version } = this.options;
    const { logger } = this.#log;
    const platform = await openPlatform({
      config: this.config,
      logger,
      migrations: migrationPlan(chosen),
      targetKinds: Object.assign({}, ...all.map(({ targetKinds }) => targetKinds ?? {})) as Record<string, never>,
      allKinds: this.options.allServices ?? true,
      identityKinds: all.find(({ identityKinds }) => identityKinds)?.identityKinds,
      profileSchema: all.find(({ profileSchema }) => profileSchema)?.profileSchema,
      environment,
      ...(say ? { say } : {}),
      onFatal: (error) => this.options.onFatal?.(error),
    });
    this.#platform = platform;
    this.#goOn();
    const topics = () => platform.bus.ensureTopics(topicsOf(chosen));
    const parts: HubParts = {
      platform,
      version,
      isServing: this.options.mode !== 'read',
      services: [],
      strategies: [],
      relays: [],
      diagnoses: new Map(),
      trailKeys: await trailKeys(platform.keysDir),
    };
    const messaging = measureHost(parts);
    watchBus(platform.health, parts);
    for (const definition of chosen) await this.#addService(definition, configs.get(definition.name), parts, messaging);
    const { directoryWatch } = platform;
    this.#work.push({ name: 'directory', start: () => directoryWatch.start(), stop: () => directoryWatch.stop() });
    this.#rotation = new VaultRotation(platform.vault, logger);
    const hub = hubModule(parts, this.#rotation);
    const app = {
      name: 'hub',
      paths: ['/hub', '/health', '/metrics', '/openapi.json'],
      modules: [hub],
      keys: platform.keys,
      logger,
      metrics: platform.metrics,
    };
    const hubApp = await createServiceApp(app);
    this.#apps.push(hubApp);
    parts.routes = this.#apps.flatMap(({ routes }) => routes);
    this.operatorToken = await operatorToken(platform.keys, this.config);
    if (this.options.mode === 'read') await topics();
    else await this.#serve(platform, topics);
  }

  /** Between two steps of the start: a stop lets it go no further. */
  #goOn(): void {
    if (this.#stopping.signal.aborted) throw runtimeErrors.HUB_STOPPING();
  }

  async #addService(
    definition: ServiceDefinition,
    config: unknown,
    parts: HubParts,
    messaging: MessagingMetrics,
  ): Promise<void> {
    this.#goOn();
    const { platform } = parts;
    const store = platform.database.open(schemaName(definition.name));
    const logger = platform.logger.child({ service: definition.name });
    const diagnoses: Diagnosis[] = [];
    const context: ServiceContext = {
      ...platform,
      name: definition.name,
      config,
      store,
      shared: ({ schema }) => platform.database.open(schema, { maxConnections: 2 }),
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
            metrics: messaging,
            failpoints: platform.failpoints,
            onFatal: (error) => this.options.onFatal?.(error),
          });
    if (strategy) parts.strategies.push(strategy);
    const relay = new OutboxRelay({
      store,
      bus: platform.bus,
      logger,
      metrics: messaging,
      failpoints: platform.failpoints,
    });
    parts.relays.push(relay);
    const module = definition.module(context as ServiceContext<never>);
    this.#apps.push(
      await createServiceApp({
        name: definition.name,
        paths: definition.paths,
        modules: [module, ...this.#messages(definition, store, strategy, platform)],
        keys: platform.keys,
        logger,
        metrics: platform.metrics,
        strategy,
      }),
    );
    parts.services.push({ name: definition.name, store });
    parts.diagnoses.set(definition.name, diagnoses);
    this.#last.push(
      { name: `${definition.name} outbox relay`, start: () => relay.start(), stop: () => relay.stop() },
      this.#sealer(definition.name, store, parts),
    );
  }

  #messages(
    { name, publishes }: ServiceDefinition,
    store: Store,
    strategy: BusStrategy | undefined,
    { directory }: Platform,
  ): DynamicModule[] {
    return [
      ...(strategy ? [parkedMessagesModule(name, new ParkedMessages({ store, strategy, directory }))] : []),
      ...(publishes.length > 0 ? [republicationModule(name, new Republication(store))] : []),
    ];
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

  async #serve(platform: Platform, topics: () => Promise<void>): Promise<void> {
    this.#goOn();
    const table = this.#apps.flatMap((app) => app.paths.map((path) => ({ path, handle: app.handle })));
    const find = (path: string) =>
      table.find((entry) => path === entry.path || path.startsWith(`${entry.path}/`))?.handle;
    this.#server = await listen(this.config.HUB_HTTP_HOST, this.config.HUB_HTTP_PORT, find);
    this.url = this.#server.url;
    this.#joining = new BusJoining({
      topics,
      consumers: this.#apps,
      logger: platform.logger,
      stopping: this.#stopping.signal,
      onFatal: (error) => this.options.onFatal?.(error),
    });
    await this.#joining.start();
    for (const work of [...this.#last, ...this.#work]) {
      this.#goOn();
      await work.start();
      this.#started.push(work);
    }
    this.#goOn();
    await writeRunning(this.config, { url: this.url, pid: process.pid });
    platform.logger.info({ url: this.url, services: this.#apps.map(({ name }) => name).join(',') }, 'ready');
  }

  async reloadDirectory(): Promise<ReloadOutcome> {
    if (!this.#platform) throw runtimeErrors.HUB_STOPPING();
    return await this.#platform.directoryWatch.reload();
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

  /** Everything gets its chance, until the deadline; what is not done by then goes on as after a crash. */
  async #stop(): Promise<void> {
    const stop = new GracefulStop(this.#log.logger);
    this.abandoned = stop.abandoned;
    const allMs = this.config.HUB_STOP_SECONDS * 1000;
    const isLast = (work: BackgroundWork) => this.#last.includes(work);
    const stopping = (work: BackgroundWork) => ({ name: work.name, end: (graceMs: number) => work.stop(graceMs) });
    this.#stopping.abort();
    await this.#endOpening(stop, allMs * SHARE_OF_WORK);
    const server = this.#server;
    this.#platform?.health.stop();
    if (server) await removeRunning(this.config, this.url);
    // No new work from here on; what is under way leaves time to those that carry its results away.
    await stop.end(allMs * SHARE_OF_WORK, [
      ...(server ? [{ name: 'requests', end: (_: number, signal: AbortSignal) => server.drain(signal) }] : []),
      ...(this.#joining ? [{ name: 'joining the bus', end: () => this.#joining!.ended() }] : []),
      ...this.#apps.map((app) => ({ name: `${app.name} consumer`, end: () => app.stopConsuming() })),
      ...this.#started.filter((work) => !isLast(work)).map(stopping),
      ...(this.#rotation ? [{ name: 'rotation of keys', end: () => this.#rotation!.ended() }] : []),
    ]);
    // Only now: whoever comes until here is told when to come again, instead of finding nobody.
    await server?.close();
    await stop.end(
      allMs,
      this.#apps.map((app) => ({ name: app.name, end: () => app.close() })),
    );
    await stop.end(allMs, this.#started.filter(isLast).map(stopping));
    const platform = this.#platform;
    if (platform) await stop.end(allMs + CLOSE_MS, [{ name: 'database and vault', end: () => platform.close() }]);
    this.#log.close();
  }

  /** What a start under way waits for at the bus, such as a group that does not take it in, ends with the bus. */
  async #endOpening(stop: GracefulStop, untilMs: number): Promise<void> {
    const opening = this.#opening;
    if (!opening) return;
    const end = async () => {
      await this.#platform?.bus.close();
      await opening.catch(() => undefined);
    };
    await stop.end(untilMs, [{ name: 'start', end }]);
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
