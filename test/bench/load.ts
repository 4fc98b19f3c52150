import { json } from 'node:stream/consumers';
import { Connection, type RequestPlan, identOf, requestTo } from './connection.ts';

/** What the load generator is told, as JSON on standard input. */
export interface LoadPlan extends RequestPlan {
  /** Starts the case ids, four characters; another for each run. */
  readonly run: string;
  /** Kept open; each sends its next request when it has its answer. */
  readonly connections: number;
  readonly seconds: number;
  readonly most: number;
}

/** What it reports, as JSON on standard output. */
export interface LoadReport {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds of each request. */
  readonly times: readonly number[];
  /** Seconds of CPU that the generator itself used. */
  readonly cpu: number;
  /** Monotonic clock in microseconds, that of V8's profiles. */
  readonly from: number;
  readonly to: number;
}

async function load(plan: LoadPlan): Promise<LoadReport> {
  const connections = await Connection.several(plan.connections, requestTo(plan));
  const times: number[] = [];
  let sent = 0;
  const started = performance.now();
  const end = started + plan.seconds * 1000;
  const from = Number(process.hrtime.bigint() / 1000n);
  await Promise.all(
    connections.map(async (connection) => {
      while (performance.now() < end && sent < plan.most) {
        sent += 1;
        const begun = performance.now();
        const status = await connection.send(identOf(plan.run, sent));
        if (status !== 202) throw new Error(`A request was answered ${status}: ${connection.answer.slice(-600)}`);
        times.push(performance.now() - begun);
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  const to = Number(process.hrtime.bigint() / 1000n);
  for (const connection of connections) connection.close();
  const { user, system } = process.cpuUsage();
  return { requests: times.length, seconds, times, cpu: (user + system) / 1e6, from, to };
}

process.stdout.write(JSON.stringify(await load((await json(process.stdin)) as LoadPlan)));
