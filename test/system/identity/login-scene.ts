import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Browser, type CertifiedKey, type Page, type TestDatabase, certifiedKey, testDatabase } from '@ozg-hub/testing';

import { ServiceProcess } from '../processes/service-process.ts';
import { Front } from './front.ts';
import { Keycloak } from './keycloak.ts';
import { type Application, OnlineService } from './online-service.ts';
import { SimpleSamlPhp } from './simplesamlphp.ts';

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const execute = promisify(execFile);
/** A line of the log is there at once; on a busy machine a little later. */
const LOG_MS = 10_000;
const SECRET = 'geheim-geheim-geheim-geheim-geheim';

/** Of the demo's directory: citizens and companies at level substanziell, and citizens at level basis. */
export const BOTH_KINDS = '99999004011000';
export const CITIZENS_ONLY = '99999005012000';
export const SERVICEKONTO = 'https://hub.example/identity/saml/servicekonto';
export const FIRMENKONTO = 'https://hub.example/identity/saml/firmenkonto';
export const citizen = { username: 'erika', password: 'geheim-1', firstName: 'Erika', lastName: 'Mustermann' };
export const company = {
  user: 'musterbau',
  password: 'geheim-2',
  attributes: { uid: 'konto-4711', Firmenname: 'Musterbau GmbH' },
};

/**
 * PSS, AES-256-GCM and OAEP with SHA-256: the best that Keycloak offers. It offers more than the hub takes: RSA_SHA1,
 * RSA_SHA512_MGF1, DSA_SHA1, AES-CBC and rsa-1_5 too.
 */
const STRONG = {
  'saml.client.signature': 'true',
  'saml.encrypt': 'true',
  'saml.force.post.binding': 'true',
  saml_force_name_id_format: 'true',
  saml_name_id_format: 'persistent',
  'saml.signature.algorithm': 'RSA_SHA256_MGF1',
  'saml.encryption.algorithm': 'http://www.w3.org/2009/xmlenc11#aes256-gcm',
  'saml.encryption.keyAlgorithm': 'http://www.w3.org/2009/xmlenc11#rsa-oaep',
  'saml.encryption.digestMethod': 'http://www.w3.org/2001/04/xmlenc#sha256',
  'saml.encryption.maskGenerationFunction': 'http://www.w3.org/2009/xmlenc11#mgf1sha256',
};

/** A browser by HTTP on its way. */
export interface Walk {
  readonly browser: Browser;
  /** The page with the request to the identity provider. */
  readonly handoff: Page;
  /** The identity provider's form for name and password. */
  readonly login: Page;
}

/** A page of a browser, and what of it is refused inside. */
export interface Refused {
  readonly page: Page;
  readonly code: string;
}

/**
 * Two processes of services/identity on one database, behind one address; Keycloak for citizens, SimpleSAMLphp for
 * companies, each set up by the other's metadata; and an online service.
 */
export class LoginScene {
  readonly #folder: string;
  readonly #processes: ServiceProcess[] = [];
  #database: TestDatabase | undefined;
  #keycloak: Keycloak | undefined;
  #simpleSamlPhp: SimpleSamlPhp | undefined;
  #front: Front | undefined;
  #service: OnlineService | undefined;
  #keys!: { readonly hub: CertifiedKey; readonly stranger: CertifiedKey };

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async start(): Promise<LoginScene> {
    const scene = new LoginScene(await mkdtemp(join(tmpdir(), 'ozg-hub-logins-')));
    try {
      await scene.#start();
    } catch (error) {
      await scene.stop();
      throw error;
    }
    return scene;
  }

  get keycloak(): Keycloak {
    return this.#keycloak!;
  }

  get simpleSamlPhp(): SimpleSamlPhp {
    return this.#simpleSamlPhp!;
  }

  get service(): OnlineService {
    return this.#service!;
  }

  get keys(): { readonly hub: CertifiedKey; readonly stranger: CertifiedKey } {
    return this.#keys;
  }

  /** The address of both processes. */
  get hub(): string {
    return this.#front!.origin;
  }

  /** The addresses of each. */
  async instances(): Promise<string[]> {
    return await Promise.all(this.#processes.map(({ url }) => url));
  }

  /** The metadata of the hub as one of the identity providers gets it. */
  async metadata(provider: string): Promise<string> {
    const answer = await fetch(`${this.hub}/identity/saml/${provider}/metadata`);
    return await answer.text();
  }

  /** A browser by HTTP that stands before the login form of an identity provider. @param provider where there is a choice */
  async walk(application: Application, provider?: string, browser = new Browser()): Promise<Walk> {
    const first = await browser.get(this.service.begin(application));
    const handoff = provider === undefined ? first : await browser.submit(first, { provider });
    return { browser, handoff, login: await browser.submit(handoff) };
  }

  /** The answer that the identity provider has the browser post, once its user gave name and password. */
  async answered({ browser, login }: Pick<Walk, 'browser' | 'login'>): Promise<Page> {
    const { username, password } = citizen;
    const isCitizen = login.url.origin === this.keycloak.origin;
    return await browser.submit(
      login,
      isCitizen ? { username, password } : { username: company.user, password: company.password },
    );
  }

  /** Posts the answer of an identity provider to the hub, which refuses it. */
  async refused(browser: Browser, answer: Page): Promise<Refused> {
    const since = Date.now();
    const page = await browser.submit(answer);
    return { page, code: await this.refusal(since) };
  }

  /** The code of the first refusal in the logs since then. */
  async refusal(since: number): Promise<string> {
    for (const until = Date.now() + LOG_MS; Date.now() < until;) {
      const lines = this.#processes.flatMap(({ said }) => said.filter((line) => line.startsWith('{')));
      const refusals = lines
        .map((line) => JSON.parse(line) as { time: string | number; msg: string; code?: string })
        .filter(({ msg, time }) => msg === 'a login was refused' && new Date(time).getTime() >= since);
      if (refusals[0]?.code) return refusals[0].code;
      await pause(20);
    }
    throw new Error('nothing was refused');
  }

  /** Takes the metadata that an identity provider has now into the directory, as an operator does. */
  async importMetadata(provider: string, xml: string): Promise<string> {
    const file = join(this.#folder, `${provider}.xml`);
    await writeFile(file, xml);
    const command = ['identity', 'import', file, '--provider', provider];
    const { PATH = '' } = process.env;
    const { stdout } = await execute(
      process.execPath,
      [here('../../../services/all-in-one/dist/cli/cli.js'), ...command],
      {
        env: { PATH, HUB_DIRECTORY: this.#directory, HUB_IDENTITY_PUBLIC_URL: this.hub },
        cwd: this.#folder,
      },
    );
    if (this.#processes.length > 0) await this.#reload();
    return stdout;
  }

  /** Runs with another identity.yaml. */
  async withDirectory(from: string, to: string, work: () => Promise<void>): Promise<void> {
    const path = join(this.#directory, 'identity.yaml');
    const before = await readFile(path, 'utf8');
    if (!before.includes(from)) throw new Error(`identity.yaml has no ${from}`);
    await writeFile(path, before.replace(from, to));
    try {
      await this.#reload();
      await work();
    } finally {
      await writeFile(path, before);
      await this.#reload();
    }
  }

  /** Kills both processes, as a loss of power does, and starts two others. */
  async renew(): Promise<void> {
    await Promise.all(this.#processes.splice(0).map((each) => each.kill()));
    await this.#startTwo();
  }

  async stop(): Promise<void> {
    await Promise.all([
      ...this.#processes.map((each) => each.stop()),
      this.#front?.stop(),
      this.#service?.stop(),
      this.#keycloak?.stop(),
      this.#simpleSamlPhp?.stop(),
    ]);
    await this.#database?.drop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #directory(): string {
    return join(this.#folder, 'directory');
  }

  async #start(): Promise<void> {
    const [hub, stranger, theirs] = (await Promise.all(
      ['hub', 'stranger', 'idp'].map((commonName) => certifiedKey({ commonName })),
    )) as [CertifiedKey, CertifiedKey, CertifiedKey];
    this.#keys = { hub, stranger };
    // What has come up is ended also where another fails.
    const started = await Promise.allSettled([
      Keycloak.start().then((server) => (this.#keycloak = server)),
      SimpleSamlPhp.start(theirs, company).then((server) => (this.#simpleSamlPhp = server)),
      testDatabase().then((database) => (this.#database = database)),
      Front.start().then((front) => (this.#front = front)),
      OnlineService.start().then((service) => (this.#service = service)),
    ]);
    const failed = started.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
    await this.#writeDirectory();
    const realms = [this.keycloak.createRealm('buerger', [citizen]), this.keycloak.createRealm('fremd', [citizen])];
    await Promise.all(realms);
    await this.importMetadata('servicekonto', await this.keycloak.metadata('buerger'));
    await this.importMetadata('firmenkonto', await this.simpleSamlPhp.metadata());
    await this.#startTwo();
    const ours = await this.metadata('servicekonto');
    await Promise.all([
      this.keycloak.register('buerger', ours, STRONG),
      this.keycloak.register('fremd', ours, STRONG),
      this.simpleSamlPhp.register(await this.metadata('firmenkonto')),
      this.service.use(`${this.hub}/identity/oidc`, 'formulare', SECRET),
    ]);
  }

  /** One after the other: the first one makes the keys of the installation. */
  async #startTwo(): Promise<void> {
    for (const _ of ['first', 'second']) await this.#process().url;
    this.#front!.lead(await this.instances());
  }

  #process(): ServiceProcess {
    const started = new ServiceProcess('identity', {
      HUB_DATABASE_URL: this.#database!.url,
      HUB_DATA_DIR: join(this.#folder, 'data'),
      HUB_DIRECTORY: this.#directory,
      HUB_IDENTITY_PUBLIC_URL: this.hub,
      TEST_CLIENT_SECRET: SECRET,
    });
    this.#processes.push(started);
    return started;
  }

  async #reload(): Promise<void> {
    const token = (await readFile(join(this.#folder, 'data/operator.token'), 'utf8')).trim();
    for (const url of await this.instances()) {
      const request = { method: 'POST', headers: { authorization: `Bearer ${token}` } };
      const answer = await fetch(`${url}/hub/ops/v1/directory/reload`, request);
      if (!answer.ok) throw new Error(`reload: ${answer.status} ${await answer.text()}`);
      await answer.body?.cancel();
    }
  }

  async #writeDirectory(): Promise<void> {
    await cp(here('../../../deploy/directory'), this.#directory, { recursive: true });
    const [key, certificate] = [join(this.#folder, 'sign.key'), join(this.#folder, 'sign.pem')];
    await writeFile(key, this.#keys.hub.key);
    await writeFile(certificate, this.#keys.hub.certificate);
    const keys = `{ signing: [{ certificate: 'file:${certificate}', privateKey: 'file:${key}' }] }`;
    await writeFile(
      join(this.#directory, 'identity.yaml'),
      `providers:
  - id: servicekonto
    name: Servicekonto
    kind: saml
    entityId: ${SERVICEKONTO}
    metadata: servicekonto.xml
    keys: ${keys}
    settings:
      levelAttribute: Vertrauensniveau
      levels: { STUFE-1: basis, STUFE-3: substanziell, STUFE-4: hoch }
      attributes:
        - { name: 'urn:oid:2.5.4.42', as: givenName }
        - { name: 'urn:oid:2.5.4.4', as: surname, required: true }
  - id: firmenkonto
    name: Firmenkonto
    kind: saml
    entityId: ${FIRMENKONTO}
    metadata: firmenkonto.xml
    keys: ${keys}
    settings:
      applicant: company
      algorithm: rsa-sha256
      unencryptedAllowed: true
      subjectAttribute: uid
      levels: { 'urn:oasis:names:tc:SAML:2.0:ac:classes:Password': substanziell }
      attributes: [{ name: Firmenname, as: Firmenname }]
clients:
  - id: formulare
    name: Formulare Musterstadt
    clientSecret: env:TEST_CLIENT_SECRET
    redirectUris: [${this.service.callback}]
`,
    );
  }
}
