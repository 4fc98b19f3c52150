import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { processEnvironment } from '@ozg-hub/runtime';

const CLI = fileURLToPath(new URL('../../../services/all-in-one/dist/cli/cli.js', import.meta.url));

// oxlint-disable-next-line no-explicit-any -- what commands print as JSON
export type Json = any;
export type Settings = Readonly<Record<string, string>>;

/** What a command printed, and how it ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  json(): Json;
}

/** The command line as it is built, in a process of its own. */
export function startCommand(args: readonly string[], environment: Settings, cwd: string): ChildProcess {
  const { PATH, HOME } = processEnvironment();
  return spawn(process.execPath, [CLI, ...args], { env: { PATH, HOME, ...environment }, cwd });
}

/** Runs a command to its end. */
export async function runCommand(args: readonly string[], environment: Settings, cwd: string): Promise<Ended> {
  const process = startCommand(args, environment, cwd);
  const exit = once(process, 'close') as Promise<[number]>;
  const [stdout, stderr] = await Promise.all([text(process.stdout!), text(process.stderr!)]);
  const [code] = await exit;
  return { code, stdout, stderr, json: () => JSON.parse(stdout) as Json };
}
