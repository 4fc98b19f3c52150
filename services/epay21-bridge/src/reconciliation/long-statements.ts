import type { Tx } from '@ozg-hub/store';

const TEN_MINUTES_MS = 600_000;
const LARGE_SORTS = `SELECT set_config('work_mem', '64MB', true), set_config('plan_cache_mode', 'force_custom_plan', true)`;
const KEEP_PLANS = `SELECT set_config('plan_cache_mode', $1, true)`;

/**
 * For a transaction that takes many lines at once: a first run may have those of years, where a request has 30 seconds, and
 * 100,000 are sorted in memory. A plan that was made while a table was small would go through all that the transaction has
 * written since.
 */
export async function allowLongStatements(tx: Tx): Promise<void> {
  await tx.allowStatements(TEN_MINUTES_MS);
  await tx.query(LARGE_SORTS);
}

/** For statements that write rows which name others: PostgreSQL checks each by a statement of its own, planned anew each time else. */
export async function keepingPlans(tx: Tx, write: () => Promise<void>): Promise<void> {
  await tx.query(KEEP_PLANS, ['auto']);
  await write();
  await tx.query(KEEP_PLANS, ['force_custom_plan']);
}
