import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostConfig } from './host-config.ts';

type Place = Pick<HostConfig, 'HUB_DATA_DIR'>;

/** Where a hub runs. */
export interface RunningHub {
  readonly url: string;
  readonly pid: number;
}

/** Signed checkpoints of a service's trail, one JSON document a line. */
export function checkpointFile(config: Place, service: string): string {
  return join(config.HUB_DATA_DIR, service, 'trail-checkpoints.jsonl');
}

/** Where a running hub says its address, for the CLI. */
export function runningFile(config: Place): string {
  return join(config.HUB_DATA_DIR, 'hub.json');
}

/** Where the operator's API key lies, for the CLI. */
export function tokenFile(config: Place): string {
  return join(config.HUB_DATA_DIR, 'operator.token');
}

/** Says that a hub runs here. Of several processes on one data directory the last one is found. */
export function writeRunning(config: Place, hub: RunningHub): Promise<void> {
  return writePrivately(runningFile(config), JSON.stringify(hub));
}

/** The hub that said it runs here; it may have been killed since. Undefined where none did. */
export async function readRunning(config: Place): Promise<RunningHub | undefined> {
  try {
    return JSON.parse(await readFile(runningFile(config), 'utf8')) as RunningHub;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Takes back what {@link writeRunning} said, unless another process has said it since. */
export async function removeRunning(config: Place, url: string): Promise<void> {
  if ((await readRunning(config))?.url === url) await rm(runningFile(config), { force: true });
}

/** Writes a file that only this user can read, whole or not at all. */
export async function writePrivately(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, text, { mode: 0o600 });
  await chmod(temporary, 0o600);
  await rename(temporary, path);
}
