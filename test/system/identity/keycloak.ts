import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { canRunPrograms, freePort } from '@ozg-hub/testing/servers';

const VERSION = '26.7.3';
/** Another site than the hub's, so that browsers treat its posts as foreign; still this machine. */
const HOST = '127.0.0.2';
const START_MS = 170_000;
const ADMIN = { username: 'admin', password: 'admin' };
const execute = promisify(execFile);

type Json = Readonly<Record<string, unknown>>;

/** A person of a realm; everybody invented. */
export interface KeycloakUser {
  readonly username: string;
  readonly password: string;
  readonly firstName: string;
  readonly lastName: string;
}

/** Keycloak on a free port; all that it knows ends with it. */
export class Keycloak {
  private constructor(
    readonly origin: string,
    private readonly server: ChildProcess,
    private readonly folder: string,
    private readonly killNow: () => unknown,
  ) {}

  static async start(): Promise<Keycloak> {
    const home = await installation();
    const folder = await mkdtemp(join(tmpdir(), 'keycloak-'));
    const [port, management] = [await freePort(), await freePort()];
    const log = join(folder, 'log');
    const output = openSync(log, 'w');
    const options = [
      '--optimized',
      '--cache=local',
      '--http-enabled=true',
      '--hostname-strict=false',
      `--http-host=${HOST}`,
      `--http-port=${port}`,
      `--http-management-port=${management}`,
    ];
    const { PATH = '', HOME = '' } = process.env;
    const server = spawn(join(home, 'bin/kc.sh'), ['start', ...options], {
      env: {
        PATH,
        HOME,
        KC_BOOTSTRAP_ADMIN_USERNAME: ADMIN.username,
        KC_BOOTSTRAP_ADMIN_PASSWORD: ADMIN.password,
        JAVA_OPTS_APPEND: `-Xmx512m -XX:TieredStopAtLevel=1 -Djava.io.tmpdir=${folder}`,
      },
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    // The script passes SIGTERM on to its JVM; SIGKILL would leave that alive.
    const killNow = () => server.kill('SIGTERM');
    process.once('exit', killNow);
    const keycloak = new Keycloak(`http://${HOST}:${port}`, server, folder, killNow);
    try {
      await keycloak.#answering();
    } catch (error) {
      const said = await readFile(log, 'utf8');
      await keycloak.stop();
      throw new Error(`Keycloak did not start:\n${said.slice(-2000)}`, { cause: error });
    }
    return keycloak;
  }

  async createRealm(realm: string, users: readonly KeycloakUser[]): Promise<void> {
    const persons = users.map(({ password, ...user }) => ({
      ...user,
      enabled: true,
      emailVerified: true,
      email: `${user.username}@example.test`,
      credentials: [{ type: 'password', value: password, temporary: false }],
    }));
    await this.#admin('POST', '', { realm, enabled: true, sslRequired: 'none', users: persons });
  }

  /** The metadata of a realm as identity provider. */
  async metadata(realm: string): Promise<string> {
    const answer = await fetch(`${this.origin}/realms/${realm}/protocol/saml/descriptor`);
    return await answer.text();
  }

  /** Takes a service provider on by its own metadata. @param attributes what metadata do not say */
  async register(realm: string, metadata: string, attributes: Readonly<Record<string, string>>): Promise<void> {
    const read = await this.#admin('POST', `/${realm}/client-description-converter`, metadata);
    const client = (await read.json()) as { readonly attributes: Json };
    const property = (name: string, as: string) => ({
      name: as,
      protocol: 'saml',
      protocolMapper: 'saml-user-property-mapper',
      config: { 'user.attribute': name, 'attribute.name': as, 'attribute.nameformat': 'URI Reference' },
    });
    const level = {
      name: 'level',
      protocol: 'saml',
      protocolMapper: 'saml-hardcode-attribute-mapper',
      config: { 'attribute.name': 'Vertrauensniveau', 'attribute.nameformat': 'Basic', 'attribute.value': 'STUFE-3' },
    };
    await this.#admin('POST', `/${realm}/clients`, {
      ...client,
      attributes: { ...client.attributes, ...attributes },
      defaultClientScopes: [],
      protocolMappers: [property('firstName', 'urn:oid:2.5.4.42'), property('lastName', 'urn:oid:2.5.4.4'), level],
    });
  }

  /** Runs with other settings of a client. */
  async with(realm: string, clientId: string, changes: Json, work: () => Promise<void>): Promise<void> {
    const found = await this.#admin('GET', `/${realm}/clients?clientId=${encodeURIComponent(clientId)}`);
    const [client] = (await found.json()) as [{ readonly id: string; readonly attributes: Json }];
    const { attributes, ...others } = changes as { attributes?: Json };
    const changed = { ...client, ...others, attributes: { ...client.attributes, ...attributes } };
    await this.#admin('PUT', `/${realm}/clients/${client.id}`, changed);
    try {
      await work();
    } finally {
      await this.#admin('PUT', `/${realm}/clients/${client.id}`, { consentRequired: false, ...client });
    }
  }

  /** A new key signs from now on; the one before stays in the metadata. */
  async addKey(realm: string): Promise<void> {
    await this.#admin('POST', `/${realm}/components`, {
      name: 'second',
      providerId: 'rsa-generated',
      providerType: 'org.keycloak.keys.KeyProvider',
      config: { priority: ['200'], enabled: ['true'], active: ['true'], keySize: ['2048'], algorithm: ['RS256'] },
    });
  }

  async stop(): Promise<void> {
    process.off('exit', this.killNow);
    if (this.server.exitCode === null && this.server.signalCode === null) {
      const ended = once(this.server, 'exit');
      this.killNow();
      await ended;
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The port opens before there is anything behind it. */
  async #answering(): Promise<void> {
    const url = `${this.origin}/realms/master/.well-known/openid-configuration`;
    for (const until = Date.now() + START_MS; Date.now() < until;) {
      if (this.server.exitCode !== null) throw new Error(`it ended with ${this.server.exitCode}`);
      const answer = await fetch(url).catch(() => undefined);
      await answer?.body?.cancel();
      if (answer?.ok) return;
      await pause(200);
    }
    throw new Error('nobody answers');
  }

  /** A request to the admin API, each with a token of its own: they last a minute. */
  async #admin(method: string, path: string, body?: Json | string): Promise<Response> {
    const token = await fetch(`${this.origin}/realms/master/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: 'admin-cli', grant_type: 'password', ...ADMIN }),
    });
    const { access_token } = (await token.json()) as { access_token: string };
    const type = typeof body === 'string' ? 'application/xml' : 'application/json';
    const answer = await fetch(`${this.origin}/admin/realms${path}`, {
      method,
      headers: { authorization: `Bearer ${access_token}`, 'content-type': type },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`Keycloak: ${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  }
}

/** Whether Java and Maven are there. */
export function hasKeycloakTools(): boolean {
  return canRunPrograms([
    ['java', '-version'],
    ['mvn', '-version'],
    ['tar', '--version'],
  ]);
}

/** Downloaded and built once per machine; whoever comes first moves it into place. */
async function installation(): Promise<string> {
  const place = join(tmpdir(), `ozg-hub-keycloak-${VERSION}`);
  if (existsSync(place)) return place;
  const draft = await mkdtemp(join(tmpdir(), 'ozg-hub-keycloak-draft-'));
  const artifact = `org.keycloak:keycloak-quarkus-dist:${VERSION}:tar.gz`;
  await execute('mvn', ['-B', '-q', 'dependency:copy', `-Dartifact=${artifact}`, `-DoutputDirectory=${draft}`]);
  const archive = (await readdir(draft)).find((name) => name.endsWith('.tar.gz'))!;
  const home = join(draft, 'home');
  await mkdir(home);
  await execute('tar', ['xzf', join(draft, archive), '-C', home, '--strip-components=1']);
  await execute(join(home, 'bin/kc.sh'), ['build', '--db=dev-mem', '--health-enabled=true']);
  await rename(home, place).catch((error: unknown) => {
    if (!existsSync(place)) throw error;
  });
  await rm(draft, { recursive: true, force: true });
  return place;
}
