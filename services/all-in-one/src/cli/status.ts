import type { Command } from 'commander';
import { askHub } from './run-command.ts';
import { table } from './table.ts';

interface Status {
  readonly id: string;
  readonly vorgang?: string;
  readonly tenant: string;
  readonly leistung: string;
  readonly state: string;
  readonly acceptedAt: string;
  readonly asOf: string;
  readonly deliveries: readonly {
    id: string;
    service: string;
    target: string;
    state: string;
    overdue: boolean;
    code?: string;
    aktenzeichen?: string;
    changedAt: string;
  }[];
}

export function addStatusCommands(program: Command): void {
  program
    .command('status <submission-or-Vorgang>')
    .description('Where an application is: its state and every delivery. Exit code 1 where there is none.')
    .option('--json', 'print JSON')
    .action((key: string, options: { json?: boolean }) =>
      askHub(
        'reads',
        options,
        (hub) =>
          hub.call<{ submissions: Status[] }>('GET', `/civento-intake/ops/v1/submissions?q=${encodeURIComponent(key)}`),
        {
          text: ({ submissions }) =>
            submissions.length === 0 ? 'There is no such submission.' : submissions.map(describe).join('\n\n'),
          exitCode: ({ submissions }) => (submissions.length === 0 ? 1 : 0),
        },
      ),
    );
}

function describe(status: Status): string {
  return [
    `${status.id}  ${status.state}  (as of ${status.asOf})`,
    `Vorgang ${status.vorgang ?? '–'} · ${status.tenant} · Leistung ${status.leistung} · accepted ${status.acceptedAt}`,
    table(
      ['delivery', 'service', 'target', 'state', 'since', 'code', 'Aktenzeichen'],
      status.deliveries.map((delivery) => [
        delivery.id,
        delivery.service,
        delivery.target,
        delivery.overdue ? `${delivery.state} (overdue)` : delivery.state,
        delivery.changedAt,
        delivery.code,
        delivery.aktenzeichen,
      ]),
    ),
  ].join('\n');
}
