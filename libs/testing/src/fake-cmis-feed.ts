import { type XmlElement, writeXml } from '@ozg-hub/xml';
import type { FakeObject, FakeValue } from './fake-cmis-model.ts';
import type { FakeReply } from './fake-cmis-request.ts';
import type { FakeCmisStore } from './fake-cmis-store.ts';
import type { FakeProperty, FakeType } from './fake-cmis-catalogue.ts';
import { fakeTypeIds } from './fake-cmis-values.ts';
import { type FakeShown, shownProperties } from './fake-cmis-view.ts';

export const NAMESPACES = {
  'xmlns:atom': 'http://www.w3.org/2005/Atom',
  'xmlns:cmis': 'http://docs.oasis-open.org/ns/cmis/core/200908/',
  'xmlns:cmisra': 'http://docs.oasis-open.org/ns/cmis/restatom/200908/',
  'xmlns:app': 'http://www.w3.org/2007/app',
};
const ENTRY = 'application/atom+xml;type=entry';
const FEED = 'application/atom+xml;type=feed';
const ACL = 'http://docs.oasis-open.org/ns/cmis/link/200908/acl';
const ELEMENTS = { string: 'String', id: 'Id', boolean: 'Boolean', integer: 'Integer', datetime: 'DateTime' } as const;

/** Writes what the AtomPub binding gives out. */
export class FakeFeedWriter {
  constructor(
    private readonly store: FakeCmisStore,
    /** `http://127.0.0.1:port/atom/A1` */
    private readonly base: string,
    private readonly prefixed: boolean,
  ) {}

  reply(root: XmlElement, status = 200, headers: Readonly<Record<string, string>> = {}): FakeReply {
    const type = root.name === 'atom:feed' ? FEED : root.name === 'atom:entry' ? ENTRY : 'application/xml';
    const document = writeXml({ ...root, attributes: { ...NAMESPACES, ...root.attributes } });
    return { status, headers: { 'content-type': type, ...headers }, body: document };
  }

  address(kind: string, id: string, more = ''): string {
    return `${this.base}/${kind}?id=${encodeURIComponent(id)}${more}`;
  }

  entry(object: FakeObject, more: readonly XmlElement[] = []): XmlElement {
    const { content } = object;
    return {
      name: 'atom:entry',
      children: [
        { name: 'atom:id', children: [`urn:ozg-hub:fake:${object.id}`] },
        { name: 'atom:title', children: [this.store.nameOf(object)] },
        content && {
          name: 'atom:content',
          attributes: { src: this.address('content', object.id), type: content.mediaType },
        },
        this.object(shownProperties(this.store, object)),
        ...this.links(object),
        ...more,
      ],
    };
  }

  row(shown: readonly FakeShown[], index: number): XmlElement {
    const title = `Query Result id-${index}`;
    return {
      name: 'atom:entry',
      children: [{ name: 'atom:title', children: [title] }, this.object(shown)],
    };
  }

  feed(entries: readonly XmlElement[], page: { total?: number; next?: string } = {}): XmlElement {
    const { total, next } = page;
    return {
      name: 'atom:feed',
      children: [
        { name: 'atom:title', children: ['Feed'] },
        total === undefined ? undefined : { name: 'cmisra:numItems', children: [String(total)] },
        next === undefined ? undefined : link('next', next, FEED),
        ...entries,
      ],
    };
  }

  acl({ aces }: FakeObject): XmlElement {
    return {
      name: 'cmis:acl',
      children: aces.map(({ principal, permissions }) => ({
        name: 'cmis:permission',
        children: [
          { name: 'cmis:principal', children: [{ name: 'cmis:principalId', children: [principal] }] },
          ...permissions.map((permission) => ({ name: 'cmis:permission', children: [permission] })),
          { name: 'cmis:direct', children: ['true'] },
        ],
      })),
    };
  }

  type({ id, baseId, parentId, versionable, properties }: FakeType): XmlElement {
    const values: Record<string, string> = {
      id: fakeTypeIds.toType(id, baseId, this.prefixed),
      localName: id,
      displayName: id,
      queryName: id,
      baseId,
      ...(parentId !== undefined && { parentId }),
      creatable: String(baseId !== 'cmis:secondary'),
      queryable: 'true',
      controllableACL: 'true',
      ...(baseId === 'cmis:document' && { versionable: String(versionable === true), contentStreamAllowed: 'allowed' }),
    };
    const type = { name: 'cmisra:type', children: [...leaves(values), ...properties.map(definition)] };
    return { name: 'atom:entry', children: [{ name: 'atom:title', children: [id] }, type] };
  }

  private object(shown: readonly FakeShown[]): XmlElement {
    const properties = shown.map(({ property: { id, type }, values }) => ({
      name: `cmis:property${ELEMENTS[type]}`,
      attributes: { propertyDefinitionId: id, localName: id, queryName: id },
      children: values.map((value) => ({
        name: 'cmis:value',
        children: [text(fakeTypeIds.to(id, value, this.prefixed))],
      })),
    }));
    return { name: 'cmisra:object', children: [{ name: 'cmis:properties', children: properties }] };
  }

  private links(object: FakeObject): XmlElement[] {
    const { id, type, series, parentId } = object;
    const self = this.address('entry', id);
    const links = [
      link('self', self, ENTRY),
      link('edit', self, ENTRY),
      link(ACL, this.address('acl', id), 'application/cmisacl+xml'),
    ];
    if (parentId !== undefined) links.push(link('up', this.address('parents', id), FEED));
    if (type.baseId === 'cmis:folder') links.push(link('down', this.address('children', id), FEED));
    else links.push(link('edit-media', this.address('content', id), 'application/octet-stream'));
    if (series) links.push(link('version-history', this.address('versions', id), FEED));
    if (series?.workingCopy) links.push(link('working-copy', this.address('entry', series.workingCopy.id), ENTRY));
    return links;
  }
}

function definition({ id, type, multi, required, updatability, maxLength, choices }: FakeProperty): XmlElement {
  return {
    name: `cmis:property${ELEMENTS[type]}Definition`,
    children: [
      ...leaves({
        id,
        localName: id,
        displayName: id,
        queryName: id,
        propertyType: type,
        cardinality: multi ? 'multi' : 'single',
        updatability: updatability ?? 'readwrite',
        required: String(required === true),
        queryable: 'true',
        openChoice: 'false',
        ...(maxLength !== undefined && { maxLength: String(maxLength) }),
      }),
      ...(choices ?? []).map((value) => ({
        name: 'cmis:choice',
        children: [{ name: 'cmis:value', children: [value] }],
      })),
    ],
  };
}

function leaves(values: Readonly<Record<string, string>>): XmlElement[] {
  return Object.entries(values).map(([name, value]) => ({ name: `cmis:${name}`, children: [value] }));
}

function link(rel: string, href: string, type: string): XmlElement {
  return { name: 'atom:link', attributes: { rel, href, type } };
}

function text(value: FakeValue): string {
  return value instanceof Date ? value.toISOString() : String(value);
}
