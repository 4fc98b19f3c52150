import type { Command } from 'commander';

export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('Starts a hub of its own, pushes real applications through it and shows where they went.')
    .option('--json', 'print one JSON document as the last line')
    .option('--keep', 'leave the hub running until Ctrl-C')
    .action(async (options: { json?: boolean; keep?: boolean }) => {
      const { runDemo } = await import('../demo/run-demo.ts');
      process.exitCode = await runDemo({ json: options.json ?? false, keep: options.keep ?? false });
    });
}
