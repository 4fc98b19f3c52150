import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { silentLogger } from '@ozg-hub/core';
import { type HubEvent, encodeEvent, recordsFiled } from '@ozg-hub/events';
import { type Store, inboxMigrations, outboxMigrations, parkedMessages, storeErrors } from '@ozg-hub/store';
import { type TestDatabase, testDatabase } from '@ozg-hub/testing/database';
import { Arrivals } from './arrivals.ts';
import { BusContext } from './bus-context.ts';
import { BusStrategy } from './bus-strategy.ts';
import { connectBus } from './connect-bus.ts';
import type { Outcome } from './messaging-metrics.port.ts';
import { OnEvent } from './on-event.ts';
import { PostgresBus, busMigrations } from './postgres/postgres-bus.adapter.ts';

const calls = new Arrivals<{ event: HubEvent<{ target: string }>; context: unknown }>();
const inits = new Arrivals<string>();

@Controller()
class FilingHandler {
  onModuleInit(): void {
    inits.push('init');
  }

  @OnEvent(recordsFiled)
  async filed(event: HubEvent<{ target: string }>, context: BusContext): Promise<void> {
    calls.push({ event, context });
    if (event.data.target === 'later' && calls.all.length < 4) throw storeErrors.HUB_STORE_UNREACHABLE();
    if (event.data.target === 'broken') throw storeErrors.HUB_STORE_STATEMENT();
    await context.tx.query('SELECT 1');
  }
}

@Module({ controllers: [FilingHandler] })
class FilingModule {}

describe('a Nest service connected to the bus', () => {
  let testing: TestDatabase;
  let store: Store;
  let bus: PostgresBus;
  let app: NestFastifyApplication;
  const outcomes = new Arrivals<Outcome>();

  beforeAll(async () => {
    testing = await testDatabase([busMigrations, { schema: 'filing', sets: [outboxMigrations, inboxMigrations] }]);
    store = testing.database.open('filing');
    bus = new PostgresBus({
      database: testing.database,
      logger: silentLogger,
      backoff: { firstMs: 1, maxMs: 10 },
    });
    app = await NestFactory.create<NestFastifyApplication>(FilingModule, new FastifyAdapter() as never, {
      logger: false,
    });
    await app.init();
    const strategy = new BusStrategy({
      bus,
      store,
      group: 'filing',
      logger: silentLogger,
      contracts: [recordsFiled],
      metrics: {
        consumed: (_group, _topic, outcome) => outcomes.push(outcome),
        waited: () => undefined,
        rebalanced: () => undefined,
        published: () => undefined,
      },
    });
    await connectBus(app, strategy).listen();
  });
  afterAll(async () => {
    await app.close();
    await bus.close();
    await testing.drop();
  });

  const publish = async (target: string) => {
    const data = {
      deliveryId: '01910000-0000-7000-8000-000000000001',
      submissionId: '01910000-0000-7000-8000-000000000002',
      tenant: 'musterstadt',
      target,
      at: '2026-08-21T10:15:30+02:00',
    };
    await bus.publish([encodeEvent(recordsFiled, data, { source: '/ozg-hub/test', at: new Date(), sequence: 0 })]);
  };

  test('gets the events of its contract; errors keep their class and code; hooks run once', async () => {
    await publish('later');
    await outcomes.atLeast(1);
    expect(outcomes.all).toEqual(['handled']);
    expect(calls.all).toHaveLength(4);
    expect(calls.all[0]!.context).toBeInstanceOf(BusContext);
    expect(calls.all[0]!.event).toMatchObject({ type: recordsFiled.topic, data: { target: 'later' } });

    await publish('broken');
    await outcomes.atLeast(2);
    expect(await parkedMessages.open(store)).toEqual([
      expect.objectContaining({ code: 'HUB_STORE_STATEMENT', attempts: 3, consumer: 'filing' }),
    ]);
    expect(inits.all).toEqual(['init']);
  });
});
