export { type AccessChange, type AccessEntry } from './access-control.ts';
export {
  type CallOptions,
  type CheckIn,
  type CmisConnection,
  type NewContent,
  type NewDocument,
  type NewFolder,
  type Page,
  type PageOptions,
  type PropertyChange,
  type PropertySearch,
  queryText,
} from './cmis-connection.port.ts';
export {
  type BaseType,
  type CmisObject,
  type CmisParent,
  type NewProperties,
  type Properties,
  type PropertyScalar,
  type PropertyValue,
  type VersionState,
  textOf,
} from './cmis-object.ts';
export { connectCmis } from './connect.ts';
export {
  type CmisAuthentication,
  type CmisConnectionOptions,
  type CmisLimits,
  type CmisQuirks,
  type CmisTimeouts,
  type CmisTls,
} from './connection-options.ts';
export { type ContentSource, type ContentStream } from './content-source.ts';
export { type CmisErrorCode, cmisErrors } from './errors.ts';
export { type ObjectNameRules, safeObjectName } from './object-name.ts';
export { CmisAnswer } from './refusal.ts';
export { type RepositoryInfo } from './repository-info.ts';
export { type PropertyDefinition, type PropertyType, type TypeDefinition, type TypeKind } from './type-definition.ts';
