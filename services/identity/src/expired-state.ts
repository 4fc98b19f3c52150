import type { Store } from '@ozg-hub/store';

/** What outlived its time, with how it says so. */
const TABLES = [
  ['login_attempt', 'expires_at'],
  ['login', 'expires_at'],
  ['oidc_state', 'expires_at'],
  ['used_assertion', 'until'],
] as const;
const PORTION = 10_000;

/** Deletes what expired, in portions. @returns how many rows */
export async function pruneExpired(store: Store): Promise<number> {
  let total = 0;
  for (const [table, until] of TABLES) {
    for (let size = PORTION; size === PORTION;) {
      const rows = await store.query(
        `DELETE FROM ${table} WHERE ctid IN (SELECT ctid FROM ${table} WHERE ${until} <= now() LIMIT ${PORTION})
         RETURNING 1 AS pruned`,
      );
      size = rows.length;
      total += size;
    }
  }
  return total;
}
