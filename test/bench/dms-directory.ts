import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DOCUMENTS, DOCUMENT_BYTES } from './dms-applications.ts';
import { type Filing, FilingHub } from './dms-filing.ts';
import { directoryDms, town, writeDirectory } from './dms-towns.ts';
import { startFake } from './fakes.ts';
import { newDataFolder, removeDataFolder } from './hub.ts';
import { cpuSeconds } from './processes.ts';
import { progress } from './progress.ts';
import { median, percentile, table } from './report.ts';

const ROUNDS = 3;
const PACKAGES = 60;

interface Round extends Filing {
  /** Milliseconds of CPU of the fake DMS for each package. */
  readonly dmsCpu: number;
}

/** Packages by directory, alone and beside a DMS that is dead, in turns. */
export async function benchDirectory(): Promise<string[]> {
  const folder = await newDataFolder('dms');
  const at = join(folder, 'lebt');
  const living = town(1, 'bench-lebt', directoryDms(at));
  // A file where a folder should be: nobody, whatever the rights, can write into it.
  await writeFile(join(folder, 'tot'), '');
  const dead = town(2, 'bench-tot', directoryDms(join(folder, 'tot')));
  const running: { stop(): Promise<void> }[] = [];
  try {
    const directory = await writeDirectory(folder, [living, dead]);
    const places = ['--inbox', join(at, 'inbox'), '--outbox', join(at, 'replies'), '--taken', join(at, 'taken')];
    const dms = await startFake('fake-dms', places);
    running.unshift(dms);
    const filing = await FilingHub.start({ folder, directory });
    running.unshift(filing);
    const round = async (others: (typeof dead)[]): Promise<Round> => {
      const before = await cpuSeconds(dms.pid);
      const filed = await filing.file({ town: living, others, count: PACKAGES });
      return { ...filed, dmsCpu: (((await cpuSeconds(dms.pid)) - before) * 1000) / PACKAGES };
    };
    progress('by directory: warming up');
    await round([dead]);
    const alone: Round[] = [];
    const beside: Round[] = [];
    for (let n = 1; n <= ROUNDS; n += 1) {
      progress(`by directory, round ${n} of ${ROUNDS}`);
      // In turns, and each first every other time: what disturbs the machine disturbs both.
      for (const one of n % 2 === 1 ? [alone, beside] : [beside, alone]) {
        one.push(await round(one === beside ? [dead] : []));
      }
    }
    return report(alone, beside);
  } finally {
    for (const one of running) await one.stop();
    await removeDataFolder(folder);
  }
}

function report(alone: readonly Round[], beside: readonly Round[]): string[] {
  const row = (name: string, rounds: readonly Round[]) => {
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
  };
  const tries = beside.reduce((sum, { others }) => sum + others, 0);
  return [
    `xdomea by directory: packages of ${DOCUMENTS} documents of ${DOCUMENT_BYTES / 1000} kB, ${ROUNDS} rounds of ${PACKAGES}; ` +
      'all applications are accepted before the first is filed; a fake DMS takes the packages away, reads them and answers.',
    '',
    ...table(
      ['', 'packages/s', 'MB/s', 'p50 ms', 'p99 ms', 'CPU ms', '+ PostgreSQL', 'fake DMS', 'of alone'],
      [row('one DMS, alone', alone), row('the same beside a dead one', beside)],
    ),
    '',
    `Beside it as many packages wait for a DMS whose inbox cannot be written: ${tries} tries in ${ROUNDS} rounds.`,
  ];
}
