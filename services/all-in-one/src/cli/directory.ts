import type { Command } from 'commander';
import { checkDirectory } from '@ozg-hub/directory';
import { type HostConfig, hostSettings, processEnvironment } from '@ozg-hub/runtime';
import { services } from '../services.ts';

export function addDirectoryCommands(program: Command): void {
  program
    .command('directory')
    .description('Municipalities, Leistungen and targets.')
    .command('check [folder]')
    .description(
      'Checks the directory and names file and line of everything that is wrong. Exit code 1 where it would be refused.',
    )
    .option('--json', 'print JSON')
    .action(async (given: string | undefined, options: { json?: boolean }) => {
      const config = hostSettings
        .pick({ HUB_DIRECTORY: true, HUB_DATA_DIR: true })
        .parse(processEnvironment()) as HostConfig;
      const folder = given ?? config.HUB_DIRECTORY;
      const targetKinds = Object.assign({}, ...services.map((service) => service.targetKinds ?? {})) as Record<
        string,
        never
      >;
      const findings = await checkDirectory(folder, {
        targetKinds,
        allKinds: true,
        profileSchema: services.find(({ profileSchema }) => profileSchema)?.profileSchema,
        placeholders: { data: config.HUB_DATA_DIR },
      });
      const refused = findings.some(({ severity }) => severity === 'error');
      const lines = findings.map(
        ({ file, line, severity, message, fix }) =>
          `${severity}  ${file}:${line ?? 1}  ${message}${fix ? ` (${fix})` : ''}`,
      );
      const text = [...lines, refused ? 'The directory would be refused.' : 'The directory is valid.'].join('\n');
      process.stdout.write(`${options.json ? JSON.stringify({ ok: !refused, findings }, null, 2) : text}\n`);
      process.exitCode = refused ? 1 : 0;
    });
}
