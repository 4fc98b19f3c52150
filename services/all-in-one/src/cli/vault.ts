import type { Command } from 'commander';
import { askHub } from './run-command.ts';

export function addVaultCommands(program: Command): void {
  program
    .command('vault')
    .description('Keys of the vault.')
    .command('rotate')
    .description('Makes a new master key and wraps all keys anew; contents stay as they are.')
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) =>
      askHub('changes', options, (hub) => hub.call<Record<string, unknown>>('POST', '/hub/ops/v1/vault/rotation'), {
        text: (answer) =>
          Object.entries(answer)
            .map(([name, value]) => `${name}: ${String(value)}`)
            .join('\n'),
      }),
    );
  program
    .command('erase <submission>')
    .description('Erases the contents of a completed or cancelled submission, also in copies of the data taken before.')
    .option('--json', 'print JSON')
    .action((id: string, options: { json?: boolean }) =>
      askHub(
        'changes',
        options,
        (hub) =>
          hub.call<{ id: string; copiesUnreadable: boolean }>(
            'POST',
            `/civento-intake/ops/v1/submissions/${encodeURIComponent(id)}/erasure`,
          ),
        {
          text: ({ copiesUnreadable }) =>
            copiesUnreadable
              ? 'Erased, also in every copy of the data taken before.'
              : 'Erased here. The keyring cannot be changed, so copies taken before stay readable with it.',
        },
      ),
    );
}
