import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isHubError } from '@ozg-hub/core';
import {
  type AkdbRequest,
  type IdpMetadata,
  type RequestSigning,
  type SamlAttribute,
  SamlStatus,
  type VerifiedResponse,
  akdbExtension,
  createResponseVerifier,
  newRequestId,
  postFields,
  readIdpMetadata,
  signedAuthnRequest,
  writeSpMetadata,
} from '@ozg-hub/saml';
import type { XmlElement, XmlTree } from '@ozg-hub/xml';
import { FakeBundId } from './fake-bundid.ts';
import { fakeBundIdNames } from './fake-bundid-persons.ts';
import type { FakeIdp, FakeIdpFault } from './fake-idp.ts';
import { type CertifiedKey, certifiedKey } from './fake-idp-key.ts';
import { formsOf } from './fake-idp-page.ts';
import { FakeMuk } from './fake-muk.ts';

const ACS = 'https://hub.example.org/identity/saml/idp/acs';
const SP = 'https://hub.example.org/identity';
const { bPK2, legacyPostkorbHandle, givenName, mail, birthdate } = fakeBundIdNames;

let spKey: CertifiedKey;
let idpKey: CertifiedKey;
let bundid: FakeBundId;
let muk: FakeMuk;

beforeAll(async () => {
  [spKey, idpKey] = await Promise.all([certifiedKey({ commonName: 'sp' }), certifiedKey({ commonName: 'idp' })]);
  const sp = writeSpMetadata({
    entityId: SP,
    assertionConsumerUrls: [ACS],
    signingCertificates: [spKey.certificate],
    encryptionCertificates: [spKey.certificate],
  });
  bundid = new FakeBundId({ key: idpKey, serviceProviders: [sp] });
  // Any other key will do for the one to come.
  muk = new FakeMuk({ key: idpKey, nextKey: spKey, serviceProviders: [sp] });
  await Promise.all([bundid.start(), muk.start()]);
});
afterAll(() => Promise.all([bundid.stop(), muk.stop()]));

const asked: AkdbRequest = {
  attributes: [{ name: givenName, required: true }, { name: mail }, { name: bPK2 }, { name: legacyPostkorbHandle }],
  organizationDisplayName: 'Musterstadt',
  onlineServiceId: 'BMI-A1234',
};

interface Attempt {
  readonly akdb?: Partial<AkdbRequest> | undefined;
  readonly level?: number;
  readonly algorithm?: RequestSigning['algorithm'];
  readonly key?: CertifiedKey;
  /** Instead of that of version 2. */
  readonly extensions?: readonly XmlElement[];
  /** Changes the signed request. */
  readonly change?: (xml: string) => string;
}

function requestTo(
  idp: FakeIdp,
  attempt: Attempt,
  id = newRequestId(),
): { id: string; fields: Record<string, string> } {
  const {
    akdb = {},
    level = 3,
    algorithm = 'rsa-pss-sha256',
    key = spKey,
    extensions,
    change = (xml) => xml,
  } = attempt;
  const classRefs = [`STORK-QAA-Level-${level}`];
  const bundidOnly = idp === bundid && {
    authnContext: { comparison: 'minimum' as const, classRefs },
    extensions: extensions ?? [akdbExtension({ ...asked, ...akdb })],
  };
  const xml = signedAuthnRequest(
    { id, issueInstant: new Date(), issuer: SP, destination: idp.ssoUrl, assertionConsumerUrl: ACS, ...bundidOnly },
    { algorithm, privateKey: key.key, certificate: key.certificate },
  );
  return { id, fields: { ...postFields(change(xml), 'relay-1') } };
}

/** A tree with elements changed, or left out where nothing comes back. */
function changed(tree: XmlElement, change: (element: XmlElement) => XmlElement | undefined): XmlElement {
  const children = tree.children?.map((child) => {
    const next = typeof child === 'object' ? change(child) : child;
    return typeof next === 'object' ? changed(next, change) : next;
  });
  return { ...tree, ...(children && { children }) };
}

const post = (url: string, fields: Readonly<Record<string, string>>) =>
  fetch(url, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });

/** Where the browser lands that posts this request: a login page, or the code of the provider's error page. */
async function landed(idp: FakeIdp, attempt: Attempt): Promise<string> {
  const answer = await post(idp.ssoUrl, requestTo(idp, attempt).fields);
  const location = answer.headers.get('location');
  return location === null ? 'login page' : new URL(location, idp.origin).searchParams.get('idp.code')!;
}

/** Signs somebody in by the button that begins so, and verifies the answer. */
async function signIn(idp: FakeIdp, button: string, attempt: Attempt = {}): Promise<VerifiedResponse> {
  const { id, fields } = requestTo(idp, attempt);
  const page = await (await post(idp.ssoUrl, fields)).text();
  const choice = formsOf(page).find((form) => form.button.startsWith(button));
  if (!choice) throw new Error(`no button ${button}`);
  const [answer] = formsOf(await (await post(`${idp.origin}${choice.action}`, choice.fields)).text());
  expect(answer).toMatchObject({ method: 'post', action: ACS, fields: { RelayState: 'relay-1' } });
  const metadata = await metadataOf(idp);
  const settings = {
    idpEntityId: metadata.entityId,
    idpCertificates: metadata.signingCertificates.map(({ pem }) => pem),
    spEntityId: SP,
    decryptionKeys: [spKey.key],
    assertionSigned: idp === bundid,
  };
  const used = new Set<string>();
  const claim = async (one: string) => !used.has(one) && used.add(one) !== undefined;
  const verifier = createResponseVerifier(settings, { replays: { claim }, clock: { now: () => new Date() } });
  const levels = [attempt.level ?? 3, 3, 4].map((level) => `STORK-QAA-Level-${level}`);
  const expected = { requestId: id, assertionConsumerUrl: ACS, ...(idp === bundid && { authnContexts: levels }) };
  return await verifier.verify(answer!.fields['SAMLResponse']!, expected);
}

async function metadataOf(idp: FakeIdp): Promise<IdpMetadata> {
  const text = await (await fetch(`${idp.origin}/metadata`)).text();
  return readIdpMetadata(text, { now: new Date(), local: true });
}

const told = (attributes: readonly SamlAttribute[]) =>
  Object.fromEntries(attributes.map(({ name, values, trustLevel }) => [name, [values[0], trustLevel]]));

const outcome = (login: Promise<VerifiedResponse>) =>
  login.then(
    () => 'signed in',
    (error: unknown) => (isHubError(error) ? error.code : String(error)),
  );

describe('the fake BundID', () => {
  test('signs somebody in: what was asked for, with a trust of its own each, and nothing else', async () => {
    const { authnContext, attributes, nameId } = await signIn(bundid, 'Erika Mustermann, eID');
    expect(authnContext).toBe('STORK-QAA-Level-4');
    const told1 = told(attributes);
    expect(told1).toEqual({
      [givenName]: ['Erika', 'HOCH'],
      [mail]: ['erika.mustermann@example.org', 'UNTERGEORDNET'],
      [bPK2]: [expect.any(String), 'NORMAL'],
      [legacyPostkorbHandle]: [expect.stringMatching(/^[0-9a-f-]{36}$/), 'NORMAL'],
    });
    const again = await signIn(bundid, 'Erika Mustermann, Elster');
    expect(told(again.attributes)[bPK2]).toEqual(told1[bPK2]);
    expect(again.nameId).not.toBe(nameId);
    expect(again.authnContext).toBe('STORK-QAA-Level-3');
  });

  test('offers the means that reach the level and were asked for; guests where neither key nor mailbox is', async () => {
    const buttons = async (attempt: Attempt) => {
      const page = await (await post(bundid.ssoUrl, requestTo(bundid, attempt).fields)).text();
      return formsOf(page).map(({ button }) => button);
    };
    const german = ['Erika Mustermann, eID', 'Max Mustermann, eID'];
    expect(await buttons({ level: 4 })).toEqual([...german, 'Jeanne Exemple (Frankreich), eIDAS', 'Abbrechen']);
    expect(await buttons({ level: 1, akdb: { methods: ['eID'] } })).toEqual([...german, 'Abbrechen']);
    const guests = await buttons({ level: 4, akdb: { methods: ['eID'], attributes: [{ name: givenName }] } });
    expect(guests).toContain('Gast (ohne Konto), eID');
  });

  test.each<[string, Attempt]>([
    ['saml-request-not-signed', { change: (xml) => xml.replace(/<ds:Signature[\s\S]*<\/ds:Signature>/, '') }],
    ['wrong-signature', { change: (xml) => xml.replace('BMI-A1234', 'BMI-A1235') }],
    ['request-unreadable', { change: () => 'no XML' }],
  ])('answers %s by a page of its own', async (code, attempt) => {
    expect(await landed(bundid, attempt)).toBe(code);
  });

  test('refuses a request signed by another key, and the same request twice', async () => {
    expect(await landed(bundid, { key: idpKey })).toBe('wrong-signature');
    const { fields } = requestTo(bundid, {});
    expect((await post(bundid.ssoUrl, fields)).status).toBe(200);
    expect((await post(bundid.ssoUrl, fields)).headers.get('location')).toBe('/error?idp.code=request-already-sent');
  });

  const whole = akdbExtension({ ...asked, methods: ['eID'] });
  const without = (name: string) => changed(whole, (element) => (element.name === name ? undefined : element));
  test.each<[string, string, XmlElement | undefined]>([
    ['login page', 'is whole', whole],
    ['akdb-extension-missing', 'is missing', undefined],
    [
      'akdb-extension-v1-deprecated',
      'is of version 1',
      { ...whole, attributes: { ...whole.attributes, Version: '1' } },
    ],
    ['request-unreadable', 'has another order', { ...whole, children: whole.children!.toReversed() }],
    ['requested-attributes-empty', 'asks for nothing', without('akdb:RequestedAttribute')],
    [
      'requested-attributes-missing-name',
      'asks for something without a name',
      changed(whole, (element) => (element.name === 'akdb:RequestedAttribute' ? { name: element.name } : element)),
    ],
    [
      'empty-authentication-methods',
      'offers nothing',
      changed(whole, (element) => (element.name === 'akdb:Enabled' ? { ...element, children: ['false'] } : element)),
    ],
    ['organization-display-name-missing', 'does not say who asks', without('classic-ui:OrganizationDisplayName')],
    ['online-service-id-missing', 'has no BMI-ID', without('classic-ui:OnlineServiceId')],
  ])('answers %s where the extension %s', async (code, _, extension) => {
    const extensions = extension ? [extension] : [];
    expect(await landed(bundid, { extensions, algorithm: 'rsa-sha256' })).toBe(code);
  });

  test('says why it refuses: a required attribute that the account lacks, and the user who breaks off', async () => {
    const lacking = signIn(bundid, 'Max Mustermann, eID');
    await expect(lacking).rejects.toMatchObject({ code: 'HUB_SAML_ATTRIBUTE_MISSING', cause: expect.any(SamlStatus) });
    expect(await outcome(signIn(bundid, 'Abbrechen'))).toBe('HUB_SAML_CANCELLED');
  });

  test.each<[FakeIdpFault, string]>([
    ['expired', 'HUB_SAML_EXPIRED'],
    ['low-level', 'HUB_SAML_LEVEL'],
    ['wrong-audience', 'HUB_SAML_AUDIENCE'],
    ['unsigned', 'HUB_SAML_UNSIGNED'],
    ['missing-attributes', 'HUB_SAML_ATTRIBUTE_MISSING'],
  ])('can be told to answer %s', async (fault, code) => {
    bundid.inject(fault);
    expect(await outcome(signIn(bundid, 'Erika Mustermann, eID'))).toBe(code);
  });

  test('can be told to answer with what it answered before, once', async () => {
    await signIn(bundid, 'Erika Mustermann, eID');
    bundid.inject('again');
    expect(await outcome(signIn(bundid, 'Erika Mustermann, eID'))).toMatch(/^HUB_SAML_/);
    const birthday = { akdb: { attributes: [{ name: birthdate }] } };
    expect(await outcome(signIn(bundid, 'Erika Mustermann, eID', birthday))).toBe('signed in');
  });
});

describe('the fake MUK', () => {
  test('signs a company in: persistent keys, plain names, addresses as XML', async () => {
    const { nameId, nameIdFormat, attributes } = await signIn(muk, 'Muster GmbH');
    expect(nameId).toMatch(/^ek-[0-9a-f]{40}$/);
    expect(nameIdFormat).toMatch(/persistent$/);
    const values = told(attributes);
    expect(values['DatenuebermittlerPseudonymId']![0]).toMatch(/^du-[0-9a-f]{40}$/);
    expect(values['Firmenname']).toEqual(['Muster GmbH & Co. KG', undefined]);
    const address = values['Unternehmensanschrift']![0] as XmlTree;
    expect(address.children.map(({ local, text }) => [local, text])).toContainEqual(['Ort', 'Gießen']);
    expect((await signIn(muk, 'Muster GmbH')).nameId).toBe(nameId);
  });

  test('takes requests signed by PSS only', async () => {
    expect(await landed(muk, { algorithm: 'rsa-sha256' })).toBe('signature-algorithm');
    expect(await landed(muk, {})).toBe('login page');
  });

  test('says that the user broke off', async () => {
    expect(await outcome(signIn(muk, 'Abbrechen'))).toBe('HUB_SAML_CANCELLED');
  });

  test('has a second certificate in its metadata, and signs by it after the rollover', async () => {
    expect((await metadataOf(muk)).signingCertificates).toHaveLength(2);
    muk.rollOver();
    expect(await outcome(signIn(muk, 'Muster GmbH'))).toBe('signed in');
  });
});
