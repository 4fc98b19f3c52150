import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import yauzl from 'yauzl';
import { type Hub, newDataFolder, removeDataFolder, startHub } from './hub.ts';
import { LARGE, sendLarge } from './large-file.ts';
import { MemoryWatch } from './memory-watch.ts';
import { circumstances, table } from './report.ts';

const PATIENCE_MS = 300_000;

/**
 * One file of 1 GiB through intake, vault and package. Returns the lines of the report.
 * Exit code 1 where the hub needs more memory than it may, or the file that arrives is another.
 */
export async function benchLarge(command: string): Promise<string[]> {
  const folder = await newDataFolder('large');
  const lines = circumstances(command);
  try {
    const hub = await startHub({ folder });
    const watch = new MemoryWatch(hub);
    try {
      lines.push('', ...(await way(hub, folder, watch)));
    } finally {
      await watch.stop();
      await hub.stop();
    }
    lines.push('', ...watch.report());
    return lines;
  } finally {
    await removeDataFolder(folder);
  }
}

async function way(hub: Hub, folder: string, watch: MemoryWatch): Promise<string[]> {
  watch.stage('at rest');
  await pause(1_000);
  watch.stage('intake and vault');
  const started = performance.now();
  const { sent, sha256 } = await sendLarge(hub);
  const accepted = performance.now();
  watch.stage('package');
  const file = await arrival(join(folder, 'dms/musterstadt/inbox'));
  const arrived = performance.now();
  watch.stage('after');
  const whole = (await hashOfLargest(file)) === sha256;
  await rm(file);
  if (!whole) process.exitCode = 1;
  const stage = (name: string, from: number, to: number) => {
    const seconds = (to - from) / 1000;
    return [name, seconds.toFixed(1), (LARGE / 1e6 / seconds).toFixed(0)];
  };
  return [
    ...table(
      ['1 GiB in one Anlage', 'seconds', 'MB/s'],
      [
        stage('intake: receive, check, hash, encrypt, write', started, sent),
        stage('intake: sync, commit, answer 202', sent, accepted),
        stage('package: decrypt, check, zip, sync, hand over', accepted, arrived),
      ],
    ),
    '',
    whole ? 'The file in the package is the file that was sent (SHA-256).' : 'THE FILE IN THE PACKAGE IS ANOTHER.',
  ];
}

async function arrival(inbox: string): Promise<string> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const names = await readdir(inbox).catch(() => []);
    const found = names.find((name) => name.endsWith('.xdomea') || name.endsWith('.zip'));
    if (found) return join(inbox, found);
    await pause(20);
  }
  throw new Error('No package arrived.');
}

async function hashOfLargest(file: string): Promise<string> {
  if ((await stat(file)).size < LARGE) return 'too small';
  const zip = await promisify<string, yauzl.Options, yauzl.ZipFile>(yauzl.open)(file, { autoClose: false });
  const open = promisify<yauzl.Entry, NodeJS.ReadableStream>(zip.openReadStream.bind(zip));
  const entries: yauzl.Entry[] = [];
  zip.on('entry', (entry: yauzl.Entry) => entries.push(entry));
  await once(zip, 'end');
  const [largest] = entries.toSorted((a, b) => b.uncompressedSize - a.uncompressedSize);
  const hash = createHash('sha256');
  for await (const chunk of await open(largest!)) hash.update(chunk);
  zip.close();
  return hash.digest('hex');
}
