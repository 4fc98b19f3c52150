import { isHubError } from '@ozg-hub/core';
import type { HubClient } from './hub-client.ts';

/** What a service says of an id that is not one of its own. */
const NOT_HERE = ['HUB_DELIVERY_UNKNOWN', 'HUB_REPLAY_UNKNOWN', 'HUB_BUS_PARKED_UNKNOWN'];

/** A list of the operator API that a service may have; by it the commands find the services that are meant. */
export type OperatorList = 'deliveries' | 'messages/parked' | 'messages/unpublished';

/** Services of the hub that have such a list: those that deliver, consume or publish. */
export async function servicesWith(hub: HubClient, list: OperatorList): Promise<readonly string[]> {
  const { paths } = await hub.call<{ paths: Readonly<Record<string, unknown>> }>('GET', '/openapi.json');
  const end = `/ops/v1/${list}`;
  return Object.keys(paths).flatMap((path) => (path.endsWith(end) ? path.slice(1, -end.length) : []));
}

/** Asks every service that delivers. */
export async function askSenders<T>(
  hub: HubClient,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<(T & { readonly service: string })[]> {
  return await askEach(hub, await servicesWith(hub, 'deliveries'), { method, path, body });
}

interface Question {
  readonly method: 'GET' | 'POST';
  /** Below `/<service>/ops/v1`. */
  readonly path: string;
  readonly body?: unknown;
}

/** Asks these services the same. */
export async function askEach<T>(
  hub: HubClient,
  services: readonly string[],
  { method, path, body }: Question,
): Promise<(T & { readonly service: string })[]> {
  return await Promise.all(
    services.map(async (service) => ({
      service,
      ...(await hub.call<T & object>(method, `/${service}/ops/v1${path}`, body)),
    })),
  );
}

/** Asks the service whose delivery or replay it is. @throws HUB_DELIVERY_UNKNOWN, HUB_REPLAY_UNKNOWN where it is nobody's */
export async function askOwner<T>(hub: HubClient, method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
  return (await findOwner<T>(hub, 'deliveries', { method, path, body })).answer;
}

/** Asks one after the other until it is theirs. @throws HUB_…_UNKNOWN where it is nobody's */
export async function findOwner<T>(
  hub: HubClient,
  list: OperatorList,
  { method, path, body }: Question,
): Promise<{ readonly service: string; readonly answer: T }> {
  let unknown: unknown = new Error(`No service of this hub has ${list}.`);
  for (const service of await servicesWith(hub, list)) {
    try {
      return { service, answer: await hub.call<T>(method, `/${service}/ops/v1${path}`, body) };
    } catch (error) {
      if (!isHubError(error) || !NOT_HERE.includes(error.code)) throw error;
      unknown = error;
    }
  }
  throw unknown;
}
