import type { ErrorPlace } from '@ozg-hub/core';
import { elementPath } from './element-path.ts';
import { MOST_PLACES } from './failure.ts';
import type { Libxml, Report } from './libxml.ts';

/**
 * Places of schema violations, at most 50, in document order as libxml2 reports them. Its messages quote the offending value, so
 * only what comes from the schema is taken out of them: names, types, facets and their limits.
 */
export function placesOf(libxml: Libxml, reports: readonly Report[]): ErrorPlace[] {
  const places: ErrorPlace[] = [];
  let facetPath: string | undefined;
  for (const report of reports) {
    const path = report.node === 0 ? undefined : elementPath(libxml, report.node) + attributeStep(report);
    const facet = FACET.test(report.message);
    const consequence = !facet && path !== undefined && path === facetPath && report.message.includes(NOT_OF_TYPE);
    if (places.length === MOST_PLACES) break;
    if (!consequence) places.push({ line: report.line, ...(path && { path }), message: sentence(report) });
    facetPath = facet ? path : undefined;
  }
  return places;
}

const FACET = /^Element '[^']*'(?:, attribute '[^']*')?: \[facet '([a-zA-Z]+)'\]/;
const NOT_OF_TYPE = ' is not a valid value of the ';

function attributeStep({ message }: Report): string {
  const name = /^Element '[^']*', attribute '(?:\{[^}]*\})?([^']*)':/.exec(message)?.[1];
  return name === undefined ? '' : `/@${name}`;
}

/** The same violation in words that never repeat the value. */
function sentence({ message }: Report): string {
  const facet = FACET.exec(message)?.[1];
  if (facet !== undefined) return facetSentence(facet, message);
  const type = after(message, NOT_OF_TYPE);
  if (type !== undefined) return `must be of ${withoutNamespaces(type)}`;
  const expected = /Expected is (.*)\.\s*$/s.exec(message)?.[1];
  if (message.includes('Missing child element(s)')) return expecting('lacks a child element', expected);
  if (message.includes('This element is not expected')) return expecting('is not expected here', expected);
  const lacking = /The attribute '(?:\{[^}]*\})?([^']+)' is required but missing/.exec(message)?.[1];
  if (lacking !== undefined) return `lacks the attribute ${lacking}`;
  return FIXED.find(([part]) => message.includes(part))?.[1] ?? 'does not follow the schema';
}

function facetSentence(facet: string, message: string): string {
  const limit = (words: string) => after(message, words)?.replace(/^'|'?\.?\s*$/g, '');
  switch (facet) {
    case 'pattern':
      return `must match the pattern ${limit(' is not accepted by the pattern ')}`;
    case 'enumeration':
      return `must be one of ${limit(' is not an element of the set ')}`;
    case 'minLength':
      return `is shorter than ${limit('minimum length of ')} characters`;
    case 'maxLength':
      return `is longer than ${limit('maximum length of ')} characters`;
    case 'length':
      return 'does not have the length the schema demands';
    default:
      return `is outside the limit ${facet} of the schema`;
  }
}

/** The last occurrence counts: the value stands before it and may contain the same words. */
function after(message: string, words: string): string | undefined {
  const at = message.lastIndexOf(words);
  return at < 0
    ? undefined
    : message
        .slice(at + words.length)
        .trim()
        .replace(/\.$/, '');
}

const withoutNamespaces = (text: string) => text.replace(/\{[^}]*\}/g, '');

function expecting(problem: string, expected: string | undefined): string {
  return expected === undefined ? problem : `${problem}; expected: ${withoutNamespaces(expected).replace(/\s+/g, ' ')}`;
}

const FIXED: readonly (readonly [string, string])[] = [
  ['The attribute', 'has an attribute that is not allowed'],
  ['No matching global declaration', 'is not the root element of this schema'],
  ['Character content', 'must not contain text'],
  ['Element content is not allowed', 'must not contain elements'],
  ['Duplicate key-sequence', 'repeats a value that must be unique'],
  ['No match found for key-sequence', 'refers to something that is not in the document'],
  ['The element is not nillable', 'must not be nil'],
];
