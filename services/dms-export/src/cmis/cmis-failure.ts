import { CmisAnswer } from '@ozg-hub/cmis';
import { HubError } from '@ozg-hub/core';
import { DeliveryFailure, type FailureClass } from '@ozg-hub/delivery';

/**
 * What went wrong in the engine's words.
 * @param filed says what is in the repository already, by ids; undefined: nothing
 */
export function cmisFailure(error: unknown, filed: string | undefined): unknown {
  if (!(error instanceof HubError) || error instanceof DeliveryFailure) return error;
  const failure = failureClass(error);
  if (failure === undefined || error.class === 'ask') return error;
  const answer = error.cause instanceof CmisAnswer ? error.cause : undefined;
  const message = filed ? `${error.message} ${filed}` : error.message;
  return new DeliveryFailure(failure, {
    code: error.code,
    detail: message,
    excerpt: message,
    cause: error,
    ...(answer && { status: String(answer.httpStatus) }),
    ...(error.retryAfterSeconds !== undefined && { retryAfterSeconds: error.retryAfterSeconds }),
  });
}

/** The connection is wrong, not the delivery: all would fail alike, so the target pauses until somebody resumes it. */
const PAUSES: readonly string[] = [
  'HUB_CMIS_UNAUTHENTICATED',
  'HUB_CMIS_REPOSITORY_UNKNOWN',
  'HUB_CMIS_FOREIGN_ADDRESS',
  'HUB_CMIS_REDIRECTED',
  'HUB_DMS_CMIS_ROOT',
];

function failureClass({ code, class: kind, retryAfterSeconds }: HubError): FailureClass | undefined {
  if (PAUSES.includes(code)) return 'AUTH';
  if (code === 'HUB_CMIS_TOO_MANY_REQUESTS') return 'RATE_LIMITED';
  if (code === 'HUB_CMIS_UNAVAILABLE' && retryAfterSeconds !== undefined) return 'RATE_LIMITED';
  if (kind === 'never') return 'PERMANENT';
  return code.startsWith('HUB_CMIS_') ? 'TRANSIENT' : undefined;
}
