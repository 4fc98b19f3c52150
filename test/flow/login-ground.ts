import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunningHost, startServices } from '@ozg-hub/runtime';
import { Browser, type CertifiedKey, FakeBundId, FakeMuk, type Page, certifiedKey, formOf } from '@ozg-hub/testing';
import * as client from 'openid-client';
import { type RunningHub, services, startHub } from './running-hub.ts';
import { type Said, SamlIdp } from './saml-idp.ts';

/** An authorization request of an online service, with what it keeps until the code comes. */
export interface Asked {
  readonly url: URL;
  readonly verifier: string;
  readonly state: string;
  readonly nonce: string;
}

export interface Demand {
  readonly leistung?: string;
  readonly application?: string;
  readonly acr?: string;
  readonly more?: Readonly<Record<string, string>>;
}

/** A request to an identity provider as the browser carries it. */
export interface Handed {
  readonly page: Page;
  readonly url: URL;
  readonly request: string;
  readonly requestId: string;
  readonly relayState: string;
  readonly acs: string;
}

export const BOTH_KINDS = '99999004011000';
export const CITIZENS_ONLY = '99999005012000';
export const PUBLIC = 'https://hub.example';
export const CALLBACK = 'https://formulare.example/zurueck';

export const erika = {
  'urn:oid:2.5.4.42': 'Erika',
  'urn:oid:2.5.4.4': 'Mustermann',
  'urn:oid:1.3.6.1.4.1.25484.494450.3': 'bpk2-erika',
  'urn:oid:2.5.4.18': '3b241101-e2bb-4255-8caf-4136c566a962',
  'urn:oid:1.3.6.1.4.1.25484.494450.4': '0b0e7c5a-33bb-4d7e-9f52-8f2a5c1e6d11',
};
const EKONA = 'http://www.elster.de/schema/ekona/saml/extensions';
export const company = {
  DatenuebermittlerPseudonymId: 'du-0123456789abcdef',
  Firmenname: 'Musterbau GmbH',
  ElsterVertrauensniveauIdentifizierung: 'SUBSTANZIELL',
  ElsterVertrauensniveauAuthentifizierung: 'substanziell',
  IstTestkonto: 'false',
  Unternehmensanschrift: [
    { name: 'ekona:Strasse', attributes: { 'xmlns:ekona': EKONA }, children: ['Musterweg'] },
    { name: 'ekona:Ort', attributes: { 'xmlns:ekona': EKONA }, children: ['Musterstadt'] },
  ],
};

export const verein = { firma: 'Musterverein e. V.', postfach: 'postfach-1' };
const KONTO = `
      applicant: company
      levels: { 'urn:konto:schwach': basis, 'urn:konto:stark': substanziell, 'urn:konto:ausweis': hoch }
      attributes: [{ name: firma, as: organizationName, required: true }]
      reply: { kind: KONTO, attribute: postfach }`;

/** A hub that signs in at a BundID and a MUK of the tests, and an online service that uses it. */
export class LoginGround {
  private constructor(
    readonly hub: RunningHub,
    /** The same providers with pages; the others make whatever answer a test wants, by their keys. */
    readonly fakes: { readonly bundid: FakeBundId; readonly muk: FakeMuk },
    readonly bundid: SamlIdp,
    readonly muk: SamlIdp,
    readonly konto: SamlIdp,
    readonly service: client.Configuration,
    readonly directory: string,
    readonly environment: Readonly<Record<string, string>>,
  ) {}

  static async start(): Promise<LoginGround> {
    const folder = await mkdtemp(join(tmpdir(), 'logins-'));
    const directory = join(folder, 'directory');
    await cp(fileURLToPath(new URL('../../deploy/directory', import.meta.url)), directory, { recursive: true });
    const [ours, theirs] = await Promise.all([
      certifiedKey({ commonName: 'hub' }),
      certifiedKey({ commonName: 'idp' }),
    ]);
    const fakes = {
      bundid: new FakeBundId({ key: theirs, publicUrl: 'https://bundid.example' }),
      muk: new FakeMuk({ key: theirs, publicUrl: 'https://muk.example' }),
    };
    await Promise.all([fakes.bundid.start(), fakes.muk.start()]);
    const { bundid: one, muk: other } = fakes;
    const bundid = new SamlIdp(one.entityId, theirs, ours, 'both', one.ssoUrl);
    const muk = new SamlIdp(other.entityId, theirs, ours, 'response', other.ssoUrl);
    const konto = new SamlIdp('https://konto.example/idp', theirs, ours, 'both');
    await writeDirectory(directory, { ours, bundid, muk, konto, folder });
    const environment = {
      HUB_DIRECTORY: directory,
      HUB_SERVICES: 'identity',
      HUB_IDENTITY_PUBLIC_URL: PUBLIC,
      TEST_CLIENT_SECRET: 'geheim-geheim-geheim-geheim-geheim',
    };
    const hub = await startHub({ environment });
    const service = await discover(hub.url, 'formulare', environment.TEST_CLIENT_SECRET);
    for (const [id, fake] of Object.entries(fakes)) {
      fake.register((await hub.request('GET', `/identity/saml/${id}/metadata`)).text);
    }
    return new LoginGround(hub, fakes, bundid, muk, konto, service, folder, environment);
  }

  async stop(): Promise<void> {
    await this.hub.stop();
    await Promise.all([this.fakes.bundid.stop(), this.fakes.muk.stop()]);
    await rm(this.directory, { recursive: true, force: true });
  }

  /** A second process of the service on the same database. @param databaseUrl another way to it */
  async another(databaseUrl = this.hub.database.url): Promise<RunningHost> {
    return await startServices(services, {
      environment: {
        ...this.environment,
        HUB_DATABASE_URL: databaseUrl,
        HUB_DATA_DIR: this.hub.dataDir,
        HUB_HTTP_PORT: '0',
        HUB_XML_WORKERS: '1',
        HUB_LOG_FILE: this.hub.logFile,
      },
      version: 'test',
    });
  }

  /** A fresh browser that stops at the online service. */
  browser(url = this.hub.url): Browser {
    const browser = new Browser(CALLBACK);
    browser.routes.set(PUBLIC, url);
    for (const fake of Object.values(this.fakes)) browser.routes.set(new URL(fake.ssoUrl).origin, fake.origin);
    return browser;
  }

  async ask({ leistung = CITIZENS_ONLY, application = 'CIV-1', acr, more = {} }: Demand = {}): Promise<Asked> {
    const verifier = client.randomPKCECodeVerifier();
    const state = client.randomState();
    const nonce = client.randomNonce();
    const url = client.buildAuthorizationUrl(this.service, {
      redirect_uri: CALLBACK,
      scope: 'openid profile address attributes',
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
      tenant: 'musterstadt',
      leistung,
      application,
      ...(acr && { acr_values: acr }),
      ...more,
    });
    return { url, verifier, state, nonce };
  }

  /** The page on which the browser is handed to the identity provider. */
  handed(page: Page): Handed {
    const { url, fields } = formOf(page);
    const request = Buffer.from(fields['SAMLRequest'] ?? '', 'base64').toString();
    const read = (name: string) => new RegExp(` ${name}="([^"]*)"`).exec(request)?.[1] ?? '';
    const [requestId, acs] = [read('ID'), read('AssertionConsumerServiceURL')];
    return { page, url, request, requestId, relayState: fields['RelayState'] ?? '', acs };
  }

  /** The identity provider's answer, posted by the browser. */
  async answer(browser: Browser, handed: Handed, said: Partial<Said> = {}, idp = this.idpOf(handed)): Promise<Page> {
    const SAMLResponse = await idp.answer({ ...this.genuine(handed), ...said });
    return await browser.post(handed.acs, { SAMLResponse, RelayState: handed.relayState }, idp.entityId);
  }

  /** Another name, and the keys of the BundID of the tests. */
  otherIdp(entityId: string): SamlIdp {
    return new SamlIdp(entityId, this.bundid.key, this.bundid.hub, 'both');
  }

  idpOf({ url }: Handed): SamlIdp {
    return [this.muk, this.konto].find(({ ssoUrl }) => ssoUrl === url.href) ?? this.bundid;
  }

  genuine(handed: Handed): Said {
    const { requestId, acs } = handed;
    const asked = { requestId, acs, audience: acs.replace(/\/acs$/, '') };
    const lasting = { nameIdFormat: 'persistent', level: 'none' };
    const idp = this.idpOf(handed);
    if (idp === this.muk) return { ...asked, ...lasting, attributes: company, nameId: 'ek-0123456789abcdef' };
    if (idp === this.konto)
      return { ...asked, ...lasting, level: 'urn:konto:stark', attributes: verein, nameId: 'verein-1' };
    return { ...asked, attributes: erika };
  }

  /** Exchanges the code that the browser brought. */
  async tokens(page: Page, asked: Asked, service = this.service) {
    return await client.authorizationCodeGrant(service, page.url, {
      pkceCodeVerifier: asked.verifier,
      expectedState: asked.state,
      expectedNonce: asked.nonce,
      idTokenExpected: true,
    });
  }

  /** Codes of refused logins that the log has, in order. */
  async refusals(): Promise<string[]> {
    const lines = await this.#logged();
    return lines
      .filter(({ msg }) => msg === 'a login was refused' || msg === 'an OpenID request was refused')
      .map(({ code = '' }) => code);
  }

  /** Why the OpenID Provider refused, in the words of the log, in order. */
  async reasons(): Promise<string[]> {
    const lines = await this.#logged();
    return lines.filter(({ msg }) => msg === 'an OpenID request was refused').map(({ reason = '' }) => reason);
  }

  async #logged(): Promise<{ msg: string; code?: string; reason?: string }[]> {
    const lines = (await readFile(this.hub.logFile, 'utf8')).trim().split('\n');
    return lines.map((line) => JSON.parse(line));
  }
}

/** The online service, whose requests to the public name go to the hub of the test. */
export async function discover(url: string, id: string, secret?: string): Promise<client.Configuration> {
  const toHub: client.CustomFetch = (address, init) => fetch(address.replace(PUBLIC, url), init as RequestInit);
  const authentication = secret === undefined ? client.None() : client.ClientSecretBasic(secret);
  const metadata = { id_token_signed_response_alg: 'ES256', use_mtls_endpoint_aliases: false };
  const configuration = await client.discovery(new URL(`${PUBLIC}/identity/oidc`), id, metadata, authentication, {
    [client.customFetch]: toHub,
  });
  configuration[client.customFetch] = toHub;
  return configuration;
}

async function writeDirectory(
  directory: string,
  { ours, folder, ...idps }: Record<'bundid' | 'muk' | 'konto', SamlIdp> & { ours: CertifiedKey; folder: string },
): Promise<void> {
  await writeFile(join(folder, 'sign.key'), ours.key);
  await writeFile(join(folder, 'sign.pem'), ours.certificate);
  await mkdir(join(directory, 'identity'), { recursive: true });
  for (const [id, idp] of Object.entries(idps)) {
    await writeFile(join(directory, `identity/${id}.xml`), idp.metadata());
  }
  const provider = (id: string, name: string, settings: string, kind = id) => `  - id: ${id}
    name: ${name}
    kind: ${kind}
    entityId: https://hub.example/identity/saml/${id}
    metadata: ${id}.xml
    keys: { signing: [{ certificate: 'file:${folder}/sign.pem', privateKey: 'file:${folder}/sign.key' }] }
    settings: ${settings}
`;
  await writeFile(
    join(directory, 'identity.yaml'),
    `providers:
${provider('bundid', 'BundID', '{ onlineServiceId: BMI-A0000, attributes: [{ name: givenName }, { name: surname, required: true }] }')}
${provider('muk', 'Mein Unternehmenskonto', '{}')}
${provider('konto', 'Servicekonto', KONTO, 'saml')}
clients:
  - id: formulare
    name: Formulare Musterstadt
    clientSecret: env:TEST_CLIENT_SECRET
    redirectUris: [${CALLBACK}]
  - id: browser-app
    name: Dienst ohne Geheimnis
    redirectUris: [${CALLBACK}]
    tenants: [musterstadt]
    leistungen: ['${CITIZENS_ONLY}']
`,
  );
}
