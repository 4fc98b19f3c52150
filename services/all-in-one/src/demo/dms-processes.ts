import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { LedgerLine } from '@ozg-hub/testing';

/** Long enough that the state between receipt and result is seen. */
const ANSWER_DELAY_MS = 800;
const KILL_AFTER_MS = 5_000;

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

/** The fake DMS of the demo: each a process of its own that knows the hub by two folders only. */
export class DmsProcesses {
  private readonly children: ChildProcess[] = [];

  constructor(private readonly dataDir: string) {}

  /** Resolves when all of them watch their inboxes. */
  async start(all: readonly Dms[]): Promise<void> {
    const program = fileURLToPath(new URL('fake-dms-main.js', import.meta.resolve('@ozg-hub/testing')));
    await Promise.all(
      all.map(async ({ folder, parameter }) => {
        const folders = [
          ...['--inbox', join(this.dataDir, 'dms', folder, 'inbox')],
          ...['--outbox', join(this.dataDir, 'dms', folder, 'replies')],
          ...['--taken', join(this.dataDir, 'dms', folder, 'taken')],
        ];
        const options = ['--parameter', parameter, '--delay', String(ANSWER_DELAY_MS)];
        const child = spawn(process.execPath, [program, ...folders, ...options], {
          stdio: ['ignore', 'pipe', 'inherit'],
          // Ctrl-C is for the demo, which ends them in order.
          detached: true,
        });
        this.children.push(child);
        await ready(child, folder);
      }),
    );
  }

  /** What this DMS has taken so far. */
  async ledger(folder: string): Promise<readonly LedgerLine[]> {
    const text = await readFile(join(this.dataDir, 'dms', folder, 'taken', 'ledger.jsonl'), 'utf8');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as LedgerLine);
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const exited = once(child, 'exit');
        child.kill('SIGTERM');
        const force = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
        await exited;
        clearTimeout(force);
      }),
    );
  }
}

async function ready(child: ChildProcess, folder: string): Promise<void> {
  const lines = createInterface({ input: child.stdout! });
  const said = once(lines, 'line').then(([line]) => line === 'ready');
  const gone = Promise.race([once(child, 'exit'), once(child, 'error')]).then(() => false);
  if (!(await Promise.race([said, gone]))) throw new Error(`the fake DMS of ${folder} did not start`);
  child.stdout!.resume();
}
