import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { civentoIntake } from '@ozg-hub/civento-intake';
import { dmsExport } from '@ozg-hub/dms-export';
import { epay21Bridge } from '@ozg-hub/epay21-bridge';
import { identity } from '@ozg-hub/identity-service';
import { type RunningHost, type ServiceDefinition, startServices } from '@ozg-hub/runtime';
import { type TestDatabase, type MultipartBody, testDatabase } from '@ozg-hub/testing';

export interface HubOptions {
  /** Settings besides those a test hub has anyway. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly services?: readonly ServiceDefinition[];
  /** Is told every answer. */
  readonly heard?: (answer: Answer) => void;
  /** Another way to the database, e.g. through a proxy; default: straight. */
  readonly databaseUrl?: (url: string) => Promise<string>;
}

/** What the hub answered, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // oxlint-disable-next-line no-explicit-any -- tests read whatever the hub says
  readonly json: any;
}

/** The hub as a flow test uses it: in this process, on a database and folders of its own, at a free port. */
export interface RunningHub {
  readonly host: RunningHost;
  readonly url: string;
  readonly dataDir: string;
  readonly logFile: string;
  readonly database: TestDatabase;
  /** Sends a request; with the operator's key unless the headers say otherwise. */
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  /** Pushes an application as civento does. */
  push(body: MultipartBody | string | Uint8Array, options?: RequestOptions): Promise<Answer>;
  /** The state of a submission as its sender sees it, once `until` holds. */
  submission(id: string, until: (status: Answer['json']) => boolean): Promise<Answer['json']>;
  /** The text of a new API key. */
  key(options: { scopes: readonly string[]; tenants?: readonly string[] }): Promise<{ id: string; key: string }>;
  /** What lies in the tables of submissions, vault, outbox and trail, and the files of the vault. */
  stored(): Promise<{ rows: number; files: string[] }>;
  stop(): Promise<void>;
}

export interface RequestOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: RequestInit['body'];
}

const PATH = '/civento/v1/applications';

/** Every service of the hub. */
export const services = [civentoIntake, dmsExport, epay21Bridge, identity] as unknown as readonly ServiceDefinition[];

export async function startHub(options: HubOptions = {}): Promise<RunningHub> {
  const folder = await mkdtemp(join(tmpdir(), 'ozg-hub-flow-'));
  const database = await testDatabase();
  const dataDir = join(folder, 'data');
  const logFile = join(folder, 'hub.log');
  const url = options.databaseUrl ? await options.databaseUrl(database.url) : database.url;
  const cleanUp = async () => {
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  };
  let host: RunningHost;
  try {
    host = await startServices(options.services ?? services, {
      environment: {
        HUB_DATABASE_URL: url,
        HUB_DATA_DIR: dataDir,
        HUB_HTTP_PORT: '0',
        HUB_LOG_LEVEL: 'debug',
        HUB_LOG_FILE: logFile,
        HUB_XML_WORKERS: '1',
        HUB_DMS_REPLY_POLL_MS: '50',
        ...options.environment,
      },
      version: 'test',
    });
  } catch (error) {
    await cleanUp();
    throw error;
  }
  const intake = database.database.open('civento_intake', { maxConnections: 1 });
  const hub: RunningHub = {
    host,
    url: host.url,
    dataDir,
    logFile,
    database,
    request: async (method, path, { headers = {}, query = '', body } = {}) => {
      const answer = await send(`${host.url}${path}${query}`, {
        method,
        headers: { authorization: `Bearer ${host.operatorToken}`, ...headers },
        ...(body === undefined ? {} : { body, duplex: 'half' }),
      } as RequestInit);
      options.heard?.(answer);
      return answer;
    },
    push: (body, { headers = {}, query = '' } = {}) =>
      typeof body === 'string' || body instanceof Uint8Array
        ? hub.request('POST', PATH, { headers: { 'content-type': 'application/xml', ...headers }, query, body })
        : hub.request('POST', PATH, {
            headers: { 'content-type': body.contentType, ...headers },
            query,
            body: body.body as unknown as ReadableStream,
          }),
    submission: async (id, until) => {
      for (;;) {
        const { json } = await hub.request('GET', `${PATH}/${id}`);
        if (until(json)) return json;
        await pause(20);
      }
    },
    key: async (key) => {
      const { json } = await hub.request('POST', '/hub/ops/v1/keys', {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'test', ...key }),
      });
      return json;
    },
    stored: async () => {
      const [{ rows } = { rows: 0 }] = await intake.query<{ rows: number }>(
        `SELECT (SELECT count(*) FROM submission) + (SELECT count(*) FROM outbox) + (SELECT count(*) FROM vault.data_key)
           + (SELECT count(*) FROM vault.object) + (SELECT count(*) FROM audit) AS rows`,
      );
      return { rows, files: await filesBelow(join(dataDir, 'vault')) };
    },
    stop: async () => {
      await host.stop();
      await cleanUp();
    },
  };
  return hub;
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

async function send(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
}
