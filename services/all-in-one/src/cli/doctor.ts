import type { Command } from 'commander';
import { askHub } from './run-command.ts';

interface Report {
  readonly ok: boolean;
  readonly version: string;
  readonly findings: readonly { service: string; level: string; subject: string; text: string }[];
}

const MARK: Readonly<Record<string, string>> = { ok: 'ok      ', warning: 'WARNING ', problem: 'PROBLEM ' };

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('What is configured, reachable, behind and overdue. Exit code 1 where something needs a person.')
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) =>
      askHub('reads', options, (hub) => hub.call<Report>('GET', '/hub/ops/v1/doctor'), {
        text: ({ findings, ok, version }) =>
          [
            `ozg-hub ${version}`,
            ...findings.map(({ service, level, subject, text }) => `${MARK[level]} ${service} · ${subject}: ${text}`),
            ok ? 'Nothing needs a person.' : 'Something needs a person; see PROBLEM above.',
          ].join('\n'),
        exitCode: ({ ok }) => (ok ? 0 : 1),
      }),
    );
}
