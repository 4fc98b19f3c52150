import type { ErrorPlace } from '@ozg-hub/core';
import type { XmlErrorCode } from './errors.ts';

/** What a worker found wrong; crosses the thread border as data and becomes a HubError in the pool. */
export class Failure extends Error {
  constructor(
    readonly code: XmlErrorCode,
    readonly places: readonly ErrorPlace[] = [],
    readonly detail?: string,
  ) {
    super(code);
  }
}

/** Most places one error lists. */
export const MOST_PLACES = 50;
