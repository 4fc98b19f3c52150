import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FakeCmisLedgerLine, LedgerLine } from '@ozg-hub/testing';
import type { FakeProcesses } from './fake-processes.ts';

/** Long enough that the state between receipt and result is seen. */
const ANSWER_DELAY_MS = 800;

export interface Dms {
  /** Folder below `dms/` of the data directory. */
  readonly folder: string;
  /** Name of the parameter that carries the Aktenzeichen. */
  readonly parameter: string;
}

/** Who takes packages in the demo: what deploy/directory says of the targets. */
export const demoDms: readonly Dms[] = [
  { folder: 'musterstadt', parameter: 'Kennzeichen' },
  { folder: 'beispielhausen', parameter: 'AZ' },
  { folder: 'beispielhausen-gewerbe', parameter: 'Kennzeichen' },
];

export interface Repository {
  /** Folder below `dms/` of the data directory. */
  readonly folder: string;
  readonly user: string;
  /** What the directory calls address and password of it. */
  readonly references: { readonly url: string; readonly password: string };
}

/** Who is filled by CMIS in the demo. */
export const demoRepositories: readonly Repository[] = [
  {
    folder: 'muehlfelden',
    user: 'ozg-hub',
    references: { url: 'MUEHLFELDEN_CMIS_URL', password: 'MUEHLFELDEN_CMIS_PASSWORD' },
  },
];

/** The fake DMS of the demo: each a process of its own that knows the hub by two folders, or by its requests. */
export class DmsProcesses {
  constructor(
    private readonly dataDir: string,
    private readonly processes: FakeProcesses,
  ) {}

  /** Resolves when all of them watch their inboxes. */
  async start(all: readonly Dms[]): Promise<void> {
    await Promise.all(
      all.map(({ folder, parameter }) => {
        const folders = [
          ...['--inbox', join(this.dataDir, 'dms', folder, 'inbox')],
          ...['--outbox', join(this.dataDir, 'dms', folder, 'replies')],
          ...['--taken', join(this.dataDir, 'dms', folder, 'taken')],
        ];
        const options = ['--parameter', parameter, '--delay', String(ANSWER_DELAY_MS)];
        return this.processes.start('fake-dms-main.js', [...folders, ...options], `DMS of ${folder}`);
      }),
    );
  }

  /** @returns the values of the names by which the directory refers to addresses and passwords */
  async startRepositories(all: readonly Repository[]): Promise<Readonly<Record<string, string>>> {
    const started = all.map(async ({ folder, user, references }) => {
      const password = randomBytes(12).toString('hex');
      const options = ['--folder', join(this.dataDir, 'dms', folder), '--user', user, '--password', password];
      const [url] = await this.processes.start('fake-cmis-main.js', options, `DMS of ${folder}`);
      return { [references.url]: url!, [references.password]: password };
    });
    return Object.assign({}, ...(await Promise.all(started))) as Record<string, string>;
  }

  /** What this DMS has taken so far. */
  ledger(folder: string): Promise<readonly LedgerLine[]> {
    return readLedger<LedgerLine>(join(this.dataDir, 'dms', folder, 'taken'));
  }

  /** What was changed in this repository so far. */
  changes(folder: string): Promise<readonly FakeCmisLedgerLine[]> {
    return readLedger<FakeCmisLedgerLine>(join(this.dataDir, 'dms', folder));
  }
}

async function readLedger<Line>(folder: string): Promise<Line[]> {
  const text = await readFile(join(folder, 'ledger.jsonl'), 'utf8');
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Line);
}
