import { readSmallXml } from '@ozg-hub/xml';
import { dmsErrors } from '../errors.ts';
import type { FileEntry } from './dms-files.port.ts';

/** Body of a PROPFIND for what {@link readMultistatus} reads. */
export const propfindBody =
  '<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:"><prop>' +
  '<resourcetype/><getcontentlength/><getetag/><getlastmodified/></prop></propfind>';

/** An entry with the path its server gives it, decoded and without a slash at the end. */
export interface FoundEntry extends FileEntry {
  readonly path: string;
}

type Node = Readonly<Record<string, unknown>>;
const MOST_CHARACTERS = 8 * 1024 * 1024;

/** Reads the answer to a PROPFIND (RFC 4918 §14.16). @throws HUB_DMS_UNREADABLE */
export function readMultistatus(text: string, base: URL): readonly FoundEntry[] {
  try {
    const root = readSmallXml(text, { maxLength: MOST_CHARACTERS, arrays: ['response', 'propstat'] })['multistatus'];
    if (root === undefined) throw new TypeError('no multistatus');
    const responses = ((root as Node)['response'] ?? []) as readonly Node[];
    return responses.map((response) => entryOf(response, base));
  } catch (cause) {
    throw dmsErrors.HUB_DMS_UNREADABLE({ cause });
  }
}

function entryOf(response: Node, base: URL): FoundEntry {
  const path = pathOf(new URL(textOf(response['href']), base));
  const prop = propertiesOf(response);
  const size = Number(textOf(prop['getcontentlength']) || 0);
  const type = prop['resourcetype'];
  const modified = textOf(prop['getlastmodified']);
  const isFolder = typeof type === 'object' && type !== null && 'collection' in type;
  return {
    path,
    name: path.slice(path.lastIndexOf('/') + 1),
    kind: isFolder ? 'folder' : 'file',
    size,
    print: `${size}/${textOf(prop['getetag'])}/${modified}`,
    writtenAt: modified && !Number.isNaN(Date.parse(modified)) ? new Date(modified) : undefined,
  };
}

/**
 * What lies in the folder that was asked for. The server may name it otherwise than we do, behind a proxy for one: it is
 * the one above all others.
 */
export function childrenOf(found: readonly FoundEntry[] | undefined): readonly FoundEntry[] | undefined {
  if (!found) return undefined;
  const [itself] = found.toSorted((one, other) => one.path.length - other.path.length);
  return found.filter((one) => one !== itself && one.path.slice(0, one.path.lastIndexOf('/')) === itself?.path);
}

/** Path of an address, decoded and without a slash at the end. */
function pathOf({ pathname }: URL): string {
  return decodeURIComponent(pathname).replace(/\/+$/, '');
}

function propertiesOf(response: Node): Node {
  const found = ((response['propstat'] ?? []) as readonly Node[])
    .filter(({ status }) => / 2\d\d\b/.test(textOf(status)))
    .map(({ prop }) => (typeof prop === 'object' && prop !== null ? (prop as Node) : {}));
  return Object.assign({}, ...found) as Node;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null ? textOf((value as Node)['#text'] ?? '') : '';
}
