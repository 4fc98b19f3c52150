import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readlink, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { childNamed } from './processes.ts';

export const root = fileURLToPath(new URL('../../', import.meta.url));
const READY_WITHIN_MS = 60_000;

/** A hub in a process of its own, with the embedded server it started. */
export interface Hub {
  readonly pid: number;
  readonly url: string;
  readonly token: string;
  readonly databaseUrl: string;
  readonly postgresPid: number;
  /** From the start of the process until /health/ready answered 200. */
  readonly readyMs: number;
  /** Graceful stop. */
  stop(): Promise<void>;
}

export interface HubOptions {
  /** Its data directory. */
  readonly folder: string;
  /** HUB_SERVICES; undefined: all. */
  readonly services?: string;
  /** For node, before the program. */
  readonly nodeOptions?: readonly string[];
  /** Further settings, as in the environment. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A new, empty folder for the data of one run; with the keys beside it, {@link removeDataFolder} removes both. */
export async function newDataFolder(name: string): Promise<string> {
  const above = join(root, '.ozg-hub', 'bench');
  await mkdir(above, { recursive: true });
  return await mkdtemp(join(above, `${name}-`));
}

export async function removeDataFolder(folder: string): Promise<void> {
  const elsewhere = await readFile(join(folder, 'postgres.location'), 'utf8').catch(() => undefined);
  for (const path of [elsewhere?.trim(), `${folder}.keys`, folder]) {
    if (path) await rm(path, { recursive: true, force: true });
  }
}

/** Starts the built hub with an embedded server that syncs to disk. */
export async function startHub({ folder, services, nodeOptions = [], settings = {} }: HubOptions): Promise<Hub> {
  await rm(join(folder, 'hub.json'), { force: true });
  const entry = join(root, 'services/all-in-one/dist/main.js');
  const started = performance.now();
  const child = spawn(process.execPath, [...nodeOptions, entry], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      HUB_DATA_DIR: folder,
      HUB_HTTP_PORT: '0',
      HUB_LOG_LEVEL: 'warn',
      ...(services ? { HUB_SERVICES: services } : {}),
      ...settings,
    },
  });
  const url = await readyUrl(folder, child, started + READY_WITHIN_MS);
  const readyMs = performance.now() - started;
  const pid = child.pid!;
  const postgresPid = (await childNamed(pid, 'postgres'))!;
  return {
    pid,
    url,
    readyMs,
    postgresPid,
    token: await readFile(join(folder, 'operator.token'), 'utf8'),
    databaseUrl: await databaseUrlOf(postgresPid),
    stop: async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

async function readyUrl(folder: string, child: ChildProcess, deadline: number): Promise<string> {
  while (child.exitCode === null && performance.now() < deadline) {
    const running = await readFile(join(folder, 'hub.json'), 'utf8').catch(() => undefined);
    const url = running && (JSON.parse(running) as { url: string }).url;
    if (url && (await statusOf(`${url}/health/ready`)) === 200) return url;
    await pause(10);
  }
  child.kill('SIGTERM');
  throw new Error('The hub did not become ready.');
}

async function statusOf(url: string): Promise<number | undefined> {
  return await new Promise((resolve) => {
    request(url, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', () => resolve(undefined))
      .end();
  });
}

async function databaseUrlOf(postgresPid: number): Promise<string> {
  const cluster =
    (await readFile(`/proc/${postgresPid}/cmdline`, 'utf8')).split('\0')[2] ??
    (await readlink(`/proc/${postgresPid}/cwd`));
  const password = (await readFile(join(cluster, 'hub-password'), 'utf8')).trim();
  const port = (await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n')[3];
  return `postgres://ozg_hub:${password}@127.0.0.1:${port}/postgres`;
}
