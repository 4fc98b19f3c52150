import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { messageFileName, packageName, writeEmpfangBestaetigen, writePackage } from '@ozg-hub/xdomea';
import { newDataFolder, removeDataFolder, root } from './hub.ts';
import { memory } from './processes.ts';
import { progress } from './progress.ts';

const BYTES = 2.25 * 1024 ** 3;
const BOUND = 300_000_000;
const CHUNK = Buffer.alloc(256 * 1024, 0x20);
const ID = '11111111-2222-4333-8444-000000000001';
const MESSAGE = 'FVDaten.EmpfangBestaetigen.0629';
/** The large file is named by no message: that is found, after it was read. */
const INVALID = 1;

/** `ozg-hub xdomea check` on a package of more than 2 GiB. Exit code 1 where it needs more memory than the hub may. */
export async function benchCheck(): Promise<string[]> {
  const folder = await newDataFolder('check');
  try {
    progress('xdomea check: writing a package of more than 2 GiB');
    const path = join(folder, packageName(ID, MESSAGE));
    const party = { institution: { name: 'Amt' } };
    const xml = writeEmpfangBestaetigen({
      prozessId: ID,
      createdAt: new Date('2026-08-21T10:00:00Z'),
      sender: party,
      receiver: party,
      sendingSystem: { produktname: 'bench' },
    });
    await writePackage({
      message: { name: messageFileName(ID, MESSAGE), xml },
      files: [{ name: 'large.pdf', mediaType: 'application/pdf', size: BYTES, open: () => Readable.from(chunks()) }],
      to: createWriteStream(path),
    });
    progress('xdomea check: checking it');
    const { seconds, peak } = await check(path, folder);
    const above = peak > BOUND;
    if (above) process.exitCode = 1;
    return [
      `\`xdomea check\` reads a package of ${(BYTES / 1e9).toFixed(1)} GB in ${seconds.toFixed(1)} s ` +
        `(${(BYTES / 1e6 / seconds).toFixed(0)} MB/s) with a peak RSS (VmHWM) of ${(peak / 1e6).toFixed(0)} MB; ` +
        `the bound is ${BOUND / 1e6} MB: ${above ? 'ABOVE.' : 'kept.'}`,
    ];
  } finally {
    await removeDataFolder(folder);
  }
}

function* chunks(): Generator<Buffer> {
  for (let left = BYTES; left > 0; left -= CHUNK.length) yield CHUNK.subarray(0, Math.min(left, CHUNK.length));
}

async function check(path: string, dataDir: string): Promise<{ seconds: number; peak: number }> {
  const started = performance.now();
  const cli = join(root, 'services/all-in-one/dist/cli/cli.js');
  const child = spawn(process.execPath, [cli, 'xdomea', 'check', path], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PATH: process.env['PATH'], HUB_DATA_DIR: dataDir },
  });
  const ended = once(child, 'exit') as Promise<[number]>;
  let peak = 0;
  while (child.exitCode === null) {
    peak = Math.max(peak, (await memory(child.pid!)).peak);
    await Promise.race([ended, pause(50)]);
  }
  const [code] = await ended;
  if (code !== INVALID) throw new Error(`xdomea check ended with ${code}.`);
  return { seconds: (performance.now() - started) / 1000, peak };
}
