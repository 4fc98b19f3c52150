import { type CmisConnection, type CmisObject, textOf } from '@ozg-hub/cmis';
import { isHubError } from '@ozg-hub/core';
import { dmsErrors } from '../errors.ts';
import type { CmisSettings } from './cmis-settings.ts';
import type { PlannedObject } from './filing-plan.mapper.ts';

const PAGE = 500;
const MOST_CHILDREN = 10_000;

/** A search that the repository cannot do tells nothing, and may fail for ever. */
const NO_ANSWER = [
  'HUB_CMIS_INVALID_ARGUMENT',
  'HUB_CMIS_FILTER_NOT_VALID',
  'HUB_CMIS_NOT_SUPPORTED',
  'HUB_CMIS_CONSTRAINT',
  'HUB_CMIS_PERMISSION_DENIED',
  'HUB_CMIS_OBJECT_NOT_FOUND',
  'HUB_CMIS_RUNTIME',
];

/** Looks for what this delivery may have made before. Causes no effect. */
export class ObjectFinder {
  constructor(
    private readonly connection: CmisConnection,
    private readonly settings: Pick<CmisSettings, 'hubId'>,
    private readonly signal: AbortSignal,
  ) {}

  get hasHubId(): boolean {
    return this.settings.hubId !== undefined;
  }

  /** @throws HUB_DMS_CMIS_GONE */
  async present(objectId: string): Promise<CmisObject> {
    return await this.orGone(this.connection.object(objectId, { signal: this.signal }));
  }

  async byPath(path: string): Promise<CmisObject | undefined> {
    try {
      return await this.connection.objectByPath(path, { signal: this.signal });
    } catch (error) {
      if (isHubError(error, 'HUB_CMIS_OBJECT_NOT_FOUND') || isHubError(error, 'HUB_CMIS_INVALID_ARGUMENT')) {
        return undefined;
      }
      throw error;
    }
  }

  /** @throws HUB_DMS_CMIS_GONE for the folder itself, HUB_CMIS_PROBE_INCONCLUSIVE */
  async child(folderId: string, name: string): Promise<CmisObject | undefined> {
    return await this.orGone(this.connection.findChild(folderId, name, { signal: this.signal }));
  }

  /** @throws HUB_DMS_CMIS_GONE for the folder itself */
  async children(folderId: string): Promise<readonly CmisObject[]> {
    const all: CmisObject[] = [];
    while (all.length < MOST_CHILDREN) {
      const options = { signal: this.signal, maxItems: PAGE, skipCount: all.length };
      const page = await this.orGone(this.connection.children(folderId, options));
      all.push(...page.items);
      if (!page.hasMore || page.items.length === 0) break;
    }
    return all;
  }

  /** Whether the object carries the hub's id of what was planned. */
  isOurs(object: CmisObject, { hubId }: PlannedObject): boolean {
    const { hubId: carrier } = this.settings;
    return carrier !== undefined && textOf(object.properties, carrier.property) === hubId;
  }

  /** The object with the hub's id, wherever it lies. None is no proof: an index may lag behind, or not exist. */
  async anywhere(planned: PlannedObject, kind: 'folder' | 'document'): Promise<CmisObject | undefined> {
    const { hubId: carrier } = this.settings;
    if (!carrier) return undefined;
    const { property: propertyId, secondaryType } = carrier;
    const { typeId, hubId: value } = planned;
    const search = { typeId, kind, propertyId, value, ...(secondaryType && { secondaryTypeId: secondaryType }) };
    try {
      return (await this.connection.findByProperty(search, { signal: this.signal }))[0];
    } catch (error) {
      if (NO_ANSWER.some((code) => isHubError(error, code))) return undefined;
      throw error;
    }
  }

  /** Ids of the folders the object lies in. */
  async parentIds(object: CmisObject): Promise<readonly string[]> {
    const parent = textOf(object.properties, 'cmis:parentId');
    if (parent !== undefined) return [parent];
    const parents = await this.connection.parents(object.id, { signal: this.signal });
    return parents.map(({ folder }) => folder.id);
  }

  /** A call that concerns an object of this delivery. @throws HUB_DMS_CMIS_GONE where the object is not there any more */
  async orGone<Value>(call: Promise<Value>): Promise<Value> {
    try {
      return await call;
    } catch (error) {
      if (isHubError(error, 'HUB_CMIS_OBJECT_NOT_FOUND')) throw dmsErrors.HUB_DMS_CMIS_GONE({ cause: error });
      throw error;
    }
  }
}
