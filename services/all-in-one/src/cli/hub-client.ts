import { readFile } from 'node:fs/promises';
import { HubError, type ErrorDefinition } from '@ozg-hub/core';
import {
  type HostConfig,
  type Problem,
  hostSettings,
  processEnvironment,
  runningFile,
  runtimeErrors,
  startServices,
  tokenFile,
} from '@ozg-hub/runtime';
import { services } from '../services.ts';
import { version } from '../version.ts';

/** The operator API, wherever it is answered. */
export interface HubClient {
  /** @throws HubError with the hub's code and action where it answers with a problem */
  call<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<T>;
  close(): Promise<void>;
}

/**
 * Speaks to the hub that runs on this data directory (or at `HUB_URL` with `HUB_API_KEY`). Where none runs, a command
 * that only reads gets the same use cases without a port; one that changes something is refused.
 * @throws HUB_NOT_RUNNING
 */
export async function connectHub(kind: 'reads' | 'changes'): Promise<HubClient> {
  const environment = processEnvironment();
  const remote = environment['HUB_URL'];
  if (remote) return overHttp(remote, environment['HUB_API_KEY'] ?? '');
  const config = hostSettings.pick({ HUB_DATA_DIR: true }).parse(environment) as Pick<HostConfig, 'HUB_DATA_DIR'>;
  const url = await runningHub(config);
  if (url) return overHttp(url, (await readFile(tokenFile(config), 'utf8')).trim());
  if (kind === 'changes') throw runtimeErrors.HUB_NOT_RUNNING();
  return inProcess();
}

async function runningHub(config: Pick<HostConfig, 'HUB_DATA_DIR'>): Promise<string | undefined> {
  try {
    const { url } = JSON.parse(await readFile(runningFile(config), 'utf8')) as { url: string };
    const answer = await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(2_000) });
    return answer.ok ? url : undefined;
  } catch {
    // No file, or nobody listens: no hub runs here.
    return undefined;
  }
}

function overHttp(url: string, key: string): HubClient {
  return {
    call: async <T>(method: string, path: string, body?: unknown) => {
      const answer = await fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return result<T>(answer.status, await answer.text());
    },
    close: () => Promise.resolve(),
  };
}

async function inProcess(): Promise<HubClient> {
  const environment = { HUB_LOG_LEVEL: 'error', ...processEnvironment(), HUB_MIGRATE: 'auto' };
  const host = await startServices(services, { environment, version, mode: 'read' });
  return {
    call: async <T>(method: string, path: string, body?: unknown) => {
      const answer = await host.inject({
        method,
        url: path,
        headers: { authorization: `Bearer ${host.operatorToken}` },
        body,
      });
      return result<T>(answer.status, answer.body);
    },
    close: () => host.stop(),
  };
}

function result<T>(status: number, text: string): T {
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  if (status < 400) return body as T;
  const problem = body as Problem;
  const definition: ErrorDefinition = { class: 'never', status, title: problem.title, action: problem.action };
  throw new HubError(problem.code, definition, { detail: problem.detail, places: problem.errors ?? [] });
}
