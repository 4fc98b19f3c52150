import type { BlueprintRecord, Bundle } from './blueprint.ts';
import type { IdentityContent } from './identity.ts';
import type { MappingProfile, Source } from './source.ts';
import type { Tenant } from './tenant.ts';

/** Everything a snapshot holds, each list sorted by its key; what is hashed and stored. */
export interface DirectoryContent {
  /** Raised when a stored snapshot of the older form can no longer be read as it is. */
  readonly format: 1;
  readonly tenants: readonly Tenant[];
  readonly blueprints: readonly BlueprintRecord[];
  readonly bundles: readonly Bundle[];
  readonly profiles: readonly MappingProfile[];
  readonly sources: readonly Source[];
  /** Left out where there is no `identity.yaml`. */
  readonly identity?: IdentityContent | undefined;
}
