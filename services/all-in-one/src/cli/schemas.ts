import type { Command } from 'commander';

/** What reads schemas is loaded only when it is asked for. */
export function addSchemaCommands(program: Command): void {
  const schemas = program.command('schemas').description('XML schemas of standards.');
  schemas
    .command('import <source>')
    .description(
      'Takes the official xdomea schemas out of a ZIP or folder: names and hashes have to be the published ones. ' +
        'Exit code 1 where nothing was imported or a file is altered.',
    )
    .option('--json', 'print JSON')
    .action(async (source: string, options: { json?: boolean }) =>
      (await import('./schema-files.ts')).printImport(source, options),
    );
  schemas
    .command('list')
    .description('Which schemas the hub validates against.')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => (await import('./schema-files.ts')).printSchemas(options));
}
