import { scopes as allScopes } from '@ozg-hub/runtime/settings';
import { type Command, Option } from 'commander';
import { askHub } from './run-command.ts';
import { table } from './table.ts';

interface KeyRow {
  readonly id: string;
  readonly name: string;
  readonly scopes: string[];
  readonly tenants: string[] | null;
  readonly createdAt: string;
  readonly revokedAt: string | null;
}

const list = (text: string) => text.split(',').map((item) => item.trim());

export function addKeyCommands(program: Command): void {
  const keys = program.command('keys').description('API keys of partners and operators.');
  keys
    .command('create')
    .description('Creates a key and prints its text, once.')
    .requiredOption('--name <name>', 'who uses it')
    .addOption(
      new Option('--scopes <list>', `${allScopes.join(', ')}; comma-separated`).argParser(list).makeOptionMandatory(),
    )
    .addOption(new Option('--tenants <list>', 'municipalities it is valid for; default all').argParser(list))
    .option('--json', 'print id and key as JSON')
    .action((options: { name: string; scopes: string[]; tenants?: string[]; json?: boolean }) => {
      const { name, scopes, tenants } = options;
      return askHub(
        'changes',
        options,
        (hub) => hub.call<{ id: string; key: string }>('POST', '/hub/ops/v1/keys', { name, scopes, tenants }),
        { text: ({ key }) => key },
      );
    });
  keys
    .command('list')
    .description('Lists all keys, without their secrets.')
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) =>
      askHub('reads', options, (hub) => hub.call<{ keys: KeyRow[] }>('GET', '/hub/ops/v1/keys'), {
        text: ({ keys: rows }) =>
          table(
            ['id', 'name', 'scopes', 'municipalities', 'created', 'revoked'],
            rows.map((row) => [
              row.id,
              row.name,
              row.scopes.join(','),
              row.tenants?.join(',') ?? 'all',
              row.createdAt,
              row.revokedAt ?? undefined,
            ]),
          ),
      }),
    );
  keys
    .command('revoke <id>')
    .description('Revokes a key; it takes effect within two seconds.')
    .option('--json', 'print JSON')
    .action((id: string, options: { json?: boolean }) =>
      askHub(
        'changes',
        options,
        (hub) => hub.call<{ revoked: string }>('DELETE', `/hub/ops/v1/keys/${encodeURIComponent(id)}`),
        {
          text: ({ revoked }) => `revoked ${revoked}`,
        },
      ),
    );
}
