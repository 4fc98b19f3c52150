import { describe, expect, jest, test } from '@jest/globals';
import {
  type SaidLogin,
  SamlGround,
  acs,
  base64,
  element,
  genuine,
  noReplays,
  now,
  requestId,
  sampleKey,
} from '@ozg-hub/testing/saml';
import { ENCRYPTION, ENCRYPTION11, RSA_PSS_SHA256, RSA_SHA512, SHA512 } from './names.ts';
import { createResponseVerifier } from './index.ts';

const ground = await SamlGround.create();
const { bundidLayout, mukLayout, idpKey, encryptionKey } = ground;
const shortKey = await sampleKey('short', 1024);
const expected = { requestId, assertionConsumerUrl: acs };
const OAEP11 = { keyTransport: `${ENCRYPTION11}rsa-oaep` };
const ATTRIBUTES = [
  element(
    'Attribute',
    {
      Name: 'urn:oid:2.5.4.4',
      FriendlyName: 'surname',
      'xmlns:akdb': 'https://www.akdb.de/request/2018/09',
      'akdb:TrustLevel': 'HOCH',
    },
    [element('AttributeValue', {}, ['Mustermann & Söhne <1>'])],
  ),
  element('Attribute', { Name: 'Unternehmensanschrift' }, [
    element('AttributeValue', { 'xmlns:ekona': 'http://www.elster.de/schema/ekona/saml/extensions' }, [
      { name: 'ekona:Strasse', children: ['Musterweg'] },
      { name: 'ekona:Hausnummer', children: ['1'] },
    ]),
  ]),
  element('Attribute', { Name: 'several' }, [
    element('AttributeValue', {}, ['a']),
    element('AttributeValue', { 'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance', 'xsi:nil': 'true' }),
    element('AttributeValue', {}, ['']),
  ]),
];

describe('A genuine response is accepted', () => {
  test.each([
    ['of the BundID: both signed, OAEP as the BundID does it today', bundidLayout],
    [
      'of MUK: PSS, GCM, OAEP by SHA-256',
      { ...mukLayout, signatureAlgorithm: RSA_PSS_SHA256, ...OAEP11, oaepDigest: 'sha256' },
    ],
    ['with PSS on both', { ...bundidLayout, signatureAlgorithm: RSA_PSS_SHA256 }],
    [
      'with AES-128 and OAEP by SHA-512',
      { ...bundidLayout, contentAlgorithm: `${ENCRYPTION11}aes128-gcm`, ...OAEP11, oaepDigest: 'sha512' },
    ],
    [
      'with the digest of the old OAEP made modern',
      { ...bundidLayout, keyTransport: `${ENCRYPTION}rsa-oaep-mgf1p`, oaepDigest: 'sha256' },
    ],
    ['with SHA-512', { ...bundidLayout, signatureAlgorithm: RSA_SHA512, digestAlgorithm: SHA512 }],
  ])('%s', async (_, layout) => {
    const { assertionSigned } = layout;
    await expect(ground.verified(await ground.samlResponse({}, layout), { assertionSigned })).resolves.toEqual({
      nameId: genuine.nameId,
      nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient',
      sessionIndex: '_session',
      authnContext: genuine.authnContext,
      authnInstant: new Date(genuine.issueInstant),
      attributes: [],
      assertionId: genuine.assertionId,
      notOnOrAfter: new Date(genuine.notOnOrAfter),
    });
  });

  test.each([true, false])('in the clear where a setting says so (assertion signed: %s)', async (assertionSigned) => {
    const response = await ground.samlResponse({}, { encrypted: false, assertionSigned });
    await expect(ground.verified(response, { unencryptedAllowed: true, assertionSigned })).resolves.toMatchObject({
      nameId: genuine.nameId,
    });
    expect(await ground.refusal(response, { assertionSigned })).toBe('HUB_SAML_NOT_ENCRYPTED');
  });

  test('with base64 in lines, and with an XML declaration', async () => {
    const xml = `<?xml version="1.0" encoding="UTF-8"?>\n${await ground.responseXml()}`;
    const lines = base64(xml).replaceAll(/.{76}/g, '$&\r\n');
    await expect(ground.verified(lines)).resolves.toMatchObject({ nameId: genuine.nameId });
  });
});

describe('What a response proves', () => {
  test('are attributes by name, with trust level and values that are XML', async () => {
    const { attributes } = await ground.verified(await ground.samlResponse({ attributes: ATTRIBUTES }));
    expect(attributes).toEqual([
      {
        name: 'urn:oid:2.5.4.4',
        friendlyName: 'surname',
        trustLevel: 'HOCH',
        values: ['Mustermann & Söhne <1>'],
      },
      {
        name: 'Unternehmensanschrift',
        values: [
          expect.objectContaining({
            children: [
              expect.objectContaining({ local: 'Strasse', text: 'Musterweg' }),
              expect.objectContaining({ local: 'Hausnummer', text: '1' }),
            ],
          }),
        ],
      },
      { name: 'several', values: ['a', ''] },
    ]);
  });

  test('ends with the first of all limits', async () => {
    const response = await ground.samlResponse({ notOnOrAfter: '2026-11-22T11:00:00Z' });
    await expect(ground.verified(response)).resolves.toMatchObject({
      notOnOrAfter: new Date('2026-11-22T10:09:58.123Z'),
    });
    await expect(ground.verified(response, { maxAgeMs: 60_000 })).resolves.toMatchObject({
      notOnOrAfter: new Date('2026-11-22T10:00:58.123Z'),
    });
  });
});

describe('What a signed response says is looked at too', () => {
  test.each<[string, Partial<SaidLogin>, string]>([
    ['where it goes', { destination: 'https://other.example.org/' }, 'HUB_SAML_DESTINATION'],
    ['the level', { authnContext: 'STORK-QAA-Level-2' }, 'HUB_SAML_LEVEL'],
    ['no assertion', { hasAssertion: false }, 'HUB_SAML_NO_ASSERTION'],
    ['no passive login', { hasAssertion: false, statusCodes: ['Responder', 'NoPassive'] }, 'HUB_SAML_PROVIDER_FAILED'],
  ])('%s', async (_, said, code) => {
    const clear = { assertionSigned: false, encrypted: false };
    const settings = { assertionSigned: false, unencryptedAllowed: true };
    const asked = { authnContexts: [genuine.authnContext] };
    expect(await ground.refusal(await ground.samlResponse(said, clear), settings, asked)).toBe(code);
  });
});

describe('Keys change without a gap', () => {
  test('two certificates of the provider side by side', async () => {
    const nextKey = await sampleKey('next');
    const idpCertificates = [idpKey.certificate, nextKey.certificate];
    for (const key of [idpKey, nextKey]) {
      const response = await ground.samlResponse({}, { key });
      await expect(ground.verified(response, { idpCertificates })).resolves.toMatchObject({ nameId: genuine.nameId });
    }
  });

  test('two keys of our own side by side', async () => {
    const olderKey = await sampleKey('older encryption');
    const decryptionKeys = [encryptionKey.key, olderKey.key];
    for (const { certificate: encryptFor } of [encryptionKey, olderKey]) {
      const response = await ground.samlResponse({}, { encryptFor });
      await expect(ground.verified(response, { decryptionKeys })).resolves.toMatchObject({ nameId: genuine.nameId });
    }
    const { certificate: encryptFor } = await sampleKey('stranger');
    const foreign = await ground.samlResponse({}, { encryptFor });
    expect(await ground.refusal(foreign, { decryptionKeys })).toBe('HUB_SAML_DECRYPTION');
    expect(await ground.refusal(foreign, { decryptionKeys: [], unencryptedAllowed: true })).toBe('HUB_SAML_DECRYPTION');
  });
});

describe('An assertion is used once', () => {
  test('by any instance, and remembered until nobody would accept it any more', async () => {
    const claim = jest.fn(async (id: string, until: Date) => id !== '' && until > now && claim.mock.calls.length < 2);
    const response = await ground.samlResponse();
    await ground.verifier({}, { claim }).verify(response, expected);
    await expect(ground.verifier({}, { claim }).verify(response, expected)).rejects.toMatchObject({
      code: 'HUB_SAML_REPLAY',
    });
    const [first, second] = claim.mock.calls;
    expect(first).toEqual(second);
    expect(first?.[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(first?.[1]).toEqual(new Date('2026-11-22T10:05:58.123Z'));
  });

  test('one that is refused for another reason is not used up', async () => {
    const claim = jest.fn(async () => true);
    const response = await ground.samlResponse({ authnContext: 'STORK-QAA-Level-1' });
    const asked = { ...expected, authnContexts: ['STORK-QAA-Level-3'] };
    await expect(ground.verifier({}, { claim }).verify(response, asked)).rejects.toMatchObject({
      code: 'HUB_SAML_LEVEL',
    });
    expect(claim).not.toHaveBeenCalled();
  });
});

describe('Settings that could not work are refused at the start', () => {
  test.each([
    ['idpCertificates', { idpCertificates: [] }],
    ['idpCertificates', { idpCertificates: ['nonsense'] }],
    ['idpCertificates', { idpCertificates: [idpKey.certificate, shortKey.certificate] }],
    ['decryptionKeys', { decryptionKeys: [] }],
    ['decryptionKeys', { decryptionKeys: [idpKey.certificate] }],
    ['clockSkewMs', { clockSkewMs: 60_001 }],
    ['clockSkewMs', { clockSkewMs: Number.NaN }],
    ['maxAgeMs', { maxAgeMs: 0 }],
  ])('%s', (field, wrong) => {
    const create = () => createResponseVerifier({ ...ground.settings, ...wrong }, { replays: noReplays });
    expect(create).toThrow(expect.objectContaining({ code: 'HUB_SAML_SETTINGS' }));
    expect(create).toThrow(expect.objectContaining({ places: [expect.objectContaining({ field })] }));
  });
});
