import { isHubError } from '@ozg-hub/core';
import type { HubClient } from './hub-client.ts';

/** What a service says of an id that is not one of its own. */
const NOT_HERE = ['HUB_DELIVERY_UNKNOWN', 'HUB_REPLAY_UNKNOWN'];
const DELIVERIES = /^\/([a-z0-9-]+)\/ops\/v1\/deliveries$/;

/** Services of the hub that deliver: those with an operator API for deliveries. */
export async function sendersOf(hub: HubClient): Promise<readonly string[]> {
  const { paths } = await hub.call<{ paths: Readonly<Record<string, unknown>> }>('GET', '/openapi.json');
  return Object.keys(paths).flatMap((path) => DELIVERIES.exec(path)?.[1] ?? []);
}

/** Asks every service that delivers. */
export async function askSenders<T>(
  hub: HubClient,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<(T & { readonly service: string })[]> {
  const senders = await sendersOf(hub);
  return Promise.all(
    senders.map(async (service) => ({
      service,
      ...(await hub.call<T & object>(method, `/${service}/ops/v1${path}`, body)),
    })),
  );
}

/** Asks the service whose delivery or replay it is. @throws HUB_DELIVERY_UNKNOWN, HUB_REPLAY_UNKNOWN where it is nobody's */
export async function askOwner<T>(hub: HubClient, method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
  let unknown: unknown = new Error('No service of this hub delivers.');
  for (const service of await sendersOf(hub)) {
    try {
      return await hub.call<T>(method, `/${service}/ops/v1${path}`, body);
    } catch (error) {
      if (!isHubError(error) || !NOT_HERE.includes(error.code)) throw error;
      unknown = error;
    }
  }
  throw unknown;
}
