import { json } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { Connection, type RequestPlan, identOf, requestTo } from './connection.ts';

/** What the generator of a steady load is told, as JSON on standard input. */
export interface SteadyPlan extends RequestPlan {
  /** Starts the case ids, four characters; another for each run. */
  readonly run: string;
  /** Requests begin at this rate, whether those before are answered or not. */
  readonly perSecond: number;
  readonly seconds: number;
}

/** What it reports, as JSON on standard output. */
export interface SteadyReport {
  readonly requests: readonly SteadyRequest[];
}

export interface SteadyRequest {
  /** Id of the submission. */
  readonly id: string;
  /** Milliseconds from when it was due: waiting for a free connection counts. */
  readonly ms: number;
  /** Milliseconds since 1970. */
  readonly answeredAt: number;
}

const MOST_AT_ONCE = 64;

async function load(plan: SteadyPlan): Promise<SteadyReport> {
  const request = requestTo(plan);
  const idle = await Connection.several(MOST_AT_ONCE, request);
  const waiting: ((connection: Connection) => void)[] = [];
  const free = (connection: Connection) => {
    const next = waiting.shift();
    if (next) next(connection);
    else idle.push(connection);
  };
  const requests: SteadyRequest[] = [];
  const send = async (n: number, due: number) => {
    const found = idle.pop() ?? (await new Promise<Connection>((resolve) => waiting.push(resolve)));
    if (found.stale) found.close();
    const connection = found.stale ? await Connection.open(request) : found;
    const status = await connection.send(identOf(plan.run, n));
    const now = performance.now();
    const { answer } = connection;
    free(connection);
    if (status !== 202) throw new Error(`A request was answered ${status}: ${answer.slice(-600)}`);
    const { id } = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))) as { id: string };
    requests.push({ id, ms: now - due, answeredAt: performance.timeOrigin + now });
  };
  const under: Promise<void>[] = [];
  const begun = performance.now();
  for (let n = 0; n < plan.perSecond * plan.seconds; n += 1) {
    const due = begun + (n * 1000) / plan.perSecond;
    const early = due - performance.now();
    if (early > 0) await pause(early);
    under.push(send(n, due));
  }
  await Promise.all(under);
  for (const connection of idle) connection.close();
  return { requests };
}

process.stdout.write(JSON.stringify(await load((await json(process.stdin)) as SteadyPlan)));
