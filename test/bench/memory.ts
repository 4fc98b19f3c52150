import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { UNIT, applicationXml } from './application-xml.ts';
import { directoryDms, town, writeDirectory } from './dms-towns.ts';
import { startFake } from './fakes.ts';
import { type Hub, newDataFolder, removeDataFolder, startHub } from './hub.ts';
import { memory } from './processes.ts';
import { progress } from './progress.ts';
import { circumstances, median, table } from './report.ts';
import { steadyLoad } from './rounds.ts';

const MINUTES = 30;
/** What two cores file and have answered, with some to spare: a backlog that grows would be measured instead. */
const PER_SECOND = 10;
const BYTES = 5_000;
const SAMPLE_MS = 5_000;
/** Until code is compiled and pools are full. */
const WARM_UP_MINUTES = 5;

/** Memory of the hub under a load that lasts: the whole way, with a fake DMS that answers. */
export async function benchMemory(command: string): Promise<string[]> {
  const lines = circumstances(command);
  const folder = await newDataFolder('memory');
  try {
    const place = town(1, 'memory', directoryDms(join(folder, 'dms')));
    const hub = await startHub({ folder, settings: { HUB_DIRECTORY: await writeDirectory(folder, [place]) } });
    const dms = await startFake('fake-dms', [
      ...['--inbox', join(folder, 'dms/inbox'), '--outbox', join(folder, 'dms/replies')],
      ...['--taken', join(folder, 'taken')],
    ]);
    try {
      const samples: number[] = [];
      let ended = false;
      const load = steadyLoad({
        url: `${hub.url}/civento/v1/applications`,
        authorization: `Bearer ${hub.token}`,
        application: applicationXml(BYTES).replace(UNIT, place.unit),
        run: Math.random().toString(36).slice(2, 6).padEnd(4, '0'),
        perSecond: PER_SECOND,
        seconds: MINUTES * 60,
      }).finally(() => (ended = true));
      while (!ended) {
        const { now } = await memory(hub.pid);
        samples.push(now / 1e6);
        if (samples.length % 12 === 1)
          progress(`minute ${Math.floor((samples.length * SAMPLE_MS) / 60_000)}: ${(now / 1e6).toFixed(0)} MB`);
        await Promise.race([pause(SAMPLE_MS), load.catch(() => undefined)]);
      }
      const { requests } = await load;
      return [...lines, '', ...report(samples, requests.length), await behind(hub)];
    } finally {
      await dms.stop();
      await hub.stop();
    }
  } finally {
    await removeDataFolder(folder);
  }
}

/** What the DMS has answered, and what it has not when the load ends. */
async function behind({ databaseUrl }: Hub): Promise<string> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    const { rows } = await client.query<{ answered: number; others: number }>(
      `SELECT count(*) FILTER (WHERE state = 'CONFIRMED')::int AS answered,
              count(*) FILTER (WHERE state <> 'CONFIRMED')::int AS others FROM dms_export.delivery`,
    );
    const { answered, others } = rows[0]!;
    return `When it ended, the DMS had confirmed ${answered.toLocaleString('en')} of them; ${others.toLocaleString('en')} were on their way.`;
  } finally {
    await client.end();
  }
}

function report(samples: readonly number[], requests: number): string[] {
  const perMinute = 60_000 / SAMPLE_MS;
  const parts = Math.floor((MINUTES - WARM_UP_MINUTES) / 5);
  const rows = Array.from({ length: parts }, (_, part) => {
    const from = WARM_UP_MINUTES + part * 5;
    const values = samples.slice(from * perMinute, (from + 5) * perMinute);
    return [`minutes ${from} to ${from + 5}`, median(values).toFixed(0), Math.max(...values).toFixed(0)];
  });
  const growth = Number(rows.at(-1)![1]) / Number(rows[0]![1]);
  return [
    `The whole hub, ${requests.toLocaleString('en')} applications of ${BYTES / 1000} kB at ${PER_SECOND}/s for ${MINUTES} minutes, a fake DMS that answers; resident memory (RSS):`,
    '',
    ...table(['MB', 'median', 'most'], rows),
    '',
    `The last five minutes are ${growth.toFixed(2)} times the first after the warm-up.`,
  ];
}
