import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** The embedded server of one hub, found by its pid file. */
export class PostgresServer {
  constructor(private readonly dataDir: string) {}

  /** The postmaster that runs on this data, undefined where none does. */
  async pid(): Promise<number | undefined> {
    const text = await readFile(join(await this.folder(), 'postgres', 'postmaster.pid'), 'utf8').catch(() => '');
    const [pid, data] = text.split('\n');
    const number = Number(pid);
    if (!Number.isSafeInteger(number) || number < 2 || !data?.startsWith(await this.folder())) return undefined;
    return (await isServer(number, data)) ? number : undefined;
  }

  /** Where its data lies: below the data directory, or where that says. */
  async folder(): Promise<string> {
    const elsewhere = await readFile(join(this.dataDir, 'postgres.location'), 'utf8').catch(() => '');
    return elsewhere.trim() || this.dataDir;
  }

  /**
   * Kills the postmaster, and its processes too where `whole` is given and the system tells which they are.
   * @returns pid of the postmaster, undefined where none ran
   */
  async kill(whole: boolean): Promise<number | undefined> {
    const pid = await this.pid();
    if (pid === undefined) return undefined;
    const children = whole ? await childrenOf(pid) : [];
    for (const one of [pid, ...children]) signal(one, 'SIGKILL');
    while (await isRunning(pid)) await pause(5);
    return pid;
  }

  /** Immediate shutdown, as by `pg_ctl stop -m immediate`. @returns pid of the postmaster, undefined where none ran */
  async quit(): Promise<number | undefined> {
    const pid = await this.pid();
    if (pid === undefined) return undefined;
    signal(pid, 'SIGQUIT');
    while (await isRunning(pid)) await pause(5);
    return pid;
  }

  /** Ends a server that its hub left behind. */
  async stop(): Promise<void> {
    const pid = await this.pid();
    if (pid === undefined) return;
    for (const [name, patience] of [
      ['SIGINT', 10_000],
      ['SIGQUIT', 5_000],
      ['SIGKILL', 5_000],
    ] as const) {
      signal(pid, name);
      for (const until = Date.now() + patience; Date.now() < until; await pause(20)) {
        if (!(await isRunning(pid))) return;
      }
    }
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function isServer(pid: number, data: string): Promise<boolean> {
  if (process.platform !== 'linux') return isRunning(pid);
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return command.includes('postgres') && command.includes(data) && (await isRunning(pid));
}

/** False also for one that ended and that nobody has collected yet. */
async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  if (process.platform !== 'linux') return true;
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') X');
  return !/\) [ZX]/.test(stat);
}

async function childrenOf(pid: number): Promise<number[]> {
  if (process.platform !== 'linux') return [];
  const children: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    // proc_pid_stat(5): after the name in parentheses come state and parent.
    if (stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] === String(pid)) children.push(Number(name));
  }
  return children;
}
