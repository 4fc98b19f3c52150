import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, type Socket, createServer } from 'node:net';
import { join } from 'node:path';
import { DOCUMENTS, DOCUMENT_BYTES } from './dms-applications.ts';
import { type Filing, FilingHub } from './dms-filing.ts';
import { type Town, cmisDms, directoryDms, town, writeDirectory } from './dms-towns.ts';
import { startFake } from './fakes.ts';
import { newDataFolder, removeDataFolder } from './hub.ts';
import { cpuSeconds } from './processes.ts';
import { progress } from './progress.ts';
import { median, percentile, table } from './report.ts';

const ROUNDS = 3;
const PACKAGES = 60;

interface Kind {
  readonly name: string;
  readonly others: readonly Town[];
  readonly rounds: Round[];
}

interface Round extends Filing {
  /** Milliseconds of CPU of the fake DMS for each package. */
  readonly dmsCpu: number;
}

/** Packages by directory, alone and beside DMS that are dead in one way or another, in turns. */
export async function benchDirectory(): Promise<string[]> {
  const folder = await newDataFolder('dms');
  const at = join(folder, 'lebt');
  const living = town(1, 'bench-lebt', directoryDms(at));
  // A file where a folder should be: nobody, whatever the rights, can write into it.
  await writeFile(join(folder, 'tot'), '');
  const refusing = town(2, 'bench-tot', directoryDms(join(folder, 'tot')));
  const running: { stop(): Promise<void> }[] = [];
  try {
    const abyss = await startAbyss();
    running.unshift(abyss);
    const silent = town(3, 'bench-stumm', cmisDms({ url: abyss.url, repositoryId: 'A1' }));
    const directory = await writeDirectory(folder, [living, refusing, silent]);
    const places = ['--inbox', join(at, 'inbox'), '--outbox', join(at, 'replies'), '--taken', join(at, 'taken')];
    const dms = await startFake('fake-dms', places);
    running.unshift(dms);
    const filing = await FilingHub.start({ folder, directory });
    running.unshift(filing);
    const round = async (others: readonly Town[]): Promise<Round> => {
      const before = await cpuSeconds(dms.pid);
      const filed = await filing.file({ town: living, others, count: PACKAGES, release: abyss.cut });
      return { ...filed, dmsCpu: (((await cpuSeconds(dms.pid)) - before) * 1000) / PACKAGES };
    };
    progress('by directory: warming up');
    await round([refusing]);
    const kinds: Kind[] = [
      { name: 'one DMS, alone', others: [], rounds: [] },
      { name: 'the same beside one that cannot be written', others: [refusing], rounds: [] },
      { name: 'the same beside one that never answers', others: [silent], rounds: [] },
    ];
    for (let n = 0; n < ROUNDS; n += 1) {
      // In turns, and another first each time: what disturbs the machine disturbs all.
      for (const { name, others, rounds } of [...kinds.slice(n), ...kinds.slice(0, n)]) {
        progress(`by directory, round ${n + 1} of ${ROUNDS}: ${name}`);
        rounds.push(await round(others));
      }
    }
    return report(kinds);
  } finally {
    for (const one of running) await one.stop();
    await removeDataFolder(folder);
  }
}

/** Takes every connection and never says a word. */
async function startAbyss(): Promise<{ url: string; cut(): void; stop(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined).resume());
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    cut,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/cmis`,
    stop: async () => {
      cut();
      server.close();
    },
  };
}

function report(kinds: readonly Kind[]): string[] {
  const alone = kinds[0]!.rounds;
  const rows = kinds.map(({ name, rounds }) => {
    const of = (value: (round: Round) => number) => median(rounds.map(value));
    const perSecond = of((one) => one.perSecond);
    const times = rounds.flatMap((one) => one.times);
    return [
      name,
      perSecond.toFixed(1),
      ((perSecond * DOCUMENTS * DOCUMENT_BYTES) / 1e6).toFixed(0),
      percentile(times, 0.5).toFixed(0),
      percentile(times, 0.99).toFixed(0),
      of((one) => one.hubCpu).toFixed(0),
      of((one) => one.postgresCpu).toFixed(1),
      of((one) => one.dmsCpu).toFixed(0),
      median(rounds.map((one, n) => one.perSecond / alone[n]!.perSecond)).toFixed(2),
    ];
  });
  return [
    `xdomea by directory: packages of ${DOCUMENTS} documents of ${DOCUMENT_BYTES / 1000} kB, ${ROUNDS} rounds of ${PACKAGES}; ` +
      'all applications are accepted before the first is filed; a fake DMS takes the packages away, reads them and answers.',
    '',
    ...table(['', 'packages/s', 'MB/s', 'p50 ms', 'p99 ms', 'CPU ms', '+ PostgreSQL', 'fake DMS', 'of alone'], rows),
    '',
    `Beside a dead DMS, ${PACKAGES} packages wait for it in each round.`,
  ];
}
