import { fakeProperty, fakeTypeIds } from './fake-cmis-values.ts';
import { readMultipart, readUrlEncoded } from './fake-cmis-form.ts';
import { type FakeContent, type FakeObject, type FakeValue, FakeCmisException } from './fake-cmis-model.ts';
import { fakeQuery } from './fake-cmis-query.ts';
import { type FakeReply, type FakeRequest, fakeStatuses, readBody } from './fake-cmis-request.ts';
import type { FakeType } from './fake-cmis-catalogue.ts';
import { type FakeShown, shownProperties } from './fake-cmis-view.ts';

type Fields = ReadonlyMap<string, string>;

/** The browser binding of the fake repository: `/browser`, `/browser/A1`, `/browser/A1/root/…`. */
export class FakeCmisBrowser {
  constructor(
    private readonly repositoryId: string,
    private readonly prefixed: boolean,
  ) {}

  async answer(request: FakeRequest): Promise<FakeReply> {
    const { message, url } = request;
    const [, , repository, , ...path] = url.pathname.split('/').map((segment) => decodeURIComponent(segment));
    if (message.method === 'GET') return await this.read(request, repository, path);
    const type = message.headers['content-type'] ?? '';
    const { fields, content } = type.startsWith('multipart/')
      ? await readMultipart(message, type, (stream, mediaType, name) => request.store.keep(stream, mediaType, name))
      : { fields: readUrlEncoded(await readBody(message)), content: undefined };
    const operation = fields.get('cmisaction') ?? '';
    const name = this.properties(fields).get('cmis:name')?.[0];
    return await request.around(operation, name === undefined ? undefined : String(name), () =>
      this.act(request, operation, fields, content, path),
    );
  }

  /** How the binding reports an exception. */
  exception({ exception, message }: FakeCmisException): FakeReply {
    return json({ exception, message }, fakeStatuses[exception] ?? 500);
  }

  private async read(request: FakeRequest, repository: string | undefined, path: string[]): Promise<FakeReply> {
    const { url, store } = request;
    const query = url.searchParams;
    const selector = query.get('cmisselector') ?? (repository ? 'object' : 'repositoryInfos');
    return await request.around(selector, undefined, async () => {
      if (selector === 'repositoryInfos' || selector === 'repositoryInfo') return json(this.repositories(request));
      if (selector === 'typeDefinition') {
        const id = fakeTypeIds.from(query.get('typeId') ?? '', this.prefixed);
        return json(this.typeDefinition(store.type(id)));
      }
      if (selector === 'query') return this.query(request, new Map(query));
      const object = this.target(request, query.get('objectId') ?? undefined, path);
      return this.select(request, selector, object);
    });
  }

  private select(request: FakeRequest, selector: string, object: FakeObject): FakeReply {
    const { store, url } = request;
    const fields = new Map(url.searchParams);
    const show = (one: FakeObject) => this.shown(request, one, fields);
    if (selector === 'object') return json(show(object));
    if (selector === 'children') {
      const page = paged(store.children(object.id), fields);
      return json({ objects: page.items.map((child) => ({ object: show(child) })), ...page.rest });
    }
    if (selector === 'parents') {
      const parent = object.parentId === undefined ? [] : [store.get(object.parentId)];
      return json(parent.map((one) => ({ object: show(one), relativePathSegment: store.nameOf(object) })));
    }
    if (selector === 'versions') return json(versionsOf(object).map(show));
    if (selector === 'acl') return json(accessOf(object));
    if (selector !== 'content') throw new FakeCmisException('notSupported', 'Unknown operation');
    if (!object.content) throw new FakeCmisException('constraint', 'Document has no content!');
    const { mediaType, fileName, file } = object.content;
    const disposition = `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`;
    return { status: 200, headers: { 'content-type': mediaType, 'content-disposition': disposition }, file };
  }

  private async act(
    request: FakeRequest,
    operation: string,
    fields: Fields,
    content: FakeContent | undefined,
    path: readonly string[],
  ): Promise<FakeReply> {
    const { store, user } = request;
    if (operation === 'query') return this.query(request, fields);
    const id = fields.get('objectId');
    const object = this.target(request, id, path);
    const properties = this.properties(fields);
    const show = (one: FakeObject, status = 201) => json(this.shown(request, one, fields), status);
    const token = fields.get('changeToken');
    if (operation === 'createFolder' || operation === 'createDocument') {
      const base = operation === 'createFolder' ? 'cmis:folder' : 'cmis:document';
      const versioningState = fields.get('versioningState');
      return show(await store.create(base, { parentId: object.id, properties, content, versioningState, user }));
    }
    if (operation === 'update') return show(await store.update(object.id, properties, token, user), 200);
    if (operation === 'setContent') {
      if (!content) throw new FakeCmisException('invalidArgument', 'No content');
      const overwrite = fields.get('overwriteFlag') !== 'false';
      return show(await store.setContent(object.id, content, { overwrite, token, user }));
    }
    if (operation === 'checkOut') return show(await store.checkOut(object.id, user));
    if (operation === 'checkIn') {
      const major = fields.get('major') !== 'false';
      const comment = fields.get('checkinComment');
      return show(await store.checkIn(object.id, { major, comment, content, properties }, user));
    }
    if (operation === 'applyACL') {
      return json(accessOf(await store.applyAcl(object.id, changedAces(object, fields))), 201);
    }
    const empty: FakeReply = { status: 200, headers: { 'content-type': 'text/html;charset=utf-8' }, body: '' };
    if (operation === 'cancelCheckOut') await store.cancelCheckOut(object.id);
    else if (operation === 'delete') await store.delete(object.id);
    else if (operation === 'deleteTree') await store.deleteTree(object.id);
    else throw new FakeCmisException('notSupported', 'Unknown operation');
    return empty;
  }

  private query({ store }: FakeRequest, fields: Fields): FakeReply {
    const rows = fakeQuery(store, fields.get('statement') ?? fields.get('q') ?? '');
    const page = paged(rows, fields);
    return json({ results: page.items.map((row) => this.form(row, fields)), ...page.rest });
  }

  private target({ store }: FakeRequest, id: string | undefined, path: readonly string[]): FakeObject {
    return id === undefined ? store.byPath(`/${path.join('/')}`) : store.get(id);
  }

  private shown({ store }: FakeRequest, object: FakeObject, fields: Fields): unknown {
    const name = store.nameOf(object);
    const rest = { exactACL: true, exampleExtension: { objectId: object.id, name } };
    return { ...this.form(shownProperties(store, object, fields.get('filter')), fields), ...rest };
  }

  private form(shown: readonly FakeShown[], fields: Fields): Record<string, unknown> {
    const entries = shown.map(({ property, values }) => {
      const ids = values.map((value) => fakeTypeIds.to(property.id, value, this.prefixed));
      const wire = ids.map((value) => (value instanceof Date ? value.getTime() : value));
      return { property, value: property.multi ? (wire.length > 0 ? wire : null) : (wire[0] ?? null) };
    });
    if (fields.get('succinct') === 'true') {
      return { succinctProperties: Object.fromEntries(entries.map(({ property, value }) => [property.id, value])) };
    }
    const full = entries.map(({ property, value }) => {
      const { id, type, multi } = property;
      const names = { id, localName: id, displayName: id, queryName: id };
      return [id, { ...names, type, cardinality: multi ? 'multi' : 'single', value }];
    });
    return { properties: Object.fromEntries(full) };
  }

  private properties(fields: Fields): Map<string, readonly FakeValue[]> {
    const properties = new Map<string, readonly FakeValue[]>();
    for (let index = 0; fields.has(`propertyId[${index}]`); index += 1) {
      const id = fields.get(`propertyId[${index}]`)!;
      const single = fields.get(`propertyValue[${index}]`);
      const values: string[] = single === undefined ? [] : [single];
      for (let at = 0; fields.has(`propertyValue[${index}][${at}]`); at += 1) {
        values.push(fields.get(`propertyValue[${index}][${at}]`)!);
      }
      properties.set(
        id,
        values.map((value) => fakeProperty.browserValue(id, value, this.prefixed)),
      );
    }
    return properties;
  }

  private repositories({ origin, store }: FakeRequest): unknown {
    const repositoryUrl = `${origin}/browser/${this.repositoryId}`;
    return {
      [this.repositoryId]: {
        repositoryId: this.repositoryId,
        repositoryName: 'Fake repository',
        repositoryDescription: 'For tests and demonstrations',
        vendorName: 'ozg-hub',
        productName: 'ozg-hub fake CMIS',
        productVersion: '1',
        rootFolderId: store.rootId,
        capabilities: { capabilityACL: 'manage', capabilityQuery: 'bothcombined', capabilityPWCUpdatable: true },
        cmisVersionSupported: '1.1',
        repositoryUrl,
        rootFolderUrl: `${repositoryUrl}/root`,
      },
    };
  }

  private typeDefinition({ id, baseId, parentId, versionable, properties }: FakeType): unknown {
    const definitions = properties.map((property) => [property.id, definition(property)]);
    return {
      id: fakeTypeIds.toType(id, baseId, this.prefixed),
      localName: id,
      displayName: id,
      queryName: id,
      baseId,
      ...(parentId !== undefined && { parentId }),
      creatable: baseId !== 'cmis:secondary',
      queryable: true,
      controllableACL: true,
      ...(baseId === 'cmis:document' && { versionable: versionable === true, contentStreamAllowed: 'allowed' }),
      propertyDefinitions: Object.fromEntries(definitions),
    };
  }
}

/** A property definition by the names of the browser binding. */
function definition({ id, type, multi, required, updatability, maxLength, choices }: FakeType['properties'][number]) {
  return {
    id,
    localName: id,
    displayName: id,
    queryName: id,
    propertyType: type,
    cardinality: multi ? 'multi' : 'single',
    updatability: updatability ?? 'readwrite',
    required: required === true,
    queryable: true,
    orderable: true,
    openChoice: false,
    ...(maxLength !== undefined && { maxLength }),
    ...(choices && { choice: choices.map((value) => ({ displayName: value, value: [value] })) }),
  };
}

function json(value: unknown, status = 200): FakeReply {
  return { status, headers: { 'content-type': 'application/json;charset=utf-8' }, body: JSON.stringify(value) };
}

function paged<Item>(items: readonly Item[], fields: Fields): { items: readonly Item[]; rest: object } {
  const skip = Number(fields.get('skipCount') ?? 0);
  const max = Number(fields.get('maxItems') ?? 100);
  const page = items.slice(skip, skip + max);
  return { items: page, rest: { hasMoreItems: skip + page.length < items.length, numItems: items.length } };
}

/** Latest first, a working copy before all. */
export function versionsOf(object: FakeObject): FakeObject[] {
  const { series } = object;
  if (!series) return [object];
  return [...(series.workingCopy ? [series.workingCopy] : []), ...series.versions.toReversed()];
}

function accessOf({ aces }: FakeObject): unknown {
  return {
    aces: aces.map(({ principal, permissions }) => ({
      principal: { principalId: principal },
      permissions,
      isDirect: true,
    })),
  };
}

function changedAces(object: FakeObject, fields: Fields): FakeObject['aces'] {
  const aces = new Map(object.aces.map(({ principal, permissions }) => [principal, new Set(permissions)]));
  const change = (kind: 'add' | 'remove') => {
    for (let index = 0; fields.has(`${kind}ACEPrincipal[${index}]`); index += 1) {
      const principal = fields.get(`${kind}ACEPrincipal[${index}]`)!;
      const permissions = aces.get(principal) ?? new Set<string>();
      aces.set(principal, permissions);
      for (let at = 0; fields.has(`${kind}ACEPermission[${index}][${at}]`); at += 1) {
        const permission = fields.get(`${kind}ACEPermission[${index}][${at}]`)!;
        if (kind === 'add') permissions.add(permission);
        else permissions.delete(permission);
      }
    }
  };
  change('remove');
  change('add');
  return [...aces]
    .filter(([, permissions]) => permissions.size > 0)
    .map(([principal, permissions]) => ({ principal, permissions: [...permissions] }));
}
