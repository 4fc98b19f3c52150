import { isUtf8 } from 'node:buffer';
import { Failure } from './failure.ts';
import type { Libxml, Pointer, Report } from './libxml.ts';

/** NONET, COMPACT, BIG_LINES, NO_XXE, NO_SYS_CATALOG of xmlParserOption. Never NOENT, DTDLOAD, HUGE or RECOVER. */
const OPTIONS = 2048 | 65_536 | 4_194_304 | 8_388_608 | 33_554_432;
const ERROR_LEVEL = 2;

/**
 * Parses a document that nobody vouches for: UTF-8, no DOCTYPE, no entities, at most 256 levels, nothing loaded.
 * @returns the xmlDoc, which the caller frees
 */
export function safeParse(libxml: Libxml, document: Uint8Array, maxBytes: number): Pointer {
  if (document.length > maxBytes) throw new Failure('HUB_XML_TOO_LARGE');
  checkEncoding(document);
  if (hasDoctype(document)) throw new Failure('HUB_XML_DOCTYPE', [{ line: doctypeLine(document), message: 'DOCTYPE' }]);
  const { result: doc, reports } = parse(libxml, document);
  const wrong = reports.filter(({ level }) => level >= ERROR_LEVEL);
  if (doc !== 0 && wrong.length === 0 && libxml.api._xmlGetIntSubset(doc) === 0) return doc;
  if (doc !== 0) {
    libxml.forget();
    libxml.api._xmlFreeDoc(doc);
  }
  if (doc !== 0 && wrong.length === 0) throw new Failure('HUB_XML_DOCTYPE');
  throw failureOf(wrong);
}

function parse(libxml: Libxml, document: Uint8Array) {
  const { api } = libxml;
  return libxml.collecting((collector) =>
    libxml.withBytes(document, (bytes) => {
      const context = api._xmlNewParserCtxt();
      api._xmlCtxtSetErrorHandler(context, collector, 0);
      try {
        return api._xmlCtxtReadMemory(context, bytes, document.length, 0, 0, OPTIONS);
      } finally {
        api._xmlFreeParserCtxt(context);
      }
    }),
  );
}

function checkEncoding(document: Uint8Array): void {
  const start = Buffer.from(document.buffer, document.byteOffset, Math.min(document.length, 256));
  const declared = /^(?:\xef\xbb\xbf)?<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)["']/.exec(
    start.toString('latin1'),
  )?.[1];
  const wide = start.subarray(0, 4).includes(0);
  if (wide || (declared !== undefined && declared.toLowerCase() !== 'utf-8') || !isUtf8(document)) {
    throw new Failure('HUB_XML_ENCODING');
  }
}

const bytesOf = (text: string) => [...Buffer.from(text, 'latin1')];
const [DOCTYPE, COMMENT, INSTRUCTION, BOM] = [bytesOf('<!DOCTYPE'), bytesOf('<!--'), bytesOf('<?'), [0xef, 0xbb, 0xbf]];

/** Position of a DOCTYPE in the prolog, the only place where XML knows one; -1 where there is none. */
function doctypeAt(document: Uint8Array): number {
  const text = Buffer.from(document.buffer, document.byteOffset, document.length);
  const startsWith = (bytes: readonly number[], at: number) => bytes.every((byte, index) => text[at + index] === byte);
  let at = startsWith(BOM, 0) ? BOM.length : 0;
  for (;;) {
    while ([0x20, 0x09, 0x0a, 0x0d].includes(text[at] ?? 0)) at += 1;
    if (startsWith(DOCTYPE, at)) return at;
    const end = startsWith(COMMENT, at) ? '-->' : startsWith(INSTRUCTION, at) ? '?>' : undefined;
    const found = end === undefined ? -1 : text.indexOf(end, at);
    if (end === undefined || found < 0) return -1;
    at = found + end.length;
  }
}

const hasDoctype = (document: Uint8Array) => doctypeAt(document) >= 0;

function doctypeLine(document: Uint8Array): number {
  return document.subarray(0, doctypeAt(document)).reduce((lines, byte) => (byte === 0x0a ? lines + 1 : lines), 1);
}

/** The first report decides: what follows it is consequence. Codes are those of xmlParserErrors. */
function failureOf(reports: readonly Report[]): Failure {
  const first = reports[0];
  if (first === undefined) return new Failure('HUB_XML_MALFORMED');
  const at = (message: string) => [{ line: first.line, message }];
  switch (first.code) {
    case 8:
    case 9:
      return new Failure('HUB_XML_CHARACTER', at('a character that XML does not allow'));
    case 26:
    case 27:
      return new Failure('HUB_XML_ENTITY', at('an entity that is not declared'));
    case 31:
    case 32:
    case 81:
      return new Failure('HUB_XML_ENCODING', at('bytes that are not UTF-8'));
    case 114:
      return /depth/i.test(first.message)
        ? new Failure('HUB_XML_TOO_DEEP', at('more than 256 levels'))
        : new Failure('HUB_XML_TOO_LARGE', at('a text or name that is too long'));
    default:
      return new Failure('HUB_XML_MALFORMED', at(MALFORMED[first.code] ?? 'not well-formed here'));
  }
}

const MALFORMED: Readonly<Record<number, string>> = {
  4: 'the document is empty',
  5: 'content after the end of the root element',
  23: 'an entity reference without a semicolon',
  38: 'a "<" inside an attribute value',
  39: 'an attribute value without quotation marks',
  40: 'an attribute value that does not end',
  41: 'an attribute without a value',
  42: 'an attribute given twice',
  65: 'white space is missing',
  68: 'a name is missing',
  73: 'a ">" is missing',
  76: 'an end tag that does not match its start tag',
  77: 'an element that does not end',
  201: 'a namespace prefix that is not declared',
  203: 'an attribute given twice',
};
