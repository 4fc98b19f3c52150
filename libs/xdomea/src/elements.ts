import { berlinDate, berlinDateTime } from '@ozg-hub/core';
import type { XmlElement } from '@ozg-hub/xml';
import type { CodeList, CodeValue } from './code-list.ts';
import { xdomeaErrors } from './errors.ts';
import type { CalendarDate } from './model.ts';

/** Some receivers match text instead of parsing: the prefix is always this, and there is no default namespace. */
const PREFIX = 'xdomea';

export type Child = XmlElement | undefined;

export function element(name: string, children: readonly Child[]): XmlElement {
  return { name: `${PREFIX}:${name}`, children: children.filter((child) => child !== undefined) };
}

/** An element that is left out when nothing is in it. */
export function group(name: string, children: readonly Child[]): Child {
  const built = element(name, children);
  return built.children!.length > 0 ? built : undefined;
}

/** A required text; empty is found by {@link checked}, with its place. */
export function text(name: string, value: string): XmlElement {
  return { name: `${PREFIX}:${name}`, children: [value] };
}

/** An optional text; left out when blank, never written empty. */
export function optional(name: string, value: string | undefined): Child {
  return value === undefined || value.trim() === '' ? undefined : text(name, value);
}

/** `xs:date` in Hessen's local time. */
export function date(name: string, value: Date | CalendarDate | undefined): Child {
  return optional(name, value instanceof Date ? berlinDate(value) : value);
}

/** `xs:dateTime` with offset. */
export function dateTime(name: string, value: Date): XmlElement {
  return text(name, berlinDateTime(value));
}

/** A boolean as the standard's own texts write it: 1 or 0. */
export function flag(name: string, value: boolean): XmlElement {
  return text(name, value ? '1' : '0');
}

/** A code with its list; `code` itself has no namespace (XÖV code type). */
export function code(name: string, list: Pick<CodeList, 'uri' | 'version'>, value: string): XmlElement {
  return codeValue(name, { listUri: list.uri, listVersion: list.version, code: value })!;
}

export function codeValue(name: string, value: CodeValue | undefined): Child {
  if (value === undefined) return undefined;
  return {
    name: `${PREFIX}:${name}`,
    attributes: { listURI: value.listUri, listVersionID: value.listVersion },
    children: [
      { name: 'code', children: [value.code] },
      value.name === undefined ? undefined : { name: 'name', children: [value.name] },
    ],
  };
}

/** All of these and nothing else may stand in an XML 1.0 document (production 2, Char); lone surrogates may not. */
// oxlint-disable-next-line no-control-regex
const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Surrogate}/u;

/**
 * The root element with the namespace, every text checked.
 * @throws HUB_XDOMEA_CHARACTER for characters that XML forbids, HUB_XDOMEA_EMPTY for required elements without a value;
 *   each names every place
 */
export function checked(root: XmlElement, namespace: string): XmlElement {
  const forbidden: string[] = [];
  const empty: string[] = [];
  const visit = (node: XmlElement, path: string) => {
    for (const value of Object.values(node.attributes ?? {})) if (FORBIDDEN.test(value)) forbidden.push(path);
    const seen = new Map<string, number>();
    const children = node.children ?? [];
    if (children.every((child) => child === undefined || (typeof child === 'string' && child.trim() === ''))) {
      empty.push(path);
    }
    for (const child of children) {
      if (typeof child === 'string') {
        if (FORBIDDEN.test(child)) forbidden.push(path);
      } else if (child) {
        const local = child.name.replace(`${PREFIX}:`, '');
        const position = (seen.get(local) ?? 0) + 1;
        seen.set(local, position);
        visit(child, `${path}/${local}[${position}]`);
      }
    }
  };
  visit(root, `/${root.name.replace(`${PREFIX}:`, '')}`);
  const places = (paths: string[], message: string) => paths.slice(0, 50).map((path) => ({ path, message }));
  if (forbidden.length > 0) {
    throw xdomeaErrors.HUB_XDOMEA_CHARACTER({ places: places(forbidden, 'contains a character that XML forbids') });
  }
  if (empty.length > 0) throw xdomeaErrors.HUB_XDOMEA_EMPTY({ places: places(empty, 'is required and has no value') });
  return { ...root, attributes: { [`xmlns:${PREFIX}`]: namespace, ...root.attributes } };
}
