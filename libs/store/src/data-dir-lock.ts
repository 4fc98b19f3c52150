import { randomBytes } from 'node:crypto';
import {
  link,
  mkdir,
  readFile,
  readdir,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { storeErrors } from './errors.ts';
import { isAlive, startTime } from './process-identity.ts';

/** The right to use a data directory, held by this process until released or dead. */
export interface DataDirLock {
  /** Absolute, without symbolic links. */
  readonly dataDir: string;
  /** Aborted where another process took the lock over, which it does only after this one seemed dead. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

interface Holder {
  readonly pid: number;
  readonly startedAt: string;
  /** Host and pid namespace: only there does the pid mean anything. */
  readonly scope: string;
  readonly released?: boolean;
}

interface Generation {
  readonly number: number;
  readonly path: string;
}

const FILE_NAME = /^hub-lock-(\d+)\.json$/;
const HEARTBEAT_MS = 3_000;
/** Three heartbeats missed: a holder in another container is taken for dead. */
const SILENCE_MS = 10_000;

/**
 * Takes the data directory for this process, and creates it where it is missing (as root with mode 0711, so that the
 * database server, which runs under another account, can pass through).
 *
 * The lock is a file `hub-lock-<n>.json`, and the creator of the highest n holds it. The highest file is never removed,
 * a dead holder's successor creates n + 1, exclusively: so takeovers cannot cross.
 * @throws HUB_DATA_DIR_IN_USE with the pid
 */
export async function lockDataDir(dataDir: string): Promise<DataDirLock> {
  await mkdir(dataDir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
  const folder = await realpath(dataDir);
  const self: Holder = { pid: process.pid, startedAt: (await startTime(process.pid)) ?? '', scope: await scope() };
  for (;;) {
    const highest = (await generations(folder)).at(-1);
    if (highest) await refuseIfHeld(folder, highest, self);
    const own = generation(folder, (highest?.number ?? 0) + 1);
    if (!(await createExclusively(own.path, self))) continue;
    const all = await generations(folder);
    if (all.at(-1)!.number !== own.number) {
      await rm(own.path, { force: true });
      continue;
    }
    await Promise.all(all.slice(0, -1).map(({ path }) => rm(path, { force: true })));
    return hold(folder, own, self);
  }
}

function hold(folder: string, own: Generation, self: Holder): DataDirLock {
  const lost = new AbortController();
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(own.path, now, now).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') lost.abort();
    });
  }, HEARTBEAT_MS).unref();
  return {
    dataDir: folder,
    lost: lost.signal,
    release: async () => {
      clearInterval(heartbeat);
      if (lost.signal.aborted) return;
      const note = temporaryPath(folder);
      await writeFile(note, JSON.stringify({ ...self, released: true }), { mode: 0o600 });
      await rename(note, own.path);
    },
  };
}

async function refuseIfHeld(folder: string, { path }: Generation, self: Holder): Promise<void> {
  const holder = await readHolder(path);
  if (!holder || holder.released) return;
  if (holder.scope === self.scope) {
    if ((await isAlive(holder.pid)) && (await startTime(holder.pid)) === holder.startedAt) throw inUse(folder, holder);
    return;
  }
  // Another container or host: its pid cannot be asked, its heartbeat can be watched.
  const before = await modified(path);
  if (before === undefined || Date.now() - before > 60 * SILENCE_MS) return;
  const deadline = performance.now() + SILENCE_MS;
  while (performance.now() < deadline) {
    await pause(HEARTBEAT_MS / 10);
    const now = await readHolder(path);
    if (!now || now.released) return;
    if ((await modified(path)) !== before) throw inUse(folder, holder);
  }
}

function inUse(folder: string, holder: Holder): Error {
  return storeErrors.HUB_DATA_DIR_IN_USE({
    detail: `${folder} is in use by the hub with pid ${holder.pid} (${holder.scope}).`,
  });
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function modified(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.mtimeMs;
}

/** The content is complete before the name exists. */
async function createExclusively(path: string, self: Holder): Promise<boolean> {
  const note = temporaryPath(join(path, '..'));
  await writeFile(note, JSON.stringify(self), { mode: 0o600 });
  try {
    await link(note, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(note, { force: true });
  }
}

async function generations(folder: string): Promise<Generation[]> {
  const numbers = (await readdir(folder)).flatMap((name) => FILE_NAME.exec(name)?.[1] ?? []).map(Number);
  return numbers.toSorted((a, b) => a - b).map((number) => generation(folder, number));
}

function generation(folder: string, number: number): Generation {
  return { number, path: join(folder, `hub-lock-${number}.json`) };
}

function temporaryPath(folder: string): string {
  return join(folder, `.hub-lock-${process.pid}-${randomBytes(6).toString('hex')}`);
}

async function scope(): Promise<string> {
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '');
  return `${hostname()} ${namespace}`.trim();
}
