import { readSmallXml } from '@ozg-hub/xml';
import { versionsOf } from './fake-cmis-browser.ts';
import { type FakeEntry, readEntry } from './fake-cmis-entry.ts';
import { FakeFeedWriter } from './fake-cmis-feed.ts';
import { fileNameIn } from './fake-cmis-form.ts';
import { type FakeAce, type FakeObject, FakeCmisException } from './fake-cmis-model.ts';
import { fakeQuery } from './fake-cmis-query.ts';
import { type FakeReply, type FakeRequest, fakeStatuses, readBody } from './fake-cmis-request.ts';
import { fakeTypeIds } from './fake-cmis-values.ts';

/** The AtomPub binding of the fake repository: `/atom`, `/atom/A1/children?id=…` and so on. */
export class FakeCmisAtom {
  constructor(
    private readonly repositoryId: string,
    private readonly prefixed: boolean,
  ) {}

  async answer(request: FakeRequest): Promise<FakeReply> {
    const { message, url, store, origin } = request;
    const [, , , resource = 'service'] = url.pathname.split('/');
    const writer = new FakeFeedWriter(store, `${origin}/atom/${this.repositoryId}`, this.prefixed);
    if (message.method === 'GET') {
      const operation = resource === 'entry' || resource === 'id' || resource === 'path' ? 'object' : resource;
      return await request.around(operation, undefined, async () => this.read(request, resource, writer));
    }
    if (message.method === 'DELETE') return await this.remove(request);
    if (resource === 'query') return await this.query(request, writer);
    if (resource === 'acl') return await this.applyAcl(request, writer);
    if (resource === 'content') return await this.setContent(request, writer);
    return await this.write(request, resource, writer);
  }

  /** How OpenCMIS reports an exception: a page with comments. */
  exception({ exception, message }: FakeCmisException): FakeReply {
    const status = fakeStatuses[exception] ?? 500;
    const text = message.replace(/[<>&]/g, ' ');
    const heading = `<h1>HTTP Status ${status} - <!--exception-->${exception}<!--/exception--></h1>`;
    return {
      status,
      headers: { 'content-type': 'text/html;charset=utf-8' },
      body: `<html><head><title>${exception} error</title></head><body>${heading}<p><!--message-->${text}<!--/message--></p></body></html>`,
    };
  }

  private read(request: FakeRequest, resource: string, writer: FakeFeedWriter): FakeReply {
    const { url, store } = request;
    const id = url.searchParams.get('id') ?? '';
    if (resource === 'service') return this.service(request, writer);
    if (resource === 'type') return writer.reply(writer.type(store.type(fakeTypeIds.from(id, this.prefixed))));
    if (resource === 'path') return writer.reply(writer.entry(store.byPath(url.searchParams.get('path') ?? '/')));
    const object = store.get(id);
    if (resource === 'entry' || resource === 'id') return writer.reply(writer.entry(object));
    if (resource === 'acl') return writer.reply(writer.acl(object));
    if (resource === 'versions') return writer.reply(writer.feed(versionsOf(object).map((one) => writer.entry(one))));
    if (resource === 'parents') {
      const segment = { name: 'cmisra:relativePathSegment', children: [store.nameOf(object)] };
      return writer.reply(writer.feed([writer.entry(store.get(object.parentId ?? ''), [segment])]));
    }
    if (resource === 'children') {
      const children = store.children(object.id);
      return writer.reply(this.page(children, request, writer, (child) => writer.entry(child)));
    }
    if (resource !== 'content') throw new FakeCmisException('notSupported', 'Unknown operation');
    if (!object.content) throw new FakeCmisException('constraint', 'Document has no content!');
    const { mediaType, fileName, file } = object.content;
    const disposition = `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`;
    return { status: 200, headers: { 'content-type': mediaType, 'content-disposition': disposition }, file };
  }

  private async write(request: FakeRequest, resource: string, writer: FakeFeedWriter): Promise<FakeReply> {
    const { url, store, user, message } = request;
    const query = url.searchParams;
    const entry = await readEntry(message, store, this.prefixed);
    const { content } = entry;
    const properties = resource === 'checkedout' ? entry.properties : titled(entry);
    const operation = this.operationOf(resource, query, entry);
    const name = properties.get('cmis:name')?.[0];
    return await request.around(operation, name === undefined ? undefined : String(name), async () => {
      const id = query.get('id') ?? '';
      if (operation === 'createFolder' || operation === 'createDocument') {
        const base = operation === 'createFolder' ? 'cmis:folder' : 'cmis:document';
        const versioningState = query.get('versioningState') ?? undefined;
        return this.created(
          await store.create(base, { parentId: id, properties, content, versioningState, user }),
          writer,
        );
      }
      if (operation === 'checkOut') {
        return this.created(await store.checkOut(String(properties.get('cmis:objectId')?.[0] ?? ''), user), writer);
      }
      if (operation === 'checkIn') {
        const major = query.get('major') !== 'false';
        const comment = query.get('checkinComment') ?? undefined;
        return this.created(await store.checkIn(id, { major, comment, content, properties }, user), writer);
      }
      const given = new Map(properties);
      given.delete('cmis:changeToken');
      const token = query.get('changeToken') ?? (properties.get('cmis:changeToken')?.[0] as string | undefined);
      return writer.reply(writer.entry(await store.update(id, given, token, user)));
    });
  }

  private operationOf(resource: string, query: URLSearchParams, { properties }: FakeEntry): string {
    if (resource === 'checkedout') return 'checkOut';
    if (resource === 'entry') return query.get('checkin') === 'true' ? 'checkIn' : 'update';
    if (resource !== 'children') throw new FakeCmisException('notSupported', 'Unknown operation');
    const typeId = String(properties.get('cmis:objectTypeId')?.[0] ?? '');
    return /folder|vorgang/.test(typeId) ? 'createFolder' : 'createDocument';
  }

  private async remove(request: FakeRequest): Promise<FakeReply> {
    const { url, store } = request;
    const object = store.get(url.searchParams.get('id') ?? '');
    const isWorkingCopy = object.series?.workingCopy === object;
    return await request.around(isWorkingCopy ? 'cancelCheckOut' : 'delete', undefined, async () => {
      if (isWorkingCopy) await store.cancelCheckOut(object.id);
      else await store.delete(object.id);
      return { status: 204 };
    });
  }

  private async setContent(request: FakeRequest, writer: FakeFeedWriter): Promise<FakeReply> {
    const { url, store, user, message } = request;
    const type = message.headers['content-type'] ?? 'application/octet-stream';
    const content = await store.keep(message, type, fileNameIn(message.headers['content-disposition'] ?? '') ?? '');
    return await request.around('setContent', undefined, async () => {
      const id = url.searchParams.get('id') ?? '';
      const overwrite = url.searchParams.get('overwriteFlag') !== 'false';
      const token = url.searchParams.get('changeToken') ?? undefined;
      await store.setContent(id, content, { overwrite, token, user });
      return { status: 200, headers: { location: writer.address('id', id) }, body: '' };
    });
  }

  private async applyAcl(request: FakeRequest, writer: FakeFeedWriter): Promise<FakeReply> {
    const { url, store } = request;
    const arrays = ['permission'];
    const acl = readSmallXml(await readBody(request.message), { arrays })['acl'] as Record<string, unknown>;
    return await request.around('applyACL', undefined, async () => {
      const aces = ((acl['permission'] ?? []) as Record<string, unknown>[]).map((entry): FakeAce => {
        const principal = (entry['principal'] as Record<string, unknown>)['principalId'];
        return { principal: String(principal), permissions: (entry['permission'] as unknown[]).map(String) };
      });
      return writer.reply(writer.acl(await store.applyAcl(url.searchParams.get('id') ?? '', aces)), 201);
    });
  }

  private async query(request: FakeRequest, writer: FakeFeedWriter): Promise<FakeReply> {
    const query = readSmallXml(await readBody(request.message))['query'] as Record<string, string>;
    return await request.around('query', undefined, async () => {
      const rows = fakeQuery(request.store, query['statement'] ?? '');
      const skip = Number(query['skipCount'] ?? 0);
      const page = rows.slice(skip, skip + Number(query['maxItems'] ?? 100));
      const more = skip + page.length < rows.length;
      const entries = page.map((row, index) => writer.row(row, index + 1));
      const next = `${writer.address('query', '')}&skipCount=${skip + page.length}`;
      return writer.reply(writer.feed(entries, { total: rows.length, ...(more && { next }) }), 201);
    });
  }

  private created(object: FakeObject, writer: FakeFeedWriter): FakeReply {
    return writer.reply(writer.entry(object), 201, { location: writer.address('entry', object.id) });
  }

  private page<Item>(
    items: readonly Item[],
    { url }: FakeRequest,
    writer: FakeFeedWriter,
    write: (item: Item) => ReturnType<FakeFeedWriter['entry']>,
  ): ReturnType<FakeFeedWriter['feed']> {
    const skip = Number(url.searchParams.get('skipCount') ?? 0);
    const page = items.slice(skip, skip + Number(url.searchParams.get('maxItems') ?? 100));
    const next = new URL(url);
    next.searchParams.set('skipCount', String(skip + page.length));
    const more = skip + page.length < items.length;
    return writer.feed(page.map(write), { total: items.length, ...(more && { next: next.href }) });
  }

  private service({ store, origin }: FakeRequest, writer: FakeFeedWriter): FakeReply {
    const base = `${origin}/atom/${this.repositoryId}`;
    const leaf = (name: string, value: string) => ({ name, children: [value] });
    const collection = (type: string, href: string) => ({
      name: 'app:collection',
      attributes: { href },
      children: [leaf('cmisra:collectionType', type)],
    });
    const template = (type: string, address: string) => ({
      name: 'cmisra:uritemplate',
      children: [leaf('cmisra:template', address), leaf('cmisra:type', type)],
    });
    const capabilities = { capabilityACL: 'manage', capabilityQuery: 'bothcombined', capabilityPWCUpdatable: 'true' };
    const info = {
      name: 'cmisra:repositoryInfo',
      children: [
        leaf('cmis:repositoryId', this.repositoryId),
        leaf('cmis:repositoryName', 'Fake repository'),
        leaf('cmis:vendorName', 'ozg-hub'),
        leaf('cmis:productName', 'ozg-hub fake CMIS'),
        leaf('cmis:productVersion', '1'),
        leaf('cmis:rootFolderId', store.rootId),
        {
          name: 'cmis:capabilities',
          children: Object.entries(capabilities).map(([name, value]) => leaf(`cmis:${name}`, value)),
        },
        leaf('cmis:cmisVersionSupported', '1.1'),
      ],
    };
    const workspace = {
      name: 'app:workspace',
      children: [
        collection('root', writer.address('children', store.rootId)),
        collection('query', `${base}/query`),
        collection('checkedout', `${base}/checkedout`),
        info,
        template('objectbyid', `${base}/id?id={id}&filter={filter}&includeACL={includeACL}`),
        template('objectbypath', `${base}/path?path={path}&filter={filter}&includeACL={includeACL}`),
        template('typebyid', `${base}/type?id={id}`),
      ],
    };
    return writer.reply({ name: 'app:service', children: [workspace] });
  }
}

/** The title takes precedence over the name (CMIS 1.1 §3.4.2.1). */
function titled({ properties, title }: FakeEntry): FakeEntry['properties'] {
  return title === '' ? properties : new Map([...properties, ['cmis:name', [title]]]);
}
