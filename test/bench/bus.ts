import { randomBytes } from 'node:crypto';
import { chmod } from 'node:fs/promises';
import { newId, silentLogger } from '@ozg-hub/core';
import { type Bus, OutboxRelay, PostgresBus, busMigrations } from '@ozg-hub/messaging';
import { KafkaBus } from '@ozg-hub/messaging/kafka';
import {
  Database,
  type OutboxRecord,
  type Store,
  inbox,
  inboxMigrations,
  outbox,
  outboxMigrations,
  startEmbeddedPostgres,
} from '@ozg-hub/store';
import { hasKafkaTools, startKafka } from '@ozg-hub/testing/servers';
import { newDataFolder, removeDataFolder } from './hub.ts';
import { progress } from './progress.ts';
import { circumstances, median, table } from './report.ts';

const SCHEMA = 'bench';
const EVENTS = 20_000;
const EVENT_BYTES = 600;
const KEYS = 1_000;
const PARTITIONS = 6;
const ROUNDS = 3;

interface Rates {
  /** Events per second from the outbox to the bus, and from the bus into a transaction with its inbox rows. */
  readonly relayed: number[];
  readonly consumed: number[];
}

/** What the outbox relay and a consumer of one process manage, by bus, in turns. */
export async function benchBus(command: string): Promise<string[]> {
  const lines = circumstances(command);
  const folder = await newDataFolder('bus');
  // As root the server runs as another user, who has to pass.
  await chmod(folder, 0o711);
  const server = await startEmbeddedPostgres({ dataDir: folder, logger: silentLogger });
  const database = Database.connect({ url: server.url, logger: silentLogger });
  const closing: (() => Promise<void>)[] = [];
  try {
    await database.migrate([busMigrations, { schema: SCHEMA, sets: [outboxMigrations, inboxMigrations] }], 'auto');
    const store = database.open(SCHEMA);
    const buses = new Map<string, Bus>([['PostgreSQL', new PostgresBus({ database, logger: silentLogger })]]);
    if (hasKafkaTools()) {
      progress('Apache Kafka starts');
      const kafka = await startKafka();
      closing.push(() => kafka.stop());
      buses.set('Apache Kafka', new KafkaBus({ brokers: [kafka.broker], logger: silentLogger }));
    } else lines.push('', 'Apache Kafka was left out: Java and Maven are missing.');
    closing.unshift(...[...buses.values()].map((bus) => () => bus.close()));
    const rates = new Map([...buses.keys()].map((name) => [name, { relayed: [], consumed: [] } as Rates]));
    for (let n = 0; n <= ROUNDS; n += 1) {
      for (const [name, bus] of buses) {
        progress(n === 0 ? `${name}: warm-up` : `${name}: round ${n}`);
        const { relayed, consumed } = await round(bus, store);
        if (n === 0) continue;
        rates.get(name)!.relayed.push(relayed);
        rates.get(name)!.consumed.push(consumed);
      }
    }
    return [...lines, '', ...report(rates)];
  } finally {
    for (const close of closing) await close();
    await database.close();
    await server.stop();
    await removeDataFolder(folder);
  }
}

async function round(bus: Bus, store: Store): Promise<{ relayed: number; consumed: number }> {
  const topic = `bench.happened-${newId().slice(-12)}.v1`;
  await bus.ensureTopics([{ topic, partitions: PARTITIONS, retentionDays: 1 }]);
  await store.query('TRUNCATE outbox, inbox');
  for (let from = 0; from < EVENTS; from += 1_000) {
    await store.tx((tx) => outbox.append(tx, eventsOf(topic, from, 1_000)));
  }
  const relay = new OutboxRelay({ store, bus, logger: silentLogger });
  const relaying = performance.now();
  relay.start();
  await relay.flushed();
  const relayed = (EVENTS * 1000) / (performance.now() - relaying);
  await relay.stop();
  return { relayed, consumed: await consume(bus, store, topic) };
}

/** One group in one process; each batch is a transaction that claims its events in the inbox. */
async function consume(bus: Bus, store: Store, topic: string): Promise<number> {
  const group = `bench-${newId().slice(-12)}`;
  let first = 0;
  let counted = 0;
  let done = 0;
  const consuming = await new Promise<{ seconds: number }>((resolve, reject) => {
    const running = bus.subscribe({
      group,
      topics: [topic],
      onBatch: async (records) => {
        first ||= performance.now();
        await store.tx((tx) =>
          inbox.claim(
            tx,
            group,
            records.map(({ id }) => ({ source: SCHEMA, id })),
          ),
        );
        done += records.length;
        // The group's forming is no part of it, so what came with the first batch is left out.
        if (counted === 0) {
          counted = done;
          first = performance.now();
        }
        if (done < EVENTS) return;
        const seconds = (performance.now() - first) / 1000;
        void running.then((subscription) => subscription.stop()).then(() => resolve({ seconds }), reject);
      },
      onFatal: reject,
    });
    running.catch(reject);
  });
  return (EVENTS - counted) / consuming.seconds;
}

function eventsOf(topic: string, from: number, count: number): OutboxRecord[] {
  return Array.from({ length: count }, (_, n) => ({
    id: newId(),
    topic,
    key: `key-${(from + n) % KEYS}`,
    headers: { ce_type: topic, ce_source: SCHEMA, 'content-type': 'application/json' },
    value: randomBytes(EVENT_BYTES),
  }));
}

function report(rates: ReadonlyMap<string, Rates>): string[] {
  return [
    `${EVENTS.toLocaleString('en')} events of ${EVENT_BYTES} bytes, ${KEYS.toLocaleString('en')} keys, ${PARTITIONS} partitions, one process; medians of ${ROUNDS} rounds in turns. The relay`,
    'reads the outbox, publishes and marks; the consumer claims each batch in its inbox and commits.',
    '',
    ...table(
      ['events/s', 'relay', 'consumer'],
      [...rates].map(([name, { relayed, consumed }]) => [
        name,
        median(relayed).toFixed(0),
        median(consumed).toFixed(0),
      ]),
    ),
  ];
}
