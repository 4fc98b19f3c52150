import 'reflect-metadata';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { MODULE_METADATA } from '@nestjs/common/constants.js';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from '@ozg-hub/core';
import { type BusStrategy, connectBus } from '@ozg-hub/messaging';
import type { Metrics } from '@ozg-hub/observability';
import type { FastifyInstance } from 'fastify';
import { AccessGuard } from './access-guard.ts';
import { ApiKeys } from './api-keys.ts';
import { NestLogger } from './nest-logger.ts';
import { type Route, routesOf } from './openapi.ts';
import { MediaTypeGuard } from './media-type-guard.ts';
import { ProblemFilter } from './problem-filter.ts';
import { requestId, traceRequests } from './request-context.ts';

/** Bodies above this are refused unless the route reads the stream itself. */
const JSON_LIMIT_BYTES = 1024 * 1024;

export type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

/** One service as a Nest application without a port of its own. */
export interface ServiceApp {
  readonly name: string;
  readonly paths: readonly string[];
  readonly routes: readonly Route[];
  readonly fastify: FastifyInstance;
  readonly handle: RequestListener;
  /** Starts the bus consumers. */
  consume(): Promise<void>;
  /** Finishes the batch at work and leaves the consumer group. */
  stopConsuming(): Promise<void>;
  close(): Promise<void>;
}

export interface ServiceAppOptions {
  readonly name: string;
  readonly paths: readonly string[];
  /** The service's own first, then what the host adds. */
  readonly modules: readonly DynamicModule[];
  readonly keys: ApiKeys;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly strategy?: BusStrategy | undefined;
}

@Module({})
class AccessModule {
  static with(keys: ApiKeys): DynamicModule {
    return {
      module: AccessModule,
      global: true,
      providers: [{ provide: ApiKeys, useValue: keys }],
      exports: [ApiKeys],
    };
  }
}

@Module({})
class RootModule {}

/** Wires the Nest application: guard, problem answers, tracing, raw bodies for everything but JSON. */
export async function createServiceApp(options: ServiceAppOptions): Promise<ServiceApp> {
  let handle: RequestListener = () => undefined;
  const adapter: FastifyAdapter = new FastifyAdapter({
    genReqId: (request: IncomingMessage) => requestId(request),
    bodyLimit: JSON_LIMIT_BYTES,
    // The host's server calls the handler; this one only satisfies fastify and never listens.
    serverFactory: (listener: RequestListener) => {
      handle = listener;
      return createServer();
    },
  });
  const fastify = adapter.getInstance() as unknown as FastifyInstance;
  const root = { module: RootModule, imports: [AccessModule.with(options.keys), ...options.modules] };
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter as never, {
    logger: new NestLogger(options.logger),
    abortOnError: false,
  });
  fastify.addContentTypeParser('*', (_request, _payload, done) => done(null));
  fastify.addContentTypeParser(['application/xml', 'text/xml'], (_request, _payload, done) => done(null));
  traceRequests(fastify, options.name, options.logger, options.metrics);
  const controllers = options.modules.flatMap(controllersOf);
  const routes = controllers.flatMap((controller) => routesOf(options.name, controller));
  app.useGlobalGuards(new AccessGuard(options.keys), new MediaTypeGuard());
  app.useGlobalFilters(new ProblemFilter(options.logger, routes));
  await app.init();
  await fastify.ready();
  const consumer = options.strategy && connectBus(app, options.strategy);
  return {
    name: options.name,
    paths: options.paths,
    routes,
    fastify,
    handle: (request, response) => handle(request, response),
    consume: async () => void (await consumer?.listen()),
    stopConsuming: async () => await options.strategy?.close(),
    close: () => app.close(),
  };
}

function controllersOf(module: DynamicModule): Type[] {
  const declared = (Reflect.getMetadata(MODULE_METADATA.CONTROLLERS, module.module) ?? []) as Type[];
  return [...(module.controllers ?? []), ...declared];
}
