import { promisify } from 'node:util';
import { type XmlElement, writeXml } from '@ozg-hub/xml';
import { SignedXml } from 'xml-crypto';
import { type EncryptOptions, encrypt } from 'xml-encryption';
import {
  ASSERTION,
  BEARER,
  ENCRYPTION,
  ENCRYPTION11,
  ENVELOPED,
  EXCLUSIVE_C14N,
  PROTOCOL,
  RSA_SHA256,
  SHA256,
} from './names.ts';
import { type TestKey, testEncryptionKey, testIdpKey } from './test-keys.ts';

/** What a response of the identity provider of the tests says; each can be made wrong. */
export interface TestResponse {
  readonly issuer: string;
  readonly assertionIssuer: string;
  readonly audience: string;
  readonly destination: string;
  readonly recipient: string;
  readonly inResponseTo: string | undefined;
  readonly confirmedRequest: string | undefined;
  readonly issueInstant: string;
  readonly notBefore: string;
  readonly notOnOrAfter: string;
  readonly authnContext: string;
  readonly nameId: string;
  readonly assertionId: string;
  readonly statusCodes: readonly string[];
  readonly statusMessage: string | undefined;
  readonly statusDetail: string | undefined;
  readonly attributes: readonly XmlElement[];
  /** More in Conditions. */
  readonly conditions: readonly XmlElement[];
  readonly hasAssertion: boolean;
}

/** How it is signed and encrypted. */
export interface TestLayout {
  readonly assertionSigned: boolean;
  readonly responseSigned: boolean;
  readonly encrypted: boolean;
  readonly signatureAlgorithm: string;
  readonly digestAlgorithm: string;
  readonly contentAlgorithm: string;
  readonly keyTransport: string;
  readonly oaepDigest: string;
  readonly key: TestKey;
  readonly encryptionKey: TestKey;
  /** Changes the assertion before it is encrypted, or the document before it is signed as a whole. */
  readonly changeAssertion: (xml: string) => string;
  readonly changeResponse: (xml: string) => string;
}

export const sp = 'https://sp.example.org/identity';
export const acs = 'https://sp.example.org/identity/saml/bundid/acs';
export const idp = 'https://idp.example.org/idp';
export const requestId = '_6f0c2d0e5a3b4c5d8e9fa0b1c2d3e4f5';
export const now = new Date('2026-11-22T10:00:00Z');
const STATUS = 'urn:oasis:names:tc:SAML:2.0:status:';

export const genuine: TestResponse = {
  issuer: idp,
  assertionIssuer: idp,
  audience: sp,
  destination: acs,
  recipient: acs,
  inResponseTo: requestId,
  confirmedRequest: requestId,
  issueInstant: '2026-11-22T09:59:58.123Z',
  notBefore: '2026-11-22T09:59:58.123Z',
  notOnOrAfter: '2026-11-22T10:04:58.123Z',
  authnContext: 'STORK-QAA-Level-3',
  nameId: 'ek-mustermann',
  assertionId: '_assertion',
  statusCodes: ['Success'],
  statusMessage: undefined,
  statusDetail: undefined,
  attributes: [],
  conditions: [],
  hasAssertion: true,
};

/** The BundID: response and assertion signed. */
export const bundidLayout: TestLayout = {
  assertionSigned: true,
  responseSigned: true,
  encrypted: true,
  signatureAlgorithm: RSA_SHA256,
  digestAlgorithm: SHA256,
  contentAlgorithm: `${ENCRYPTION11}aes256-gcm`,
  keyTransport: `${ENCRYPTION}rsa-oaep-mgf1p`,
  oaepDigest: 'sha1',
  key: testIdpKey,
  encryptionKey: testEncryptionKey,
  changeAssertion: (xml) => xml,
  changeResponse: (xml) => xml,
};

/** Mein Unternehmenskonto: the response is signed, the assertion is not. */
export const mukLayout: TestLayout = { ...bundidLayout, assertionSigned: false };

/** The document of an answer. */
export async function responseXml(said: Partial<TestResponse> = {}, how: Partial<TestLayout> = {}): Promise<string> {
  const response = { ...genuine, ...said };
  const layout = { ...bundidLayout, ...how };
  const document = bare(responseTree(response)).replace('<!ASSERTION>', await assertionXml(response, layout));
  const changed = layout.changeResponse(document);
  return layout.responseSigned ? signed(changed, "/*[local-name()='Response']", layout) : changed;
}

/** The form field of an answer. */
export async function samlResponse(said?: Partial<TestResponse>, how?: Partial<TestLayout>): Promise<string> {
  return base64(await responseXml(said, how));
}

export const base64 = (xml: string): string => Buffer.from(xml).toString('base64');

/** An assertion without signature, as an attacker could write it. */
export function assertionOf(said: Partial<TestResponse>): string {
  return bare(assertionTree({ ...genuine, ...said }));
}

/** A piece of XML, signed where the path says. */
function signed(
  xml: string,
  element: string,
  { signatureAlgorithm, digestAlgorithm, key }: Pick<TestLayout, 'signatureAlgorithm' | 'digestAlgorithm' | 'key'>,
): string {
  const signer = new SignedXml({ privateKey: key.key, publicCert: key.certificate, signatureAlgorithm });
  signer.canonicalizationAlgorithm = EXCLUSIVE_C14N;
  signer.addReference({ xpath: element, transforms: [ENVELOPED, EXCLUSIVE_C14N], digestAlgorithm });
  const location = { reference: `${element}/*[local-name()='Issuer']`, action: 'after' as const };
  signer.computeSignature(xml, { prefix: 'ds', location });
  return signer.getSignedXml();
}

async function assertionXml(response: TestResponse, layout: TestLayout): Promise<string> {
  if (!response.hasAssertion) return '';
  const plain = bare(assertionTree(response));
  const whole = layout.assertionSigned ? signed(plain, "/*[local-name()='Assertion']", layout) : plain;
  const assertion = layout.changeAssertion(whole);
  return layout.encrypted ? encrypted(assertion, layout) : assertion;
}

async function encrypted(assertion: string, layout: TestLayout): Promise<string> {
  const options = {
    rsa_pub: layout.encryptionKey.certificate,
    pem: layout.encryptionKey.certificate,
    encryptionAlgorithm: layout.contentAlgorithm,
    keyEncryptionAlgorithm: layout.keyTransport,
    keyEncryptionDigest: layout.oaepDigest,
    disallowEncryptionWithInsecureAlgorithm: false,
    warnInsecureAlgorithm: false,
    ...(layout.keyTransport.startsWith(ENCRYPTION11) ? { keyEncryptionMgf: layout.oaepDigest } : {}),
  } as unknown as EncryptOptions;
  const data = await promisify(encrypt)(assertion, options);
  return `<saml2:EncryptedAssertion xmlns:saml2="${ASSERTION}">${data}</saml2:EncryptedAssertion>`;
}

function bare(tree: XmlElement): string {
  return writeXml(tree)
    .replace(/^<\?xml[^>]*\?>\n/, '')
    .replace('&lt;!ASSERTION&gt;', '<!ASSERTION>');
}

function responseTree(said: TestResponse): XmlElement {
  return {
    name: 'saml2p:Response',
    attributes: present({
      'xmlns:saml2p': PROTOCOL,
      ID: '_response',
      Version: '2.0',
      IssueInstant: said.issueInstant,
      Destination: said.destination,
      InResponseTo: said.inResponseTo,
    }),
    children: [issuer(said.issuer), status(said), '<!ASSERTION>'],
  };
}

function status({ statusCodes, statusMessage, statusDetail }: TestResponse): XmlElement {
  const code = statusCodes.reduceRight<XmlElement | undefined>(
    (inner, name) => ({ name: 'saml2p:StatusCode', attributes: { Value: `${STATUS}${name}` }, children: [inner] }),
    undefined,
  );
  return {
    name: 'saml2p:Status',
    children: [
      code,
      statusMessage === undefined ? undefined : { name: 'saml2p:StatusMessage', children: [statusMessage] },
      statusDetail === undefined
        ? undefined
        : {
            name: 'saml2p:StatusDetail',
            children: [
              {
                name: 'akdb:StatusDetail',
                attributes: { 'xmlns:akdb': 'https://www.akdb.de/request/2018/09' },
                children: [statusDetail],
              },
            ],
          },
    ],
  };
}

function assertionTree(said: TestResponse): XmlElement {
  const confirmation = {
    NotOnOrAfter: said.notOnOrAfter,
    Recipient: said.recipient,
    InResponseTo: said.confirmedRequest,
    Address: '192.0.2.1',
  };
  return {
    name: 'saml2:Assertion',
    attributes: { 'xmlns:saml2': ASSERTION, ID: said.assertionId, Version: '2.0', IssueInstant: said.issueInstant },
    children: [
      issuer(said.assertionIssuer),
      element('Subject', {}, [
        element('NameID', { Format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' }, [said.nameId]),
        element('SubjectConfirmation', { Method: BEARER }, [element('SubjectConfirmationData', present(confirmation))]),
      ]),
      element('Conditions', { NotBefore: said.notBefore, NotOnOrAfter: said.notOnOrAfter }, [
        element('AudienceRestriction', {}, [element('Audience', {}, [said.audience])]),
        ...said.conditions,
      ]),
      element('AuthnStatement', { AuthnInstant: said.issueInstant, SessionIndex: '_session' }, [
        element('AuthnContext', {}, [element('AuthnContextClassRef', {}, [said.authnContext])]),
      ]),
      said.attributes.length === 0 ? undefined : element('AttributeStatement', {}, said.attributes),
    ],
  };
}

function issuer(text: string): XmlElement {
  return { name: 'saml2:Issuer', attributes: { 'xmlns:saml2': ASSERTION }, children: [text] };
}

/** An element of the assertion's namespace. */
export function element(
  local: string,
  attributes: Readonly<Record<string, string>> = {},
  children: NonNullable<XmlElement['children']> = [],
): XmlElement {
  return { name: `saml2:${local}`, attributes, children };
}

function present(attributes: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
