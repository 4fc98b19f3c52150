import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { utimesSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { lockDataDir } from './data-dir-lock.ts';
import { startTime } from './process-identity.ts';

let folder: string;
let dataDir: string;
let other: ChildProcess;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ozg-hub-lock-'));
  dataDir = join(folder, 'data');
  other = spawn('sleep', ['600']);
  await once(other, 'spawn');
});

afterEach(async () => {
  await end(other);
  await rm(folder, { recursive: true });
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Makes another process the holder, as if it had called lockDataDir. */
async function giveTo(pid: number, change: object = {}): Promise<void> {
  await (await lockDataDir(dataDir)).release();
  const path = join(dataDir, 'hub-lock-1.json');
  const holder = JSON.parse(await readFile(path, 'utf8')) as object;
  await writeFile(
    path,
    JSON.stringify({ ...holder, pid, startedAt: await startTime(pid), released: false, ...change }),
  );
}

const locks = async () => (await readdir(dataDir)).filter((name) => name.includes('hub-lock'));

describe('the lock of a data directory', () => {
  test('refuses a second hub and names the pid of the first', async () => {
    await giveTo(other.pid!);
    await expect(lockDataDir(dataDir)).rejects.toMatchObject({
      code: 'HUB_DATA_DIR_IN_USE',
      message: expect.stringContaining(`pid ${other.pid}`),
    });
  });

  test('refuses the same hub a second time, until it has released it', async () => {
    const lock = await lockDataDir(dataDir);
    await expect(lockDataDir(dataDir)).rejects.toMatchObject({ code: 'HUB_DATA_DIR_IN_USE' });
    await lock.release();
    await (await lockDataDir(dataDir)).release();
    expect(await locks()).toHaveLength(1);
  });

  test('of a killed hub is taken over', async () => {
    await giveTo(other.pid!);
    await end(other);
    const lock = await lockDataDir(dataDir);
    expect(await locks()).toEqual(['hub-lock-2.json']);
    await lock.release();
  });

  test('of a dead hub whose pid belongs to another program by now is taken over', async () => {
    await giveTo(other.pid!, { startedAt: 'another boot/1' });
    await (await lockDataDir(dataDir)).release();
  });

  test('goes to exactly one of many that take it over at once', async () => {
    await giveTo(other.pid!);
    await end(other);
    const attempts = await Promise.allSettled(Array.from({ length: 20 }, () => lockDataDir(dataDir)));
    const winners = attempts.filter((attempt) => attempt.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    expect(await locks()).toHaveLength(1);
    await winners[0]!.value.release();
  });

  test('of another container is refused while its holder gives signs of life', async () => {
    await giveTo(1, { scope: 'another container' });
    const path = join(dataDir, 'hub-lock-1.json');
    const attempt = lockDataDir(dataDir);
    const heartbeat = setInterval(() => utimesSync(path, new Date(), new Date()), 50);
    try {
      await expect(attempt).rejects.toMatchObject({ code: 'HUB_DATA_DIR_IN_USE' });
    } finally {
      clearInterval(heartbeat);
    }
  });
});
