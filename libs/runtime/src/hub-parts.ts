import type { BusStrategy, OutboxRelay } from '@ozg-hub/messaging';
import type { Store } from '@ozg-hub/store';
import type { Route } from './openapi.ts';
import type { Platform } from './platform.ts';
import type { Diagnosis } from './service-definition.ts';
import type { TrailKeys } from './trail-keys.ts';

/** The host's own parts, for the controllers that answer for all services. */
export interface HubParts {
  readonly platform: Platform;
  readonly version: string;
  /** False for commands that only read while no hub runs. */
  readonly isServing: boolean;
  readonly trailKeys: TrailKeys;
  readonly services: { name: string; store: Store }[];
  readonly strategies: BusStrategy[];
  readonly relays: OutboxRelay[];
  readonly diagnoses: Map<string, readonly Diagnosis[]>;
  routes?: readonly Route[];
}

/** Token of {@link HubParts}. */
export const HUB_PARTS = Symbol('HubParts');
