export { type TemplateOptions, fachdatenFeld, renderBetreff, templatePaths, templateProblems } from './betreff.ts';
export { type Ablage, type Blueprint, type Bundle, type Purpose, purpose } from './blueprint.ts';
export { type CheckOptions, checkDirectory } from './check.ts';
export {
  type CmisPropertyRules,
  type CmisRules,
  type CmisValueRule,
  cmisPathLevels,
  cmisRules,
  cmisRulesOf,
  isCmisSource,
} from './cmis-rules.ts';
export {
  type ConnectCheck,
  type ConnectionsCheckOptions,
  type OfferAtTarget,
  type Problem,
  type TargetInUse,
  checkConnections,
} from './connections-check.ts';
export { Directory, type DirectoryOptions } from './directory.ts';
export {
  DirectoryWatch,
  type DirectoryState,
  type DirectoryWatchOptions,
  type RefusedChange,
  type ReloadOutcome,
} from './directory-watch.ts';
export { isSecretReference } from './doubtful-values.ts';
export { directoryErrors } from './errors.ts';
export { type Fee, fee, feeDefaults, feeItems, kassenzeichenPattern, purposeTemplate } from './fee.ts';
export type { Finding } from './finding.ts';
export { identityProvidersOf } from './folder.ts';
export type { IdentityClient, IdentityContent, IdentityProviderEntry } from './identity.ts';
export { type Meaning, type MeaningDifference, diffMeaning } from './meaning.ts';
export { directoryMigrations } from './migrations.ts';
export { isOmitted, withoutOmitted } from './omit.ts';
export { isValidOn } from './period.ts';
export type { Placeholders } from './placeholders.ts';
export { secretReferences } from './secret-references.adapter.ts';
export type { SecretResolver } from './secrets.port.ts';
export { type ResolveRequest, type Resolved, Snapshot, type SnapshotOptions } from './snapshot.ts';
export { forTestsOnly, settingsForTests } from './settings-for-tests.ts';
export type { MappingProfile, Source } from './source.ts';
export type { Leistung, Target, TargetsByPurpose, Tenant } from './tenant.ts';
export { type XdomeaRules, xdomeaRulesOf } from './xdomea-rules.ts';
