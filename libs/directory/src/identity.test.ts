import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { checkDirectory } from './check.ts';
import { contentOf, readFolder } from './folder.ts';
import { sampleFolder } from './sample-folder.ts';
import { forTestsOnly } from './settings-for-tests.ts';
import { Snapshot } from './snapshot.ts';

const identity = `providers:
  - id: bundid
    name: BundID
    kind: bundid
    entityId: https://hub.example/identity/saml/bundid
    metadata: bundid.xml
    keys:
      signing:
        - { certificate: file:/run/keys/sign.pem, privateKey: file:/run/keys/sign.key }
    settings: { onlineServiceId: BMI-A0000 }
clients:
  - id: formulare
    name: Formularserver
    clientSecret: env:FORMULARE_SECRET
    redirectUris: ['https://formulare.example/zurueck']
    tenants: [musterstadt]
    leistungen: [99.999.002.101.000]
`;
const identityKinds = { bundid: z.strictObject({ onlineServiceId: z.string() }) };
const right = { 'identity.yaml': identity, 'identity/bundid.xml': '<EntityDescriptor/>' };

async function findings(text: string, files: Readonly<Record<string, string>> = right) {
  const folder = await sampleFolder({ ...files, 'identity.yaml': text });
  try {
    return await checkDirectory(folder.path, { identityKinds });
  } finally {
    await folder.remove();
  }
}

describe('identity.yaml', () => {
  test('is part of a right directory, and the snapshot brings the metadata along', async () => {
    const folder = await sampleFolder(right);
    const read = await readFolder(folder.path);
    await folder.remove();
    expect(read.findings).toEqual([]);
    const snapshot = new Snapshot('test', contentOf(read));
    expect(snapshot.identity.providers[0]?.metadataXml).toBe('<EntityDescriptor/>');
    expect(snapshot.identity.clients[0]?.leistungen).toEqual(['99999002101000']);
    expect(snapshot.offersOf('99999002101000', 'musterstadt').map(({ ref }) => ref)).toEqual(['hund-anmelden@1']);
    expect(snapshot.offersOf('99999002101000', 'nirgends')).toEqual([]);
  });

  test('may name levels by AuthnContexts that end in Password', async () => {
    const levels = "settings: { levels: { 'urn:oasis:names:tc:SAML:2.0:ac:classes:Password': basis } }";
    const text = identity
      .replace('settings: { onlineServiceId: BMI-A0000 }', levels)
      .replace('kind: bundid', 'kind: saml');
    const schema = z.strictObject({ levels: z.record(z.string(), z.string()) });
    const folder = await sampleFolder({ ...right, 'identity.yaml': text });
    const found = await checkDirectory(folder.path, { identityKinds: { saml: schema } });
    await folder.remove();
    expect(found).toEqual([]);
  });

  test('is warned of switches for tests, where they are on', async () => {
    const schema = z.strictObject({
      onlineServiceId: z.string(),
      testAccounts: forTestsOnly(z.boolean().default(false)),
    });
    const found = async (settings: string) => {
      const text = identity.replace('{ onlineServiceId: BMI-A0000 }', `{ onlineServiceId: BMI-A0000${settings} }`);
      const folder = await sampleFolder({ ...right, 'identity.yaml': text });
      const checked = await checkDirectory(folder.path, { identityKinds: { bundid: schema } });
      await folder.remove();
      return checked.map(({ severity, path, message }) => [severity, path, message.slice(0, 14)]);
    };
    const warned = ['warning', 'providers[0].settings.testAccounts', 'FOR TESTS ONLY'];
    expect(await found(', testAccounts: true')).toEqual([warned]);
    expect(await found(', testAccounts: false')).toEqual([]);
    expect(await found('')).toEqual([]);
  });

  test('may be missing', async () => {
    const folder = await sampleFolder();
    const content = contentOf(await readFolder(folder.path));
    await folder.remove();
    expect(Object.keys(content)).not.toContain('identity');
    expect(new Snapshot('test', content).identity).toEqual({ providers: [], clients: [] });
  });

  test.each<[string, [from: string, to: string], string, RegExp]>([
    ['a secret as a value', ['env:FORMULARE_SECRET', 'geheim'], 'clients[0].clientSecret', /secret|reference/],
    ['a key as a value', ['file:/run/keys/sign.key', 'MIIE'], 'providers[0].keys.signing[0].privateKey', /secret/],
    ['a redirect with a wildcard', ['.example/zurueck', '.example/*'], 'clients[0].redirectUris[0]', /wildcard/],
    ['a redirect with a fragment', ['/zurueck', '/zurueck#a'], 'clients[0].redirectUris[0]', /fragment/],
    ['a redirect without TLS', ['https://formulare', 'http://formulare'], 'clients[0].redirectUris[0]', /https/],
    ['a redirect with a user', ['https://formulare', 'https://a@formulare'], 'clients[0].redirectUris[0]', /user/],
    ['another scheme', ['https://formulare', 'javascript://formulare'], 'clients[0].redirectUris[0]', /https/],
    [
      'redirects to two hosts',
      ["zurueck'", "zurueck', 'https://andere.example/zurueck'"],
      'clients[0].redirectUris',
      /one host/,
    ],
    ['an unknown tenant', ['[musterstadt]', '[musterstatd]'], 'clients[0].tenants[0]', /no tenant/],
    ['an unknown kind', ['kind: bundid', 'kind: bundidd'], 'providers[0].kind', /no adapter/],
    ['wrong settings', ['onlineServiceId', 'onlineServiceID'], 'providers[0].settings.onlineServiceID', /unknown key/],
    ['missing metadata', ['bundid.xml', 'andere.xml'], 'providers[0].metadata', /no such file/],
    ['a way out of the folder', ['bundid.xml', '../bundid.xml'], 'providers[0].metadata', /name of a file/],
  ])('refuses %s', async (_what, [from, to], path, message) => {
    expect(identity).toContain(from);
    const found = await findings(identity.replace(from, () => to));
    expect(found.filter(({ severity }) => severity === 'error')).toContainEqual(
      expect.objectContaining({ file: 'identity.yaml', path, message: expect.stringMatching(message) }),
    );
  });

  test('where it is missing, a tenant is told which Leistungen cannot be applied for, unless it takes unverified identities', async () => {
    const hund = 'blueprints/hund-anmelden@1.yaml';
    const demanding: [string, string] = ['name: Hundesteuer', 'name: Hundesteuer\nvertrauensniveau: substanziell'];
    const told = async (changes: Parameters<typeof sampleFolder>[0]) => {
      const folder = await sampleFolder({ [hund]: demanding, ...changes });
      const found = await checkDirectory(folder.path, { identityKinds });
      await folder.remove();
      return found.map(({ severity, file, message }) => [severity, file, message.endsWith('hund-anmelden@1')]);
    };
    const [beispielhausen, musterstadt] = ['tenants/beispielhausen.yaml', 'tenants/musterstadt.yaml'];
    const warned = (file: string) => ['warning', file, true];
    expect(await told({})).toEqual([warned(beispielhausen), warned(musterstadt)]);
    expect(await told(right)).toEqual([]);
    const accepting: [string, string] = ['name: M', 'policy: { acceptUnverifiedIdentity: true }\nname: M'];
    const without: [string, string] = ['overrides:\n', 'overrides:\n      vertrauensniveau: null\n'];
    expect(await told({ [musterstadt]: accepting, [beispielhausen]: without })).toEqual([]);
  });
});
