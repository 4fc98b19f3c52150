import type { Tx } from '@ozg-hub/store';

const LONG = `SELECT set_config('statement_timeout', '10min', true), set_config('work_mem', '64MB', true),
  set_config('plan_cache_mode', 'force_custom_plan', true)`;
const KEEP_PLANS = `SELECT set_config('plan_cache_mode', $1, true)`;

/**
 * For a transaction that takes many lines at once: a first run may have those of years, where a request has 30 seconds, and
 * 100,000 are sorted in memory. A plan that was made while a table was small would go through all that the transaction has
 * written since.
 */
export async function allowLongStatements(tx: Tx): Promise<void> {
  await tx.query(LONG);
}

/** For statements that write rows which name others: PostgreSQL checks each by a statement of its own, planned anew each time else. */
export async function keepingPlans(tx: Tx, write: () => Promise<void>): Promise<void> {
  await tx.query(KEEP_PLANS, ['auto']);
  await write();
  await tx.query(KEEP_PLANS, ['force_custom_plan']);
}
