import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '@ozg-hub/testing/servers';

/** OpenSSH's server on a free port of 127.0.0.1, for SFTP only, with the account that runs the tests. */
export interface OpenSsh {
  readonly port: number;
  readonly user: string;
  /** The key that opens it. */
  readonly privateKey: string;
  /** `SHA256:…` of the key it shows now. */
  readonly hostKey: string;
  /** Ends the processes of all connections at once. */
  cut(): void;
  /** Starts again on the same port with another host key. */
  changeHostKey(): Promise<void>;
  stop(): Promise<void>;
}

const SSHD = '/usr/sbin/sshd';
const START_MS = 20_000;

/** Whether sshd and ssh-keygen are there. */
export function hasOpenSsh(): boolean {
  return existsSync(SSHD) && spawnSync('ssh-keygen', ['-?'], { stdio: 'ignore' }).error === undefined;
}

export async function startOpenSsh(): Promise<OpenSsh> {
  const folder = await mkdtemp(join(tmpdir(), 'openssh-'));
  // The place where a privileged server separates its privileges.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true });
  makeKey(join(folder, 'client'));
  const port = await freePort();
  const { username: user } = userInfo();
  let generation = 0;
  let server: ChildProcess;
  let hostKey: string;
  const start = async () => {
    generation += 1;
    const key = join(folder, `host-${generation}`);
    makeKey(key);
    hostKey = await fingerprintOf(`${key}.pub`);
    server = await startServer(folder, { port, user, key });
  };
  await start();
  return {
    port,
    user,
    privateKey: await readFile(join(folder, 'client'), 'utf8'),
    get hostKey() {
      return hostKey;
    },
    cut: () => killChildren(server),
    changeHostKey: async () => {
      await end(server);
      await start();
    },
    stop: async () => {
      await end(server);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startServer(
  folder: string,
  { port, user, key }: { readonly port: number; readonly user: string; readonly key: string },
): Promise<ChildProcess> {
  const settings = [
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    `HostKey ${key}`,
    'PidFile none',
    `AuthorizedKeysFile ${join(folder, 'client.pub')}`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    `AllowUsers ${user}`,
    'DisableForwarding yes',
    'PermitTTY no',
    'PermitUserRC no',
    'Subsystem sftp internal-sftp',
    'ForceCommand internal-sftp -u 0027',
  ];
  const config = join(folder, 'sshd_config');
  await writeFile(config, `${settings.join('\n')}\n`);
  const log = join(folder, 'log');
  const output = openSync(log, 'a');
  const server = spawn(SSHD, ['-D', '-e', '-f', config], { stdio: ['ignore', output, output] });
  const deadline = Date.now() + START_MS;
  while (spawnSync('ssh-keyscan', ['-T1', '-p', String(port), '127.0.0.1']).stdout.length === 0) {
    if (server.exitCode !== null || Date.now() > deadline) {
      await end(server);
      throw new Error(`sshd does not start: ${(await readFile(log, 'utf8')).slice(-2000)}`);
    }
    await pause(100);
  }
  return server;
}

/** Connections are processes of their own: children of the listener, and theirs. */
function killChildren({ pid }: ChildProcess): void {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
  const below = (parent: number): number[] =>
    rows.filter(([, above]) => above === parent).flatMap(([child]) => [...below(child), child]);
  for (const child of below(pid!)) process.kill(child, 'SIGKILL');
}

/** The listener does not take its connections with it. */
async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise((resolve) => server.once('exit', resolve));
  killChildren(server);
  server.kill('SIGTERM');
  await ended;
}

function makeKey(path: string): void {
  const { status, stderr } = spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`ssh-keygen: ${stderr}`);
}

async function fingerprintOf(publicKey: string): Promise<string> {
  const blob = Buffer.from((await readFile(publicKey, 'utf8')).split(' ')[1]!, 'base64');
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}
