import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type CertifiedKey, certifiedKey } from '@ozg-hub/testing';
import { describeImport, importMetadata } from './identity-metadata.ts';

let keys: readonly CertifiedKey[];
let folder: string;
const publicUrl = 'https://hub.example';

beforeAll(async () => {
  keys = await Promise.all([certifiedKey({ commonName: 'one' }), certifiedKey({ commonName: 'two' })]);
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'identity-import-'));
  await mkdir(join(folder, 'directory'));
  const pair = "{ certificate: 'file:/keys/sign.pem', privateKey: 'file:/keys/sign.key' }";
  await writeFile(
    join(folder, 'directory/identity.yaml'),
    `providers:
  - id: bundid
    name: BundID
    kind: bundid
    entityId: https://hub.example/bundid
    metadata: bundid.xml
    keys: { signing: [${pair}] }
`,
  );
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function metadata(certificates: readonly CertifiedKey[], address = 'https://idp.example/sso'): Promise<string> {
  const key = ({ certificate }: CertifiedKey) =>
    `<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${certificate.replaceAll(/-----[^-]+-----|\s/g, '')}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`;
  const file = join(folder, 'idp.xml');
  await writeFile(
    file,
    `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example/idp"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${certificates.map(key).join('')}<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="${address}"/></md:IDPSSODescriptor></md:EntityDescriptor>`,
  );
  return file;
}
const options = (more: object = {}) => ({ folder: join(folder, 'directory'), publicUrl, ...more });
const files = () => readdir(join(folder, 'directory/identity')).catch(() => []);

describe('identity import', () => {
  test('asks which provider it is the first time, then knows it by its entityID', async () => {
    const file = await metadata([keys[0]!]);
    await expect(importMetadata(file, options())).rejects.toMatchObject({ code: 'HUB_IDENTITY_PROVIDER_UNKNOWN' });
    const first = await importMetadata(file, options({ provider: 'bundid' }));
    expect(first).toMatchObject({ provider: 'bundid', written: true, changes: undefined });
    expect(await importMetadata(file, options())).toMatchObject({ provider: 'bundid', changes: [] });
    expect(await files()).toEqual(['bundid.xml']);
  });

  test('shows what changes, and with --check only that', async () => {
    await importMetadata(await metadata([keys[0]!]), options({ provider: 'bundid' }));
    const before = await readFile(join(folder, 'directory/identity/bundid.xml'), 'utf8');
    const file = await metadata([...keys], 'https://idp.example/new');
    const checked = await importMetadata(file, options({ check: true }));
    expect(checked.changes?.map(({ what }) => what)).toEqual(['postUrl', 'certificate']);
    expect(describeImport(checked)).toContain('Nothing was written.');
    expect(await readFile(join(folder, 'directory/identity/bundid.xml'), 'utf8')).toBe(before);
  });

  test('refuses what cannot be used, and leaves what is there', async () => {
    await importMetadata(await metadata([keys[0]!]), options({ provider: 'bundid' }));
    const file = await metadata([keys[0]!], 'http://idp.example/sso');
    await expect(importMetadata(file, options())).rejects.toMatchObject({ code: 'HUB_SAML_METADATA' });
    expect(await readFile(join(folder, 'directory/identity/bundid.xml'), 'utf8')).toContain('https://idp.example/sso');
  });
});
