import { beforeAll, describe, expect, test } from '@jest/globals';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { silentLogger } from '@ozg-hub/core';
import { type Directory, type IdentityProviderEntry, identityProvidersOf } from '@ozg-hub/directory';
import { type CertifiedKey, certifiedKey } from '@ozg-hub/testing';
import { ServiceMetadata } from './service-metadata.ts';

const example = fileURLToPath(new URL('../../../../deploy/directory/identity/example.yaml', import.meta.url));
const publicUrl = 'https://anmeldung.example.org';
let providers: readonly IdentityProviderEntry[];
let keys: readonly CertifiedKey[];

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'service-metadata-'));
  await cp(example, join(folder, 'identity.yaml'));
  providers = await identityProvidersOf(folder);
  await rm(folder, { recursive: true });
  keys = await Promise.all(['current', 'next'].map((commonName) => certifiedKey({ commonName })));
});

/** With a second pair of keys beside the first, as during a change. */
function metadataOf(id: string, { url = publicUrl, change = {} } = {}): Promise<string> {
  const pairs = keys.map((_, index) => ({ certificate: `file:/${index}.pem`, privateKey: `file:/${index}.key` }));
  const changed = providers.map((one) => ({ ...one, keys: { signing: pairs }, ...change }));
  const directory = {
    current: () => ({ identity: { providers: changed, clients: [] } }),
    secret: (reference: string) => {
      if (!reference.endsWith('.pem')) throw new Error('metadata need no private key');
      return Promise.resolve(keys[Number(/\d/.exec(reference)![0])]!.certificate);
    },
  };
  return new ServiceMetadata(directory as unknown as Directory, url, silentLogger).of(id);
}

const bare = ({ certificate }: CertifiedKey) => certificate.replaceAll(/-----[^-]+-----|\s/g, '');
const all = (xml: string, pattern: RegExp) => [...xml.matchAll(pattern)].map(([, found]) => found);

describe.each(['bundid', 'muk'])('what %s is told about the hub, by the example of the directory', (id) => {
  test('has neither ID nor validUntil, an entityID by https without port, and one address for answers by POST', async () => {
    const xml = await metadataOf(id);
    expect(xml).not.toMatch(/ (?:ID|validUntil|cacheDuration)=/);
    expect(all(xml, /entityID="([^"]*)"/g)).toEqual([`https://anmeldung.example.org/${id}`]);
    expect(all(xml, /AssertionConsumerService Binding="([^"]*)"/g)).toEqual([
      'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
    ]);
    expect(all(xml, / Location="([^"]*)"/g)).toEqual([`${publicUrl}/identity/saml/${id}/acs`]);
    expect(all(xml, /AuthnRequestsSigned="([^"]*)"/g)).toEqual(['true']);
  });

  test('names both keys that sign during a change, and to encrypt to the first alone, by no other algorithms than GCM and OAEP', async () => {
    const xml = await metadataOf(id);
    expect(all(xml, /use="([^"]*)"/g)).toEqual(['signing', 'signing', 'encryption']);
    expect(all(xml, /<ds:X509Certificate>([^<]*)</g)).toEqual([keys[0]!, keys[1]!, keys[0]!].map(bare));
    const algorithms = all(xml, /EncryptionMethod Algorithm="[^"]*[#]([^"]*)"/g);
    expect(algorithms.length).toBeGreaterThan(0);
    expect(algorithms.filter((name) => !/^(?:aes(?:128|256)-gcm|rsa-oaep(?:-mgf1p)?)$/.test(name!))).toEqual([]);
  });

  test('is not written for an address that it would refuse', async () => {
    const refused = { code: 'HUB_SAML_SETTINGS' };
    await expect(metadataOf(id, { url: `${publicUrl}:8443` })).rejects.toMatchObject(refused);
    await expect(metadataOf(id, { change: { entityId: 'https://hub:443/x' } })).rejects.toMatchObject(refused);
    await expect(metadataOf(id, { change: { entityId: 'http://hub.example.org/x' } })).rejects.toMatchObject(refused);
  });
});

test('the BundID signs assertions themselves, MUK the response alone, a Servicekonto what its settings say', async () => {
  const wanted = async (id: string, change = {}) =>
    all(await metadataOf(id, { change }), /WantAssertionsSigned="([^"]*)"/g);
  expect([await wanted('bundid'), await wanted('muk')]).toEqual([['true'], ['false']]);
  const konto = (settings: object) => ({ kind: 'saml', settings: { levels: { 'urn:konto': 'basis' }, ...settings } });
  expect(await wanted('bundid', konto({ assertionSigned: false }))).toEqual(['false']);
  expect(await wanted('bundid', konto({}))).toEqual(['true']);
});
