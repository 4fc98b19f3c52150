import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { HubError, type ErrorDefinition } from '@ozg-hub/core';
import {
  type HostConfig,
  type Problem,
  hostSettings,
  processEnvironment,
  readRunning,
  readSettings,
  runtimeErrors,
  tokenFile,
} from '@ozg-hub/runtime/settings';
import { version } from '../version.ts';
import { openFile } from './given-file.ts';

type Place = Pick<HostConfig, 'HUB_DATA_DIR'>;

/** The operator API, wherever it is answered. */
export interface HubClient {
  /** @throws HubError with the hub's code and action where it answers with a problem */
  call<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<T>;
  /** Posts a file as it is, at the pace of the hub. Only to a running hub. @throws HUB_FILE_UNREADABLE */
  upload<T>(path: string, file: string, mediaType: string): Promise<T>;
  /** What is no JSON. Only from a running hub. */
  download(path: string): Promise<Buffer>;
  close(): Promise<void>;
}

/** Settings as the hub itself would read them, those of the services included. @throws HUB_CONFIG_INVALID */
export async function readHubSettings(): Promise<HostConfig> {
  const { services } = await import('../services.ts');
  const [config] = readSettings(processEnvironment(), [hostSettings, ...services.map((service) => service.config)]);
  return config as HostConfig;
}

/**
 * Speaks to the hub that runs on this data directory (or at `HUB_URL` with `HUB_API_KEY`). Where none runs, a command
 * that only reads gets the same use cases without a port; one that changes something is refused.
 * @throws HUB_NOT_RUNNING, HUB_CONFIG_INVALID
 */
export async function connectHub(kind: 'reads' | 'changes'): Promise<HubClient> {
  const { HUB_URL: remote, HUB_API_KEY: key } = processEnvironment();
  if (remote) {
    if (key) return overHttp(remote.replace(/\/+$/, ''), key);
    throw runtimeErrors.HUB_CONFIG_INVALID({ detail: 'HUB_URL is set, but HUB_API_KEY is not.' });
  }
  const place = hostSettings.pick({ HUB_DATA_DIR: true }).parse(processEnvironment()) as Place;
  const url = await runningHub(place);
  if (url) return overHttp(url, (await readFile(tokenFile(place), 'utf8')).trim());
  await readHubSettings();
  if (kind === 'changes') throw runtimeErrors.HUB_NOT_RUNNING();
  return inProcess();
}

async function runningHub(place: Place): Promise<string | undefined> {
  const running = await readRunning(place);
  if (!running) return undefined;
  try {
    await fetch(`${running.url}/health/live`, { signal: AbortSignal.timeout(5_000) });
    return running.url;
  } catch {
    // Nobody answers there: it was killed before it could take its file away.
    return undefined;
  }
}

function overHttp(url: string, key: string): HubClient {
  const send = async (path: string, init: RequestInit): Promise<Response> => {
    try {
      const headers = { authorization: `Bearer ${key}`, ...(init.headers as Record<string, string>) };
      return await fetch(`${url}${path}`, { ...init, headers });
    } catch (cause) {
      throw runtimeErrors.HUB_UNREACHABLE({ detail: `The hub at ${url} does not answer.`, cause });
    }
  };
  return {
    call: async <T>(method: string, path: string, body?: unknown) => {
      const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
      const answer = await send(path, { method, ...(body === undefined ? {} : json) });
      return result<T>(answer.status, await answer.text());
    },
    upload: async <T>(path: string, file: string, mediaType: string) => {
      const { size, stream } = await openFile(file);
      const body = Readable.toWeb(stream) as unknown as ReadableStream;
      const headers = { 'content-type': mediaType, 'content-length': String(size) };
      const answer = await send(path, { method: 'POST', headers, body, duplex: 'half' } as RequestInit);
      return result<T>(answer.status, await answer.text());
    },
    download: async (path) => {
      const answer = await send(path, {});
      if (answer.status >= 400) result(answer.status, await answer.text());
      return Buffer.from(await answer.arrayBuffer());
    },
    close: () => Promise.resolve(),
  };
}

/** Loads the services only now: a command to a running hub is quick. */
async function inProcess(): Promise<HubClient> {
  const { startServices } = await import('@ozg-hub/runtime');
  const { services } = await import('../services.ts');
  const environment = { HUB_LOG_LEVEL: 'error', ...processEnvironment() };
  const host = await startServices(services, { environment, version, mode: 'read' });
  return {
    call: async <T>(method: string, path: string, body?: unknown) => {
      const headers = { authorization: `Bearer ${host.operatorToken}` };
      const answer = await host.inject({ method, url: path, headers, body });
      return result<T>(answer.status, answer.body);
    },
    upload: () => Promise.reject(runtimeErrors.HUB_NOT_RUNNING()),
    download: () => Promise.reject(runtimeErrors.HUB_NOT_RUNNING()),
    close: () => host.stop(),
  };
}

function result<T>(status: number, text: string): T {
  const body = parsed(text);
  if (status < 400) return body as T;
  const { code, title, detail, action, errors = [] } = (body ?? {}) as Partial<Problem>;
  if (!code || !title) {
    throw runtimeErrors.HUB_UNREACHABLE({ detail: `Something else than the hub answered, with status ${status}.` });
  }
  const definition: ErrorDefinition = { class: 'never', status, title, action: action ?? '' };
  throw new HubError(code, definition, { ...(detail ? { detail } : {}), places: errors });
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    // A proxy's page; whoever reads the result sees that it is not the hub's.
    return undefined;
  }
}
