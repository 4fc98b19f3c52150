import type { Snapshot } from '@ozg-hub/directory';
import type { FinanceSettings } from './finance-settings.ts';

/** Kind of target. */
export const FINANCE = 'finance';

export interface FinanceTarget {
  readonly tenant: string;
  readonly id: string;
  readonly settings: FinanceSettings;
}

/** All finance systems of a snapshot. */
export function financeTargets(snapshot: Snapshot): readonly FinanceTarget[] {
  return snapshot.tenants.flatMap(({ slug, targets }) =>
    targets
      .filter(({ kind }) => kind === FINANCE)
      .map(({ id }) => ({
        tenant: slug,
        id,
        settings: snapshot.target(slug, id).settings as unknown as FinanceSettings,
      })),
  );
}
