import { describe, expect, test } from '@jest/globals';
import { acs, idp, now, sampleKey, sp } from '@ozg-hub/testing/saml';
import { readTree } from '@ozg-hub/xml';
import { type SpMetadata, compareIdpMetadata, readIdpMetadata, writeSpMetadata } from './index.ts';
import { withDescendants } from './elements.ts';

const idpKey = await sampleKey('identity provider');
const nextKey = await sampleKey('next');
const serviceKey = await sampleKey('service');
const encryptionKey = await sampleKey('encryption');
const shortKey = await sampleKey('short', 1024);

/** Of an elliptic curve; it opens nothing. */
const EC =
  'MIIBcjCCARegAwIBAgIUH29i7sVn8go1j9l/pNlSP1fLwB0wCgYIKoZIzj0EAwIwDTELMAkGA1UEAwwCZWMwIBcNMjYxMTIyMTU0' +
  'MDAxWhgPMjEyNjEwMjkxNTQwMDFaMA0xCzAJBgNVBAMMAmVjMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEDF+qbfgJHvd1+wum' +
  'VayuwR19e6UDkWVolYiHcJSDB6R/cgSFO0YOYOG8zR0LIKle+52UPTuzxjLp6LxKbQ8eWKNTMFEwHQYDVR0OBBYEFGyICNFUbpgm' +
  '+9/ABY5qCm28eu6bMB8GA1UdIwQYMBaAFGyICNFUbpgm+9/ABY5qCm28eu6bMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwID' +
  'SQAwRgIhAMa32+AfagBzn1oE/PnHq3Z9+P40E9dPbu5bSHQhXjzuAiEAjOqmuSfIWznXPdddQFFwA26DoLvzsfb7xHMuLQi0GwM=';

const bare = ({ certificate }: { certificate: string }) => certificate.replaceAll(/-----[^-]+-----|\s/g, '');

describe('The metadata of the service provider', () => {
  const metadata: SpMetadata = {
    entityId: sp,
    assertionConsumerUrls: [acs, `${acs}/2`],
    signingCertificates: [serviceKey.certificate, nextKey.certificate],
    encryptionCertificates: [encryptionKey.certificate],
    nameIdFormats: ['urn:oasis:names:tc:SAML:2.0:nameid-format:transient'],
    organization: { name: 'Stadt Musterhausen', url: 'https://musterhausen.example.org' },
    contacts: [{ type: 'technical', company: 'Rechenzentrum', email: 'saml@example.org' }],
  };
  const xml = writeSpMetadata(metadata);
  const elements = [...withDescendants(readTree(xml))].map(({ element }) => element);
  const all = (local: string) => elements.filter((element) => element.local === local);

  test('has what the BundID forbids nowhere: no ID, no validUntil', () => {
    const names = elements.flatMap(({ attributes }) => Object.keys(attributes));
    expect(names).not.toContain('ID');
    expect(names).not.toContain('validUntil');
  });

  test('names the keys of a rollover side by side, in the order of the schema', () => {
    expect(elements[0]?.children.map(({ local }) => local)).toEqual([
      'SPSSODescriptor',
      'Organization',
      'ContactPerson',
    ]);
    expect(all('SPSSODescriptor')[0]?.children.map(({ local, attributes }) => attributes['use'] ?? local)).toEqual([
      'signing',
      'signing',
      'encryption',
      'NameIDFormat',
      'AssertionConsumerService',
      'AssertionConsumerService',
    ]);
    expect(all('X509Certificate').map(({ text }) => text)).toEqual([serviceKey, nextKey, encryptionKey].map(bare));
    expect(all('AssertionConsumerService')[0]?.attributes).toMatchObject({
      Location: acs,
      index: '0',
      isDefault: 'true',
    });
  });

  test('offers AES-GCM and OAEP only', () => {
    expect(all('EncryptionMethod').map(({ attributes }) => attributes['Algorithm'])).toEqual([
      'http://www.w3.org/2009/xmlenc11#aes256-gcm',
      'http://www.w3.org/2009/xmlenc11#aes128-gcm',
      'http://www.w3.org/2009/xmlenc11#rsa-oaep',
      'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
    ]);
  });

  test.each([
    ['a port', { entityId: 'https://sp.example.org:8443/' }],
    ['http', { entityId: 'http://sp.example.org/' }],
    ['a name without domain', { entityId: 'https://localhost/' }],
    ['a query', { assertionConsumerUrls: [`${acs}?x=1`] }],
    ['no address', { assertionConsumerUrls: [] }],
    ['no key for signing', { signingCertificates: [] }],
    ['no key for encryption', { encryptionCertificates: [] }],
  ])('is not written with %s', (_, wrong) => {
    expect(() => writeSpMetadata({ ...metadata, ...wrong })).toThrow(
      expect.objectContaining({ code: 'HUB_SAML_SETTINGS' }),
    );
  });

  test('may name a machine of tests', () => {
    expect(writeSpMetadata({ ...metadata, entityId: 'http://127.0.0.1:8080/', local: true })).toContain('127.0.0.1');
  });
});

describe('The metadata of an identity provider', () => {
  const read = (xml: string, entityId?: string) => readIdpMetadata(xml, { now, ...(entityId ? { entityId } : {}) });

  test('gives what is needed to trust it, and how long', () => {
    expect(read(idpMetadata({ keys: [key(idpKey), key(nextKey, ''), key(idpKey)] }))).toEqual({
      entityId: idp,
      postUrl: `${idp}/POST/SSO`,
      redirectUrl: `${idp}/Redirect/SSO`,
      wantsSignedRequests: true,
      nameIdFormats: ['urn:oasis:names:tc:SAML:2.0:nameid-format:transient'],
      warnings: [expect.stringMatching(/3000 bits/)],
      signingCertificates: [idpKey, nextKey].map((one) =>
        expect.objectContaining({
          pem: one.certificate,
          keyType: 'rsa',
          keyBits: 2048,
          subject: expect.stringMatching(/^CN=ozg-hub test/),
          fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
        }),
      ),
    });
  });

  test('counts the days that are left', () => {
    const inTime = { now: new Date('2126-10-01T00:00:00Z') };
    const [certificate] = readIdpMetadata(idpMetadata(), inTime).signingCertificates;
    expect(certificate?.daysLeft).toBe(
      Math.floor((certificate!.notAfter.getTime() - inTime.now.getTime()) / 86_400_000),
    );
    const late = { now: new Date('2127-01-01T00:00:00Z') };
    expect(() => readIdpMetadata(idpMetadata(), late)).toThrow(expect.objectContaining({ code: 'HUB_SAML_METADATA' }));
  });

  test('is found among others by its entityID only', () => {
    const many = `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"><!-- both -->${idpMetadata()}${idpMetadata({ entityId: 'urn:other' })}</md:EntitiesDescriptor>`;
    expect(read(many, idp).entityId).toBe(idp);
    const places = [{ field: 'EntityDescriptor', message: expect.stringContaining('a file of its own') }];
    expect(() => read(many)).toThrow(expect.objectContaining({ code: 'HUB_SAML_METADATA', places }));
    expect(() => read(many, 'urn:nobody')).toThrow(expect.objectContaining({ code: 'HUB_SAML_METADATA' }));
  });

  test.each([
    ['no key for signing', idpMetadata({ keys: [key(idpKey, 'use="encryption"')] }), 'KeyDescriptor'],
    ['a certificate that is none', idpMetadata({ keys: [key({ certificate: 'AAAA' })] }), 'X509Certificate'],
    ['a key that is not RSA', idpMetadata({ keys: [key({ certificate: EC })] }), 'X509Certificate'],
    ['a key of 1024 bits beside a good one', idpMetadata({ keys: [key(idpKey), key(shortKey)] }), 'X509Certificate'],
    ['an end that is past', idpMetadata({ more: 'validUntil="2026-11-22T09:00:00Z"' }), 'validUntil'],
    ['no address for POST', idpMetadata().replace('HTTP-POST', 'SOAP'), 'SingleSignOnService'],
    ['an address by http', idpMetadata().replaceAll('Location="https', 'Location="http'), 'SingleSignOnService'],
    ['no identity provider', idpMetadata().replaceAll('IDPSSO', 'SPSSO'), 'IDPSSODescriptor'],
    ['no SAML 2.0', idpMetadata().replace('SAML:2.0:protocol', 'SAML:1.1:protocol'), 'IDPSSODescriptor'],
    ['no name', idpMetadata({ entityId: '' }), 'entityID'],
  ])('is refused with %s', (_, xml, field) => {
    const places = [expect.objectContaining({ field })];
    expect(() => read(xml)).toThrow(expect.objectContaining({ code: 'HUB_SAML_METADATA', places }));
  });

  test('is refused with a DOCTYPE, and where it is too large', () => {
    expect(() => read(`<!DOCTYPE x>${idpMetadata()}`)).toThrow(expect.objectContaining({ code: 'HUB_SAML_DOCTYPE' }));
    expect(() => read('a'.repeat(6 * 1024 * 1024))).toThrow(expect.objectContaining({ code: 'HUB_SAML_TOO_LARGE' }));
  });

  test('shows what changed', () => {
    const before = read(idpMetadata());
    expect(compareIdpMetadata(before, read(idpMetadata()))).toEqual([]);
    const after = read(
      idpMetadata({ keys: [key(nextKey)] })
        .replaceAll('/POST/SSO', '/POST/SSO2')
        .replace(/<md:SingleSignOnService[^>]*Redirect[^>]*>/, ''),
    );
    const [old] = before.signingCertificates;
    const [current] = after.signingCertificates;
    expect(compareIdpMetadata(before, after)).toEqual([
      { what: 'postUrl', before: `${idp}/POST/SSO`, after: `${idp}/POST/SSO2` },
      { what: 'redirectUrl', before: `${idp}/Redirect/SSO` },
      { what: 'certificate', before: old?.fingerprint },
      { what: 'certificate', after: current?.fingerprint },
    ]);
  });
});

function key(one: { certificate: string }, use = 'use="signing"'): string {
  return `<md:KeyDescriptor ${use}><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>\n${bare(one)}\n</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`;
}

function idpMetadata({ entityId = idp, keys = [key(idpKey)], more = '' } = {}): string {
  const sso = (binding: string) =>
    `<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-${binding}" Location="${idp}/${binding === 'POST' ? 'POST' : 'Redirect'}/SSO"/>`;
  return `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${entityId}" ${more}><md:IDPSSODescriptor WantAuthnRequestsSigned="true" protocolSupportEnumeration="urn:mace:shibboleth:1.0 urn:oasis:names:tc:SAML:2.0:protocol">${keys.join('')}<md:NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:transient</md:NameIDFormat>${sso('Redirect')}${sso('POST')}</md:IDPSSODescriptor></md:EntityDescriptor>`;
}
