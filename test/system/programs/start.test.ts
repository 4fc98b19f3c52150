import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { processEnvironment } from '@ozg-hub/runtime';

const CLI = fileURLToPath(new URL('../../../services/all-in-one/dist/cli/cli.js', import.meta.url));

let folder: string;
let children: ChildProcess[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'serve-'));
  // As root the server runs as another user, who has to pass.
  await chmod(folder, 0o711);
  children = [];
});
afterEach(async () => {
  for (const child of children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  await rm(folder, { recursive: true, force: true });
});

/** A hub on its own server in a data directory of this test. */
function start(): ChildProcess {
  const { PATH, HOME } = processEnvironment();
  const environment = { HUB_DATA_DIR: join(folder, 'data'), HUB_HTTP_PORT: '0', HUB_XML_WORKERS: '1' };
  const child = spawn(process.execPath, [CLI, 'start', '--json'], { env: { PATH, HOME, ...environment }, cwd: folder });
  children.push(child);
  return child;
}

async function ready(child: ChildProcess): Promise<{ url: string }> {
  let read = '';
  for await (const chunk of child.stdout!.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    read += chunk.toString();
    if (read.includes('\n')) break;
  }
  child.stdout!.resume();
  child.stderr!.resume();
  return JSON.parse(read) as { url: string };
}

const postmaster = async () =>
  Number((await readFile(join(folder, 'data', 'postgres', 'postmaster.pid'), 'utf8')).split('\n', 1)[0]);

test('a data directory has one hub: a second is refused, one after a kill takes over its PostgreSQL, a stop ends it', async () => {
  const first = start();
  const { url } = await ready(first);
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);

  const second = start();
  const [stderr, [code]] = await Promise.all([text(second.stderr!), once(second, 'exit')]);
  expect([code, stderr]).toEqual([1, expect.stringContaining('HUB_DATA_DIR_IN_USE')]);
  expect(stderr).toContain(String(first.pid));
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);

  const server = await postmaster();
  first.kill('SIGKILL');
  await once(first, 'exit');
  expect(() => process.kill(server, 0)).not.toThrow();
  const third = start();
  const again = await ready(third);
  expect(await postmaster()).toBe(server);
  expect((await fetch(`${again.url}/health/ready`)).status).toBe(200);

  third.kill('SIGTERM');
  expect(await once(third, 'exit')).toEqual([0, null]);
  await expect(stat(join(folder, 'data', 'hub.json'))).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(postmaster()).rejects.toMatchObject({ code: 'ENOENT' });
}, 120_000);
