import { setTimeout as pause } from 'node:timers/promises';
import { cutKafkaLogs, kafkaLogSizes } from '@ozg-hub/testing/servers';
import { republish } from './recovery.ts';
import type { Fault } from './scene.ts';

/** Its processes are gone at once; the supervisor starts it again, and it recovers from its log. */
const postgresStopped: Fault = {
  kind: 'PostgreSQL: immediate stop and start',
  place: 'database',
  async strike({ postgres, ways: { database }, holdMs, signal }) {
    await database.treat('refuse');
    try {
      const pid = await postgres.quit();
      await pause(holdMs, undefined, { signal });
      return pid === undefined ? 0 : 1;
    } finally {
      await database.treat('pass');
    }
  },
};

const kafkaDown: Fault = {
  kind: 'Kafka: broker killed and down for a while',
  place: 'kafka',
  async strike({ broker, downMs, signal }) {
    await broker.kill();
    try {
      await pause(downMs, undefined, { signal });
    } finally {
      await broker.restart();
    }
    return 1;
  },
};

/** What was published so shortly before the loss is published again as well. */
const MARGIN_MS = 1_000;
const MOST_LOST = 6;

/**
 * The end of its log is gone, although it had acknowledged it, and consumers had not read it: they slept. The operator has
 * it published again.
 */
const kafkaCut: Fault = {
  kind: 'Kafka: killed, its last segments cut',
  place: 'all',
  async strike({ broker, hub, clients, random, holdMs, signal }) {
    const since = new Date(Date.now() - MARGIN_MS);
    const kept = await kafkaLogSizes(broker.dataDir);
    const consumers = hub.of('dms-export');
    for (const consumer of consumers) consumer.freeze(true);
    let lost = 0;
    try {
      await clients.burst(5, holdMs);
      await broker.kill();
      for (const { endBefore, endAfter } of await cutKafkaLogs(broker.dataDir, random.between(1, MOST_LOST), kept)) {
        lost += endBefore - endAfter;
      }
    } finally {
      for (const consumer of consumers) consumer.freeze(false);
      await broker.restart();
    }
    // Some consumers have noticed by then, and new events took the place of the lost.
    await pause(random.between(0, holdMs), undefined, { signal });
    await hub.ready();
    await republish(hub, since);
    return lost;
  },
};

const FULL_MS = 20_000;

const diskFull = (which: 'vault' | 'database'): Fault => ({
  kind: `${which}: disk full`,
  place: 'all',
  fillsDisk: true,
  async strike({ disks, clients, holdMs, signal }) {
    const disk = disks![which];
    const before = clients.refusals;
    disk.fill();
    try {
      await pause(holdMs, undefined, { signal });
      for (const until = Date.now() + FULL_MS; clients.refusals === before && Date.now() < until;) {
        // What was freed meanwhile is filled as well.
        disk.fill();
        await pause(200, undefined, { signal });
      }
      return clients.refusals - before;
    } finally {
      disk.empty();
    }
  },
});

/** What happens to PostgreSQL, Kafka and the disks. */
export const serverFaults: readonly Fault[] = [
  postgresStopped,
  kafkaDown,
  kafkaCut,
  diskFull('vault'),
  diskFull('database'),
];
