import { type Logger, silentLogger } from '@ozg-hub/core';
import type { RequestBody } from '@ozg-hub/http';
import { type AccessChange, type AccessEntry, mergeAccess } from './access-control.ts';
import { paging, withQuery } from './address.ts';
import {
  type AtomEntry,
  type AtomRepository,
  type Link,
  readAcl,
  readEntry,
  readFeed,
  readService,
  readType,
} from './atom-answers.ts';
import { accessBody, entryBody, queryBody } from './atom-entry.ts';
import { LinkCache, expandTemplate, linkTo, neededLink } from './atom-links.ts';
import { readRoot } from './atom-xml.ts';
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
import { PropertyTypes } from './property-kinds.ts';
import type { RepositoryInfo } from './repository-info.ts';
import { rawBody } from './request-body.ts';
import { TypeCache } from './type-cache.ts';
import type { TypeDefinition, TypeKind } from './type-definition.ts';
import { TypeIds } from './type-ids.ts';

const FEED = 'application/atom+xml;type=feed';
const ACL = 'http://docs.oasis-open.org/ns/cmis/link/200908/acl';

/** CMIS 1.1 by AtomPub (§3): entries in and out, addresses from links and templates only. */
export class AtomPubConnection implements CmisConnection {
  readonly binding = 'atompub';
  private readonly channel: HttpChannel;
  private readonly quirks: CmisQuirks;
  private readonly typeIds: TypeIds;
  private readonly types = new TypeCache();
  private readonly propertyTypes = new PropertyTypes(this);
  private readonly links = new LinkCache();
  private readonly logger: Logger;
  private service: Promise<AtomRepository> | undefined;

  constructor(private readonly options: CmisConnectionOptions) {
    this.channel = new HttpChannel(options);
    this.quirks = options.quirks ?? {};
    this.typeIds = new TypeIds(this.quirks.typeIdPrefixes ?? false);
    this.logger = options.logger ?? silentLogger;
  }

  async repository(): Promise<RepositoryInfo> {
    return (await this.entryPoint()).info;
  }

  async typeDefinition(typeId: string, kind: TypeKind, options: CallOptions = {}): Promise<TypeDefinition> {
    return await this.types.get(typeId, async () => {
      const url = await this.template('typebyid', { id: this.typeIds.toRepository(typeId, kind) });
      const definition = await this.get(url, options, (text) => readType(readRoot(text, 'entry')));
      return { ...definition, id: this.typeIds.fromRepository(definition.id) };
    });
  }

  async object(objectId: string, options: CallOptions = {}): Promise<CmisObject> {
    return this.toObject(await this.entry(objectId, options));
  }

  async objectByPath(path: string, options: CallOptions = {}): Promise<CmisObject> {
    const url = await this.template('objectbypath', { path });
    return this.toObject(await this.get(url, options, (text) => readEntry(readRoot(text, 'entry'))));
  }

  async children(folderId: string, options: PageOptions = {}): Promise<Page<CmisObject>> {
    const url = this.channel.address(neededLink(await this.linksOf(folderId, options), 'down', FEED));
    const { entries, ...page } = await this.get(withQuery(url, paging(options)), options, feedIn);
    return { ...page, items: entries.map((entry) => this.toObject(entry)) };
  }

  async findChild(folderId: string, name: string, options: CallOptions = {}): Promise<CmisObject | undefined> {
    return await findChild(this, folderId, name, { ...options, byPathOnly: this.quirks.childrenByPathOnly ?? false });
  }

  async findByProperty(search: PropertySearch, options: CallOptions = {}): Promise<readonly CmisObject[]> {
    return await findByProperty(this, search, options);
  }

  async parents(objectId: string, options: CallOptions = {}): Promise<readonly CmisParent[]> {
    const up = linkTo(await this.linksOf(objectId, options), 'up');
    if (up === undefined) return [];
    const url = withQuery(this.channel.address(up), { includeRelativePathSegment: 'true' });
    const entries = await this.get(url, options, (text) => {
      const root = readRoot(text, 'entry', 'feed');
      return root['#name'] === 'entry' ? [readEntry(root)] : readFeed(root).entries;
    });
    return entries.map((entry) => ({ folder: this.toObject(entry), pathSegment: entry.relativePathSegment }));
  }

  async query(statement: string, options: PageOptions = {}): Promise<Page<Properties>> {
    const { maxItems = 100, skipCount = 0, signal } = options;
    if (this.quirks.queryByGet) {
      const url = await this.template('query', { q: statement, ...paging(options) });
      return this.toRows(await this.get(url, options, feedIn));
    }
    const body = queryBody(statement, maxItems, skipCount);
    const url = await this.collection('query');
    const answer = await this.channel.text({ method: 'POST', url, accept: FEED, body, changes: false, signal });
    return this.toRows(parsed(answer, feedIn));
  }

  async createFolder(folder: NewFolder, options: CallOptions = {}): Promise<CmisObject> {
    return await this.naming(this.create(folder, 'folder', undefined, {}, options));
  }

  async createDocument(document: NewDocument, options: CallOptions = {}): Promise<CmisObject> {
    const { content, versioningState } = document;
    const apart = this.quirks.contentInSeparateCall ?? false;
    const created = await this.naming(
      this.create(document, 'document', apart ? undefined : content, { versioningState }, options),
    );
    if (!apart || !content) return created;
    return await this.setContentStream(created.id, { content, changeToken: created.changeToken }, options);
  }

  async setContentStream(objectId: string, change: NewContent, options: CallOptions = {}): Promise<CmisObject> {
    const { content, overwrite = true, changeToken } = change;
    const url = this.channel.address(neededLink(await this.linksOf(objectId, options), 'edit-media'));
    const query = { overwriteFlag: String(overwrite), ...this.token(changeToken) };
    const answer = await this.send('PUT', withQuery(url, query), rawBody(content), options);
    return await this.after(answer, objectId, options);
  }

  async contentStream(objectId: string, options: CallOptions = {}): Promise<ContentStream> {
    const { contentSource } = await this.entry(objectId, options);
    if (contentSource === undefined) throw cmisErrors.HUB_CMIS_NO_CONTENT();
    const url = this.channel.address(contentSource);
    const { stream, headers } = await this.channel.stream({ url, accept: '*/*', signal: options.signal });
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
    const present = this.toObject(await this.entry(objectId, options));
    const url = this.channel.address(await this.self(objectId, options));
    const typeOf = await this.propertyTypes.of(present, secondaryTypeIds ?? present.secondaryTypeIds, options);
    const body = entryBody({
      title: titleOf(properties, present),
      properties: { ...properties, ...this.secondaryTypes(secondaryTypeIds), ...this.tokenProperty(changeToken) },
      typeOf,
    });
    const answer = await this.send('PUT', withQuery(url, this.token(changeToken)), body, options);
    return await this.after(answer, objectId, options);
  }

  async checkOut(objectId: string, options: CallOptions = {}): Promise<CmisObject> {
    const collection = await this.collection('checkedout');
    const url = this.quirks.objectIdOnCheckOutAddress ? withQuery(collection, { objectId }) : collection;
    const properties = { 'cmis:objectId': objectId };
    const { name } = await this.object(objectId, options);
    const body = entryBody({ title: name, properties, typeOf: () => 'id' });
    const answer = await this.send('POST', url, body, options);
    this.links.forget(objectId);
    return await this.after(answer, undefined, options);
  }

  async checkIn(workingCopyId: string, checkIn: CheckIn, options: CallOptions = {}): Promise<CmisObject> {
    const { major, comment, content, properties = {} } = checkIn;
    const present = this.toObject(await this.entry(workingCopyId, options));
    const url = this.channel.address(await this.self(workingCopyId, options));
    const apart = this.quirks.contentInSeparateCall ?? false;
    if (apart && content) await this.setContentStream(workingCopyId, { content }, options);
    const body = entryBody({
      title: titleOf(properties, present),
      properties: { ...(this.quirks.addNameOnCheckIn && { 'cmis:name': present.name }), ...properties },
      typeOf: await this.propertyTypes.of(present, present.secondaryTypeIds, options),
      content: apart ? undefined : content,
    });
    const query = { checkin: 'true', major: String(major), ...(comment !== undefined && { checkinComment: comment }) };
    const answer = await this.send('PUT', withQuery(url, query), body, options);
    this.links.forget(workingCopyId);
    return await this.after(answer, undefined, options);
  }

  async cancelCheckOut(workingCopyId: string, options: CallOptions = {}): Promise<void> {
    const links = await this.linksOf(workingCopyId, options);
    const url = this.channel.address(linkTo(links, 'working-copy') ?? neededLink(links, 'self'));
    await this.send('DELETE', url, undefined, options);
    this.links.forget(workingCopyId);
  }

  async versions(objectId: string, options: CallOptions = {}): Promise<readonly CmisObject[]> {
    const url = this.channel.address(neededLink(await this.linksOf(objectId, options), 'version-history'));
    return (await this.get(url, options, feedIn)).entries.map((entry) => this.toObject(entry));
  }

  async accessControl(objectId: string, options: CallOptions = {}): Promise<readonly AccessEntry[]> {
    const url = this.channel.address(neededLink(await this.linksOf(objectId, options), ACL));
    return await this.get(url, options, aclIn);
  }

  async applyAccessControl(
    objectId: string,
    change: AccessChange,
    options: CallOptions = {},
  ): Promise<readonly AccessEntry[]> {
    const { propagation } = change;
    const url = this.channel.address(neededLink(await this.linksOf(objectId, options), ACL));
    const body = accessBody(mergeAccess(await this.get(url, options, aclIn), change));
    return parsed(await this.send('PUT', withQuery(url, { ACLPropagation: propagation }), body, options), aclIn);
  }

  async delete(objectId: string, options: CallOptions = {}): Promise<void> {
    const url = this.channel.address(await this.self(objectId, options));
    await this.send('DELETE', withQuery(url, { allVersions: 'true' }), undefined, options);
    this.links.forget(objectId);
  }

  close(): void {
    this.channel.close();
  }

  private async create(
    { parentId, name, typeId, properties, secondaryTypeIds = [] }: NewFolder,
    kind: 'folder' | 'document',
    content: ContentSource | undefined,
    query: Readonly<Record<string, string | undefined>>,
    options: CallOptions,
  ): Promise<CmisObject> {
    const down = this.channel.address(neededLink(await this.linksOf(parentId, options), 'down', FEED));
    const typeOf = await this.propertyTypes.of({ typeId, baseType: `cmis:${kind}` }, secondaryTypeIds, options);
    const body = entryBody({
      title: name,
      properties: {
        ...properties,
        'cmis:objectTypeId': this.typeIds.toRepository(typeId, kind),
        'cmis:name': name,
        ...(secondaryTypeIds.length > 0 && this.secondaryTypes(secondaryTypeIds)),
      },
      typeOf,
      content,
    });
    return await this.after(await this.send('POST', withQuery(down, query), body, options), undefined, options);
  }

  /** The object after a change: of the answer, or read where the answer only says where it is. */
  private async after(answer: TextAnswer, objectId: string | undefined, options: CallOptions): Promise<CmisObject> {
    try {
      if (answer.text.trim() !== '') return this.toObject(this.remember(readEntry(readRoot(answer.text, 'entry'))));
      if (answer.location === undefined && objectId !== undefined) return await this.object(objectId, options);
      if (answer.location === undefined) throw new TypeError('neither an entry nor its address');
      const url = this.channel.address(answer.location);
      return this.toObject(await this.get(url, options, (text) => readEntry(readRoot(text, 'entry'))));
    } catch (error) {
      throw answer.unusable(error);
    }
  }

  private async entryPoint(): Promise<AtomRepository> {
    this.service ??= this.readServiceDocument();
    try {
      return await this.service;
    } catch (error) {
      this.service = undefined;
      throw error;
    }
  }

  private async readServiceDocument(): Promise<AtomRepository> {
    const url = this.channel.address(this.options.url);
    const repositories = await this.get(url, {}, (text) => readService(readRoot(text, 'service')));
    const { repositoryId } = this.options;
    const fitting = repositories.filter(({ info }) => repositoryId === undefined || info.id === repositoryId);
    const [repository] = fitting;
    if (!repository || fitting.length > 1) throw cmisErrors.HUB_CMIS_REPOSITORY_UNKNOWN();
    this.logger.debug({ product: repository.info.product, cmis: repository.info.cmisVersion }, 'CMIS repository found');
    return repository;
  }

  private async template(type: string, variables: Readonly<Record<string, string>>): Promise<URL> {
    const template = (await this.entryPoint()).templates[type];
    if (!template) throw cmisErrors.HUB_CMIS_NOT_SUPPORTED({ detail: `The repository offers no template ${type}.` });
    return this.channel.address(expandTemplate(template, variables));
  }

  private async collection(type: string): Promise<URL> {
    const address = (await this.entryPoint()).collections[type];
    if (!address) throw cmisErrors.HUB_CMIS_NOT_SUPPORTED({ detail: `The repository offers no collection ${type}.` });
    return this.channel.address(address);
  }

  private async entry(objectId: string, options: CallOptions): Promise<AtomEntry> {
    const url = await this.template('objectbyid', { id: objectId });
    const entry = await this.get(url, options, (text) => readEntry(readRoot(text, 'entry')));
    this.links.remember(objectId, entry.links);
    return entry;
  }

  private async linksOf(objectId: string, options: CallOptions): Promise<readonly Link[]> {
    return this.links.get(objectId) ?? (await this.entry(objectId, options)).links;
  }

  private async self(objectId: string, options: CallOptions): Promise<string> {
    return neededLink(await this.linksOf(objectId, options), 'self');
  }

  private async get<Value>(url: URL, { signal }: CallOptions, read: (text: string) => Value): Promise<Value> {
    return parsed(await this.channel.text({ url, accept: '*/*', signal }), read);
  }

  private async send(
    method: 'POST' | 'PUT' | 'DELETE',
    url: URL,
    body: RequestBody | undefined,
    { signal }: CallOptions,
  ): Promise<TextAnswer> {
    return await this.channel.text({ method, url, accept: '*/*', ...(body && { body }), signal });
  }

  private secondaryTypes(ids: readonly string[] | undefined): NewProperties {
    if (!ids) return {};
    return { 'cmis:secondaryObjectTypeIds': ids.map((id) => this.typeIds.toRepository(id, 'secondary')) };
  }

  private token(changeToken: string | undefined): Record<string, string> {
    return changeToken === undefined || this.quirks.omitChangeTokens ? {} : { changeToken };
  }

  /** The standard has the token among the properties (§3.11.2), OpenCMIS in the address. */
  private tokenProperty(changeToken: string | undefined): NewProperties {
    return changeToken === undefined || this.quirks.omitChangeTokens ? {} : { 'cmis:changeToken': changeToken };
  }

  private async naming<Value>(call: Promise<Value>): Promise<Value> {
    return await nameCollision(call, this.quirks.alfrescoExceptionNames ?? false);
  }

  private toRows({ entries, ...page }: ReturnType<typeof readFeed>): Page<Properties> {
    return { ...page, items: entries.map(({ properties }) => this.typeIds.clean(properties)) };
  }

  private remember(entry: AtomEntry): AtomEntry {
    const id = toCmisObject(entry.properties)?.id;
    if (id !== undefined && entry.links.length > 0) this.links.remember(id, entry.links);
    return entry;
  }

  private toObject(entry: AtomEntry): CmisObject {
    const found = toCmisObject(this.typeIds.clean(entry.properties));
    if (!found) throw cmisErrors.HUB_CMIS_UNREADABLE();
    return found;
  }
}

/** The title of an entry takes precedence over `cmis:name` (§3.4.2.1): the new name, or the name it has. */
function titleOf(properties: NewProperties, { name }: CmisObject): string {
  const given = properties['cmis:name'];
  return typeof given === 'string' ? given : name;
}

const feedIn = (text: string) => readFeed(readRoot(text, 'feed'));
const aclIn = (text: string) => readAcl(readRoot(text, 'acl'));

function parsed<Value>(answer: TextAnswer, read: (text: string) => Value): Value {
  try {
    return read(answer.text);
  } catch (error) {
    throw answer.unusable(error);
  }
}
