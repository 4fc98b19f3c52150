import { readFile, readdir } from 'node:fs/promises';

/** /proc counts CPU time in hundredths of a second on every Linux that runs Node. */
const TICKS_PER_SECOND = 100;

interface Stat {
  readonly parent: number;
  /** Seconds of CPU, user and system. */
  readonly cpu: number;
  /** The same of children that ended and were waited for. */
  readonly endedChildren: number;
}

/** Processes of one server: it and its children. */
export async function family(pid: number): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger);
  const stats = await Promise.all(pids.map(async (one) => ({ one, stat: await statOf(`/proc/${one}/stat`) })));
  return [pid, ...stats.filter(({ stat }) => stat?.parent === pid).map(({ one }) => one)];
}

/** Seconds of CPU that a process has used, all threads; with its children if asked, those that ended included. */
export async function cpuSeconds(pid: number, children = false): Promise<number> {
  if (!children) return (await statOf(`/proc/${pid}/stat`))?.cpu ?? 0;
  const stats = await Promise.all((await family(pid)).map((one) => statOf(`/proc/${one}/stat`)));
  return stats.reduce((sum, stat) => sum + (stat?.cpu ?? 0), stats[0]?.endedChildren ?? 0);
}

/** Seconds of CPU by thread. */
export async function cpuByThread(pid: number): Promise<Map<number, number>> {
  const threads = (await readdir(`/proc/${pid}/task`)).map(Number);
  const used = threads.map(async (thread) => {
    return [thread, (await statOf(`/proc/${pid}/task/${thread}/stat`))?.cpu ?? 0] as const;
  });
  return new Map(await Promise.all(used));
}

/** Bytes of a process in memory. */
export interface Memory {
  readonly now: number;
  /** The most there ever were, as the kernel counts. */
  readonly peak: number;
  /** Of those now: its own, without files and memory it shares. */
  readonly own: number;
  readonly shared: number;
}

/** All 0 for a process that has ended. */
export async function memory(pid: number): Promise<Memory> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
  return { now: kib('VmRSS'), peak: kib('VmHWM'), own: kib('RssAnon'), shared: kib('RssShmem') };
}

/** The child of a process that runs a program of this name. */
export async function childNamed(parent: number, name: string): Promise<number | undefined> {
  for (const pid of (await family(parent)).slice(1)) {
    const comm = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
    if (comm.trim() === name) return pid;
  }
  return undefined;
}

async function statOf(path: string): Promise<Stat | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  // The second field is the program's name in brackets and may hold anything.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  if (!fields) return undefined;
  const ticks = (...places: readonly number[]) =>
    places.reduce((sum, place) => sum + Number(fields[place]), 0) / TICKS_PER_SECOND;
  return { parent: Number(fields[1]), cpu: ticks(11, 12), endedChildren: ticks(13, 14) };
}
