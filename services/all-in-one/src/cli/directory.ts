import type { Command } from 'commander';
import { readHubSettings } from './hub-client.ts';
import { answer } from './run-command.ts';

export function addDirectoryCommands(program: Command): void {
  program
    .command('directory')
    .description('Municipalities, Leistungen and targets.')
    .command('check [folder]')
    .description(
      'Checks the directory and names file and line of everything that is wrong. Exit code 1 where it would be refused.',
    )
    .option('--json', 'print JSON')
    .action((folder: string | undefined, options: { json?: boolean }) =>
      answer(
        options,
        {
          text: ({ ok, findings }) =>
            [
              ...findings.map(
                ({ file, line, severity, message, fix }) =>
                  `${severity}  ${file}:${line ?? 1}  ${message}${fix ? ` (${fix})` : ''}`,
              ),
              ok ? 'The directory is valid.' : 'The directory would be refused.',
            ].join('\n'),
          exitCode: ({ ok }) => (ok ? 0 : 1),
        },
        () => check(folder),
      ),
    );
}

async function check(folder: string | undefined) {
  const { HUB_DIRECTORY, HUB_DATA_DIR } = await readHubSettings();
  const { checkDirectory } = await import('@ozg-hub/directory');
  const { services } = await import('../services.ts');
  const findings = await checkDirectory(folder ?? HUB_DIRECTORY, {
    targetKinds: Object.assign({}, ...services.map((service) => service.targetKinds ?? {})) as Record<string, never>,
    allKinds: true,
    profileSchema: services.find(({ profileSchema }) => profileSchema)?.profileSchema,
    placeholders: { data: HUB_DATA_DIR },
  });
  return { ok: findings.every(({ severity }) => severity !== 'error'), findings };
}
