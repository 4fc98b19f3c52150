import { setTimeout as pause } from 'node:timers/promises';
import { progress } from './progress.ts';
import { QueueGround } from './queue-ground.ts';
import { circumstances, median, percentile, table } from './report.ts';

const BACKLOGS = [1_000, 100_000, 1_000_000] as const;
/** Deliveries of one measurement, and measurements of each backlog. */
const WINDOW = 800;
const WINDOWS = 3;
const LIVE_PER_SECOND = 40;
const LIVE_SECONDS = 10;
const ROUNDS = 5;
const STORM = 20_000;
const STORM_RATE = 1_000;
/** For counters of PostgreSQL, which its processes report once they rest. */
const COUNTED_MS = 2_000;

/** The engine alone: how fast it works off small and large backlogs, and what live deliveries feel of a replay of many. */
export async function benchQueue(command: string): Promise<string[]> {
  const lines = circumstances(command);
  const ground = await QueueGround.open();
  try {
    return [...lines, '', ...(await backlogs(ground)), '', ...(await storm(ground))];
  } finally {
    await ground.close();
  }
}

async function backlogs(ground: QueueGround): Promise<string[]> {
  progress('warm-up');
  await drained(ground, 5_000, 1);
  const rates: number[] = [];
  const rows: string[][] = [];
  for (const backlog of BACKLOGS) {
    const rounds = backlog === BACKLOGS[0] ? WINDOWS : 1;
    const measured: number[] = [];
    let scans = 0;
    for (let round = 0; round < rounds; round += 1) {
      progress(`backlog of ${backlog}`);
      const seen = await drained(ground, backlog, rounds === 1 ? WINDOWS : 1);
      measured.push(...seen.rates);
      scans += seen.scans;
    }
    rates.push(median(measured));
    const ofSmallest = (rates.at(-1)! / rates[0]!).toFixed(2);
    rows.push([backlog.toLocaleString('en'), rates.at(-1)!.toFixed(0), ofSmallest, String(scans)]);
  }
  return [
    `One engine, targets that answer after 5 ms, 40 municipalities; median of ${WINDOWS} times ${WINDOW} deliveries. The last column`,
    'counts how often PostgreSQL read the table of deliveries from end to end meanwhile.',
    '',
    ...table(['backlog', 'deliveries/s', 'of the smallest', 'scans'], rows),
  ];
}

/** Rates of several windows, one after the other, beginning when the engine is at work. */
async function drained(
  ground: QueueGround,
  backlog: number,
  windows: number,
): Promise<{ rates: number[]; scans: number }> {
  await ground.fill(backlog, 'QUEUED');
  await pause(COUNTED_MS);
  const before = await ground.scans();
  const times: number[] = [];
  const enough = new Promise<void>((resolve) => {
    ground.observe = () => {
      times.push(performance.now());
      if (times.length === 1 + windows * WINDOW) resolve();
    };
  });
  ground.start();
  await enough;
  await ground.stop();
  await pause(COUNTED_MS);
  const scans = (await ground.scans()) - before;
  const rates = Array.from({ length: windows }, (_, n) => {
    return (WINDOW * 1000) / (times[(n + 1) * WINDOW]! - times[n * WINDOW]!);
  });
  return { rates, scans };
}

async function storm(ground: QueueGround): Promise<string[]> {
  const rounds: { alone: number[]; beside: number[]; queued: number }[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    progress(`live deliveries alone, round ${round} of ${ROUNDS}`);
    await ground.fill(STORM, 'PARKED');
    const alone = await live(ground);
    progress(`live deliveries beside a replay of ${STORM}`);
    const by = { actor: 'bench', reason: 'bench' };
    const { id } = await ground.replays.begin({}, { ...by, rate: STORM_RATE });
    const beside = await live(ground);
    const { done } = await ground.replays.get(id);
    await ground.replays.cancel(id, by);
    rounds.push({ alone, beside, queued: done / LIVE_SECONDS });
  }
  const middle = (of: 'alone' | 'beside', share: number) => median(rounds.map((round) => percentile(round[of], share)));
  const ratio = median(rounds.map(({ alone, beside }) => percentile(beside, 0.99) / percentile(alone, 0.99)));
  const row = (name: string, of: 'alone' | 'beside') => [
    name,
    ...[0.5, 0.95, 0.99].map((share) => middle(of, share).toFixed(0)),
  ];
  return [
    `Live deliveries at ${LIVE_PER_SECOND}/s for ${LIVE_SECONDS} s, from the commit that queues them to the recorded result, alone and beside a replay of`,
    `${STORM.toLocaleString('en')} parked ones as fast as it goes (${median(rounds.map(({ queued }) => queued)).toFixed(0)}/s were queued); medians of ${ROUNDS} rounds in turns:`,
    '',
    ...table(['ms', 'p50', 'p95', 'p99'], [row('alone', 'alone'), row('beside the replay', 'beside')]),
    '',
    `p99 beside the replay is ${ratio.toFixed(1)} times that alone in the same round (aim: at most 2).`,
  ];
}

/** Milliseconds of each live delivery. */
async function live(ground: QueueGround): Promise<number[]> {
  const queuedAt = new Map<string, number>();
  const times: number[] = [];
  const early = new Map<string, number>();
  ground.observe = ({ deliveryId }) => {
    const from = queuedAt.get(deliveryId);
    if (from === undefined) early.set(deliveryId, performance.now());
    else times.push(performance.now() - from);
  };
  ground.start();
  const begun = performance.now();
  const count = LIVE_PER_SECOND * LIVE_SECONDS;
  const queuing: Promise<void>[] = [];
  for (let n = 0; n < count; n += 1) {
    const wait = begun + (n * 1000) / LIVE_PER_SECOND - performance.now();
    if (wait > 0) await pause(wait);
    queuing.push(
      ground.queue().then((id) => {
        const done = early.get(id);
        if (done === undefined) queuedAt.set(id, performance.now());
        else times.push(0);
      }),
    );
  }
  await Promise.all(queuing);
  while (times.length < count) await pause(20);
  await ground.stop();
  return times;
}
