import type { Delivery } from './delivery.ts';

/** Select list for a table alias `d`, in the names of {@link Delivery}. */
export const deliveryColumns = `
  d.id, d.submission_id AS "submissionId", d.tenant, d.purpose, d.target, d.lane,
  d.awaits_result AS "awaitsResult", d.reference, d.state, d.sequence,
  d.fence, d.lease_until AS "leaseUntil", d.next_at AS "nextAt", d.due_at AS "dueAt", d.overdue, d.attempts, d.failures,
  d.budget_mark AS "budgetMark", d.budget_used_ms AS "budgetUsedMs", d.trigger, d.exchange_id AS "exchangeId",
  d.exchange_number AS "exchangeNumber", d.code, d.text_key AS "textKey", d.fingerprint, d.aktenzeichen,
  d.object_id AS "objectId", d.supersedes, d.superseded_by AS "supersededBy", d.traceparent,
  d.created_at AS "createdAt", d.updated_at AS "updatedAt"`;

export type DeliveryRow = { [Name in keyof Delivery]: Delivery[Name] | null };

/** Columns that are NULL become missing fields. */
export function toDelivery(row: object): Delivery {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as unknown as Delivery;
}
