import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { appendFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  type FakeAce,
  type FakeCmisLedgerLine,
  type FakeContent,
  type FakeObject,
  type FakeProperties,
  type FakeSeries,
  type NewFakeObject,
  FakeCmisException,
} from './fake-cmis-model.ts';
import { checkCharacters, checkProperties, nextLabel } from './fake-cmis-rules.ts';
import { type FakeType, fakeTypes } from './fake-cmis-catalogue.ts';

const ANYONE: readonly FakeAce[] = [{ principal: 'anyone', permissions: ['cmis:all'] }];

/** What the repository holds. Objects in memory, contents as files. */
export class FakeCmisStore {
  readonly objects = new Map<string, FakeObject>();
  readonly rootId = '100';
  private nextId: number;
  private lastToken = 0;
  private contents = 0;
  private aktenzeichen = 0;

  constructor(
    private readonly options: {
      readonly folder: string;
      readonly firstId: number;
      readonly duplicateException: string;
    },
  ) {
    this.nextId = options.firstId;
    const root = this.newObject(this.type('cmis:folder'), undefined, undefined, this.rootId);
    root.properties.set('cmis:name', ['RootFolder']);
    this.stamp(root, 'system');
  }

  type(id: string): FakeType {
    const type = fakeTypes.find((one) => one.id === id);
    if (!type) throw new FakeCmisException('objectNotFound', `unknown type id: ${id}`);
    return type;
  }

  get(id: string): FakeObject {
    const object = this.objects.get(id);
    if (!object) throw new FakeCmisException('objectNotFound', `Unknown object id: ${id}`);
    return object;
  }

  byPath(path: string): FakeObject {
    let object = this.get(this.rootId);
    for (const segment of path.split('/').filter((one) => one !== '')) {
      const next = this.children(object.id).find((child) => this.nameOf(child) === segment);
      if (!next) throw new FakeCmisException('objectNotFound', `Unknown path: ${path}`);
      object = next;
    }
    return object;
  }

  /** Latest versions, without working copies, by name. */
  children(folderId: string): FakeObject[] {
    return [...this.objects.values()]
      .filter((object) => object.parentId === folderId && this.isListed(object))
      .toSorted((one, other) => (this.nameOf(one) < this.nameOf(other) ? -1 : 1));
  }

  isListed({ series, ...object }: FakeObject): boolean {
    return series === undefined || series.versions.at(-1)?.id === object.id;
  }

  nameOf(object: FakeObject): string {
    return String(object.properties.get('cmis:name')?.[0] ?? '');
  }

  pathOf(object: FakeObject): string {
    if (object.parentId === undefined) return '/';
    const above = this.pathOf(this.get(object.parentId));
    return `${above === '/' ? '' : above}/${this.nameOf(object)}`;
  }

  async create(base: 'cmis:folder' | 'cmis:document', given: NewFakeObject): Promise<FakeObject> {
    const parent = this.get(given.parentId);
    if (parent.type.baseId !== 'cmis:folder')
      throw new FakeCmisException('invalidArgument', 'The parent is no folder.');
    const type = this.type(String(given.properties.get('cmis:objectTypeId')?.[0] ?? ''));
    if (type.baseId !== base) throw new FakeCmisException('constraint', `${type.id} is no type of ${base}`);
    const state = given.versioningState ?? (type.versionable ? 'major' : 'none');
    if (!type.versionable && state !== 'none') {
      throw new FakeCmisException('constraint', 'The versioning state flag is imcompatible to the type definition.');
    }
    const secondary = this.secondaryTypes(given.properties);
    checkProperties(type, secondary, given.properties, 'create');
    this.checkName(String(given.properties.get('cmis:name')?.[0] ?? ''), given.parentId);
    const series: FakeSeries | undefined = type.versionable
      ? { id: String(this.nextId++), versions: [], workingCopy: undefined, checkedOutBy: undefined }
      : undefined;
    const object = this.newObject(type, given.parentId, series);
    object.secondary = secondary;
    this.assign(object, given.properties);
    object.content = given.content;
    if (type.id === 'eakte:vorgang') object.properties.set('eakte:aktenzeichen', [this.newAktenzeichen(object)]);
    if (series) this.firstVersion(object, series, state, given.user);
    this.stamp(object, given.user, true);
    await this.record(base === 'cmis:folder' ? 'createFolder' : 'createDocument', object);
    return object;
  }

  async update(id: string, properties: FakeProperties, token: string | undefined, user: string): Promise<FakeObject> {
    const object = this.get(id);
    this.checkToken(object, token, 'updateProperties');
    const secondary = properties.has('cmis:secondaryObjectTypeIds')
      ? this.secondaryTypes(properties)
      : object.secondary;
    checkProperties(object.type, secondary, properties, 'update');
    const name = properties.get('cmis:name')?.[0];
    if (name !== undefined && name !== this.nameOf(object)) this.checkName(String(name), object.parentId ?? '');
    object.secondary = secondary;
    this.assign(object, properties);
    this.stamp(object, user);
    await this.record('update', object);
    return object;
  }

  async setContent(
    id: string,
    content: FakeContent,
    { overwrite, token, user }: { overwrite: boolean; token: string | undefined; user: string },
  ): Promise<FakeObject> {
    const object = this.get(id);
    if (object.type.baseId !== 'cmis:document') throw new FakeCmisException('constraint', 'No document');
    if (object.series && object.series.workingCopy !== object) {
      throw new FakeCmisException('updateConflict', `Document ${id} is not checked out.`);
    }
    this.checkToken(object, token, 'setContentStream');
    if (object.content && !overwrite) {
      throw new FakeCmisException(
        'contentAlreadyExists',
        'cannot overwrite existing content if overwrite flag is not set',
      );
    }
    object.content = content;
    this.stamp(object, user);
    await this.record('setContent', object);
    return object;
  }

  async checkOut(id: string, user: string): Promise<FakeObject> {
    const object = this.get(id);
    const { series } = object;
    if (!series) throw new FakeCmisException('constraint', 'The type is not versionable.');
    if (series.workingCopy) throw new FakeCmisException('updateConflict', `Document ${id} is already checked out.`);
    const copy = this.newObject(object.type, object.parentId, series);
    copy.secondary = object.secondary;
    copy.properties = new Map(object.properties);
    copy.content = object.content;
    this.setVersion(copy, nextLabel(object, false), false);
    series.workingCopy = copy;
    series.checkedOutBy = user;
    this.stamp(copy, user, true);
    await this.record('checkOut', copy);
    return copy;
  }

  async checkIn(
    id: string,
    given: {
      major: boolean;
      comment?: string | undefined;
      content?: FakeContent | undefined;
      properties: FakeProperties;
    },
    user: string,
  ): Promise<FakeObject> {
    const copy = this.workingCopy(id);
    const series = copy.series!;
    checkProperties(copy.type, copy.secondary, given.properties, 'update');
    this.assign(copy, given.properties);
    if (given.content) copy.content = given.content;
    const latest = series.versions.at(-1);
    this.setVersion(copy, latest ? nextLabel(latest, given.major) : given.major ? '1.0' : '0.1', given.major);
    if (given.comment !== undefined) copy.properties.set('cmis:checkinComment', [given.comment]);
    series.versions.push(copy);
    series.workingCopy = undefined;
    series.checkedOutBy = undefined;
    this.stamp(copy, user);
    await this.record('checkIn', copy);
    return copy;
  }

  async cancelCheckOut(id: string): Promise<void> {
    const copy = this.workingCopy(id);
    const series = copy.series!;
    this.objects.delete(id);
    series.workingCopy = undefined;
    series.checkedOutBy = undefined;
    await this.record('cancelCheckOut', copy);
  }

  async delete(id: string): Promise<void> {
    const object = this.get(id);
    if (this.children(id).length > 0) {
      throw new FakeCmisException('constraint', `Cannot delete folder with id:  ${id}. Folder is not empty.`);
    }
    await this.record('delete', object);
    for (const version of object.series?.versions ?? [object]) this.objects.delete(version.id);
  }

  async deleteTree(id: string): Promise<void> {
    for (const child of this.children(id)) await this.deleteTree(child.id);
    await this.delete(id);
  }

  async applyAcl(id: string, aces: readonly FakeAce[]): Promise<FakeObject> {
    const object = this.get(id);
    object.aces = aces;
    await this.record('applyACL', object);
    return object;
  }

  /** Moves an object as a user of the DMS does. */
  move(id: string, folderId: string): void {
    this.get(id).parentId = this.get(folderId).id;
  }

  /** Writes the bytes to a file; a stream that fails leaves none. */
  async keep(stream: Readable, mediaType: string, fileName: string): Promise<FakeContent> {
    await mkdir(this.options.folder, { recursive: true });
    const file = join(this.options.folder, `content-${(this.contents += 1)}`);
    const hash = createHash('sha256');
    let length = 0;
    try {
      await pipeline(
        stream,
        async function* (chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            hash.update(chunk);
            length += chunk.length;
            yield chunk;
          }
        },
        createWriteStream(file),
      );
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    }
    return { file, length, sha256: hash.digest('hex'), mediaType, fileName };
  }

  private workingCopy(id: string): FakeObject {
    const copy = this.get(id);
    if (copy.series?.workingCopy !== copy) throw new FakeCmisException('versioning', `${id} is no working copy.`);
    return copy;
  }

  private newObject(
    type: FakeType,
    parentId: string | undefined,
    series: FakeSeries | undefined,
    id = String(this.nextId++),
  ): FakeObject {
    const object: FakeObject = {
      id,
      type,
      parentId,
      secondary: [],
      properties: new Map(),
      content: undefined,
      aces: ANYONE,
      series,
    };
    this.objects.set(id, object);
    return object;
  }

  private firstVersion(object: FakeObject, series: FakeSeries, state: string, user: string): void {
    this.setVersion(object, state === 'major' ? '1.0' : state === 'minor' ? '0.1' : '', state === 'major');
    if (state !== 'checkedout') series.versions.push(object);
    else {
      series.workingCopy = object;
      series.checkedOutBy = user;
    }
  }

  private setVersion(object: FakeObject, label: string, major: boolean): void {
    object.properties.set('cmis:versionLabel', label === '' ? [] : [label]);
    object.properties.set('cmis:isMajorVersion', [major]);
    object.properties.set('cmis:checkinComment', []);
  }

  private secondaryTypes(properties: FakeProperties): FakeType[] {
    return (properties.get('cmis:secondaryObjectTypeIds') ?? []).map((id) => this.type(String(id)));
  }

  private checkName(name: string, parentId: string): void {
    checkCharacters(name);
    if (this.children(parentId).some((child) => this.nameOf(child) === name)) {
      throw new FakeCmisException(this.options.duplicateException, `An object with name ${name} already exists.`);
    }
  }

  private checkToken(object: FakeObject, token: string | undefined, call: string): void {
    if (token !== undefined && token !== object.properties.get('cmis:changeToken')?.[0]) {
      throw new FakeCmisException('updateConflict', `${call} failed: changeToken does not match`);
    }
  }

  private assign(object: FakeObject, properties: FakeProperties): void {
    for (const [id, values] of properties) object.properties.set(id, values);
  }

  private stamp(
    object: FakeObject,
    user: string,
    created = object.properties.get('cmis:creationDate') === undefined,
  ): void {
    this.lastToken = Math.max(Date.now(), this.lastToken + 1);
    if (created) {
      object.properties.set('cmis:createdBy', [user]);
      object.properties.set('cmis:creationDate', [new Date()]);
    }
    object.properties.set('cmis:lastModifiedBy', [user]);
    object.properties.set('cmis:lastModificationDate', [new Date()]);
    object.properties.set('cmis:changeToken', [String(this.lastToken)]);
  }

  private newAktenzeichen(object: FakeObject): string {
    this.aktenzeichen += 1;
    const plan = object.properties.get('eakte:aktenplan')?.[0] ?? '000';
    return `${plan}-${String(this.aktenzeichen).padStart(4, '0')}`;
  }

  private async record(operation: string, object: FakeObject): Promise<void> {
    const { folder } = this.options;
    const line: FakeCmisLedgerLine = {
      at: new Date().toISOString(),
      operation,
      objectId: object.id,
      typeId: object.type.id,
      path: this.pathOf(object),
      properties: Object.fromEntries([...object.properties].filter(([id]) => !id.startsWith('cmis:'))),
      ...(object.content && { sha256: object.content.sha256, length: object.content.length }),
    };
    await mkdir(folder, { recursive: true });
    await appendFile(join(folder, 'ledger.jsonl'), `${JSON.stringify(line)}\n`);
  }
}
