import { camtErrors } from './errors.ts';
import type { Notification } from './notification.ts';

/** Id of the profile in the schema catalogue. */
export const camt054Schema = 'camt.054/001.08';

/**
 * The notification as camt.054.001.08: UTF-8 text, the same bytes for the same input. Every entry has status PDNG, since
 * BOOK belongs to the bank. Control totals are in `TxsSummry`.
 * @throws HUB_CAMT_VALUE with all places that do not fit
 */
export function writeCamt054(notification: Notification): string {
  throw camtErrors.HUB_CAMT_VALUE({ detail: `Nothing is written yet for ${notification.entries.length} entries.` });
}
