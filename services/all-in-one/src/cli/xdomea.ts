import type { Command } from 'commander';

/** What reads xdomea is loaded only when it is asked for: the other commands start the sooner. */
export function addXdomeaCommands(program: Command): void {
  const xdomea = program
    .command('xdomea')
    .description('Packages and messages of the standard xdomea, whoever wrote them.');
  xdomea
    .command('check <file>')
    .description(
      'Checks a package (ZIP) or a message (XML) of xdomea 2.4.0, 3.0.0 or 3.1.0: ZIP, schema, process rules, code ' +
        'lists, files. The report is in German. Exit code 0 valid, 1 invalid, 2 cannot be checked.',
    )
    .option('--json', 'print JSON')
    .action(async (file: string, options: { json?: boolean }) =>
      (await import('./xdomea-file.ts')).printCheck(file, options),
    );
  xdomea
    .command('show <file>')
    .description('Prints what is in a package or message, as a tree. Exit code 2 where it cannot be read.')
    .option('--json', 'print JSON')
    .action(async (file: string, options: { json?: boolean }) =>
      (await import('./xdomea-file.ts')).printTree(file, options),
    );
}
