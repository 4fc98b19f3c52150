import { newId } from '@ozg-hub/core';
import type { Tx } from '@ozg-hub/store';
import { deliveryErrors } from './errors.ts';

/** What happened to what, by whom. Ids, states, codes and numbers only. */
export interface AuditRow {
  readonly tenant: string;
  /** `<subject>.<past-tense>`, e.g. `delivery.replayed`. */
  readonly kind: string;
  /** Ids of what it is about, e.g. `{ submission, delivery }`. */
  readonly subject: Readonly<Record<string, string>>;
  /** Service, API key id or operator id. */
  readonly actor: string;
  readonly state?: string | undefined;
  readonly code?: string | undefined;
  readonly details?: Readonly<Record<string, AuditValue>> | undefined;
}

export type AuditValue =
  string | number | boolean | null | undefined | readonly AuditValue[] | { readonly [name: string]: AuditValue };

const LONGEST_TEXT = 200;

const APPEND = `
  INSERT INTO audit (id, tenant, kind, subject, actor, state, code, details)
  SELECT r.id, r.tenant, r.kind, r.subject, r.actor, r.state, r.code, coalesce(r.details, '{}')
  FROM jsonb_to_recordset($1::jsonb) AS r
    (id uuid, tenant text, kind text, subject jsonb, actor text, state text, code text, details jsonb)`;

/** The trail of the schema in use (needs {@link trailMigrations}). */
export class Trail {
  /**
   * Writes audit rows in the transaction of the change they tell of, in one statement.
   * @throws HUB_TRAIL_DETAIL a detail is longer than 200 characters, and so hardly an id or code
   */
  async append(tx: Tx, rows: readonly AuditRow[]): Promise<void> {
    if (rows.length === 0) return;
    for (const row of rows) checkShort(row.details ?? {}, 'details');
    await tx.query(APPEND, [JSON.stringify(rows.map((row) => ({ id: newId(), ...row })))]);
  }
}

function checkShort(value: AuditValue, path: string): void {
  if (typeof value === 'string' && value.length > LONGEST_TEXT) {
    throw deliveryErrors.HUB_TRAIL_DETAIL({ places: [{ path, message: `longer than ${LONGEST_TEXT} characters` }] });
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) checkShort(inner as AuditValue, `${path}.${name}`);
}
