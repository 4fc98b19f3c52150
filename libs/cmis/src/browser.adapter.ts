import type { Logger } from '@ozg-hub/core';
import { isHubError, silentLogger } from '@ozg-hub/core';
import type { AccessChange, AccessEntry } from './access-control.ts';
import { paging, withQuery } from './address.ts';
import {
  type BrowserRepository,
  isJson,
  object,
  readAccess,
  readProperties,
  readRepositories,
  readTypeDefinition,
} from './browser-answers.ts';
import { accessFields, propertyFields } from './browser-form.ts';
import type {
  CallOptions,
  CheckIn,
  CmisConnection,
  NewContent,
  NewDocument,
  NewFolder,
  Page,
  PageOptions,
  PropertyChange,
  PropertySearch,
} from './cmis-connection.port.ts';
import { type CmisObject, type CmisParent, type NewProperties, type Properties, toCmisObject } from './cmis-object.ts';
import type { CmisConnectionOptions, CmisQuirks } from './connection-options.ts';
import { fileNameOf } from './content-disposition.ts';
import type { ContentSource, ContentStream } from './content-source.ts';
import { cmisErrors } from './errors.ts';
import { findByProperty } from './find-by-property.ts';
import { findChild } from './find-child.ts';
import { HttpChannel, type TextAnswer } from './http-channel.ts';
import { nameCollision } from './name-collision.ts';
import type { RepositoryInfo } from './repository-info.ts';
import { type FormField, formBody, multipartBody } from './request-body.ts';
import { TypeCache } from './type-cache.ts';
import type { TypeDefinition, TypeKind } from './type-definition.ts';
import { TypeIds } from './type-ids.ts';

const JSON_TYPE = 'application/json';

/** CMIS 1.1 by the browser binding (§5): forms in, JSON out. */
export class BrowserConnection implements CmisConnection {
  readonly binding = 'browser';
  private readonly channel: HttpChannel;
  private readonly quirks: CmisQuirks;
  private readonly typeIds: TypeIds;
  private readonly types = new TypeCache();
  private readonly logger: Logger;
  private service: Promise<BrowserRepository> | undefined;

  constructor(private readonly options: CmisConnectionOptions) {
    this.channel = new HttpChannel(options);
    this.quirks = options.quirks ?? {};
    this.typeIds = new TypeIds(this.quirks.typeIdPrefixes ?? false);
    this.logger = options.logger ?? silentLogger;
  }

  async repository(): Promise<RepositoryInfo> {
    return (await this.entry()).info;
  }

  async typeDefinition(typeId: string, kind: TypeKind, options: CallOptions = {}): Promise<TypeDefinition> {
    return await this.types.get(typeId, async () => {
      const { repositoryUrl } = await this.entry();
      const query = { cmisselector: 'typeDefinition', typeId: this.typeIds.toRepository(typeId, kind) };
      const definition = await this.read(repositoryUrl, query, options, readTypeDefinition);
      return { ...definition, id: this.typeIds.fromRepository(definition.id) };
    });
  }

  async object(objectId: string, options: CallOptions = {}): Promise<CmisObject> {
    return await this.select('object', { objectId }, options, (answer) => this.toObject(answer));
  }

  async objectByPath(path: string, options: CallOptions = {}): Promise<CmisObject> {
    const segments = path.split('/').filter((segment) => segment !== '');
    if (segments.some((segment) => segment === '.' || segment === '..')) throw cmisErrors.HUB_CMIS_INVALID_ARGUMENT();
    const { rootFolderUrl } = await this.entry();
    const url = [rootFolderUrl.replace(/\/$/, ''), ...segments.map(encodeURIComponent)].join('/');
    return await this.read(url, { cmisselector: 'object' }, options, (answer) => this.toObject(answer));
  }

  async children(folderId: string, options: PageOptions = {}): Promise<Page<CmisObject>> {
    const query = { objectId: folderId, ...paging(options) };
    return await this.select('children', query, options, (answer) => {
      const page = object(answer);
      return toPage(page, page['objects'], (item) => this.toObject(object(item)['object']));
    });
  }

  async findChild(folderId: string, name: string, options: CallOptions = {}): Promise<CmisObject | undefined> {
    return await findChild(this, folderId, name, { ...options, byPathOnly: this.quirks.childrenByPathOnly ?? false });
  }

  async findByProperty(search: PropertySearch, options: CallOptions = {}): Promise<readonly CmisObject[]> {
    return await findByProperty(this, search, options);
  }

  async parents(objectId: string, options: CallOptions = {}): Promise<readonly CmisParent[]> {
    const query = { objectId, includeRelativePathSegment: 'true' };
    return await this.select('parents', query, options, (answer) =>
      list(answer).map((value) => {
        const parent = object(value);
        const segment = parent['relativePathSegment'];
        return {
          folder: this.toObject(parent['object']),
          pathSegment: typeof segment === 'string' ? segment : undefined,
        };
      }),
    );
  }

  async query(statement: string, options: PageOptions = {}): Promise<Page<Properties>> {
    const { repositoryUrl } = await this.entry();
    const read = (answer: unknown) => {
      const page = object(answer);
      return toPage(page, page['results'], (row) => this.typeIds.clean(readProperties(row)));
    };
    if (this.quirks.queryByGet) {
      return await this.read(repositoryUrl, { cmisselector: 'query', q: statement, ...paging(options) }, options, read);
    }
    const fields: FormField[] = [['cmisaction', 'query'], ['statement', statement], ...Object.entries(paging(options))];
    const body = formBody(fields);
    const url = this.channel.address(repositoryUrl);
    const request = { method: 'POST', url, accept: JSON_TYPE, body, changes: false, ...options } as const;
    return parsed(await this.channel.text(request), read);
  }

  async createFolder(folder: NewFolder, options: CallOptions = {}): Promise<CmisObject> {
    const fields = propertyFields(this.newProperties(folder, 'folder'));
    return await this.naming(this.act('createFolder', folder.parentId, fields, undefined, options));
  }

  async createDocument(document: NewDocument, options: CallOptions = {}): Promise<CmisObject> {
    const { content, versioningState } = document;
    const fields = propertyFields(this.newProperties(document, 'document'));
    if (versioningState !== undefined) fields.push(['versioningState', versioningState]);
    const apart = this.quirks.contentInSeparateCall ?? false;
    const created = await this.naming(
      this.act('createDocument', document.parentId, fields, apart ? undefined : content, options),
    );
    if (!apart || !content) return created;
    return await this.setContentStream(created.id, { content, changeToken: created.changeToken }, options);
  }

  async setContentStream(objectId: string, change: NewContent, options: CallOptions = {}): Promise<CmisObject> {
    const { content, overwrite = true, changeToken } = change;
    const fields: FormField[] = [['overwriteFlag', String(overwrite)], ...this.token(changeToken)];
    return await this.act('setContent', objectId, fields, content, options);
  }

  async contentStream(objectId: string, { signal }: CallOptions = {}): Promise<ContentStream> {
    const { rootFolderUrl } = await this.entry();
    const url = withQuery(this.channel.address(rootFolderUrl), {
      cmisselector: 'content',
      download: 'attachment',
      objectId,
    });
    const { stream, headers } = await this.channel.stream({ url, accept: '*/*', signal });
    const length = headers['content-length'];
    return {
      stream,
      length: length === undefined ? undefined : Number(length),
      mediaType: headers['content-type'],
      fileName: fileNameOf(headers['content-disposition']),
    };
  }

  async updateProperties(objectId: string, change: PropertyChange, options: CallOptions = {}): Promise<CmisObject> {
    const { properties, secondaryTypeIds, changeToken } = change;
    const fields = propertyFields({ ...properties, ...this.secondaryTypes(secondaryTypeIds) });
    return await this.act('update', objectId, [...fields, ...this.token(changeToken)], undefined, options);
  }

  async checkOut(objectId: string, options: CallOptions = {}): Promise<CmisObject> {
    return await this.act('checkOut', objectId, [], undefined, options);
  }

  async checkIn(workingCopyId: string, checkIn: CheckIn, options: CallOptions = {}): Promise<CmisObject> {
    const { major, comment, content, properties = {} } = checkIn;
    const name = this.quirks.addNameOnCheckIn && { 'cmis:name': (await this.object(workingCopyId, options)).name };
    const fields: FormField[] = [['major', String(major)], ...propertyFields({ ...name, ...properties })];
    if (comment !== undefined) fields.push(['checkinComment', comment]);
    return await this.act('checkIn', workingCopyId, fields, content, options);
  }

  async cancelCheckOut(workingCopyId: string, options: CallOptions = {}): Promise<void> {
    await this.post('cancelCheckOut', workingCopyId, [], undefined, options);
  }

  async versions(objectId: string, options: CallOptions = {}): Promise<readonly CmisObject[]> {
    return await this.select('versions', { objectId }, options, (answer) =>
      list(answer).map((version) => this.toObject(version)),
    );
  }

  async accessControl(objectId: string, options: CallOptions = {}): Promise<readonly AccessEntry[]> {
    return await this.select('acl', { objectId }, options, readAccess);
  }

  async applyAccessControl(
    objectId: string,
    { add, remove, propagation }: AccessChange,
    options: CallOptions = {},
  ): Promise<readonly AccessEntry[]> {
    const fields = [...accessFields('add', add), ...accessFields('remove', remove)];
    if (propagation !== undefined) fields.push(['ACLPropagation', propagation]);
    return parsed(await this.post('applyACL', objectId, fields, undefined, options), readAccess);
  }

  async delete(objectId: string, options: CallOptions = {}): Promise<void> {
    await this.post('delete', objectId, [['allVersions', 'true']], undefined, options);
  }

  close(): void {
    this.channel.close();
  }

  private async entry(): Promise<BrowserRepository> {
    this.service ??= this.readService();
    try {
      return await this.service;
    } catch (error) {
      this.service = undefined;
      throw error;
    }
  }

  private async readService(): Promise<BrowserRepository> {
    const repositories = await this.read(this.options.url, {}, {}, readRepositories);
    const { repositoryId } = this.options;
    const fitting = repositories.filter(({ info }) => repositoryId === undefined || info.id === repositoryId);
    const [repository] = fitting;
    if (!repository || fitting.length > 1) throw cmisErrors.HUB_CMIS_REPOSITORY_UNKNOWN();
    this.logger.debug({ product: repository.info.product, cmis: repository.info.cmisVersion }, 'CMIS repository found');
    return repository;
  }

  private async select<Value>(
    cmisselector: string,
    query: Readonly<Record<string, string>>,
    options: CallOptions,
    read: (answer: unknown) => Value,
  ): Promise<Value> {
    const { rootFolderUrl } = await this.entry();
    return await this.read(rootFolderUrl, { cmisselector, ...query }, options, read);
  }

  private async read<Value>(
    address: string,
    query: Readonly<Record<string, string>>,
    { signal }: CallOptions,
    read: (answer: unknown) => Value,
  ): Promise<Value> {
    const url = withQuery(this.channel.address(address), query);
    return parsed(await this.channel.text({ url, accept: JSON_TYPE, signal }), read);
  }

  private async act(
    cmisaction: string,
    objectId: string,
    fields: readonly FormField[],
    content: ContentSource | undefined,
    options: CallOptions,
  ): Promise<CmisObject> {
    const answer = await this.post(cmisaction, objectId, fields, content, options);
    return parsed(answer, (value) => this.toObject(value));
  }

  private async post(
    cmisaction: string,
    objectId: string,
    fields: readonly FormField[],
    content: ContentSource | undefined,
    { signal }: CallOptions,
  ): Promise<TextAnswer> {
    const { rootFolderUrl } = await this.entry();
    const all: FormField[] = [['cmisaction', cmisaction], ['objectId', objectId], ...fields];
    const body = content ? multipartBody(all, content) : formBody(all);
    const url = this.channel.address(rootFolderUrl);
    return await this.channel.text({ method: 'POST', url, accept: JSON_TYPE, body, signal });
  }

  private newProperties({ name, typeId, properties, secondaryTypeIds }: NewFolder, kind: TypeKind): NewProperties {
    return {
      ...properties,
      'cmis:objectTypeId': this.typeIds.toRepository(typeId, kind),
      'cmis:name': name,
      ...this.secondaryTypes(secondaryTypeIds),
    };
  }

  private secondaryTypes(ids: readonly string[] | undefined): NewProperties {
    if (!ids) return {};
    return { 'cmis:secondaryObjectTypeIds': ids.map((id) => this.typeIds.toRepository(id, 'secondary')) };
  }

  private token(changeToken: string | undefined): FormField[] {
    return changeToken === undefined || this.quirks.omitChangeTokens ? [] : [['changeToken', changeToken]];
  }

  private async naming<Value>(call: Promise<Value>): Promise<Value> {
    return await nameCollision(call, this.quirks.alfrescoExceptionNames ?? false);
  }

  private toObject(answer: unknown): CmisObject {
    const found = toCmisObject(this.typeIds.clean(readProperties(answer)));
    if (!found) throw new TypeError('no object id');
    return found;
  }
}

function parsed<Value>(answer: TextAnswer, read: (value: unknown) => Value): Value {
  try {
    return read(JSON.parse(answer.text));
  } catch (error) {
    throw isHubError(error) ? error : answer.unusable(error);
  }
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError('not a list where one is expected');
  return value;
}

function toPage<Item>(page: unknown, items: unknown, read: (item: unknown) => Item): Page<Item> {
  const { hasMoreItems, numItems } = isJson(page) ? page : {};
  return {
    items: list(items).map((item) => read(item)),
    hasMore: hasMoreItems === true,
    total: typeof numItems === 'number' && numItems >= 0 ? numItems : undefined,
  };
}
