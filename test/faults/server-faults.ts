import { setTimeout as pause } from 'node:timers/promises';
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

const FULL_MS = 20_000;

const diskFull = (which: 'vault' | 'database'): Fault => ({
  kind: `${which}: disk full`,
  place: 'all',
  possible: ({ disks }) => disks !== undefined,
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
export const serverFaults: readonly Fault[] = [postgresStopped, kafkaDown, diskFull('vault'), diskFull('database')];
