import {
  type Application,
  type ApplicationJob,
  applicationExtraction,
  mappingProfile,
  type MappingProfile,
  toApplication,
} from '@ozg-hub/civento';
import { isHubError } from '@ozg-hub/core';
import type { Directory, Snapshot } from '@ozg-hub/directory';
import type { XmlPool } from '@ozg-hub/xml';
import { intakeErrors } from './errors.ts';

/** An application as its sender states it, and the hash of its canonical form. */
export interface ReadApplication {
  readonly application: Application;
  /** Id of the profile that read it. */
  readonly profile: string;
  readonly canonicalSha256: string;
  /** The version of the directory whose profile read it: the same decides on the rest. */
  readonly snapshot: Snapshot;
}

interface Prepared {
  readonly profile: MappingProfile;
  readonly job: ApplicationJob;
}

/** Reads the XML of any source by the mapping profile that the directory names for it. */
export class ApplicationReader {
  /** Profiles of a snapshot, prepared once; forgotten with the snapshot. */
  readonly #prepared = new WeakMap<Snapshot, Map<string, Prepared>>();

  constructor(
    private readonly pool: XmlPool,
    private readonly directory: Directory,
    private readonly maxBytes: number,
  ) {}

  /** @throws HUB_INTAKE_SOURCE_UNKNOWN, HUB_XML_…, HUB_APPLICATION_… */
  async read(source: string, xml: Uint8Array): Promise<ReadApplication> {
    const snapshot = this.directory.current();
    const { profile, job } = this.#profileOf(snapshot, source);
    const { value, canonicalSha256 } = await this.pool.run({ document: xml, maxBytes: this.maxBytes, ...job });
    const application = toApplication(value, profile);
    return { application, profile: profile.id, canonicalSha256: canonicalSha256!, snapshot };
  }

  #profileOf(snapshot: Snapshot, source: string): Prepared {
    const known = this.#prepared.get(snapshot) ?? new Map<string, Prepared>();
    this.#prepared.set(snapshot, known);
    const prepared = known.get(source) ?? prepare(snapshot, source);
    known.set(source, prepared);
    return prepared;
  }
}

function prepare(snapshot: Snapshot, source: string): Prepared {
  try {
    const profile = mappingProfile.parse(snapshot.profile(snapshot.source(source).profile));
    return { profile, job: applicationExtraction(profile) };
  } catch (error) {
    if (isHubError(error, 'HUB_DIRECTORY_UNKNOWN_SOURCE'))
      throw intakeErrors.HUB_INTAKE_SOURCE_UNKNOWN({ cause: error });
    throw error;
  }
}
