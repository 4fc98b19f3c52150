export type FakePropertyType = 'string' | 'id' | 'boolean' | 'integer' | 'datetime';

export interface FakeProperty {
  readonly id: string;
  readonly type: FakePropertyType;
  readonly multi?: boolean;
  readonly required?: boolean;
  readonly updatability?: 'readonly' | 'readwrite' | 'oncreate';
  readonly maxLength?: number;
  readonly choices?: readonly string[];
}

export interface FakeType {
  readonly id: string;
  readonly baseId: 'cmis:folder' | 'cmis:document' | 'cmis:secondary';
  readonly parentId?: string;
  readonly versionable?: boolean;
  /** Inherited ones included. */
  readonly properties: readonly FakeProperty[];
}

const readonly = 'readonly' as const;
const common: readonly FakeProperty[] = [
  { id: 'cmis:name', type: 'string', required: true },
  { id: 'cmis:description', type: 'string' },
  { id: 'cmis:objectId', type: 'id', updatability: readonly },
  { id: 'cmis:baseTypeId', type: 'id', updatability: readonly },
  { id: 'cmis:objectTypeId', type: 'id', required: true, updatability: 'oncreate' },
  { id: 'cmis:secondaryObjectTypeIds', type: 'id', multi: true },
  { id: 'cmis:createdBy', type: 'string', updatability: readonly },
  { id: 'cmis:creationDate', type: 'datetime', updatability: readonly },
  { id: 'cmis:lastModifiedBy', type: 'string', updatability: readonly },
  { id: 'cmis:lastModificationDate', type: 'datetime', updatability: readonly },
  { id: 'cmis:changeToken', type: 'string', updatability: readonly },
];
const folder: readonly FakeProperty[] = [
  ...common,
  { id: 'cmis:parentId', type: 'id', updatability: readonly },
  { id: 'cmis:path', type: 'string', updatability: readonly },
  { id: 'cmis:allowedChildObjectTypeIds', type: 'id', multi: true, updatability: readonly },
];
const document: readonly FakeProperty[] = [
  ...common,
  { id: 'cmis:isImmutable', type: 'boolean', updatability: readonly },
  { id: 'cmis:isLatestVersion', type: 'boolean', updatability: readonly },
  { id: 'cmis:isMajorVersion', type: 'boolean', updatability: readonly },
  { id: 'cmis:isLatestMajorVersion', type: 'boolean', updatability: readonly },
  { id: 'cmis:isPrivateWorkingCopy', type: 'boolean', updatability: readonly },
  { id: 'cmis:versionLabel', type: 'string', updatability: readonly },
  { id: 'cmis:versionSeriesId', type: 'id', updatability: readonly },
  { id: 'cmis:isVersionSeriesCheckedOut', type: 'boolean', updatability: readonly },
  { id: 'cmis:versionSeriesCheckedOutBy', type: 'string', updatability: readonly },
  { id: 'cmis:versionSeriesCheckedOutId', type: 'id', updatability: readonly },
  { id: 'cmis:checkinComment', type: 'string', updatability: readonly },
  { id: 'cmis:contentStreamLength', type: 'integer', updatability: readonly },
  { id: 'cmis:contentStreamMimeType', type: 'string', updatability: readonly },
  { id: 'cmis:contentStreamFileName', type: 'string', updatability: readonly },
  { id: 'cmis:contentStreamId', type: 'id', updatability: readonly },
];

/** The types OpenCMIS's in-memory server has, as far as tests use them, and those of a municipal DMS. */
export const fakeTypes: readonly FakeType[] = [
  { id: 'cmis:folder', baseId: 'cmis:folder', properties: folder },
  { id: 'cmis:document', baseId: 'cmis:document', properties: document },
  { id: 'cmis:secondary', baseId: 'cmis:secondary', properties: [] },
  {
    id: 'VersionableType',
    baseId: 'cmis:document',
    parentId: 'cmis:document',
    versionable: true,
    properties: [...document, { id: 'VersionedStringProp', type: 'string' }],
  },
  {
    id: 'MySecondaryType',
    baseId: 'cmis:secondary',
    parentId: 'cmis:secondary',
    properties: [
      { id: 'SecondaryStringProp', type: 'string' },
      { id: 'SecondaryIntegerProp', type: 'integer', required: true },
    ],
  },
  {
    id: 'eakte:vorgang',
    baseId: 'cmis:folder',
    parentId: 'cmis:folder',
    properties: [
      ...folder,
      { id: 'eakte:betreff', type: 'string', required: true, maxLength: 255 },
      { id: 'eakte:aktenzeichen', type: 'string', updatability: readonly },
      { id: 'eakte:aktenplan', type: 'string', maxLength: 40 },
      { id: 'eakte:eingang', type: 'datetime' },
      { id: 'eakte:beteiligte', type: 'string', multi: true },
      { id: 'eakte:papier', type: 'boolean' },
    ],
  },
  {
    id: 'eakte:dokument',
    baseId: 'cmis:document',
    parentId: 'cmis:document',
    versionable: true,
    properties: [
      ...document,
      { id: 'eakte:dokumentart', type: 'string', choices: ['Antrag', 'Anlage', 'Bescheid', 'Quittung'] },
      { id: 'eakte:eingang', type: 'datetime' },
    ],
  },
  {
    id: 'ozg:herkunft',
    baseId: 'cmis:secondary',
    parentId: 'cmis:secondary',
    properties: [
      { id: 'ozg:hubId', type: 'string', maxLength: 64 },
      { id: 'ozg:quelle', type: 'string' },
      { id: 'ozg:eingegangen', type: 'datetime' },
    ],
  },
];
