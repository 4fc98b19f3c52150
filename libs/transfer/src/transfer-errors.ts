import type { HubError } from '@ozg-hub/core';

interface Reason {
  readonly detail?: string;
  readonly cause?: unknown;
}

/** The errors of whoever keeps files at another place: what can happen on the way there. */
export interface TransferErrors {
  /** No connection; nothing was sent. */
  unreachable(reason: Reason): HubError;
  /** The server shows a key that is not configured; nothing was sent, no password either. */
  hostKey(reason: Reason): HubError;
  credentials(reason: Reason): HubError;
  /** The connection broke, or stood still, in a call. */
  interrupted(reason: Reason): HubError;
  /** It broke in a call that may have taken effect. */
  outcomeUnknown(reason: Reason): HubError;
  /** The server does not let the folder be used. */
  unavailable(reason: Reason): HubError;
  /** A file of the name is there already; nothing was replaced. */
  nameTaken(): HubError;
  tooLarge(): HubError;
}
