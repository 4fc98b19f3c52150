import { writeFile } from 'node:fs/promises';
import type { CertificateReport } from '@ozg-hub/identity-service';
import { processEnvironment } from '@ozg-hub/runtime/settings';
import { type Command, Option } from 'commander';
import { readHubSettings } from './hub-client.ts';
import { answer, askHub } from './run-command.ts';
import { table } from './table.ts';

export function addIdentityCommands(program: Command): void {
  const identity = program.command('identity').description('Identity providers: metadata, certificates, keys.');
  identity
    .command('metadata <provider>')
    .description('Writes the metadata of this service provider, to be registered at the identity provider.')
    .option('--out <file>', 'into a file instead of the standard output')
    .option('--json', 'print JSON')
    .action((provider: string, options: { out?: string; json?: boolean }) =>
      askHub(
        'reads',
        options,
        async (hub) => {
          const path = `/identity/ops/v1/providers/${encodeURIComponent(provider)}/metadata`;
          const given = await hub.call<{ provider: string; metadata: string }>('GET', path);
          if (options.out !== undefined) await writeFile(options.out, `${given.metadata}\n`);
          return given;
        },
        { text: ({ metadata }) => (options.out === undefined ? metadata : `Written to ${options.out}.`) },
      ),
    );
  identity
    .command('import <file>')
    .description(
      'Takes the metadata of an identity provider into the directory: checks it and shows what changes. ' +
        'A running hub uses it at its next look at the directory.',
    )
    .option('--provider <id>', 'id in identity.yaml; default: the one that has this entityID')
    .option('--check', 'only show what would change')
    .option('--json', 'print JSON')
    .action(async (file: string, options: { provider?: string; check?: boolean; json?: boolean }) => {
      const { describeImport, importMetadata } = await import('./identity-metadata.ts');
      await answer(options, { text: describeImport }, async () => {
        const { HUB_DIRECTORY: folder } = await readHubSettings();
        const { HUB_IDENTITY_PUBLIC_URL: publicUrl = '' } = processEnvironment();
        return await importMetadata(file, { ...options, folder, publicUrl });
      });
    });
  identity
    .command('check')
    .description(
      'Certificates of all identity providers: days left and algorithms. Exit code 1 where one is a problem.',
    )
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) =>
      askHub('reads', options, (hub) => hub.call<CertificateReport>('GET', '/identity/ops/v1/certificates'), {
        text: describeReport,
        exitCode: ({ findings }) => (findings.some(({ level }) => level === 'problem') ? 1 : 0),
      }),
    );
  identity
    .command('keys')
    .description('Keys that sign identity proofs and tokens of the OpenID Provider.')
    .command('rotate')
    .description('New keys, which sign some minutes later; those before verify until what they signed is over.')
    .addOption(new Option('--purpose <purpose>', 'only these; default: both').choices(['proof', 'oidc']))
    .option('--withdraw', 'the keys before are in other hands: nothing they signed is accepted any more')
    .option('--json', 'print JSON')
    .action((options: { purpose?: string; withdraw?: boolean; json?: boolean }) => {
      const { purpose, withdraw } = options;
      return askHub(
        'changes',
        options,
        (hub) =>
          hub.call<{ keys: { purpose: string; kid: string }[] }>('POST', '/identity/ops/v1/keys/rotation', {
            purpose,
            withdraw,
          }),
        {
          text: ({ keys }) =>
            [...keys.map((key) => `${key.purpose}: ${key.kid}`), ...(withdraw ? [WITHDRAWN] : [])].join('\n'),
        },
      );
    });
}

const WITHDRAWN =
  'Other processes may sign with the withdrawn keys for one more minute: what they sign is refused, so logins of that minute have to be repeated.';

function describeReport({ certificates, findings }: CertificateReport): string {
  const rows = certificates.map((one) => [
    one.provider,
    one.whose,
    `${one.use}${one.current ? '' : ' (beside)'}`,
    String(one.daysLeft),
    one.notAfter.slice(0, 10),
    `${one.keyType} ${one.keyBits ?? ''}`.trim(),
    one.fingerprint.slice(0, 16),
  ]);
  const heads = ['provider', 'whose', 'use', 'days left', 'until', 'key', 'SHA-256'];
  const said = findings.map(({ level, subject, text }) => `${level}: ${subject}: ${text}`);
  return [
    certificates.length > 0 ? table(heads, rows) : 'No certificates: identity.yaml names no provider.',
    ...said,
  ].join('\n');
}
