import type { Command } from 'commander';
import type { HubClient } from './hub-client.ts';
import type { Progress } from './progress.ts';
import { askHub } from './run-command.ts';
import { table } from './table.ts';

interface ReadFile {
  readonly entries: number;
  readonly added: number;
}

interface Run {
  readonly id: string;
  readonly tenant: string;
  readonly finance: string;
  readonly day: string;
  readonly chargebacks: number;
  readonly classes: Readonly<Record<string, number>>;
  readonly balances: readonly Readonly<Record<string, string>>[];
}

interface Item {
  readonly id: string;
  readonly tenant: string;
  readonly class: string;
  readonly code: string;
  readonly kassenzeichen?: string;
  readonly paymentId?: string;
  readonly payoutReference?: string;
  readonly currency: string;
  readonly hub?: string;
  readonly provider?: string;
  readonly bank?: string;
  readonly ageDays: number;
  readonly closedOn?: string;
}

interface ReconcileOptions {
  readonly tenant: string;
  readonly day: string;
  readonly finance?: string;
  readonly list?: string;
  readonly statement: readonly string[];
  readonly json?: boolean;
}

interface ItemOptions {
  readonly tenant?: string;
  readonly finance?: string;
  readonly class?: string;
  readonly paymentId?: string;
  readonly closed?: boolean;
  readonly json?: boolean;
}

const PATH = '/epay21-bridge/ops/v1/reconciliations';
const several = (file: string, before: readonly string[]) => [...before, file];

/** Hub, payment service and bank compared. */
export function addReconciliationCommands(payments: Command): void {
  payments
    .command('reconcile')
    .description('Reads what payment service and bank say, and compares. Exit code 1 where something is open.')
    .requiredOption('--tenant <slug>', 'the municipality')
    .requiredOption('--day <date>', 'up to this business day, e.g. 2026-11-20')
    .option('--finance <id>', 'its finance system, where it has several')
    .option('--list <csv>', 'settlement list of the payment service')
    .option('--statement <camt.053>', 'of the bank; may be given several times', several, [])
    .option('--json', 'print JSON')
    .action(({ json, ...options }: ReconcileOptions) =>
      askHub('changes', { ...(json ? { json } : {}) }, (hub, progress) => reconcile(hub, options, progress), {
        text: described,
        exitCode: ({ run }) => (openOf(run) > 0 ? 1 : 0),
      }),
    );
  payments
    .command('open-items')
    .description('What does not agree, the oldest first. Exit code 1 where there is any.')
    .option('--tenant <slug>', 'of one municipality')
    .option('--finance <id>', 'of one finance system')
    .option('--class <class>', 'e.g. missing_at_bank, amount_diff, duplicate')
    .option('--payment-id <id>', 'of one payment')
    .option('--closed', 'also those that are closed')
    .option('--json', 'print JSON')
    .action(({ json, ...filter }: ItemOptions) =>
      askHub('reads', { ...(json ? { json } : {}) }, (hub) => items(hub, filter), {
        text: ({ items: found }) => (found.length === 0 ? 'Everything agrees.' : listed(found)),
        exitCode: ({ items: found }) => (found.some(({ closedOn }) => closedOn === undefined) ? 1 : 0),
      }),
    );
  payments
    .command('close-item <item>')
    .description('Says that a person has dealt with an open item; the trail keeps who and why.')
    .requiredOption('--reason <text>', 'no personal data')
    .option('--json', 'print JSON')
    .action((id: string, { json, reason }: { reason: string; json?: boolean }) =>
      askHub(
        'changes',
        { ...(json ? { json } : {}) },
        (hub) => hub.call<Item>('POST', `${PATH}/items/${encodeURIComponent(id)}/close`, { reason }),
        { text: ({ class: kind }) => `${id} (${kind}) is closed.` },
      ),
    );
}

async function reconcile(hub: HubClient, options: Omit<ReconcileOptions, 'json'>, progress: Progress) {
  const { tenant, finance, day, list, statement } = options;
  const query = new URLSearchParams({ tenant, ...(finance === undefined ? {} : { finance }) }).toString();
  const read: (ReadFile & { readonly file: string })[] = [];
  const upload = async (file: string, place: 'list' | 'statement', mediaType: string) => {
    progress.update(`reading ${file}`);
    read.push({ file, ...(await hub.upload<ReadFile>(`${PATH}/${place}?${query}`, file, mediaType)) });
  };
  if (list !== undefined) await upload(list, 'list', 'text/csv');
  for (const file of statement) await upload(file, 'statement', 'application/xml');
  progress.update('comparing');
  const run = await hub.call<Run>('POST', PATH, { tenant, day, ...(finance === undefined ? {} : { finance }) });
  return { read, run };
}

async function items(hub: HubClient, { closed, ...filter }: Omit<ItemOptions, 'json'>) {
  const given = { ...filter, ...(closed ? { closed: 'true' } : {}) };
  return await hub.call<{ items: readonly Item[] }>('GET', `${PATH}/items?${new URLSearchParams(given)}`);
}

function openOf({ classes }: Run): number {
  return Object.entries(classes).reduce((sum, [name, count]) => sum + (name === 'MATCHED' ? 0 : count), 0);
}

function described({ read, run }: Awaited<ReturnType<typeof reconcile>>): string {
  const classes = Object.entries(run.classes).map(([name, count]) => [name, count]);
  return [
    ...read.map(({ file, entries, added }) => `${file}: ${entries} entries, ${added} of them new`),
    `${run.tenant}/${run.finance} up to ${run.day}:`,
    table(['class', 'count'], classes),
    ...(run.chargebacks > 0 ? [`${run.chargebacks} chargebacks were found and recorded.`] : []),
    ...run.balances.map(
      ({ currency, hub, provider, bank, fees, driftOfProvider, driftOfBank }) =>
        `${currency}: hub ${hub}, payment service ${provider} (${driftOfProvider}), fees ${fees}, bank ${bank} (${driftOfBank})`,
    ),
  ].join('\n');
}

function listed(found: readonly Item[]): string {
  return table(
    ['item', 'municipality', 'class', 'code', 'Kassenzeichen', 'hub', 'service', 'bank', 'days'],
    found.map((item) => [
      item.id,
      item.tenant,
      item.class,
      item.code,
      item.kassenzeichen ?? item.payoutReference,
      item.hub,
      item.provider,
      item.bank,
      item.ageDays,
    ]),
  );
}
