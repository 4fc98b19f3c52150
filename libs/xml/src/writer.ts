import { xmlErrors } from './errors.ts';

/** An element to be written. Namespaces are attributes like any other: `xmlns` or `xmlns:prefix`. */
export interface XmlElement {
  /** Qualified name, e.g. `xdomea:Akte`. */
  readonly name: string;
  readonly attributes?: Readonly<Record<string, string>>;
  /** Elements and texts; undefined ones are left out. */
  readonly children?: readonly (XmlElement | string | undefined)[];
}

const NAME = /^[\p{L}_][\p{L}\p{N}._-]*(?::[\p{L}_][\p{L}\p{N}._-]*)?$/u;
/** Most names, for a third of the time. */
const PLAIN_NAME = /^[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?$/;
/** Everything XML 1.0 calls no character, lone surrogates included. */
const FORBIDDEN = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
/** What needs a closer look: what may be forbidden, and what is written as a reference. Most texts have none of it. */
const SPECIAL = /[^\u0020!#-%'-;=?-\uD7FF\uE000-\uFFFD]/;
const IN_TEXT = /[&<>\r]/g;
const IN_ATTRIBUTE = /[&<>"\t\n\r]/g;
const TEXT: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#xD;' };
const ATTRIBUTE: Readonly<Record<string, string>> = { ...TEXT, '"': '&quot;', '\t': '&#x9;', '\n': '&#xA;' };

/**
 * The document as UTF-8 text with declaration, without white space that is not in the texts.
 * @throws HUB_XML_CHARACTER for a text or attribute with a character XML does not allow; the path says where
 */
export function writeXml(root: XmlElement): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(root, '')}`;
}

function element({ name, attributes, children = [] }: XmlElement, above: string): string {
  assertName(name);
  const path = `${above}/${name}`;
  let start = `<${name}`;
  for (const attribute in attributes) {
    assertName(attribute);
    const value = attributes[attribute] ?? '';
    start += ` ${attribute}="${SPECIAL.test(value) ? escaped(value, ATTRIBUTE, IN_ATTRIBUTE, `${path}/@${attribute}`) : value}"`;
  }
  let content = '';
  for (const child of children) {
    if (child === undefined) continue;
    if (typeof child === 'object') content += element(child, path);
    else content += SPECIAL.test(child) ? escaped(child, TEXT, IN_TEXT, path) : child;
  }
  return content === '' ? `${start}/>` : `${start}>${content}</${name}>`;
}

function assertName(name: string): void {
  if (!PLAIN_NAME.test(name) && !NAME.test(name)) throw new TypeError(`not an XML name: ${name}`);
}

function escaped(text: string, entities: Readonly<Record<string, string>>, pattern: RegExp, path: string): string {
  if (FORBIDDEN.test(text)) {
    throw xmlErrors.HUB_XML_CHARACTER({ places: [{ path, message: 'a character that XML does not allow' }] });
  }
  return text.replace(pattern, (character) => entities[character] ?? character);
}
