import { isHubError } from '@ozg-hub/core';
import { deliveryChanged } from '@ozg-hub/events';
import { services } from '../services.ts';
import type { HubClient } from './hub-client.ts';

/** Services that deliver; each serves `/<service>/ops/v1/deliveries` and `/targets`. */
export const senders: readonly string[] = services
  .filter(({ publishes }) => publishes.some(({ topic }) => topic === deliveryChanged.topic))
  .map(({ name }) => name);

/** Asks every service that delivers. */
export function askSenders<T>(hub: HubClient, method: 'GET' | 'POST', path: string, body?: unknown): Promise<T[]> {
  return Promise.all(senders.map((service) => hub.call<T>(method, `/${service}/ops/v1${path}`, body)));
}

/** Asks the service whose delivery it is. @throws HUB_DELIVERY_UNKNOWN where it is nobody's */
export async function askOwner<T>(hub: HubClient, method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
  for (const [index, service] of senders.entries()) {
    try {
      return await hub.call<T>(method, `/${service}/ops/v1${path}`, body);
    } catch (error) {
      if (index === senders.length - 1 || !isHubError(error, 'HUB_DELIVERY_UNKNOWN')) throw error;
    }
  }
  throw new Error('No service of this hub delivers.');
}
