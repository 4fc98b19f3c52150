import { randomBytes } from 'node:crypto';
import { cp, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeSpMetadata } from '@ozg-hub/saml';
import { certifiedKey } from '@ozg-hub/testing';
import type { FakeProcesses } from './fake-processes.ts';

/** The identity providers of deploy/directory/identity/example.yaml, each with its fake. */
const PROVIDERS = [
  { id: 'bundid', name: 'BundID', entityId: 'https://anmeldung.example.org/bundid', assertionsSigned: true },
  { id: 'muk', name: 'MUK', entityId: 'https://anmeldung.example.org/muk', assertionsSigned: false },
] as const;
const DIRECTORY = fileURLToPath(new URL('../../../../deploy/directory/', import.meta.url));
const KEYS_OF_EXAMPLE = '/etc/ozg-hub/saml/';
/** BSI TR-02102-1. */
const KEY_BITS = 3072;
/** Takes nobody's word: without an identity proof a Leistung with a Vertrauensniveau is refused there. */
const STRICT_TENANT = 'muehlfelden';

/** What a hub needs to let people sign in at the fakes. */
export interface LoginProviders {
  /** Settings of the hub and values of references. */
  readonly settings: Readonly<Record<string, string>>;
  readonly clientSecret: string;
  /** A copy of deploy/directory with identity providers. */
  readonly directory: string;
}

/** Makes keys, starts fake BundID and fake MUK, and writes a directory that knows them. */
export async function startLoginProviders(
  dataDir: string,
  publicUrl: string,
  processes: FakeProcesses,
): Promise<LoginProviders> {
  const directory = join(dataDir, 'directory');
  const keys = join(dataDir, 'saml');
  await Promise.all([cp(DIRECTORY, directory, { recursive: true }), mkdir(keys, { mode: 0o700 })]);
  await edit(join(directory, 'tenants', `${STRICT_TENANT}.yaml`), ', acceptUnverifiedIdentity: true', '');
  const identity = join(directory, 'identity');
  await edit(join(identity, 'example.yaml'), KEYS_OF_EXAMPLE, `${keys}/`);
  await Promise.all(
    PROVIDERS.map(async ({ id, name, entityId, assertionsSigned }) => {
      const { key, certificate } = await certifiedKey({ commonName: `ozg-hub to ${name}`, bits: KEY_BITS });
      await writeFile(join(keys, `${id}.pem`), certificate);
      await writeFile(join(keys, `${id}.key`), key, { mode: 0o600 });
      const ours = writeSpMetadata({
        entityId,
        assertionConsumerUrls: [`${publicUrl}/identity/saml/${id}/acs`],
        signingCertificates: [certificate],
        encryptionCertificates: [certificate],
        wantAssertionsSigned: assertionsSigned,
        local: true,
      });
      await writeFile(join(keys, `${id}-hub.xml`), ours);
      const files = ['--sp-metadata', join(keys, `${id}-hub.xml`), '--save-metadata', join(identity, `${id}.xml`)];
      await processes.start('fake-idp-main.js', ['--kind', id, ...files], name);
    }),
  );
  await rename(join(identity, 'example.yaml'), join(directory, 'identity.yaml'));
  const clientSecret = randomBytes(24).toString('base64url');
  const settings = {
    HUB_DIRECTORY: directory,
    HUB_IDENTITY_PUBLIC_URL: publicUrl,
    FORMULARE_CLIENT_SECRET: clientSecret,
  };
  return { settings, clientSecret, directory };
}

async function edit(path: string, from: string, to: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  if (!text.includes(from)) throw new Error(`${path} is not what the demo expects`);
  await writeFile(path, text.replaceAll(from, to));
}
