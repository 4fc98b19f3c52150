import type { Command } from 'commander';
import { askHub } from './run-command.ts';
import { table } from './table.ts';

interface Case {
  readonly submissionId: string;
  readonly tenant: string;
  readonly target: string;
  readonly lane: string;
  readonly objectId?: string;
  readonly aktenzeichen?: string;
  readonly filedAt?: string;
  readonly closedAt?: string;
}

interface Details {
  readonly case: Case;
  readonly submissions: readonly { readonly submissionId: string; readonly event: string }[];
  readonly documents: readonly { readonly submissionId: string; readonly ref: string; readonly objectId?: string }[];
}

interface Ordered {
  readonly delivery: string;
  readonly state: string;
  readonly created: boolean;
}

interface OrderOptions {
  readonly orderId?: string;
  readonly text?: string;
  readonly by?: string;
  readonly at?: string;
  readonly reopened?: boolean;
  readonly target?: string;
  readonly json?: boolean;
}

const OF = '<submission|vorgang>';
const PATH = '/dms-export/ops/v1/cases';

/** What the hub knows of a case in its DMS, and what it tells the DMS about it. */
export function addCaseCommands(program: Command): void {
  const cases = program.command('cases').description('Cases in a DMS, and what is told to the DMS about them.');
  cases
    .command(`show ${OF}`)
    .description('The Vorgang of a case in its DMS: id, Aktenzeichen, submissions, documents.')
    .option('--json', 'print JSON')
    .action((id: string, options: OrderOptions) => show(id, options));
  order(cases, 'entry', 'entries', 'Writes a line into the protocol of the Vorgang (0607).')
    .requiredOption('--text <text>', 'the line; kept encrypted, and erased with the application')
    .option('--by <name>', 'who did what it tells of (ozg-hub)')
    .option('--at <time>', 'when, e.g. 2026-08-21T10:15:00+02:00 (now)')
    .option('--reopened', 'the closing was lifted in the DMS');
  order(cases, 'close', 'close', 'Closes the Vorgang, zu den Akten (0624), after all that waits in the case.').option(
    '--reopened',
    'it was closed before, and that was lifted in the DMS',
  );
  order(cases, 'handover', 'handover', 'Hands the whole case over with all its documents (0401).').option(
    '--target <id>',
    'another target of the municipality (the DMS of the case)',
  );
  cases
    .command(`link ${OF}`)
    .description('Says which Vorgang of the DMS a case is, where no delivery could learn it; then replay what waits.')
    .requiredOption('--object-id <id>', 'id of the Vorgang in the DMS; for xdomea its IDSGO')
    .option('--aktenzeichen <text>', 'as the DMS gave it')
    .option('--json', 'print JSON')
    .action((id: string, { json, ...given }: { objectId: string; aktenzeichen?: string; json?: boolean }) =>
      askHub('changes', { ...(json ? { json } : {}) }, (hub) => hub.call<Case>('POST', pathOf(id, 'link'), given), {
        text: ({ objectId, tenant, target }) => `${id} is ${objectId} in ${tenant}/${target}.`,
      }),
    );
}

function order(cases: Command, name: string, path: string, description: string): Command {
  return cases
    .command(`${name} ${OF}`)
    .description(description)
    .option('--order-id <id>', 'an order of the same id to the same case is given once')
    .option('--json', 'print JSON')
    .action((id: string, { json, by, ...given }: OrderOptions) =>
      askHub(
        'changes',
        { ...(json ? { json } : {}) },
        (hub) => hub.call<Ordered>('POST', pathOf(id, path), { ...given, ...(by ? { bearbeiter: by } : {}) }),
        {
          text: ({ delivery, state, created }) =>
            created
              ? `Ordered: delivery ${delivery} is ${state}.`
              : `Ordered before: delivery ${delivery} is ${state}.`,
        },
      ),
    );
}

function show(id: string, options: OrderOptions): Promise<void> {
  return askHub('reads', options, (hub) => hub.call<Details>('GET', pathOf(id)), {
    text: ({ case: { tenant, target, lane, objectId, aktenzeichen, filedAt, closedAt }, submissions, documents }) =>
      [
        `${lane}  ${tenant}/${target}`,
        objectId === undefined
          ? `The hub does not know its Vorgang${filedAt ? ', although it was filed' : ': not filed yet'}.`
          : `Vorgang ${objectId}${aktenzeichen ? ` · Aktenzeichen ${aktenzeichen}` : ''}`,
        ...(filedAt ? [`filed ${filedAt}`] : []),
        ...(closedAt ? [`closed ${closedAt}`] : []),
        '',
        table(
          ['submission', 'what', 'documents with an id of their own'],
          submissions.map(({ submissionId, event }) => [
            submissionId,
            event,
            documents
              .filter((document) => document.submissionId === submissionId)
              .map(({ objectId: of }) => of ?? '-')
              .join(', '),
          ]),
        ),
      ].join('\n'),
  });
}

const pathOf = (id: string, what?: string) => `${PATH}/${encodeURIComponent(id)}${what ? `/${what}` : ''}`;
