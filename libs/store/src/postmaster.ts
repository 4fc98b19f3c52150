import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { storeErrors } from './errors.ts';
import { commandLine, isAlive, startTime, workingFolder } from './process-identity.ts';
import type { ServerBinaries } from './server-binaries.ts';
import { SERVER_ENVIRONMENT } from './server-cluster.ts';
import type { ServerPlace } from './server-place.ts';

/** A PostgreSQL server process of one cluster, started by this hub or found running. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly adopted: boolean;
  /** Settles when the process is gone, whoever ended it. */
  readonly ended: Promise<void>;
}

interface PidFile {
  readonly pid: number;
  readonly port: number | undefined;
  /** `starting`, `ready`, `stopping`; undefined while the file is being written. */
  readonly status: string | undefined;
}

const POLL_MS = 10;
const WATCH_MS = 200;
const LOG_LIMIT = 5_000_000;
/** Backends of a killed server take a moment to notice; until then no new one may start on their data. */
const LEFTOVER_BACKENDS = 'pre-existing shared memory block';
const LEFTOVER_PATIENCE_MS = 30_000;
const STARTED_MEANWHILE = '"postmaster.pid" already exists';
const PORT_TAKEN = 'could not bind';

/**
 * The server that postmaster.pid of the cluster names, when it is alive, ours and of the same programs. Waits while it
 * recovers from a crash. One that is stopping, or of other programs, is awaited or stopped: then undefined.
 */
async function runningPostmaster(
  place: ServerPlace,
  binaries: ServerBinaries,
  say: (line: string) => void,
): Promise<Postmaster | undefined> {
  const pid = await livingServerPid(place);
  if (pid === undefined) return undefined;
  const watch = watchProcess(pid);
  const command = await commandLine(pid);
  if (!command?.startsWith(`${binaries.postgres} `)) {
    say('A server of other programs was left running; it is stopped.');
    await stopPostmaster(pid, watch.ended);
    return undefined;
  }
  const port = await readiness(place, pid, watch.ended, say);
  return port === undefined ? undefined : { pid, port, adopted: true, ended: watch.ended };
}

/**
 * The running server, or a new one on 127.0.0.1. Without `port` on a free one; a running one on another is stopped.
 * @throws HUB_STORE_SERVER_FAILED
 */
export async function ensurePostmaster(
  place: ServerPlace,
  binaries: ServerBinaries,
  port: number | undefined,
  say: (line: string) => void,
): Promise<Postmaster> {
  const deadline = performance.now() + LEFTOVER_PATIENCE_MS;
  for (;;) {
    const running = await runningPostmaster(place, binaries, say);
    if (running && (port === undefined || running.port === port)) return running;
    if (running) await stopPostmaster(running.pid, running.ended);
    const outcome = await tryStart(place, binaries, port ?? (await freePort()), say);
    if (typeof outcome !== 'string') return outcome;
    const again =
      outcome.includes(LEFTOVER_BACKENDS) ||
      outcome.includes(STARTED_MEANWHILE) ||
      (port === undefined && outcome.includes(PORT_TAKEN));
    if (!again || performance.now() > deadline) {
      throw storeErrors.HUB_STORE_SERVER_FAILED({
        detail: `PostgreSQL in ${place.cluster} does not start: ${outcome.slice(-500)}`,
      });
    }
    await pause(100);
  }
}

/** Fast shutdown, after 20 s an immediate one, after 10 s more the end of the process; resolves when it is gone. */
export async function stopPostmaster(pid: number, ended: Promise<void>): Promise<void> {
  if (await Promise.race([ended.then(() => true), pause(0, false)])) return;
  for (const [signal, patience] of [
    ['SIGINT', 20_000],
    ['SIGQUIT', 10_000],
    ['SIGKILL', 10_000],
  ] as const) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    const patienceOver = new AbortController();
    const over = pause(patience, false, { signal: patienceOver.signal }).catch(() => false);
    const gone = await Promise.race([ended.then(() => true), over]);
    patienceOver.abort();
    if (gone) return;
  }
  throw storeErrors.HUB_STORE_SERVER_FAILED({ detail: `The server with pid ${pid} does not end.` });
}

/** The server's answer to being started, or what it wrote to its log instead. */
async function tryStart(
  place: ServerPlace,
  binaries: ServerBinaries,
  port: number,
  say: (line: string) => void,
): Promise<Postmaster | string> {
  const stale = await readPidFile(place);
  const log = await openLog(place);
  try {
    const child = spawn(
      binaries.postgres,
      [
        '-D',
        place.cluster,
        '-p',
        String(port),
        '-c',
        'listen_addresses=127.0.0.1',
        '-c',
        'unix_socket_directories=',
        '-c',
        'fsync=on',
      ],
      {
        ...place.account,
        cwd: place.folder,
        // A process group of its own: Ctrl-C reaches the hub, and the hub stops the server.
        detached: true,
        stdio: ['ignore', log.handle.fd, log.handle.fd],
        // A pid file whose number is another program's by now is stale; PostgreSQL believes that of its grandparent's.
        env: { ...SERVER_ENVIRONMENT, ...(stale && { PG_GRANDPARENT_PID: String(stale.pid) }) },
      },
    );
    const ended = childEnd(child);
    await Promise.race([once(child, 'spawn'), ended]);
    child.unref();
    if (child.pid === undefined) return 'the program cannot be run';
    const ready = await readiness(place, child.pid, ended, say);
    if (ready !== undefined) return { pid: child.pid, port: ready, adopted: false, ended };
    return (await readFile(log.path)).subarray(log.offset).toString().trim() || 'it ended without a word';
  } finally {
    await log.handle.close();
  }
}

/** The port once connections are accepted, or undefined when the process ends or stops before that. */
async function readiness(
  place: ServerPlace,
  pid: number,
  ended: Promise<void>,
  say: (line: string) => void,
): Promise<number | undefined> {
  let gone = false;
  void ended.then(() => (gone = true));
  let nextWord = performance.now() + 5_000;
  while (!gone) {
    const file = await readPidFile(place);
    if (file?.pid === pid && file.status === 'ready') return file.port;
    if (file?.pid === pid && file.status === 'stopping') await ended;
    if (performance.now() > nextWord) {
      say(`PostgreSQL is still starting (pid ${pid}); after a crash it recovers first.`);
      nextWord += 15_000;
    }
    await pause(POLL_MS);
  }
  return undefined;
}

async function livingServerPid(place: ServerPlace): Promise<number | undefined> {
  const file = await readPidFile(place);
  if (!file || !(await isAlive(file.pid))) return undefined;
  const folder = await workingFolder(file.pid);
  if (folder !== undefined) return folder === place.cluster ? file.pid : undefined;
  const command = await commandLine(file.pid);
  return command?.includes(`postgres -D ${place.cluster} `) ? file.pid : undefined;
}

/** postmaster.pid: pid, data directory, start, port, socket directory, address, shared memory, status. */
async function readPidFile(place: ServerPlace): Promise<PidFile | undefined> {
  const text = await readFile(join(place.cluster, 'postmaster.pid'), 'utf8').catch(() => undefined);
  const lines = text?.split('\n');
  const pid = Number(lines?.[0]);
  if (!lines || !Number.isSafeInteger(pid) || pid < 1) return undefined;
  return { pid, port: Number(lines[3]) || undefined, status: lines[7]?.trim() };
}

function childEnd(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
}

/** For a process that is no child of this one. */
function watchProcess(pid: number): { ended: Promise<void> } {
  const ended = (async () => {
    const began = await startTime(pid);
    while ((await isAlive(pid)) && (await startTime(pid)) === began) await pause(WATCH_MS, undefined, { ref: false });
  })();
  return { ended };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

async function openLog(
  place: ServerPlace,
): Promise<{ path: string; handle: Awaited<ReturnType<typeof open>>; offset: number }> {
  const path = join(place.folder, 'postgres.log');
  const size = (await stat(path).catch(() => undefined))?.size ?? 0;
  if (size > LOG_LIMIT) await rename(path, `${path}.1`);
  const handle = await open(path, 'a', 0o600);
  return { path, handle, offset: size > LOG_LIMIT ? 0 : size };
}
