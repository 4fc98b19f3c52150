import { createHash, randomUUID } from 'node:crypto';
import type { XmlTree } from '@ozg-hub/xml';
import {
  type FakeBundIdMethod,
  type FakeBundIdName,
  fakeBundIdMethods,
  fakeBundIdNames,
  fakeBundIdPersons,
} from './fake-bundid-persons.ts';
import { FakeIdp, type FakeIdpLogin, type FakeIdpOptions, type FakeIdpRules } from './fake-idp.ts';
import { AKDB, CLASSIC_UI, RSA_PSS_SHA256 } from './fake-idp-names.ts';
import type { FakeIdpChoice } from './fake-idp-page.ts';
import { type FakeAuthnRequest, FakeIdpRefusal, childrenOf } from './fake-idp-request.ts';
import { type FakeIdpStatus, type FakeIdpSubject, textAttribute } from './fake-idp-response.ts';

const ORDER = ['AuthnMethods', 'RequestedAttributes', 'DisplayInformation'];
const METHODS = ['Authega', 'Benutzername', 'Diia', 'eID', 'eIDAS', 'Elster', 'FINK'];
const LEVEL = 'STORK-QAA-Level-';
const TRUST = ['', 'UNTERGEORDNET', 'NORMAL', 'SUBSTANTIELL', 'HOCH'] as const;
/** What the person typed, however strong the login. */
const TYPED: readonly string[] = ['mail', 'telephoneNumber'];
const PLAIN: readonly string[] = ['bPK2', 'legacyPostkorbHandle', 'applicationId'];
/** The retired bPK; to require it is an error. */
const OLD_BPK = 'urn:oid:1.2.40.0.10.2.1.1.149';
const TRANSIENT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';

/** The BundID of the fakes: {@link FakeIdp} with what the Schnittstellenbeschreibung 10.2 says. */
export class FakeBundId extends FakeIdp {
  constructor(options: FakeIdpOptions = {}) {
    super(bundId, options);
  }
}

const bundId: FakeIdpRules = {
  title: 'Fake BundID',
  entityId: 'https://bundid.example.org/idp',
  ssoPath: '/idp/profile/SAML2/POST/SSO',
  // §5.4: signatures of responses become RSASSA-PSS.
  layout: { signatureAlgorithm: RSA_PSS_SHA256, assertionSigned: true },
  aborted: {
    codes: ['Responder', 'AuthnFailed'],
    message: 'Der Vorgang wurde abgebrochen.',
    details: ['IDP_USER_ABORT'],
  },
  check: (request) => void extensionOf(request),
  asks: (request) => `${displayOf(request, 'OrganizationDisplayName')} (${displayOf(request, 'OnlineServiceId')})`,
  backUrl: (request) => displayOf(request, 'BackURL'),
  choices,
  answer,
};

/** §9: what a request of version 2 must have. */
function extensionOf({ extensions, authnContext }: FakeAuthnRequest): XmlTree {
  const extension = extensions.find(({ namespace }) => namespace === AKDB);
  if (extension?.local !== 'AuthenticationRequest') throw new FakeIdpRefusal('akdb-extension-missing');
  if (extension.attributes['Version'] !== '2') throw new FakeIdpRefusal('akdb-extension-v1-deprecated');
  const places = extension.children.map(({ local }) => ORDER.indexOf(local));
  if (!places.every((place, at) => place >= 0 && place > (places[at - 1] ?? -1)))
    throw new FakeIdpRefusal('request-unreadable');
  const attributes = requestedOf(extension);
  if (attributes.length === 0) throw new FakeIdpRefusal('requested-attributes-empty');
  if (attributes.some(({ name }) => !name)) throw new FakeIdpRefusal('requested-attributes-missing-name');
  const [methods] = childrenOf(extension, AKDB, 'AuthnMethods');
  if (methods && enabledOf(methods).length === 0) throw new FakeIdpRefusal('empty-authentication-methods');
  if (!display(extension, 'OrganizationDisplayName')) throw new FakeIdpRefusal('organization-display-name-missing');
  // Mandatory since 30.06.2025; the code of its absence is not documented.
  if (!display(extension, 'OnlineServiceId')) throw new FakeIdpRefusal('online-service-id-missing');
  // §5.1: `exact` is obsolete.
  if (authnContext && authnContext.comparison !== 'minimum') throw new FakeIdpRefusal('request-unreadable');
  return extension;
}

function requestedOf(extension: XmlTree): { name: string; required: boolean }[] {
  return childrenOf(extension, AKDB, 'RequestedAttributes')
    .flatMap((list) => childrenOf(list, AKDB, 'RequestedAttribute'))
    .map(({ attributes }) => ({
      name: attributes['Name'] ?? '',
      required: attributes['RequiredAttribute'] === 'true',
    }));
}

/** Listed and not switched off is offered. */
function enabledOf(methods: XmlTree): string[] {
  return methods.children
    .filter((method) => childrenOf(method, AKDB, 'Enabled')[0]?.text !== 'false' && METHODS.includes(method.local))
    .map(({ local }) => local);
}

function display(extension: XmlTree, local: string): string | undefined {
  const [information] = childrenOf(extension, AKDB, 'DisplayInformation');
  const [version] = childrenOf(information, CLASSIC_UI, 'Version');
  return childrenOf(version, CLASSIC_UI, local)[0]?.text.trim() || undefined;
}

function displayOf(request: FakeAuthnRequest, local: string): string | undefined {
  return display(extensionOf(request), local);
}

/** Accounts whose means reach the level; guests only where neither bPK2 nor the mailbox is asked for. */
function choices(request: FakeAuthnRequest): FakeIdpChoice[] {
  const extension = extensionOf(request);
  const [methods] = childrenOf(extension, AKDB, 'AuthnMethods');
  const offered = methods ? enabledOf(methods) : METHODS;
  const least = Math.min(...(request.authnContext?.classRefs ?? []).map(levelOf), 4);
  const minimum = request.authnContext ? least : 1;
  const asked = new Set(requestedOf(extension).map(({ name }) => name));
  const guests = !asked.has(fakeBundIdNames.bPK2) && !asked.has(fakeBundIdNames.legacyPostkorbHandle);
  return Object.entries(fakeBundIdPersons)
    .filter(([, { mailbox }]) => mailbox !== undefined || guests)
    .flatMap(([person, { label, methods: own }]) =>
      own
        .filter((method) => offered.includes(method) && fakeBundIdMethods[method] >= minimum)
        .map((method) => ({ person, method, label: `${label}, ${method}` })),
    );
}

function answer(request: FakeAuthnRequest, login: FakeIdpLogin): FakeIdpSubject | FakeIdpStatus {
  const method = login.method as FakeBundIdMethod;
  const level = login.fault === 'low-level' ? 1 : fakeBundIdMethods[method];
  const known = attributesOf(request, login.person!, method, level);
  const asked = requestedOf(extensionOf(request));
  const left = login.fault === 'missing-attributes' ? asked.filter(({ name }) => isAccount(name)) : asked;
  const sent = left.flatMap(({ name }) => known.filter((one) => one.name === name));
  const missing = asked.some(({ name, required }) => required && !sent.some((one) => one.name === name));
  if (missing || asked.some(({ name, required }) => required && name === OLD_BPK)) {
    return {
      codes: ['Requester', 'RequestDenied'],
      message: 'security-msg',
      details: ['IDP_REQUIRED_ATTRIBUTES_MISSING'],
    };
  }
  return {
    nameId: `AAdzZWNyZXQx${randomUUID()}`,
    nameIdFormat: TRANSIENT,
    authnContext: `${LEVEL}${level}`,
    attributes: sent.map(({ name, friendlyName, value, trust }) => {
      const names = { FriendlyName: friendlyName, Name: name, 'akdb:TrustLevel': trust };
      return textAttribute(value, names, { 'xmlns:akdb': `${AKDB}/trust` });
    }),
  };
}

interface Known {
  readonly name: string;
  readonly friendlyName: string;
  readonly value: string;
  readonly trust: string;
}

function attributesOf({ sp }: FakeAuthnRequest, id: string, method: FakeBundIdMethod, level: number): Known[] {
  const { attributes, mailbox } = fakeBundIdPersons[id]!;
  const account = mailbox !== undefined && {
    // Stable per host of the entityID: §7.2.
    bPK2: createHash('sha256')
      .update(`${new URL(sp.entityId).host}|${id}`)
      .digest('base64'),
    ...(method === 'FINK' ? {} : { legacyPostkorbHandle: mailbox }),
  };
  const values: Partial<Record<FakeBundIdName, string>> = {
    ...attributes,
    ...account,
    applicationId: randomUUID(),
    AssertionProvedBy: method,
    'EID-CITIZEN-QAA-LEVEL': `${LEVEL}${level}`,
    Version: '2020.2.1',
    mfa: String(level > 1),
  };
  return Object.entries(values).map(([friendlyName, value]) => ({
    friendlyName,
    name: fakeBundIdNames[friendlyName as FakeBundIdName],
    value,
    trust: TRUST[TYPED.includes(friendlyName) ? 1 : PLAIN.includes(friendlyName) ? 2 : level]!,
  }));
}

/** What belongs to the account and not to the person. */
function isAccount(name: string): boolean {
  return [...PLAIN, 'AssertionProvedBy'].some((friendly) => fakeBundIdNames[friendly as FakeBundIdName] === name);
}

function levelOf(classRef: string): number {
  const level = classRef.startsWith(LEVEL) ? Number(classRef.slice(LEVEL.length)) : Number.NaN;
  if (!(level >= 1 && level <= 4)) throw new FakeIdpRefusal('request-unreadable');
  return level;
}
