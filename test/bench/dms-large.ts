import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { FakeCmisLedgerLine } from '@ozg-hub/testing';
import { CREDENTIALS } from './cmis-uploads.ts';
import { cmisDms, town, writeDirectory } from './dms-towns.ts';
import { startFake } from './fakes.ts';
import { type Hub, newDataFolder, removeDataFolder, startHub } from './hub.ts';
import { LARGE, sendLarge } from './large-file.ts';
import { MemoryWatch } from './memory-watch.ts';
import { progress } from './progress.ts';
import { table } from './report.ts';

const PATIENCE_MS = 300_000;

/** One document of 1 GiB by CMIS. Exit code 1 where the hub needs more memory than it may, or what arrives is another. */
export async function benchLargeByCmis(): Promise<string[]> {
  const folder = await newDataFolder('dms-large');
  const running: { stop(): Promise<void> }[] = [];
  try {
    const repository = join(folder, 'repository');
    const fake = await startFake('fake-cmis', ['--folder', repository]);
    running.unshift(fake);
    const authentication = { by: 'basic', user: CREDENTIALS.user, password: 'env:BENCH_PASSWORD' };
    const place = town(1, 'bench-gross', cmisDms({ url: fake.addresses[0], authentication }));
    const HUB_DIRECTORY = await writeDirectory(folder, [place]);
    const hub = await startHub({ folder, settings: { HUB_DIRECTORY, BENCH_PASSWORD: CREDENTIALS.password } });
    running.unshift(hub);
    const watch = new MemoryWatch(hub);
    running.unshift(watch);
    const lines = await way(hub, watch, { unit: place.unit, repository });
    await watch.stop();
    return [...lines, '', ...watch.report()];
  } finally {
    for (const one of running) await one.stop();
    await removeDataFolder(folder);
  }
}

async function way(
  hub: Hub,
  watch: MemoryWatch,
  { unit, repository }: { unit: string; repository: string },
): Promise<string[]> {
  progress('1 GiB by CMIS: intake');
  watch.stage('intake and vault');
  const { sha256 } = await sendLarge(hub, unit);
  progress('1 GiB by CMIS: export');
  const accepted = performance.now();
  watch.stage('export by CMIS');
  const arrived = await arrival(join(repository, 'ledger.jsonl'));
  const seconds = (performance.now() - accepted) / 1000;
  watch.stage('after');
  await pause(1_000);
  const whole = arrived === sha256;
  if (!whole) process.exitCode = 1;
  return [
    'One document of 1 GiB by CMIS (browser binding, fake repository of libs/testing, which writes it to disk):',
    '',
    ...table(
      ['', 'seconds', 'MB/s'],
      [['export: decrypt, check, send, confirmed', seconds.toFixed(1), (LARGE / 1e6 / seconds).toFixed(0)]],
    ),
    '',
    whole ? 'The document in the repository is the file that was sent (SHA-256).' : 'THE DOCUMENT THERE IS ANOTHER.',
  ];
}

/** Waits for a document of the size in the ledger of the repository; gives its hash. */
async function arrival(ledger: string): Promise<string | undefined> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let said = performance.now(); performance.now() < deadline; await pause(50)) {
    const lines = (await readFile(ledger, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
    const all = lines.map((line) => JSON.parse(line) as FakeCmisLedgerLine);
    const found = all.find(({ length }) => length === LARGE);
    if (found) return found.sha256;
    if (performance.now() - said < 2_000) continue;
    said = performance.now();
    progress('1 GiB by CMIS: under way');
  }
  throw new Error('The document did not arrive.');
}
