import type { DeliveryState } from '@ozg-hub/submission';
import type { Sql, Tx } from '@ozg-hub/store';

/** The last word of another service about one delivery. */
export interface Progress {
  readonly deliveryId: string;
  readonly submissionId: string;
  readonly tenant: string;
  readonly service: string;
  readonly purpose: string;
  readonly target: string;
  readonly state: DeliveryState;
  readonly sequence: number;
  readonly changedAt: Date;
  readonly dueAt: Date | null;
  readonly code: string | null;
  readonly aktenzeichen: string | null;
  readonly overdue: boolean;
}

/** Keeps the newest: an event with a lower sequence than the stored one changes nothing. */
export async function project(
  tx: Tx,
  progress: Omit<Progress, 'overdue' | 'changedAt' | 'dueAt'> & { changedAt: string; dueAt: string | null },
): Promise<void> {
  await tx.query(
    `INSERT INTO delivery_progress AS known (delivery_id, submission_id, tenant, service, purpose, target, state, sequence,
       changed_at, due_at, code, aktenzeichen)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
     ON CONFLICT (delivery_id) DO UPDATE SET state = excluded.state, sequence = excluded.sequence,
       changed_at = excluded.changed_at, due_at = excluded.due_at, code = excluded.code,
       aktenzeichen = coalesce(excluded.aktenzeichen, known.aktenzeichen)
     WHERE known.sequence < excluded.sequence`,
    [
      progress.deliveryId,
      progress.submissionId,
      progress.tenant,
      progress.service,
      progress.purpose,
      progress.target,
      progress.state,
      progress.sequence,
      progress.changedAt,
      progress.dueAt,
      progress.code,
      progress.aktenzeichen,
    ],
  );
}

export async function progressOf(sql: Sql, submissionIds: readonly string[]): Promise<Progress[]> {
  return sql.query<Progress>(
    `SELECT delivery_id AS "deliveryId", submission_id AS "submissionId", tenant, service, purpose, target, state, sequence,
       changed_at AS "changedAt", due_at AS "dueAt", code, aktenzeichen, coalesce(due_at < now(), false) AS overdue
     FROM delivery_progress WHERE submission_id = ANY ($1::uuid[]) ORDER BY delivery_id`,
    [submissionIds],
  );
}
