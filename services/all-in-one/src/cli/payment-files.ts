import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { HubClient } from './hub-client.ts';
import { askHub } from './run-command.ts';
import { table } from './table.ts';

interface PostingFile {
  readonly id: string;
  readonly tenant: string;
  readonly target: string;
  readonly profile: string;
  readonly number: number;
  readonly businessDay: string;
  readonly name: string;
  readonly postings: number;
  readonly gross: string;
  readonly reversed: string;
  readonly net: string;
  readonly state: string;
  readonly code?: string;
}

interface ExportOptions {
  readonly tenant: string;
  readonly day: string;
  readonly target?: string;
  readonly profile?: string;
  readonly early?: boolean;
  readonly out?: string;
  readonly json?: boolean;
}

interface Booked {
  readonly taken: number;
  readonly refused: readonly { readonly paymentId: string; readonly eventId: string; readonly code: string }[];
}

const PATH = '/epay21-bridge/ops/v1/files';
const contentOf = (id: string) => `${PATH}/${encodeURIComponent(id)}/content`;

/** Files that finance systems without Kafka get and give. */
export function addPaymentFileCommands(payments: Command): void {
  payments
    .command('export')
    .description('Closes a business day: writes and hands over the files of its postings. Nothing new makes no file.')
    .requiredOption('--tenant <slug>', 'the municipality')
    .requiredOption('--day <date>', 'business day in Germany, e.g. 2026-11-20')
    .option('--target <id>', 'one finance system (all)')
    .option('--profile <id>', 'one kind of file (all)')
    .option('--early', 'also of today; what comes later of it stands in the next file')
    .option('--out <folder>', 'also write them here')
    .option('--json', 'print JSON')
    .action(({ json, out, ...which }: ExportOptions) =>
      askHub('changes', { ...(json ? { json } : {}) }, (hub) => closeDay(hub, which, out), {
        text: ({ files }) => (files.length === 0 ? 'There is nothing new to post.' : listed(files)),
        exitCode: ({ files }) => (files.some(({ state }) => state !== 'HANDED_OVER') ? 1 : 0),
      }),
    );
  payments
    .command('files')
    .description('Files that were written, newest first.')
    .option('--tenant <slug>', 'of one municipality')
    .option('--day <date>', 'of one business day')
    .option('--json', 'print JSON')
    .action(({ json, ...filter }: { tenant?: string; day?: string; json?: boolean }) =>
      askHub(
        'reads',
        { ...(json ? { json } : {}) },
        (hub) => hub.call<{ files: readonly PostingFile[] }>('GET', `${PATH}?${new URLSearchParams(filter)}`),
        { text: ({ files }) => (files.length === 0 ? 'There are no such files.' : listed(files)) },
      ),
    );
  payments
    .command('reissue <file>')
    .description('Hands a file over again: the same bytes under the same name, no new number.')
    .option('--out <folder>', 'also write it here')
    .option('--json', 'print JSON')
    .action((id: string, { json, out }: { out?: string; json?: boolean }) =>
      askHub('changes', { ...(json ? { json } : {}) }, (hub) => reissue(hub, id, out), {
        text: ({ name, state, code }) => `${name} is ${state}${code ? ` (${code})` : ''}.`,
        exitCode: ({ state }) => (state === 'HANDED_OVER' ? 0 : 1),
      }),
    );
  payments
    .command('bookings <csv>')
    .description(
      'Reads answers of a finance system: paymentId;eventId;outcome;document;code. Exit code 1 where any is refused.',
    )
    .option('--json', 'print JSON')
    .action((file: string, options: { json?: boolean }) =>
      askHub('changes', options, (hub) => hub.upload<Booked>('/epay21/v1/bookings/csv', file, 'text/csv'), {
        text: ({ taken, refused }) =>
          [`${taken} answers were taken.`, ...refused.map(({ paymentId, code }) => `${paymentId}: ${code}`)].join('\n'),
        exitCode: ({ refused }) => (refused.length > 0 ? 1 : 0),
      }),
    );
}

async function closeDay(hub: HubClient, which: Omit<ExportOptions, 'json' | 'out'>, out: string | undefined) {
  const { files } = await hub.call<{ files: readonly PostingFile[] }>('POST', `${PATH}/close`, which);
  for (const file of files) await save(hub, file, out);
  return { files };
}

async function reissue(hub: HubClient, id: string, out: string | undefined): Promise<PostingFile> {
  const file = await hub.call<PostingFile>('POST', `${PATH}/${encodeURIComponent(id)}/reissue`);
  await save(hub, file, out);
  return file;
}

async function save(hub: HubClient, { id, name }: PostingFile, out: string | undefined): Promise<void> {
  if (out === undefined) return;
  await mkdir(out, { recursive: true });
  await writeFile(join(out, name), await hub.download(contentOf(id)));
}

function listed(files: readonly PostingFile[]): string {
  return table(
    ['file', 'name', 'municipality', 'for', 'day', 'postings', 'came', 'went back', 'state', 'why'],
    files.map((file) => [
      file.id,
      file.name,
      file.tenant,
      `${file.target}/${file.profile}`,
      file.businessDay,
      file.postings,
      file.gross,
      file.reversed,
      file.state,
      file.code,
    ]),
  );
}
