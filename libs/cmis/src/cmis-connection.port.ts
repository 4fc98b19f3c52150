import type { AccessChange, AccessEntry } from './access-control.ts';
import type { CmisObject, CmisParent, NewProperties, Properties, PropertyScalar } from './cmis-object.ts';
import type { ContentSource, ContentStream } from './content-source.ts';
import type { RepositoryInfo } from './repository-info.ts';
import type { TypeDefinition, TypeKind } from './type-definition.ts';

export interface CallOptions {
  /** Ends the call. A change that was sent as a whole by then fails with HUB_CMIS_OUTCOME_UNKNOWN, all else with the reason. */
  readonly signal?: AbortSignal;
}

interface NewObject {
  readonly parentId: string;
  readonly name: string;
  readonly typeId: string;
  /** Of the type and of the secondary types; `cmis:name` and `cmis:objectTypeId` come from the fields above. */
  readonly properties?: NewProperties;
  readonly secondaryTypeIds?: readonly string[];
}

export type NewFolder = NewObject;

export interface NewDocument extends NewObject {
  readonly content?: ContentSource;
  /** Default: what the repository decides. Anything but `none` is a constraint violation for types that are not versionable. */
  readonly versioningState?: 'none' | 'major' | 'minor' | 'checkedout';
}

export interface NewContent {
  readonly content: ContentSource;
  /** Default true; with false, existing content is HUB_CMIS_CONTENT_EXISTS. */
  readonly overwrite?: boolean;
  /** As read; with it a change by somebody else in between is HUB_CMIS_UPDATE_CONFLICT. */
  readonly changeToken?: string | undefined;
}

export interface PropertyChange {
  readonly properties: NewProperties;
  /** The whole list the object shall have; absent: unchanged. */
  readonly secondaryTypeIds?: readonly string[];
  readonly changeToken?: string | undefined;
}

export interface CheckIn {
  readonly major: boolean;
  readonly comment?: string;
  /** Absent: the content of the working copy. */
  readonly content?: ContentSource;
  readonly properties?: NewProperties;
}

export interface PageOptions extends CallOptions {
  /** Default 100. */
  readonly maxItems?: number;
  readonly skipCount?: number;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly hasMore: boolean;
  /** Of all pages, where the repository says so. */
  readonly total: number | undefined;
}

/** A search for objects that carry a value, e.g. the hub's id of a submission. */
export interface PropertySearch {
  /** Type of the objects; subtypes are found, too. */
  readonly typeId: string;
  readonly kind: 'folder' | 'document';
  /** The secondary type that has the property; absent: the type itself has it. */
  readonly secondaryTypeId?: string;
  readonly propertyId: string;
  readonly value: string;
}

/**
 * A repository by CMIS 1.1, whichever binding. Errors are those of `cmisErrors`; times are of this process.
 *
 * **Steps and probes.** Each method that changes something is one request and one step. It fails with
 * HUB_CMIS_OUTCOME_UNKNOWN (class ask) only where it was sent as a whole and may have taken effect; the line "probe" says
 * how to find out. Before any creating step is repeated, whatever the error was, make its probe: few repositories refuse a
 * second object of the same name by themselves. A request that broke off before its last byte has had no effect.
 */
export interface CmisConnection {
  readonly binding: 'browser' | 'atompub';

  /** Read once, then remembered. @throws HUB_CMIS_REPOSITORY_UNKNOWN */
  repository(): Promise<RepositoryInfo>;

  /** Remembered for ten minutes. @throws HUB_CMIS_OBJECT_NOT_FOUND */
  typeDefinition(typeId: string, kind: TypeKind, options?: CallOptions): Promise<TypeDefinition>;

  /** @throws HUB_CMIS_OBJECT_NOT_FOUND */
  object(objectId: string, options?: CallOptions): Promise<CmisObject>;

  /** @param path absolute, from the root folder: `/Bauamt/2026/Antrag` @throws HUB_CMIS_OBJECT_NOT_FOUND */
  objectByPath(path: string, options?: CallOptions): Promise<CmisObject>;

  children(folderId: string, options?: PageOptions): Promise<Page<CmisObject>>;

  /**
   * The child of exactly this name (Unicode NFC); undefined says that there is none. Asks by path first, then lists.
   * @throws HUB_CMIS_OBJECT_NOT_FOUND for the folder itself; HUB_CMIS_PROBE_INCONCLUSIVE above 10,000 children
   */
  findChild(folderId: string, name: string, options?: CallOptions): Promise<CmisObject | undefined>;

  /**
   * Objects whose property has the value, read anew, at most 20. Goes through the repository's search: a hit is a proof,
   * none is not, because an index may lag behind.
   */
  findByProperty(search: PropertySearch, options?: CallOptions): Promise<readonly CmisObject[]>;

  /** Folders an object lies in; none for the root folder and unfiled documents. */
  parents(objectId: string, options?: CallOptions): Promise<readonly CmisParent[]>;

  /** @param statement CMIS query language; texts quoted by {@link queryText} @returns rows by property id as far as known */
  query(statement: string, options?: PageOptions): Promise<Page<Properties>>;

  /** Probe: {@link findChild}, then compare type and properties. @throws HUB_CMIS_NAME_CONSTRAINT where the name exists */
  createFolder(folder: NewFolder, options?: CallOptions): Promise<CmisObject>;

  /**
   * Creates the document with its content and secondary types in one call; with the switch contentInSeparateCall, in two:
   * then an error may leave it without content. Probe: {@link findChild}, then compare `contentLength`.
   * @throws HUB_CMIS_NAME_CONSTRAINT where the name exists
   */
  createDocument(document: NewDocument, options?: CallOptions): Promise<CmisObject>;

  /** May answer with another object, where content makes a version. Probe: `contentLength`; with `overwrite`, just repeat. */
  setContentStream(objectId: string, content: NewContent, options?: CallOptions): Promise<CmisObject>;

  /** @throws HUB_CMIS_NO_CONTENT, or HUB_CMIS_CONSTRAINT as some repositories have it */
  contentStream(objectId: string, options?: CallOptions): Promise<ContentStream>;

  /** Probe: read the properties; without `changeToken`, just repeat. */
  updateProperties(objectId: string, change: PropertyChange, options?: CallOptions): Promise<CmisObject>;

  /** @returns the private working copy. Probe: `version.checkedOutId` of the document. @throws HUB_CMIS_UPDATE_CONFLICT where checked out */
  checkOut(objectId: string, options?: CallOptions): Promise<CmisObject>;

  /** Probe: {@link versions} of the document, by comment. @param workingCopyId of the private working copy @returns the new version */
  checkIn(workingCopyId: string, checkIn: CheckIn, options?: CallOptions): Promise<CmisObject>;

  /** Probe: just repeat; HUB_CMIS_OBJECT_NOT_FOUND means that it is done. */
  cancelCheckOut(workingCopyId: string, options?: CallOptions): Promise<void>;

  /** All versions of the series, the latest first, a working copy included where we may see it. */
  versions(objectId: string, options?: CallOptions): Promise<readonly CmisObject[]>;

  accessControl(objectId: string, options?: CallOptions): Promise<readonly AccessEntry[]>;

  /** May be repeated. @returns the list as the repository keeps it, which may be another one than was asked for */
  applyAccessControl(objectId: string, change: AccessChange, options?: CallOptions): Promise<readonly AccessEntry[]>;

  /** All versions; a folder only when it is empty. Probe: just repeat; HUB_CMIS_OBJECT_NOT_FOUND means that it is done. */
  delete(objectId: string, options?: CallOptions): Promise<void>;

  /** Ends all connections, those in use too. */
  close(): void;
}

/** A text literal of the CMIS query language (§2.1.14.2.1): quoted, with quotes and backslashes escaped. */
export function queryText(value: PropertyScalar): string {
  return `'${String(value).replace(/[\\']/g, '\\$&')}'`;
}
