import type { DynamicModule } from '@nestjs/common';
import type { Clock, Failpoints, Logger } from '@ozg-hub/core';
import type { ConnectCheck, Directory } from '@ozg-hub/directory';
import type { EventContract } from '@ozg-hub/events';
import type { Bus } from '@ozg-hub/messaging';
import type { Health, Metrics } from '@ozg-hub/observability';
import type { MigrationSet, SchemaMigrations, Store } from '@ozg-hub/store';
import type { Vault } from '@ozg-hub/vault';
import type { XmlPool } from '@ozg-hub/xml';
import type { z } from 'zod';
import type { ApiKeys } from './api-keys.ts';

/** Something that runs beside the requests, from ready to stop: an engine, a poller, a sweeper. */
export interface BackgroundWork {
  readonly name: string;
  start(): void | Promise<void>;
  /**
   * Begins nothing more, finishes or gives back what it holds; resolves when nothing runs any more.
   * @param graceMs milliseconds after which it is abandoned
   */
  stop(graceMs: number): Promise<void>;
}

export interface Finding {
  readonly level: 'ok' | 'warning' | 'problem';
  readonly subject: string;
  readonly text: string;
}

/** What a service adds to the answer of `doctor`. */
export type Diagnosis = () => Promise<readonly Finding[]>;

/** What the host gives to a service. Everything here is shared or the service's own; nothing is global. */
export interface ServiceContext<Config = unknown> {
  readonly name: string;
  readonly config: Config;
  /** The service's own schema. */
  readonly store: Store;
  /** A handle on one of the schemas that the definition {@link ServiceDefinition.shares}. */
  readonly shared: (schema: SchemaMigrations) => Store;
  readonly bus: Bus;
  readonly vault: Vault;
  readonly directory: Directory;
  readonly xml: XmlPool;
  readonly keys: ApiKeys;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Of the whole process: name checks after the service. */
  readonly health: Health;
  readonly clock: Clock;
  readonly failpoints: Failpoints;
  /** Folder of the hub's data; a service keeps files below `<dataDir>/<name>` only. */
  readonly dataDir: string;
  readonly stopping: AbortSignal;
  /** Starts after the service is wired and the host serves; not in commands that only read. */
  background(work: BackgroundWork): void;
  diagnose(diagnosis: Diagnosis): void;
}

export interface ServiceDefinition<Schema extends z.ZodObject = z.ZodObject> {
  /** Kebab case. Names the database schema (with `_`), the consumer group and the folder. */
  readonly name: string;
  /** First path segments that this service answers, e.g. `['/civento', '/civento-intake']`. */
  readonly paths: readonly string[];
  /** Settings; keys are environment names. */
  readonly config: Schema;
  /** Tables of libs first, then the service's own. Applied in this order. */
  readonly migrations: readonly MigrationSet[];
  /** Schemas of libs that only some services use, e.g. the keys of identity proofs. What a role may do there: deploy/services.yaml. */
  readonly shares?: readonly SchemaMigrations[];
  readonly consumes: readonly EventContract[];
  readonly publishes: readonly EventContract[];
  /** Schemas for `settings` of the target kinds that this service serves, by kind. */
  readonly targetKinds?: Readonly<Record<string, z.ZodType>>;
  /** Schemas for `settings` of the identity providers that this service speaks with, by kind. */
  readonly identityKinds?: Readonly<Record<string, z.ZodType>>;
  /** By kind of target: asks one whether it takes what the directory would send there. */
  readonly connectChecks?: Readonly<Record<string, ConnectCheck>>;
  /** Schema of the directory's mapping profiles, from the service that reads with them. */
  readonly profileSchema?: z.ZodType;
  readonly module: (context: ServiceContext<z.infer<Schema>>) => DynamicModule;
}

/** Declares a service. The host runs it alone or beside others. */
export function defineService<Schema extends z.ZodObject>(
  definition: ServiceDefinition<Schema>,
): ServiceDefinition<Schema> {
  return definition;
}

/** `civento-intake` → `civento_intake`. */
export function schemaName(service: string): string {
  return service.replaceAll('-', '_');
}
