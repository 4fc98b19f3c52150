import type { AccessEntry } from './access-control.ts';
import type { BaseType, Properties, PropertyScalar } from './cmis-object.ts';
import type { RepositoryInfo } from './repository-info.ts';
import type { PropertyDefinition, PropertyType, TypeDefinition } from './type-definition.ts';

export type Json = Readonly<Record<string, unknown>>;

/** A repository of the service document: what it says, and where to go on. */
export interface BrowserRepository {
  readonly info: RepositoryInfo;
  readonly repositoryUrl: string;
  readonly rootFolderUrl: string;
}

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function readRepositories(answer: unknown): BrowserRepository[] {
  return Object.values(object(answer)).map((value) => {
    const repository = object(value);
    return {
      info: {
        id: text(repository['repositoryId']),
        name: text(repository['repositoryName']),
        vendor: text(repository['vendorName']),
        product: text(repository['productName']),
        productVersion: text(repository['productVersion']),
        cmisVersion: text(repository['cmisVersionSupported']),
        rootFolderId: text(repository['rootFolderId']),
        capabilities: Object.fromEntries(
          Object.entries(isJson(repository['capabilities']) ? repository['capabilities'] : {}).flatMap(
            ([name, value]) => (typeof value === 'object' ? [] : [[name, String(value)]]),
          ),
        ),
      },
      repositoryUrl: text(repository['repositoryUrl']),
      rootFolderUrl: text(repository['rootFolderUrl']),
    };
  });
}

/** The properties of an object in the form with types (not succinct). */
export function readProperties(answer: unknown): Properties {
  const properties = object(object(answer)['properties']);
  return Object.fromEntries(
    Object.entries(properties).map(([key, value]) => {
      const property = object(value);
      const id = typeof property['id'] === 'string' ? property['id'] : key;
      const values = Array.isArray(property['value']) ? property['value'] : [property['value']];
      return [
        id,
        values.filter((one) => one !== null && one !== undefined).map((one) => readScalar(one, property['type'])),
      ];
    }),
  );
}

export function readTypeDefinition(answer: unknown): TypeDefinition {
  const type = object(answer);
  const properties = Object.values(object(type['propertyDefinitions'] ?? {})).map((value) =>
    readDefinition(object(value)),
  );
  return {
    id: text(type['id']),
    baseType: text(type['baseId']) as BaseType,
    parentId: typeof type['parentId'] === 'string' ? type['parentId'] : undefined,
    displayName: String(type['displayName'] ?? ''),
    queryName: String(type['queryName'] ?? type['id']),
    isCreatable: type['creatable'] === true,
    isQueryable: type['queryable'] === true,
    isControllableAcl: type['controllableACL'] === true,
    isVersionable: type['versionable'] === true,
    content: type['contentStreamAllowed'] as TypeDefinition['content'],
    properties: Object.fromEntries(properties.map((property) => [property.id, property])),
  };
}

export function readAccess(answer: unknown): AccessEntry[] {
  const { aces } = object(answer);
  if (!Array.isArray(aces)) throw new TypeError('no access control list');
  return aces.map((value) => {
    const entry = object(value);
    const { principalId } = object(entry['principal']);
    const permissions = Array.isArray(entry['permissions']) ? entry['permissions'] : [];
    return {
      principal: text(principalId),
      permissions: permissions.map(String),
      isDirect: entry['isDirect'] !== false,
    };
  });
}

/** @throws TypeError where it is none: the answer is not one of a repository */
export function object(value: unknown): Json {
  if (!isJson(value)) throw new TypeError('not an object where one is expected');
  return value;
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('not a text where one is expected');
  return value;
}

function readDefinition(property: Json): PropertyDefinition {
  const number = (name: string) => (typeof property[name] === 'number' ? property[name] : undefined);
  return {
    id: text(property['id']),
    queryName: String(property['queryName'] ?? property['id']),
    displayName: String(property['displayName'] ?? ''),
    type: text(property['propertyType']) as PropertyType,
    isMulti: property['cardinality'] === 'multi',
    updatability: String(property['updatability']) as PropertyDefinition['updatability'],
    isRequired: property['required'] === true,
    isQueryable: property['queryable'] === true,
    maxLength: number('maxLength'),
    minValue: number('minValue'),
    maxValue: number('maxValue'),
    choices: readChoices(property['choice']),
    openChoice: property['openChoice'] === true,
    hasDefault: Array.isArray(property['defaultValue']) && property['defaultValue'].length > 0,
  };
}

function readChoices(choices: unknown): string[] {
  if (!Array.isArray(choices)) return [];
  return choices.flatMap((value) => {
    const choice = object(value);
    const values = choice['value'] === undefined ? [] : [choice['value']].flat();
    return [...values.map(String), ...readChoices(choice['choice'])];
  });
}

function readScalar(value: unknown, type: unknown): PropertyScalar {
  if (type === 'datetime') {
    const date = new Date(value as string | number);
    if (Number.isNaN(date.getTime())) throw new TypeError('not a time where one is expected');
    return date;
  }
  if (typeof value === 'number' && type === 'integer' && !Number.isSafeInteger(value)) return String(value);
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw new TypeError('not a value where one is expected');
  }
  return value;
}
