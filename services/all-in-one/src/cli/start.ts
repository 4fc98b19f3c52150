import type { Command } from 'commander';
import { processEnvironment } from '@ozg-hub/runtime/settings';
import { version } from '../version.ts';

export function addStartCommand(program: Command): void {
  program
    .command('start')
    .description('Runs the hub until stopped (Ctrl-C). Settings come from the environment; the README lists them.')
    .option('--json', 'print one JSON line when ready instead of text')
    .action(async ({ json }: { json?: boolean }) => {
      const { run } = await import('@ozg-hub/runtime');
      const { services } = await import('../services.ts');
      const say = json ? undefined : (line: string) => void process.stderr.write(`${line}\n`);
      process.exitCode = await run(services, {
        environment: { HUB_LOG_LEVEL: 'warn', ...processEnvironment() },
        process,
        version,
        allServices: true,
        ...(say ? { say } : {}),
        onReady: ({ url, config }) => {
          const line = json
            ? JSON.stringify({ url, dataDir: config.HUB_DATA_DIR })
            : `ozg-hub is ready at ${url} (data in ${config.HUB_DATA_DIR}). Stop it with Ctrl-C.`;
          process.stdout.write(`${line}\n`);
        },
      });
    });
}
