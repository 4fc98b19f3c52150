import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { xmlErrors } from './errors.ts';

export interface SmallXmlOptions {
  /** Largest text in characters; default 1 Mi. */
  readonly maxLength?: number;
  /** Local names of elements that are always arrays, however many there are. */
  readonly arrays?: readonly string[];
}

/**
 * Reads a small answer of a target (AtomPub, SOAP) into plain objects: elements by local name without prefix,
 * attributes with `@`, text of an element that has attributes or children as `#text`; every value is a string.
 * Predefined, numeric and HTML entities are decoded. Not for documents of strangers: those go through the pool.
 * @throws HUB_XML_TOO_LARGE, HUB_XML_DOCTYPE, HUB_XML_MALFORMED
 */
export function readSmallXml(
  text: string,
  { maxLength = 1024 * 1024, arrays = [] }: SmallXmlOptions = {},
): Record<string, unknown> {
  if (text.length > maxLength) throw xmlErrors.HUB_XML_TOO_LARGE();
  if (/<!DOCTYPE/i.test(text)) throw xmlErrors.HUB_XML_DOCTYPE();
  const wellFormed = XMLValidator.validate(text);
  if (wellFormed !== true) {
    throw xmlErrors.HUB_XML_MALFORMED({ places: [{ line: wellFormed.err.line, message: 'not well-formed here' }] });
  }
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    removeNSPrefix: true,
    ignoreDeclaration: true,
    ignorePiTags: true,
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: true,
    processEntities: { enabled: true, maxExpandedLength: maxLength },
    htmlEntities: true,
    isArray: (name: string) => arrays.includes(name),
  });
  return parser.parse(text) as Record<string, unknown>;
}
