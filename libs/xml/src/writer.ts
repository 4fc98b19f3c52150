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
/** Everything XML 1.0 calls no character, lone surrogates included. */
const FORBIDDEN = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
/** Cheaper by far, and true for little but emoji beside what is forbidden. */
const SUSPECT = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD]/;
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
  if (!NAME.test(name)) throw new TypeError(`not an XML name: ${name}`);
  const path = `${above}/${name}`;
  let start = `<${name}`;
  for (const attribute in attributes) {
    if (!NAME.test(attribute)) throw new TypeError(`not an XML name: ${attribute}`);
    start += ` ${attribute}="${escaped(attributes[attribute] ?? '', ATTRIBUTE, /[&<>"\t\n\r]/g, `${path}/@${attribute}`)}"`;
  }
  let content = '';
  for (const child of children) {
    if (child === undefined) continue;
    content += typeof child === 'string' ? escaped(child, TEXT, /[&<>\r]/g, path) : element(child, path);
  }
  return content === '' ? `${start}/>` : `${start}>${content}</${name}>`;
}

function escaped(text: string, entities: Readonly<Record<string, string>>, pattern: RegExp, path: string): string {
  if (SUSPECT.test(text) && FORBIDDEN.test(text)) {
    throw xmlErrors.HUB_XML_CHARACTER({ places: [{ path, message: 'a character that XML does not allow' }] });
  }
  return text.replace(pattern, (character) => entities[character] ?? character);
}
