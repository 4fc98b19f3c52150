import type { Store } from '@ozg-hub/store';
import type { DirectoryContent } from './content.ts';

export interface BlueprintHash {
  readonly ref: string;
  readonly sha256: string;
}

/** Accepted snapshots and the first content of each blueprint version. */
export class SnapshotRepository {
  constructor(private readonly store: Store) {}

  async find(version: string): Promise<DirectoryContent | undefined> {
    const [row] = await this.store.query<{ content: DirectoryContent }>(
      'SELECT content FROM snapshot WHERE version = $1',
      [version],
    );
    return row?.content;
  }

  async has(version: string): Promise<boolean> {
    const rows = await this.store.query('SELECT 1 FROM snapshot WHERE version = $1', [version]);
    return rows.length > 0;
  }

  /** Several processes may accept the same version at once. */
  async accept(version: string, canonical: string, blueprints: readonly BlueprintHash[]): Promise<void> {
    await this.store.tx(async (tx) => {
      await tx.query('INSERT INTO snapshot (version, content) VALUES ($1, $2::jsonb) ON CONFLICT DO NOTHING', [
        version,
        canonical,
      ]);
      await tx.query(
        `INSERT INTO blueprint (ref, sha256, first_version)
         SELECT ref, sha256, $3 FROM unnest($1::text[], $2::text[]) AS given (ref, sha256)
         ORDER BY ref
         ON CONFLICT DO NOTHING`,
        [blueprints.map(({ ref }) => ref), blueprints.map(({ sha256 }) => sha256), version],
      );
    });
  }

  /** Of the blueprints given, those accepted before with other content. */
  async altered(blueprints: readonly BlueprintHash[]): Promise<string[]> {
    const rows = await this.store.query<{ ref: string }>(
      `SELECT ref FROM blueprint JOIN unnest($1::text[], $2::text[]) AS given (ref, sha256) USING (ref)
       WHERE blueprint.sha256 <> given.sha256`,
      [blueprints.map(({ ref }) => ref), blueprints.map(({ sha256 }) => sha256)],
    );
    return rows.map(({ ref }) => ref);
  }
}
