import type { Command } from 'commander';
import { askHub } from './run-command.ts';

interface TrailReport {
  readonly ok: boolean;
  readonly services: readonly {
    service: string;
    ok: boolean;
    rows: number;
    problems: readonly { kind: string; tenant?: string; number?: number; detail: string }[];
  }[];
}

export function addTrailCommands(program: Command): void {
  program
    .command('trail')
    .description('The audit trail.')
    .command('verify')
    .description(
      'Checks chains, checkpoints and that nothing stays unsealed. Exit code 1 where something does not fit.',
    )
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) =>
      askHub('reads', options, (hub) => hub.call<TrailReport>('GET', '/hub/ops/v1/trail/verification'), {
        text: ({ services, ok }) =>
          [
            ...services.flatMap(({ service, rows, problems, ok: fits }) => [
              `${fits ? 'ok     ' : 'BROKEN '} ${service}: ${rows} rows`,
              ...problems.map(
                ({ kind, tenant, number, detail }) =>
                  `        ${[kind, tenant, number].filter((part) => part !== undefined).join(' ')}: ${detail}`,
              ),
            ]),
            ok ? 'The trail is whole.' : 'The trail was changed or is incomplete.',
          ].join('\n'),
        exitCode: ({ ok }) => (ok ? 0 : 1),
      }),
    );
}
