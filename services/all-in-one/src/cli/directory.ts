import type { ServiceDefinition } from '@ozg-hub/runtime';
import { processEnvironment } from '@ozg-hub/runtime/settings';
import type { Command } from 'commander';
import { readHubSettings } from './hub-client.ts';
import { answer, askHub } from './run-command.ts';

interface Reloaded {
  readonly outcome: 'changed' | 'unchanged' | 'refused';
  readonly version: string;
  readonly errors: readonly { readonly file?: string; readonly line?: number; readonly message: string }[];
}

export function addDirectoryCommands(program: Command): void {
  const directory = program.command('directory').description('Municipalities, Leistungen and targets.');
  directory
    .command('reload')
    .description('Takes a changed directory into use in every process of the hub. Exit code 1 where it is refused.')
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) =>
      askHub('changes', options, (hub) => hub.call<Reloaded>('POST', '/hub/ops/v1/directory/reload'), {
        text: reloaded,
        exitCode: ({ outcome }) => (outcome === 'refused' ? 1 : 0),
      }),
    );
  directory
    .command('check [folder]')
    .description(
      'Checks the directory and names file and line of everything that is wrong. Exit code 1 where it would be refused.',
    )
    .option('--connect', 'asks the systems, too, whether they take what would be sent there; changes nothing there')
    .option('--json', 'print JSON')
    .action((folder: string | undefined, options: { json?: boolean; connect?: boolean }) =>
      answer(
        options,
        {
          text: ({ ok, findings, asked }) =>
            [
              ...findings.map(
                ({ file, line, severity, message, fix }) =>
                  `${severity}  ${file}:${line ?? 1}  ${message}${fix ? ` (${fix})` : ''}`,
              ),
              ...(asked === undefined ? [] : [`Systems asked: ${asked}.`]),
              verdict(ok, asked !== undefined),
            ].join('\n'),
          exitCode: ({ ok }) => (ok ? 0 : 1),
        },
        () => check(folder, options.connect ?? false),
      ),
    );
}

function reloaded({ outcome, version, errors }: Reloaded): string {
  if (outcome === 'changed') return `In use: version ${version}.`;
  if (outcome === 'unchanged') return `Nothing changed: version ${version}.`;
  return [
    ...errors.map(({ file, line, message }) => `error  ${file ?? '.'}:${line ?? 1}  ${message}`),
    `Refused; version ${version} stays in use.`,
  ].join('\n');
}

function verdict(ok: boolean, connected: boolean): string {
  if (ok) return connected ? 'The directory is valid and fits the systems asked.' : 'The directory is valid.';
  return connected ? 'The directory is wrong, or does not fit a system.' : 'The directory would be refused.';
}

async function check(folder: string | undefined, connect: boolean) {
  const { HUB_DIRECTORY, HUB_DATA_DIR } = await readHubSettings();
  const { checkConnections, checkDirectory, secretReferences } = await import('@ozg-hub/directory');
  const { services } = await import('../services.ts');
  const all = <Part>(part: (service: ServiceDefinition) => Readonly<Record<string, Part>> | undefined) =>
    Object.assign({}, ...services.map((service) => part(service) ?? {})) as Record<string, Part>;
  const options = {
    targetKinds: all(({ targetKinds }) => targetKinds),
    allKinds: true,
    identityKinds: services.find(({ identityKinds }) => identityKinds)?.identityKinds,
    profileSchema: services.find(({ profileSchema }) => profileSchema)?.profileSchema,
    placeholders: { data: HUB_DATA_DIR },
  };
  const checked = connect
    ? await checkConnections(folder ?? HUB_DIRECTORY, {
        ...options,
        secrets: secretReferences(processEnvironment()),
        connectChecks: all(({ connectChecks }) => connectChecks),
      })
    : { findings: await checkDirectory(folder ?? HUB_DIRECTORY, options), asked: undefined };
  return { ok: checked.findings.every(({ severity }) => severity !== 'error'), ...checked };
}
