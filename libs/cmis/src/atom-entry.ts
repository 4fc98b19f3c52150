import { type XmlElement, writeXml, xmlErrors } from '@ozg-hub/xml';
import { isHubError } from '@ozg-hub/core';
import { type RequestBody, textBody } from '@ozg-hub/http';
import type { AccessEntry } from './access-control.ts';
import { isList } from './browser-form.ts';
import type { NewProperties, PropertyScalar, PropertyValue } from './cmis-object.ts';
import type { ContentSource } from './content-source.ts';
import { cmisErrors } from './errors.ts';
import { base64Body } from './request-body.ts';
import type { PropertyType } from './type-definition.ts';

export const ENTRY = 'application/atom+xml;type=entry';
const CMIS = { 'xmlns:cmis': 'http://docs.oasis-open.org/ns/cmis/core/200908/' };
const NAMESPACES = {
  xmlns: 'http://www.w3.org/2005/Atom',
  ...CMIS,
  'xmlns:cmisra': 'http://docs.oasis-open.org/ns/cmis/restatom/200908/',
};
/** Where the standard has no element for the file name of inline content, OpenCMIS has one; others pass over it. */
const CHEMISTRY = { 'xmlns:chemistry': 'http://chemistry.apache.org/' };
const BASE64 = 'cmisra:base64';

const ELEMENTS: Readonly<Record<PropertyType, string>> = {
  string: 'cmis:propertyString',
  id: 'cmis:propertyId',
  boolean: 'cmis:propertyBoolean',
  integer: 'cmis:propertyInteger',
  decimal: 'cmis:propertyDecimal',
  datetime: 'cmis:propertyDateTime',
  html: 'cmis:propertyHtml',
  uri: 'cmis:propertyUri',
};

export interface EntryContent {
  readonly title: string;
  readonly properties: NewProperties;
  /** Of each property as far as known; others by their value. */
  readonly typeOf: (propertyId: string) => PropertyType | undefined;
  readonly content?: ContentSource | undefined;
}

/** An Atom entry with a CMIS object (CMIS 1.1 §3.5.2), its content inline as base64. */
export function entryBody({ title, properties, typeOf, content }: EntryContent): RequestBody {
  const elements = Object.entries(properties).map(([id, value]) => propertyElement(id, value, typeOf(id)));
  const document = write({
    name: 'entry',
    attributes: NAMESPACES,
    children: [
      { name: 'author', children: [{ name: 'name', children: ['ozg-hub'] }] },
      { name: 'id', children: ['urn:uuid:00000000-0000-0000-0000-000000000000'] },
      { name: 'title', children: [title] },
      { name: 'updated', children: [new Date().toISOString()] },
      content && contentElement(content),
      { name: 'cmisra:object', children: [{ name: 'cmis:properties', children: elements }] },
    ],
  });
  return content ? base64Body(ENTRY, document, BASE64, content) : textBody(ENTRY, document);
}

export function queryBody(statement: string, maxItems: number, skipCount: number): RequestBody {
  const document = write({
    name: 'cmis:query',
    attributes: CMIS,
    children: [
      { name: 'cmis:statement', children: [statement] },
      { name: 'cmis:maxItems', children: [String(maxItems)] },
      { name: 'cmis:skipCount', children: [String(skipCount)] },
    ],
  });
  return textBody('application/cmisquery+xml', document);
}

export function accessBody(entries: readonly AccessEntry[]): RequestBody {
  const document = write({
    name: 'cmis:acl',
    attributes: CMIS,
    children: entries.map(({ principal, permissions, isDirect = true }) => ({
      name: 'cmis:permission',
      children: [
        { name: 'cmis:principal', children: [{ name: 'cmis:principalId', children: [principal] }] },
        ...permissions.map((permission) => ({ name: 'cmis:permission', children: [permission] })),
        { name: 'cmis:direct', children: [String(isDirect)] },
      ],
    })),
  });
  return textBody('application/cmisacl+xml', document);
}

function contentElement({ mediaType, fileName }: ContentSource): XmlElement {
  return {
    name: 'cmisra:content',
    children: [
      { name: 'cmisra:mediatype', children: [mediaType] },
      { name: 'chemistry:filename', attributes: CHEMISTRY, children: [fileName] },
      { name: BASE64 },
    ],
  };
}

function propertyElement(id: string, value: PropertyValue, type: PropertyType | undefined): XmlElement {
  const values = value === null ? [] : isList(value) ? value : [value];
  return {
    name: ELEMENTS[type ?? typeByValue(values[0])],
    attributes: { propertyDefinitionId: id },
    children: values.map((one) => ({ name: 'cmis:value', children: [scalar(one)] })),
  };
}

function typeByValue(value: PropertyScalar | undefined): PropertyType {
  if (value instanceof Date) return 'datetime';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'decimal';
  return 'string';
}

function scalar(value: PropertyScalar): string {
  return value instanceof Date ? value.toISOString() : String(value);
}

function write(root: XmlElement): string {
  try {
    return writeXml(root);
  } catch (error) {
    if (!isHubError(error)) throw error;
    const detail = xmlErrors.definitions.HUB_XML_CHARACTER.title;
    throw cmisErrors.HUB_CMIS_INVALID_ARGUMENT({ detail, cause: error });
  }
}
