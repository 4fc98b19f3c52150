import { mkdir, readFile, readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { applicationXml } from './application-xml.ts';
import { GARBAGE, workOf } from './cpu-profile.ts';
import { type Hub, newDataFolder, removeDataFolder, root, startHub } from './hub.ts';
import { LIMIT_SCHEMA } from './limit-plan.ts';
import { cpuByThread } from './processes.ts';
import { circumstances, median, percentile, table } from './report.ts';
import { type Round, type Subject, round, startLimit } from './rounds.ts';
import { makeTables } from './written-rows.ts';

const SIZES = [5_000, 50_000] as const;
const ROUNDS = 3;
const SECONDS = 4;
/** Before anything is counted: until the code is compiled, which takes requests rather than time. */
const WARM_UP = { seconds: 8, most: 2_000 } as const;
const CONNECTIONS = 16;
const MOST_REQUESTS = 20_000;
const SERVICE = 'civento-intake';
/** Milliseconds for the relay and the sealer to catch up after a round. */
const PATIENCE_MS = 20_000;

/** Sizes by subject by rounds. */
type Measured = Map<number, Map<string, Round[]>>;

/** Intake beside its limits. Returns the lines of the report. */
export async function benchIntake(command: string): Promise<string[]> {
  const lines = circumstances(command);
  const folder = await newDataFolder('intake');
  try {
    const { measured, settings } = await compare(folder);
    lines.push('', settings, '', ...comparison(measured));
    lines.push('', ...(await profiled(folder)));
    return lines;
  } finally {
    await removeDataFolder(folder);
  }
}

async function compare(folder: string): Promise<{ measured: Measured; settings: string }> {
  const hub = await startHub({ folder, services: SERVICE });
  const limits: { stop(): void }[] = [];
  const client = new pg.Client(hub.databaseUrl);
  await client.connect();
  try {
    const subject = hubSubject(hub, client);
    await makeTables(client);
    for (const size of SIZES) {
      await round(subject, hub.postgresPid, { ...planFor(size), ...WARM_UP });
      await client.query(
        `INSERT INTO ${LIMIT_SCHEMA}.example SELECT $1, id FROM civento_intake.submission ORDER BY accepted_at DESC LIMIT 1`,
        [size],
      );
    }
    const plan = {
      databaseUrl: hub.databaseUrl,
      schema: await readFile(join(root, 'schemas/civento/1.0/civento-antrag.xsd'), 'utf8'),
      workers: Math.max(1, availableParallelism() - 1),
      connections: CONNECTIONS,
    };
    const bare = await startLimit('bare', plan);
    limits.push(bare);
    const guarded = await startLimit('guarded', plan);
    limits.push(guarded);
    for (const limit of [bare, guarded]) {
      for (const size of SIZES) await round(limit, hub.postgresPid, { ...planFor(size), ...WARM_UP });
    }
    const measured = await alternate([subject, bare, guarded], hub.postgresPid);
    const { rows } = await client.query<{ fsync: string; version: string }>(
      `SELECT current_setting('fsync') AS fsync, current_setting('server_version') AS version`,
    );
    const settings =
      `PostgreSQL ${rows[0]!.version} (fsync ${rows[0]!.fsync}), ${CONNECTIONS} connections, ${plan.workers} XML worker, ` +
      `${ROUNDS} rounds of ${SECONDS} s each, HUB_SERVICES=${SERVICE}; start to ready ${(hub.readyMs / 1000).toFixed(1)} s`;
    return { measured, settings };
  } finally {
    for (const limit of limits) limit.stop();
    await client.end();
    await hub.stop();
  }
}

/** Every subject in turn, in another order each round: what disturbs the machine disturbs all of them. */
async function alternate(subjects: readonly Subject[], postgresPid: number): Promise<Measured> {
  const measured: Measured = new Map(SIZES.map((size) => [size, new Map(subjects.map(({ name }) => [name, []]))]));
  for (let n = 0; n < ROUNDS; n += 1) {
    const order = [...subjects.slice(n % subjects.length), ...subjects.slice(0, n % subjects.length)];
    for (const size of SIZES) {
      for (const subject of order) {
        measured
          .get(size)!
          .get(subject.name)!
          .push(await round(subject, postgresPid, planFor(size)));
      }
    }
  }
  return measured;
}

function comparison(measured: Measured): string[] {
  const rows = [...measured].flatMap(([size, bySubject]) => {
    const guarded = bySubject.get('guarded')!;
    return [...bySubject].map(([name, rounds]) => {
      const times = rounds.flatMap((one) => one.times);
      const ratio = median(rounds.map((one, n) => one.perSecond / guarded[n]!.perSecond));
      const own = median(rounds.map((one) => one.ownCpu));
      const postgres = median(rounds.map((one) => one.postgresCpu));
      return [
        `${size / 1000} kB ${name}`,
        median(rounds.map((one) => one.perSecond)).toFixed(0),
        percentile(times, 0.5).toFixed(1),
        percentile(times, 0.99).toFixed(1),
        own.toFixed(2),
        postgres.toFixed(2),
        (own + postgres).toFixed(2),
        median(rounds.map((one) => one.loadCpu)).toFixed(2),
        ratio.toFixed(2),
      ];
    });
  });
  return table(['', 'requests/s', 'p50 ms', 'p99 ms', 'CPU ms', '+ PostgreSQL', '= both', 'load', 'of guarded'], rows);
}

/** The same load on a hub that writes a CPU profile: where its time goes. */
async function profiled(folder: string): Promise<string[]> {
  const profiles = join(folder, 'profiles');
  await mkdir(profiles);
  const hub = await startHub({
    folder,
    services: SERVICE,
    nodeOptions: ['--cpu-prof', `--cpu-prof-dir=${profiles}`, '--cpu-prof-interval=500'],
  });
  const client = new pg.Client(hub.databaseUrl);
  await client.connect();
  const seen: { round: Round; threads: Threads }[] = [];
  try {
    const subject = hubSubject(hub, client);
    for (const size of SIZES) await round(subject, hub.postgresPid, { ...planFor(size), ...WARM_UP });
    for (const size of SIZES) {
      const before = await cpuByThread(hub.pid);
      const measured = await round(subject, hub.postgresPid, planFor(size));
      seen.push({ round: measured, threads: threadsSince(before, await cpuByThread(hub.pid), hub.pid) });
    }
  } finally {
    await client.end();
    await hub.stop();
  }
  const [file] = (await readdir(profiles)).filter((name) => name.endsWith('.cpuprofile'));
  const columns = await Promise.all(
    seen.map(async (one) => shares(one, await workOf(join(profiles, file!), one.round.from, one.round.to))),
  );
  const names = [...new Set(columns.flatMap((column) => [...column.keys()]))];
  const rows = names.map((name) => [
    name,
    ...columns.flatMap((column) => {
      const sum = [...column.values()].reduce((total, ms) => total + ms, 0);
      const ms = column.get(name) ?? 0;
      return [ms.toFixed(3), `${((100 * ms) / sum).toFixed(0)} %`];
    }),
  ]);
  const heads = SIZES.flatMap((size) => [`${size / 1000} kB: CPU ms`, 'share']);
  return ['Where the hub spends its CPU for each request (with the profiler on):', '', ...table(['', ...heads], rows)];
}

interface Threads {
  readonly main: number;
  readonly xml: number;
  readonly helpers: number;
}

/** Seconds of the threads beside the main one: those that worked most are the XML workers. */
function threadsSince(before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>, main: number): Threads {
  const used = [...after]
    .filter(([thread]) => thread !== main)
    .map(([thread, seconds]) => seconds - (before.get(thread) ?? 0))
    .toSorted((a, b) => b - a);
  const workers = Math.max(1, availableParallelism() - 1);
  const sum = (seconds: readonly number[]) => seconds.reduce((total, one) => total + one, 0);
  return {
    main: (after.get(main) ?? 0) - (before.get(main) ?? 0),
    xml: sum(used.slice(0, workers)),
    helpers: sum(used.slice(workers)),
  };
}

/**
 * Milliseconds of CPU for each request, by what they went to. The profiler counts time, also while the main thread waits
 * for a core; so its shares are taken of the CPU that the system counted for the thread.
 */
function shares(
  { round: { requests, postgresCpu }, threads }: { round: Round; threads: Threads },
  main: Map<string, number>,
) {
  const each = (seconds: number) => (seconds * 1000) / requests;
  const profiled = [...main.values()].reduce((total, seconds) => total + seconds, 0);
  const ofMain = (seconds: number) => each((threads.main * seconds) / profiled);
  const own = [...main].filter(([name]) => name !== GARBAGE).toSorted((a, b) => b[1] - a[1]);
  return new Map([
    ['PostgreSQL', postgresCpu],
    ['XML worker: parse, XSD, extract, canonical hash', each(threads.xml)],
    ...own.map(([name, seconds]) => [`main thread, ${name}`, ofMain(seconds)] as const),
    ['main thread, garbage collection', ofMain(main.get(GARBAGE) ?? 0)],
    ['helper threads: collection, compilation, files', each(threads.helpers)],
  ]);
}

function hubSubject(hub: Hub, client: pg.Client): Subject {
  return {
    name: 'hub',
    pid: hub.pid,
    url: `${hub.url}/civento/v1/applications`,
    authorization: `Bearer ${hub.token}`,
    settled: async () => {
      const deadline = performance.now() + PATIENCE_MS;
      while (performance.now() < deadline) {
        const { rows } = await client.query(
          `SELECT 1 FROM civento_intake.outbox WHERE published_at IS NULL
           UNION ALL SELECT 1 FROM civento_intake.audit WHERE chain_number IS NULL LIMIT 1`,
        );
        if (rows.length === 0) return;
        await pause(50);
      }
      throw new Error('The hub did not publish and seal what it took.');
    },
  };
}

function planFor(size: number) {
  const run = Math.random().toString(36).slice(2, 6).padEnd(4, '0');
  return { application: applicationXml(size), run, connections: CONNECTIONS, seconds: SECONDS, most: MOST_REQUESTS };
}
