/** A single value. An integer beyond 2^53 is read as text. */
export type PropertyScalar = string | number | boolean | Date;

/** What may be written: one value, the whole list of a multi-valued property, or null to clear. */
export type PropertyValue = PropertyScalar | readonly PropertyScalar[] | null;

/** To be written, by property id, e.g. `{ 'eakte:eingang': new Date() }`; values in the type the definition asks for. */
export type NewProperties = Readonly<Record<string, PropertyValue>>;

/**
 * As read, by property id: always a list, because AtomPub does not tell a single value from a list of one.
 * Empty where nothing is set; absent where it was not asked for.
 */
export type Properties = Readonly<Record<string, readonly PropertyScalar[]>>;

export type BaseType =
  'cmis:document' | 'cmis:folder' | 'cmis:relationship' | 'cmis:policy' | 'cmis:item' | 'cmis:secondary';

/** A folder, document or item as the repository gave it. */
export interface CmisObject {
  readonly id: string;
  /** As the repository stores it, which may be another one than was asked for. */
  readonly name: string;
  readonly typeId: string;
  readonly baseType: BaseType;
  readonly secondaryTypeIds: readonly string[];
  readonly changeToken: string | undefined;
  /** Of a folder; a document has the paths of its parents. */
  readonly path: string | undefined;
  /** Bytes of the content; undefined for folders and for documents without. */
  readonly contentLength: number | undefined;
  readonly version: VersionState | undefined;
  readonly properties: Properties;
}

/** Of a versionable document (CMIS 1.1 §2.1.4.1.1). */
export interface VersionState {
  readonly label: string | undefined;
  readonly comment: string | undefined;
  readonly seriesId: string | undefined;
  readonly isLatest: boolean;
  readonly isMajor: boolean;
  /** Whether anybody has the version series checked out, and the id of the private working copy as far as we may know it. */
  readonly isCheckedOut: boolean;
  readonly checkedOutId: string | undefined;
  readonly checkedOutBy: string | undefined;
  readonly isWorkingCopy: boolean;
}

/** Where an object lies. */
export interface CmisParent {
  readonly folder: CmisObject;
  /** Last segment of the object's path in that folder. */
  readonly pathSegment: string | undefined;
}

/** The first value as text; undefined where none is set. Times as ISO 8601 in UTC. */
export function textOf(properties: Properties, id: string): string | undefined {
  const value = properties[id]?.[0];
  if (value === undefined) return undefined;
  return value instanceof Date ? value.toISOString() : String(value);
}

/** Builds the object from its properties. Undefined where it has no id: a query row may lack one. */
export function toCmisObject(properties: Properties): CmisObject | undefined {
  const id = textOf(properties, 'cmis:objectId');
  if (id === undefined || id === '') return undefined;
  const typeId = textOf(properties, 'cmis:objectTypeId') ?? '';
  const length = properties['cmis:contentStreamLength']?.[0];
  return {
    id,
    name: textOf(properties, 'cmis:name') ?? '',
    typeId,
    baseType: (textOf(properties, 'cmis:baseTypeId') ?? typeId) as BaseType,
    secondaryTypeIds: (properties['cmis:secondaryObjectTypeIds'] ?? []).map(String),
    changeToken: textOf(properties, 'cmis:changeToken'),
    path: textOf(properties, 'cmis:path'),
    contentLength: typeof length === 'number' && length >= 0 ? length : undefined,
    version: versionOf(properties),
    properties,
  };
}

function versionOf(properties: Properties): VersionState | undefined {
  if (!properties['cmis:versionSeriesId']?.length) return undefined;
  const flag = (id: string) => properties[id]?.[0] === true;
  return {
    label: textOf(properties, 'cmis:versionLabel'),
    comment: textOf(properties, 'cmis:checkinComment'),
    seriesId: textOf(properties, 'cmis:versionSeriesId'),
    isLatest: flag('cmis:isLatestVersion'),
    isMajor: flag('cmis:isMajorVersion'),
    isCheckedOut: flag('cmis:isVersionSeriesCheckedOut'),
    checkedOutId: textOf(properties, 'cmis:versionSeriesCheckedOutId'),
    checkedOutBy: textOf(properties, 'cmis:versionSeriesCheckedOutBy'),
    isWorkingCopy: flag('cmis:isPrivateWorkingCopy'),
  };
}
