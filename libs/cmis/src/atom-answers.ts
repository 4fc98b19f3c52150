import type { AccessEntry } from './access-control.ts';
import { type XmlNode, all, attribute, child, node, ownText, text } from './atom-xml.ts';
import type { BaseType, Properties, PropertyScalar } from './cmis-object.ts';
import type { RepositoryInfo } from './repository-info.ts';
import type { PropertyDefinition, PropertyType, TypeDefinition } from './type-definition.ts';

/** A repository of the service document: what it says, and where to go on. */
export interface AtomRepository {
  readonly info: RepositoryInfo;
  /** Addresses by collection type: `query`, `checkedout` … */
  readonly collections: Readonly<Record<string, string>>;
  /** URI templates by type: `objectbyid`, `objectbypath`, `typebyid`, `query`. */
  readonly templates: Readonly<Record<string, string>>;
}

export interface Link {
  readonly rel: string;
  readonly href: string;
  readonly type: string;
}

export interface AtomEntry {
  readonly properties: Properties;
  readonly links: readonly Link[];
  readonly contentSource: string | undefined;
  readonly relativePathSegment: string | undefined;
}

export interface AtomFeed {
  readonly entries: readonly AtomEntry[];
  readonly hasMore: boolean;
  readonly total: number | undefined;
}

const PROPERTY_TYPES: Readonly<Record<string, PropertyType>> = {
  propertyString: 'string',
  propertyId: 'id',
  propertyBoolean: 'boolean',
  propertyInteger: 'integer',
  propertyDecimal: 'decimal',
  propertyDateTime: 'datetime',
  propertyHtml: 'html',
  propertyUri: 'uri',
};

export function readService(service: XmlNode): AtomRepository[] {
  return all(service, 'workspace').map((workspace) => {
    const info = child(workspace, 'repositoryInfo');
    if (!info) throw new TypeError('a workspace without repository');
    const collections = all(workspace, 'collection').map((collection) => [
      text(collection, 'collectionType') ?? '',
      attribute(collection, 'href') ?? '',
    ]);
    const templates = all(workspace, 'uritemplate').map((template) => [
      text(template, 'type') ?? '',
      text(template, 'template') ?? '',
    ]);
    return {
      info: readInfo(info),
      collections: Object.fromEntries(collections),
      templates: Object.fromEntries(templates),
    };
  });
}

export function readEntry(entry: XmlNode): AtomEntry {
  const properties = child(child(entry, 'object') ?? {}, 'properties');
  if (!properties) throw new TypeError('an entry without properties');
  const content = child(entry, 'content');
  return {
    properties: readProperties(properties),
    links: all(entry, 'link').map((link) => ({
      rel: attribute(link, 'rel') ?? '',
      href: attribute(link, 'href') ?? '',
      type: attribute(link, 'type') ?? '',
    })),
    contentSource: content && attribute(content, 'src'),
    relativePathSegment: text(entry, 'relativePathSegment'),
  };
}

export function readFeed(feed: XmlNode): AtomFeed {
  const total = Number(text(feed, 'numItems') ?? Number.NaN);
  return {
    entries: all(feed, 'entry').map((entry) => readEntry(entry)),
    hasMore: all(feed, 'link').some((link) => attribute(link, 'rel') === 'next'),
    total: Number.isInteger(total) && total >= 0 ? total : undefined,
  };
}

export function readType(entry: XmlNode): TypeDefinition {
  const type = child(entry, 'type');
  if (!type) throw new TypeError('an entry without type');
  const properties = Object.entries(type)
    .filter(([name]) => /^property\w+Definition$/.test(name))
    .flatMap(([, value]) => [value].flat().map((one) => readDefinition(node(one))));
  return {
    id: required(type, 'id'),
    baseType: required(type, 'baseId') as BaseType,
    parentId: text(type, 'parentId') || undefined,
    displayName: text(type, 'displayName') ?? '',
    queryName: text(type, 'queryName') ?? required(type, 'id'),
    isCreatable: flag(type, 'creatable'),
    isQueryable: flag(type, 'queryable'),
    isControllableAcl: flag(type, 'controllableACL'),
    isVersionable: flag(type, 'versionable'),
    content: text(type, 'contentStreamAllowed') as TypeDefinition['content'],
    properties: Object.fromEntries(properties.map((property) => [property.id, property])),
  };
}

export function readAcl(acl: XmlNode): AccessEntry[] {
  return all(acl, 'permission').map((entry) => ({
    principal: required(child(entry, 'principal') ?? {}, 'principalId'),
    permissions: all(entry, 'permission').map((permission) => ownText(permission)),
    isDirect: text(entry, 'direct') !== 'false',
  }));
}

function readInfo(info: XmlNode): RepositoryInfo {
  const capabilities = Object.entries(child(info, 'capabilities') ?? {}).filter(
    ([, value]) => typeof value === 'string',
  );
  return {
    id: required(info, 'repositoryId'),
    name: text(info, 'repositoryName') ?? '',
    vendor: text(info, 'vendorName') ?? '',
    product: text(info, 'productName') ?? '',
    productVersion: text(info, 'productVersion') ?? '',
    cmisVersion: text(info, 'cmisVersionSupported') ?? '',
    rootFolderId: required(info, 'rootFolderId'),
    capabilities: Object.fromEntries(capabilities.map(([name, value]) => [name, String(value)])),
  };
}

function readProperties(properties: XmlNode): Properties {
  return Object.fromEntries(
    Object.entries(PROPERTY_TYPES).flatMap(([element, type]) =>
      all(properties, element).flatMap((property) => {
        const id = attribute(property, 'propertyDefinitionId') ?? attribute(property, 'queryName');
        if (id === undefined) return [];
        return [[id, all(property, 'value').map((value) => readScalar(ownText(value), type))]];
      }),
    ),
  );
}

function readScalar(value: string, type: PropertyType): PropertyScalar {
  if (type === 'boolean') return value === 'true' || value === '1';
  if (type === 'datetime') {
    const date = new Date(value);
    if (Number.isNaN(date.getTime())) throw new TypeError('not a time where one is expected');
    return date;
  }
  if (type !== 'integer' && type !== 'decimal') return value;
  const number = Number(value);
  if (value === '' || Number.isNaN(number)) throw new TypeError('not a number where one is expected');
  return type === 'integer' && !Number.isSafeInteger(number) ? value : number;
}

function readDefinition(property: XmlNode): PropertyDefinition {
  return {
    id: required(property, 'id'),
    queryName: text(property, 'queryName') ?? required(property, 'id'),
    displayName: text(property, 'displayName') ?? '',
    type: required(property, 'propertyType') as PropertyType,
    isMulti: text(property, 'cardinality') === 'multi',
    updatability: (text(property, 'updatability') ?? '') as PropertyDefinition['updatability'],
    isRequired: flag(property, 'required'),
    isQueryable: flag(property, 'queryable'),
    maxLength: number(property, 'maxLength'),
    minValue: number(property, 'minValue'),
    maxValue: number(property, 'maxValue'),
    choices: readChoices(property),
    openChoice: flag(property, 'openChoice'),
    hasDefault: all(child(property, 'defaultValue') ?? {}, 'value').length > 0,
  };
}

function readChoices(parent: XmlNode): string[] {
  return all(parent, 'choice').flatMap((choice) => [
    ...all(choice, 'value').map((value) => ownText(value)),
    ...readChoices(choice),
  ]);
}

function number(parent: XmlNode, name: string): number | undefined {
  const value = text(parent, name);
  return value === undefined || value === '' || Number.isNaN(Number(value)) ? undefined : Number(value);
}

function flag(parent: XmlNode, name: string): boolean {
  return text(parent, name) === 'true';
}

function required(parent: XmlNode, name: string): string {
  const value = text(parent, name);
  if (value === undefined || value === '') throw new TypeError(`no ${name} where one is expected`);
  return value;
}
