import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { LimitPlan } from './limit-plan.ts';
import type { LoadPlan, LoadReport } from './load.ts';
import { cpuSeconds } from './processes.ts';
import type { SteadyPlan, SteadyReport } from './steady-load.ts';

/** What takes applications: the hub or a limit. */
export interface Subject {
  readonly name: string;
  readonly pid: number;
  readonly url: string;
  readonly authorization: string;
  /** Waits for what the subject does after its answers; that work counts as its own. */
  settled(): Promise<void>;
}

export interface Round {
  readonly requests: number;
  readonly perSecond: number;
  readonly times: readonly number[];
  /** Milliseconds of CPU for each request. */
  readonly ownCpu: number;
  readonly postgresCpu: number;
  readonly loadCpu: number;
  readonly from: number;
  readonly to: number;
}

export type RoundPlan = Pick<LoadPlan, 'application' | 'connections' | 'seconds' | 'most' | 'run'>;

/** One stretch of load on one subject. */
export async function round(subject: Subject, postgresPid: number, plan: RoundPlan): Promise<Round> {
  const before = [await cpuSeconds(subject.pid), await cpuSeconds(postgresPid, true)] as const;
  const report = await load({ ...plan, url: subject.url, authorization: subject.authorization });
  await subject.settled();
  const after = [await cpuSeconds(subject.pid), await cpuSeconds(postgresPid, true)] as const;
  const each = (seconds: number) => (seconds * 1000) / report.requests;
  return {
    requests: report.requests,
    perSecond: report.requests / report.seconds,
    times: report.times,
    ownCpu: each(after[0] - before[0]),
    postgresCpu: each(after[1] - before[1]),
    loadCpu: each(report.cpu),
    from: report.from,
    to: report.to,
  };
}

const load = async (plan: LoadPlan) => (await generate('load', plan)) as LoadReport;

/** Requests at a rate; see {@link SteadyPlan}. */
export const steadyLoad = async (plan: SteadyPlan) => (await generate('steady-load', plan)) as SteadyReport;

async function generate(name: 'load' | 'steady-load', plan: object): Promise<unknown> {
  const child = spawn(process.execPath, [program(`${name}.js`)], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(plan));
  const [report, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  if (code !== 0) throw new Error('The load generator stopped.');
  return JSON.parse(report);
}

/** Starts a limit in a process of its own. */
export async function startLimit(name: 'bare' | 'guarded', plan: LimitPlan): Promise<Subject & { stop(): void }> {
  const child: ChildProcess = spawn(process.execPath, [program(`${name}-limit.js`), JSON.stringify(plan)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout! }).once('line', resolve);
    child.once('exit', () => reject(new Error(`The limit ${name} did not start.`)));
  });
  return {
    name,
    pid: child.pid!,
    url: `${url}/applications`,
    authorization: 'none',
    settled: async () => undefined,
    stop: () => void child.kill('SIGTERM'),
  };
}

const program = (file: string) => fileURLToPath(new URL(file, import.meta.url));
