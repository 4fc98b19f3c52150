import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { UNIT, applicationXml } from './application-xml.ts';
import { directoryDms, town, writeDirectory } from './dms-towns.ts';
import { type Hub, newDataFolder, removeDataFolder, startHub } from './hub.ts';
import { cpuSeconds } from './processes.ts';
import { progress } from './progress.ts';
import { circumstances, percentile, table } from './report.ts';
import { steadyLoad } from './rounds.ts';
import type { SteadyRequest } from './steady-load.ts';

const BYTES = 5_000;
const SECONDS = 20;
const WARM_UP_SECONDS = 15;
const INTAKE_PER_SECOND = 300;
const WHOLE_WAY_PER_SECOND = [50, 200] as const;
/** For what still waits when the load has ended. */
const PATIENCE_MS = 180_000;

/** The hub under a load that does not wait for its answers: how long the answer takes, and the way to the DMS. */
export async function benchSteady(command: string): Promise<string[]> {
  const lines = circumstances(command);
  const intake = await intakeAlone();
  const ways = await wholeWay();
  return [
    ...lines,
    '',
    `Applications of ${BYTES / 1000} kB, begun at a steady rate for ${SECONDS} s, times from when each was due. “To its package”: from the`,
    `answer 202 to the rename into the inbox of the DMS.`,
    '',
    ...table(['ms', 'p50', 'p95', 'p99', 'most'], [intake, ...ways.flatMap(({ times }) => times)]),
    '',
    'What the whole way costs, from the first request until the last package is there; the rest of the cores is of the load generator',
    'while it sends, and of waiting. What comes faster than it is filed waits in the database:',
    '',
    ...table(
      ['whole hub', 'filed/s', 'CPU ms of the hub', 'of PostgreSQL', 'cores of both'],
      ways.map(({ cost }) => cost),
    ),
  ];
}

async function intakeAlone(): Promise<string[]> {
  const folder = await newDataFolder('steady');
  try {
    const hub = await startHub({ folder, services: 'civento-intake' });
    try {
      progress('intake alone: warm-up');
      await send(hub, UNIT, 150, WARM_UP_SECONDS);
      progress(`intake alone: ${INTAKE_PER_SECOND}/s`);
      const requests = await send(hub, UNIT, INTAKE_PER_SECOND, SECONDS);
      return row(
        `intake alone, answer at ${INTAKE_PER_SECOND}/s`,
        requests.map(({ ms }) => ms),
      );
    } finally {
      await hub.stop();
    }
  } finally {
    await removeDataFolder(folder);
  }
}

interface Way {
  readonly times: readonly string[][];
  readonly cost: readonly string[];
}

async function wholeWay(): Promise<Way[]> {
  const folder = await newDataFolder('steady');
  try {
    const place = town(1, 'steady', directoryDms(join(folder, 'dms')));
    const settings = { HUB_DIRECTORY: await writeDirectory(folder, [place]) };
    const hub = await startHub({ folder, settings });
    const client = new pg.Client(hub.databaseUrl);
    await client.connect();
    try {
      progress('the whole way: warm-up');
      await arrived(client, join(folder, 'dms/inbox'), await send(hub, place.unit, 50, WARM_UP_SECONDS));
      const ways: Way[] = [];
      for (const perSecond of WHOLE_WAY_PER_SECOND) {
        progress(`the whole way: ${perSecond}/s`);
        ways.push(await oneWay(hub, perSecond, { client, inbox: join(folder, 'dms/inbox'), unit: place.unit }));
      }
      return ways;
    } finally {
      await client.end();
      await hub.stop();
    }
  } finally {
    await removeDataFolder(folder);
  }
}

async function oneWay(
  hub: Hub,
  perSecond: number,
  { client, inbox, unit }: { readonly client: pg.Client; readonly inbox: string; readonly unit: string },
): Promise<Way> {
  const used = async () => [await cpuSeconds(hub.pid), await cpuSeconds(hub.postgresPid, true)] as const;
  const [before, begun] = [await used(), performance.now()];
  const requests = await send(hub, unit, perSecond, SECONDS);
  const ways = await arrived(client, inbox, requests);
  const seconds = (performance.now() - begun) / 1000;
  const after = await used();
  const [own, postgres] = [after[0] - before[0], after[1] - before[1]];
  const each = (cpu: number) => ((cpu * 1000) / requests.length).toFixed(1);
  const answers = requests.map(({ ms }) => ms);
  return {
    times: [
      row(`whole hub, answer at ${perSecond}/s`, answers),
      row(`whole hub, to its package at ${perSecond}/s`, ways),
    ],
    cost: [
      `at ${perSecond}/s`,
      (requests.length / seconds).toFixed(1),
      each(own),
      each(postgres),
      ((own + postgres) / seconds).toFixed(2),
    ],
  };
}

async function send(hub: Hub, unit: string, perSecond: number, seconds: number): Promise<readonly SteadyRequest[]> {
  const { requests } = await steadyLoad({
    url: `${hub.url}/civento/v1/applications`,
    authorization: `Bearer ${hub.token}`,
    application: applicationXml(BYTES).replace(UNIT, unit),
    run: Math.random().toString(36).slice(2, 6).padEnd(4, '0'),
    perSecond,
    seconds,
  });
  return requests;
}

/** Milliseconds from each answer to the package in the inbox. */
async function arrived(client: pg.Client, inbox: string, requests: readonly SteadyRequest[]): Promise<number[]> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const { rows } = await client.query<{ waiting: number }>(
      `SELECT count(*)::int AS waiting FROM unnest($1::uuid[]) AS s (id)
       LEFT JOIN dms_export.delivery d ON d.submission_id = s.id
       WHERE d.state IS NULL OR d.state NOT IN ('AWAITING_RECEIPT', 'AWAITING_RESULT')`,
      [requests.map(({ id }) => id)],
    );
    if (rows[0]!.waiting === 0) break;
    if (performance.now() > deadline) throw new Error(`${rows[0]!.waiting} applications were not filed in time.`);
    await pause(100);
  }
  const { rows } = await client.query<{ submission: string; exchange: string }>(
    `SELECT submission_id AS submission, exchange_id AS exchange FROM dms_export.delivery WHERE submission_id = ANY($1)`,
    [requests.map(({ id }) => id)],
  );
  const submissions = new Map(rows.map(({ submission, exchange }) => [exchange, submission]));
  const renamed = new Map<string, number>();
  for (const name of await readdir(inbox)) {
    const submission = submissions.get(name.split('_')[0]!);
    if (submission) renamed.set(submission, (await stat(join(inbox, name))).ctimeMs);
  }
  return requests.map(({ id, answeredAt }) => renamed.get(id)! - answeredAt);
}

function row(name: string, times: readonly number[]): string[] {
  return [name, ...[0.5, 0.95, 0.99, 1].map((share) => percentile(times, share).toFixed(1))];
}
