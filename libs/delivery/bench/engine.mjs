/**
 * What the engine itself costs: deliveries through an adapter that does nothing (one step, then AWAITING_RESULT).
 * node --conditions=... is not needed: runs on dist. Usage: node bench/engine.mjs <postgres url> [count] [targets] [engines]
 */
import { randomUUID } from 'node:crypto';
import { silentLogger } from '@ozg-hub/core';
import { Database, inboxMigrations, outboxMigrations } from '@ozg-hub/store';
import { Deliveries, DeliveryEngine, deliveryMigrations, trailMigrations } from '../dist/index.js';

const [url, count = '5000', targets = '4', engines = '1', backlog = '0'] = process.argv.slice(2);
const schema = `bench_${Date.now()}`;
const logger = { ...silentLogger, warn: console.warn, error: console.error };
const database = Database.connect({ url, logger });
await database.migrate(
  [{ schema, sets: [outboxMigrations, inboxMigrations, trailMigrations, deliveryMigrations] }],
  'auto',
);
const store = database.open(schema, { maxConnections: 6 });
const deliveries = new Deliveries({ service: 'bench' });
const fresh = (n, target) => ({
  submissionId: randomUUID(),
  tenant: 'musterstadt',
  purpose: 'dms',
  target: target ?? `dms-${n % Number(targets)}`,
  lane: `case-${n}`,
  reference: { envelopeRef: randomUUID() },
});
const queueAll = async (total, target) => {
  const started = performance.now();
  for (let n = 0; n < total; n += 500) {
    await store.tx((tx) =>
      deliveries.queue(
        tx,
        Array.from({ length: Math.min(500, total - n) }, (_, i) => fresh(n + i, target)),
      ),
    );
  }
  console.log(`queued ${total}: ${Math.round((total / (performance.now() - started)) * 1000)}/s`);
};
if (Number(backlog) > 0) await queueAll(Number(backlog), 'paused');
await queueAll(Number(count));
await store.query('ANALYZE');
let sent = 0;
let finish;
const finished = new Promise((resolve) => (finish = resolve));
const adapter = {
  kind: 'noop',
  deliver: async (work) => {
    await work.step('write', async () => ({ name: work.exchange.id }));
    return { state: 'AWAITING_RESULT' };
  },
  probe: async () => ({ verdict: 'UNKNOWN' }),
};
const running = Array.from(
  { length: Number(engines) },
  () =>
    new DeliveryEngine({
      store: database.open(schema, { maxConnections: 6 }),
      service: 'bench',
      adapters: [adapter],
      directory: { target: (_tenant, target) => (target === 'paused' ? undefined : { kind: 'noop', concurrency: 16 }) },
      logger,
      observe: () => ++sent === Number(count) && finish(),
    }),
);
const started = performance.now();
const cpu = process.cpuUsage();
for (const engine of running) engine.start();
await finished;
const seconds = (performance.now() - started) / 1000;
const used = process.cpuUsage(cpu);
console.log(
  `sent ${count} over ${targets} targets: ${Math.round(Number(count) / seconds)}/s, node ${Math.round((used.user + used.system) / Number(count))} µs each`,
);
await Promise.all(running.map((engine) => engine.stop()));
await store.query(`DROP SCHEMA ${schema} CASCADE`);
await database.close();
