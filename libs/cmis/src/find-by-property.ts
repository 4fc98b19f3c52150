import { isHubError } from '@ozg-hub/core';
import { type CallOptions, type CmisConnection, type PropertySearch, queryText } from './cmis-connection.port.ts';
import { type CmisObject, textOf } from './cmis-object.ts';
import { cmisErrors } from './errors.ts';

const MAX_HITS = 20;

/** Objects that carry the value, each read anew: the search may know objects that are gone or have changed. */
export async function findByProperty(
  connection: CmisConnection,
  search: PropertySearch,
  options: CallOptions,
): Promise<CmisObject[]> {
  const statement = await statementFor(connection, search, options);
  const { items } = await connection.query(statement, { ...options, maxItems: MAX_HITS });
  const ids = new Set(items.flatMap((row) => textOf(row, 'cmis:objectId') ?? textOf(row, 'O.cmis:objectId') ?? []));
  const found: CmisObject[] = [];
  for (const id of ids) {
    const object = await present(connection, id, options);
    if (object && textOf(object.properties, search.propertyId) === search.value) found.push(object);
  }
  return found;
}

/** Properties of a secondary type are reached by a join, whatever capabilityJoin says (CMIS 1.1 §2.1.14.2.2). */
async function statementFor(
  connection: CmisConnection,
  { typeId, kind, secondaryTypeId, propertyId, value }: PropertySearch,
  options: CallOptions,
): Promise<string> {
  const type = await connection.typeDefinition(typeId, kind, options);
  const carrier =
    secondaryTypeId === undefined ? type : await connection.typeDefinition(secondaryTypeId, 'secondary', options);
  const property = carrier.properties[propertyId];
  if (!property?.isQueryable)
    throw cmisErrors.HUB_CMIS_INVALID_ARGUMENT({ detail: 'The property cannot be searched.' });
  const condition = `${property.queryName} = ${queryText(value)}`;
  if (carrier === type) return `SELECT cmis:objectId FROM ${type.queryName} WHERE ${condition}`;
  const joined = `${type.queryName} AS O JOIN ${carrier.queryName} AS S ON O.cmis:objectId = S.cmis:objectId`;
  return `SELECT O.cmis:objectId FROM ${joined} WHERE S.${condition}`;
}

async function present(connection: CmisConnection, id: string, options: CallOptions): Promise<CmisObject | undefined> {
  try {
    return await connection.object(id, options);
  } catch (error) {
    if (isHubError(error, 'HUB_CMIS_OBJECT_NOT_FOUND')) return undefined;
    throw error;
  }
}
