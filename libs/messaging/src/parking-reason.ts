import { isHubError } from '@ozg-hub/core';
import { messagingErrors } from './errors.ts';

/** What stands beside a parked message: a stable code and a detail that quotes nothing but our own texts. */
export function parkingReason(error: unknown): { readonly code: string; readonly detail: string } {
  if (isHubError(error)) return { code: error.code, detail: error.message };
  if (!(error instanceof Error)) {
    const masked = messagingErrors.HUB_BUS_ERRORS_MASKED();
    return { code: masked.code, detail: masked.message };
  }
  const failed = messagingErrors.HUB_BUS_HANDLER_FAILED({ detail: `The handler failed with ${error.name}.` });
  return { code: failed.code, detail: failed.message };
}
