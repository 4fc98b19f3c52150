import type { INestApplication } from '@nestjs/common';
import { type MicroserviceOptions, NestMicroservice } from '@nestjs/microservices';
import { BusExceptions } from './bus-exceptions.ts';
import type { BusStrategy } from './bus-strategy.ts';

/**
 * Connects the strategy to the application's `@EventPattern` handlers so that their errors arrive unchanged.
 * Call it after `app.init()`; `listen()` of the answer (or `app.startAllMicroservices()`) starts to consume.
 */
export function connectBus(app: INestApplication, strategy: BusStrategy): NestMicroservice {
  const microservice = app.connectMicroservice<MicroserviceOptions>({ strategy }, { deferInitialization: true });
  if (!(microservice instanceof NestMicroservice)) throw new TypeError('Nest made another kind of microservice');
  microservice.useGlobalFilters(new BusExceptions());
  // The application owns the container and has run, or will run, the hooks itself.
  microservice.setIsInitHookCalled(true);
  return microservice;
}
