import { isHubError } from '@ozg-hub/core';

/** `degraded`: works, with something a person should look at; still ready. */
export type HealthState = 'up' | 'degraded' | 'down';

export interface CheckReport {
  readonly state: HealthState;
  /** Why it is not up: what the check says, the code of the HubError thrown, `TIMEOUT` or `FAILED`; never a message or an address. */
  readonly code?: string;
}

export interface HealthReport {
  /** The worst state of all checks. */
  readonly state: HealthState;
  readonly checks: Readonly<Record<string, CheckReport>>;
}

export interface CheckOptions {
  /** Milliseconds after which the check counts as down. Default 2000. */
  readonly timeoutMs?: number;
  /** False: the process does its work without it; where it is down, the process is degraded and stays ready. Default true. */
  readonly essential?: boolean;
}

/** A check: the state, with a code where there is more to say. */
export type CheckRun = () => Promise<HealthState | CheckReport>;

interface Check extends Required<CheckOptions> {
  readonly run: CheckRun;
  running: Promise<CheckReport> | undefined;
}

const CODE = /^[A-Z][A-Z0-9_]{2,79}$/;

/** Liveness and readiness of one process, from the checks its parts register. */
export class Health {
  readonly #checks = new Map<string, Check>();
  #fatal: string | undefined;
  #stopping = false;

  /**
   * Adds a check, or replaces the one of that name. A check that throws is down.
   * @returns removes the check
   */
  register(name: string, run: CheckRun, { timeoutMs = 2_000, essential = true }: CheckOptions = {}): () => void {
    const check: Check = { run, timeoutMs, essential, running: undefined };
    this.#checks.set(name, check);
    return () => {
      if (this.#checks.get(name) === check) this.#checks.delete(name);
    };
  }

  /** From now on not live: only a restart helps. @param code names the reason, e.g. a HubError's code */
  fail(code: string): void {
    this.#fatal ??= CODE.test(code) ? code : 'FAILED';
  }

  /** From now on not ready, still live: the host is draining. */
  stop(): void {
    this.#stopping = true;
  }

  /** Whether a restart would help. Asks no counterparty. */
  live(): HealthReport {
    if (this.#fatal === undefined) return { state: 'up', checks: {} };
    return { state: 'down', checks: { process: { state: 'down', code: this.#fatal } } };
  }

  /** Runs all checks at once; takes no longer than the longest time limit, whatever they do. */
  async ready(): Promise<HealthReport> {
    if (this.#stopping) return { state: 'down', checks: { process: { state: 'down', code: 'STOPPING' } } };
    const reports = await Promise.all(
      [...this.#checks].map(async ([name, check]) => [name, weighed(check, await bounded(check))] as const),
    );
    const checks = { ...this.live().checks, ...Object.fromEntries(reports) };
    return { state: worst(Object.values(checks)), checks };
  }
}

/** A check that still hangs is not started again: probes cannot pile up behind a dead counterparty. */
async function bounded(check: Check): Promise<CheckReport> {
  check.running ??= reportOf(check.run).finally(() => (check.running = undefined));
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<CheckReport>((resolve) => {
    timer = setTimeout(() => resolve({ state: 'down', code: 'TIMEOUT' }), check.timeoutMs);
  });
  try {
    return await Promise.race([check.running, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function weighed({ essential }: Check, report: CheckReport): CheckReport {
  return essential || report.state !== 'down' ? report : { ...report, state: 'degraded' };
}

async function reportOf(run: CheckRun): Promise<CheckReport> {
  try {
    const found = await run();
    return typeof found === 'string' ? { state: found } : found;
  } catch (error) {
    return { state: 'down', code: isHubError(error) ? error.code : 'FAILED' };
  }
}

function worst(checks: readonly CheckReport[]): HealthState {
  if (checks.some(({ state }) => state === 'down')) return 'down';
  return checks.some(({ state }) => state === 'degraded') ? 'degraded' : 'up';
}
