import { readSmallXml } from '@ozg-hub/xml';

/** An element as libs/xml reads it: elements by local name, attributes with `@`, text as `#text` or as the value itself. */
export type XmlNode = Readonly<Record<string, unknown>>;

/** The root element of an answer. @throws where the text is no XML or another document */
export function readRoot(text: string, ...names: readonly string[]): XmlNode {
  const document = readSmallXml(text, { maxLength: Math.max(text.length, 1) });
  const name = names.find((one) => one in document);
  if (name === undefined) throw new TypeError(`none of ${names.join(', ')} where one is expected`);
  return { ...node(document[name]), '#name': name };
}

export function node(value: unknown): XmlNode {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as XmlNode;
  return value === undefined ? {} : { '#text': String(value) };
}

/** The child elements of that name; none where there are none. */
export function all(parent: XmlNode, name: string): XmlNode[] {
  const value = parent[name];
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map((one) => node(one));
}

export function child(parent: XmlNode, name: string): XmlNode | undefined {
  return all(parent, name)[0];
}

export function ownText(element: XmlNode): string {
  const text = element['#text'];
  return text === undefined ? '' : String(text);
}

/** Text of the first child of that name; undefined where there is none. */
export function text(parent: XmlNode, name: string): string | undefined {
  const found = child(parent, name);
  return found && ownText(found);
}

export function attribute(element: XmlNode, name: string): string | undefined {
  const value = element[`@${name}`];
  return value === undefined ? undefined : String(value);
}
