import { Database, type Store, inboxMigrations, outboxMigrations } from '@ozg-hub/store';
import { silentLogger } from '@ozg-hub/core';
import { testDatabase } from '@ozg-hub/testing/database';
import { busContractSuite } from '../bus.contract.ts';
import { PostgresBus, busMigrations } from './postgres-bus.adapter.ts';

busContractSuite('PostgreSQL', async () => {
  const { database, url, drop } = await testDatabase([
    busMigrations,
    { schema: 'consumer', sets: [outboxMigrations, inboxMigrations] },
  ]);
  const administration = database.open('public', { maxConnections: 1 });
  const instances = new Map<object, { applicationName: string; crash(): void; close(): Promise<void> }>();
  return {
    store: database.open('consumer'),
    open: async () => {
      const applicationName = `process-${instances.size}`;
      const own = Database.connect({ url, logger: silentLogger, applicationName });
      const life = { crashed: false };
      const bus = new PostgresBus({
        database: { open: (schema, options) => mortal(own.open(schema, options), life) },
        logger: silentLogger,
        backoff: { firstMs: 5, maxMs: 50 },
      });
      instances.set(bus, {
        applicationName,
        crash: () => (life.crashed = true),
        close: async () => {
          await bus.close();
          await own.close();
        },
      });
      return bus;
    },
    crash: async (bus) => {
      const instance = instances.get(bus)!;
      instance.crash();
      await administration.query(
        `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name LIKE $1`,
        [`${instance.applicationName}/%`],
      );
    },
    close: async () => {
      await Promise.all([...instances.values()].map((instance) => instance.close()));
      await drop();
    },
  };
});

/** A store that answers nothing any more once its process crashed. */
function mortal(store: Store, life: { crashed: boolean }): Store {
  const alive = <T>(run: () => Promise<T>): Promise<T> => (life.crashed ? Promise.reject(new Error('crashed')) : run());
  return {
    schema: store.schema,
    query: (text, params) => alive(() => store.query(text, params)),
    tx: (work) => alive(() => store.tx(work)),
    listen: (channel, wake) => alive(() => store.listen(channel, wake)),
    lock: (name) => alive(() => store.lock(name)),
    close: () => store.close(),
  };
}
