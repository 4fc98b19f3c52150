import type { Snapshot } from '@ozg-hub/directory';
import type { XdomeaSettings } from './xdomea-settings.ts';

export const XDOMEA = 'xdomea';

/** A target that takes xdomea packages. */
export interface XdomeaTarget {
  readonly tenant: string;
  readonly target: string;
  readonly settings: XdomeaSettings;
}

/** All such targets of a snapshot. */
export function xdomeaTargets(snapshot: Snapshot): readonly XdomeaTarget[] {
  return snapshot.tenants.flatMap(({ slug, targets }) =>
    targets
      .filter(({ kind }) => kind === XDOMEA)
      .map(({ id }) => ({
        tenant: slug,
        target: id,
        settings: snapshot.target(slug, id).settings as unknown as XdomeaSettings,
      })),
  );
}
