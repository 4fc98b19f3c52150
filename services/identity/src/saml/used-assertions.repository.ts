import type { ReplayStore } from '@ozg-hub/saml';
import type { Sql } from '@ozg-hub/store';

/** Assertions that were used, by all instances of the service together. */
export class UsedAssertionsRepository implements ReplayStore {
  constructor(private readonly sql: Sql) {}

  async claim(id: string, until: Date): Promise<boolean> {
    const rows = await this.sql.query(
      'INSERT INTO used_assertion (id, until) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1 AS claimed',
      [id, until],
    );
    return rows.length > 0;
  }
}
