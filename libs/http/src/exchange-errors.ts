import type { HubError } from '@ozg-hub/core';

/** The errors of whoever sends: what can happen to a request on its way. Each is given the cause. */
export interface ExchangeErrors {
  /** No connection; nothing was sent. */
  unreachable(cause: unknown): HubError;
  /** No TLS connection; nothing was sent. */
  tls(cause: unknown): HubError;
  /** Broken off before the request left as a whole, or while an answer that changes nothing was read. */
  interrupted(cause: unknown): HubError;
  /** The same, because nothing came in time. */
  timeout(cause: unknown): HubError;
  /** A request that changes something left as a whole, and no usable answer came. */
  outcomeUnknown(cause: unknown): HubError;
}
