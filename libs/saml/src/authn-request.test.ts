import { describe, expect, test } from '@jest/globals';
import { acs, idp, now, sampleKey, sp } from '@ozg-hub/testing/saml';
import { readTree } from '@ozg-hub/xml';
import { SignedXml } from 'xml-crypto';
import { type AkdbRequest, akdbExtension, newRequestId, postFields, signedAuthnRequest } from './index.ts';
import { RSA_PSS_SHA256, RSA_SHA256 } from './names.ts';

const { key: privateKey, certificate } = await sampleKey('service');
const akdb: AkdbRequest = {
  methods: ['Elster', 'eID'],
  attributes: [{ name: 'urn:oid:1.3.6.1.4.1.25484.494450.3', required: true }, { name: 'urn:oid:2.5.4.42' }],
  organizationDisplayName: 'Stadt Musterhausen & Umland',
  onlineServiceId: 'BMI-A1234',
};

const request = {
  id: '_1',
  issueInstant: now,
  issuer: sp,
  destination: `${idp}/sso`,
  assertionConsumerUrl: acs,
  nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient',
  authnContext: { comparison: 'minimum', classRefs: ['STORK-QAA-Level-3'] },
  extensions: [akdbExtension(akdb)],
} as const;

const signedBy = (algorithm: 'rsa-sha256' | 'rsa-pss-sha256') =>
  signedAuthnRequest(request, { algorithm, privateKey, certificate });

describe('A request to an identity provider', () => {
  const tree = readTree(signedBy('rsa-sha256'));

  test('stands in the order of the schema', () => {
    expect(tree.children.map(({ local }) => local)).toEqual([
      'Issuer',
      'Signature',
      'Extensions',
      'NameIDPolicy',
      'RequestedAuthnContext',
    ]);
    expect(tree.attributes).toEqual({
      ID: '_1',
      Version: '2.0',
      IssueInstant: '2026-11-22T10:00:00.000Z',
      Destination: `${idp}/sso`,
      ForceAuthn: 'true',
      IsPassive: 'false',
      ProtocolBinding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
      AssertionConsumerServiceURL: acs,
    });
  });

  test('asks the BundID in its own words, in its order', () => {
    expect(shown(tree.children[2]!)).toBe(
      'Extensions(AuthenticationRequest[2,true](' +
        'AuthnMethods(eID(Enabled=true) Elster(Enabled=true)) ' +
        'RequestedAttributes(RequestedAttribute[urn:oid:1.3.6.1.4.1.25484.494450.3,true] RequestedAttribute[urn:oid:2.5.4.42,false]) ' +
        'DisplayInformation(Version(OrganizationDisplayName=Stadt Musterhausen & Umland Lang=de OnlineServiceId=BMI-A1234))))',
    );
  });

  test.each([
    ['rsa-sha256', RSA_SHA256],
    ['rsa-pss-sha256', RSA_PSS_SHA256],
  ] as const)('is signed as a whole by %s', (algorithm, uri) => {
    const xml = signedBy(algorithm);
    expect(xml).toContain(`Algorithm="${uri}"`);
    expect(isSigned(xml)).toBe(true);
    expect(isSigned(xml.replace('BMI-A1234', 'BMI-A1235'))).toBe(false);
  });

  test('says what is needed and no more', () => {
    const { id, issueInstant, issuer, destination, assertionConsumerUrl } = request;
    const bare = { id, issueInstant, issuer, destination, assertionConsumerUrl, forceAuthn: false };
    const least = readTree(signedAuthnRequest(bare, { algorithm: 'rsa-pss-sha256', privateKey, certificate }));
    expect(least.children.map(({ local }) => local)).toEqual(['Issuer', 'Signature']);
    expect(least.attributes['ForceAuthn']).toBe('false');
  });

  test('has an ID that cannot be guessed', () => {
    expect(newRequestId()).toMatch(/^_[0-9a-f]{40}$/);
    expect(newRequestId()).not.toBe(newRequestId());
  });

  test('travels as a form, with a RelayState of 80 bytes at most', () => {
    expect(postFields('<ä/>', 'state')).toEqual({ SAMLRequest: 'PMOkLz4=', RelayState: 'state' });
    expect(() => postFields('<a/>', 'ä'.repeat(41))).toThrow(expect.objectContaining({ code: 'HUB_SAML_SETTINGS' }));
  });
});

describe('What the BundID would refuse is refused before it is sent', () => {
  test.each<[string, Partial<AkdbRequest>]>([
    ['attributes', { attributes: [] }],
    ['attributes', { attributes: [{ name: 'urn:oid: 1.2.40.0.10.2.1.1.261.94' }] }],
    ['attributes', { attributes: [{ name: 'givenName' }] }],
    ['organizationDisplayName', { organizationDisplayName: ' ' }],
    ['onlineServiceId', { onlineServiceId: '' }],
    ['backUrl', { backUrl: 'http://example.org' }],
  ])('%s', (field, wrong) => {
    expect(() => akdbExtension({ ...akdb, ...wrong })).toThrow(
      expect.objectContaining({ code: 'HUB_SAML_SETTINGS', places: [expect.objectContaining({ field })] }),
    );
  });
});

function isSigned(xml: string): boolean {
  const verifier = new SignedXml({ publicCert: certificate });
  verifier.loadSignature(/<ds:Signature .*<\/ds:Signature>/s.exec(xml)![0]);
  try {
    return verifier.checkSignature(xml) && verifier.getSignedReferences().length === 1;
  } catch {
    return false;
  }
}

function shown({ local, attributes, text, children }: ReturnType<typeof readTree>): string {
  const values = Object.values(attributes);
  const inner = children.map(shown).join(' ');
  return `${local}${values.length > 0 ? `[${values.join(',')}]` : ''}${text && `=${text}`}${inner && `(${inner})`}`;
}
