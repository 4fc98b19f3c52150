import type { Snapshot } from '@ozg-hub/directory';
import type { XdomeaDirectorySettings } from './xdomea-directory-settings.ts';

/** A target whose DMS takes packages out of a directory. */
export interface DirectoryTarget {
  readonly tenant: string;
  readonly target: string;
  readonly settings: XdomeaDirectorySettings;
}

/** All such targets of a snapshot. */
export function directoryTargets(snapshot: Snapshot): readonly DirectoryTarget[] {
  return snapshot.tenants.flatMap(({ slug, targets }) =>
    targets
      .filter(({ kind }) => kind === 'xdomea-directory')
      .map(({ id }) => ({
        tenant: slug,
        target: id,
        settings: snapshot.target(slug, id).settings as unknown as XdomeaDirectorySettings,
      })),
  );
}
