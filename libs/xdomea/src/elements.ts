import { berlinDate, berlinDateTime } from '@ozg-hub/core';
import type { XmlElement } from '@ozg-hub/xml';
import type { CodeList, CodeValue } from './code-list.ts';
import type { CalendarDate } from './model.ts';

/** Some receivers match text instead of parsing: the prefix is always this, and there is no default namespace. */
export const PREFIX = 'xdomea';

export type Child = XmlElement | undefined;

export function element(name: string, children: readonly Child[]): XmlElement {
  return { name: `${PREFIX}:${name}`, children: children.filter((child) => child !== undefined) };
}

/** An element that is left out when nothing is in it. */
export function group(name: string, children: readonly Child[]): Child {
  const built = element(name, children);
  return built.children!.length > 0 ? built : undefined;
}

/** What marks an element that {@link onlyIf} leaves out. */
export const LEFT_OUT = '!';

/** An element that not every version has: where it is not there, it is left out, and a note says so. */
export function onlyIf(there: boolean, child: Child): Child {
  return child === undefined || there ? child : { name: `${LEFT_OUT}${child.name}` };
}

/** A required text; empty is found by {@link finished}, with its place. */
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
