import { retryAfterSeconds } from '@ozg-hub/http';
import type { ProviderAnswer } from './payment-provider.port.ts';
import { type ServiceAnswer, rawOf } from './service-channel.ts';

/**
 * What an answer means by its status alone: whatever is none that the face itself has.
 * @param changes whether the call might have placed or closed a payment
 */
export function byStatus(answer: ServiceAnswer, changes: boolean): ProviderAnswer {
  const { status, headers } = answer;
  const raw = rawOf(answer);
  const detail = `HTTP ${status}`;
  if (status < 300) return unreadable(answer, changes);
  // A form that was taken is often answered by sending elsewhere; 307 and 308 say that nothing was taken.
  if (status < 400) {
    if (changes && status < 307) return { raw, outcome: 'UNKNOWN', code: 'HUB_EPAY_REDIRECTED', detail };
    return { raw, outcome: 'UNAVAILABLE', code: 'HUB_EPAY_REDIRECTED', cause: 'UNREACHABLE' };
  }
  if (status === 401 || status === 403 || status === 407) {
    return { raw, outcome: 'UNAVAILABLE', code: 'HUB_EPAY_CREDENTIALS', cause: 'AUTH' };
  }
  if (status === 429 || status === 503) {
    const seconds = retryAfterSeconds(headers['retry-after']);
    const wait = seconds === undefined ? {} : { retryAfterSeconds: seconds };
    return { raw, outcome: 'UNAVAILABLE', code: 'HUB_EPAY_BUSY', cause: 'BUSY', ...wait };
  }
  if (status === 404 || status === 405) {
    return { raw, outcome: 'UNAVAILABLE', code: 'HUB_EPAY_PAYEE_UNKNOWN', cause: 'AUTH' };
  }
  if (status === 408 || status === 425) {
    return { raw, outcome: 'UNAVAILABLE', code: 'HUB_EPAY_INTERRUPTED', cause: 'UNREACHABLE' };
  }
  if (status < 500) return { raw, outcome: 'REFUSED', code: 'HUB_EPAY_REFUSED', detail };
  if (changes) return { raw, outcome: 'UNKNOWN', code: 'HUB_EPAY_OUTCOME_UNKNOWN', detail };
  return { raw, outcome: 'UNAVAILABLE', code: 'HUB_EPAY_SERVICE_FAILED', cause: 'UNREACHABLE' };
}

/** An answer that is none of this face's. */
export function unreadable(answer: ServiceAnswer, changes: boolean): ProviderAnswer {
  const raw = rawOf(answer);
  const code = 'HUB_EPAY_UNREADABLE';
  if (changes) return { raw, outcome: 'UNKNOWN', code, detail: `HTTP ${answer.status}` };
  return { raw, outcome: 'UNAVAILABLE', code, cause: 'UNREACHABLE' };
}
