import type { Sql } from '@ozg-hub/store';

const SETTLED = `
  SELECT e.id FROM exchange e JOIN delivery d ON d.id = e.delivery_id
  WHERE e.id = ANY ($1::uuid[])
    AND (d.exchange_id <> e.id OR d.state IN ('REJECTED', 'CONFIRMED', 'DELIVERED', 'CANCELLED', 'SUPERSEDED'))`;

/** Those of the exchanges in which nothing will be handed over any more. Exchanges of another hub are not among them. */
export async function settledExchanges(sql: Sql, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows = await sql.query<{ id: string }>(SETTLED, [ids]);
  return new Set(rows.map(({ id }) => id));
}
