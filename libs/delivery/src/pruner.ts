import type { Sql } from '@ozg-hub/store';
import { ReplayBatchRepository } from './replay-batch.repository.ts';

const PRUNE = `
  WITH old AS (
    SELECT id FROM delivery
    WHERE state IN ('CONFIRMED', 'DELIVERED', 'CANCELLED', 'SUPERSEDED') AND updated_at < now() - make_interval(days => $1)
    ORDER BY updated_at LIMIT 1000 FOR UPDATE SKIP LOCKED
  ), pruned AS (
    DELETE FROM delivery d USING old WHERE d.id = old.id RETURNING 1
  )
  SELECT count(*)::integer AS count FROM pruned`;

/**
 * Deletes terminal deliveries that have not changed for so many days, with exchanges, steps and attempts, in portions;
 * and replays of many that ended so long ago.
 * What is not terminal stays however old it is; the trail stays too.
 * @returns how many
 */
export async function pruneDeliveries(sql: Sql, days: number): Promise<number> {
  let total = 0;
  for (;;) {
    const [row] = await sql.query<{ count: number }>(PRUNE, [days]);
    total += row!.count;
    if (row!.count < 1_000) break;
  }
  await new ReplayBatchRepository().prune(sql, days);
  return total;
}
