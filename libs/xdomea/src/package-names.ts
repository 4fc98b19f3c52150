import { SONSTIGES } from './dateiformat.ts';
import { type MessageName, codelists } from './versions.ts';

/** `<ProzessID>_<Nachrichtenname>.zip`: name of the package. */
export function packageName(prozessId: string, nachricht: MessageName): string {
  return `${prozessId}_${nachricht}.zip`;
}

/** `<ProzessID>_<Nachrichtenname>.xml`: name of the message, in the package or alone. */
export function messageFileName(prozessId: string, nachricht: MessageName): string {
  return `${prozessId}_${nachricht}.xml`;
}

/** Names of devices that Windows refuses with any extension. */
const RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;

// oxlint-disable-next-line no-control-regex
const REFUSED = /[<>:"/\\|?*\u0000-\u001F\u007F-\u009F\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]|\p{Surrogate}/gu;

/**
 * A name that Windows, Linux and macOS take: NFC, no separators, control or direction characters, no device name, no
 * dot or blank at either end, at most `maxBytes` of UTF-8 (the extension is kept where it is one). Never empty.
 */
export function safeFileName(name: string, maxBytes = 255): string {
  const cleaned = trimEnds(name.normalize('NFC').replace(REFUSED, '_'));
  const unreserved = RESERVED.test(cleaned) ? `_${cleaned}` : cleaned;
  return shorten(unreserved === '' ? 'Datei' : unreserved, maxBytes);
}

/**
 * `UUID_name.ext`: the name of a primary file in the package and in `Dateiname`, at most 255 bytes. The UUID keeps two
 * files of one name apart.
 * @param code the file's format: gives the extension where the name has none, because 2.4 requires one
 */
export function primaryFileName(uuid: string, original: string, code?: string): string {
  const safe = safeFileName(original, 255 - 37);
  if (code === undefined || safe.includes('.')) return `${uuid}_${safe}`;
  const listed = codelists.dateiformat.entries.get(code)?.split(' ')[0];
  return `${uuid}_${safeFileName(safe, 255 - 37 - 5)}.${code === SONSTIGES ? 'bin' : (listed ?? 'bin')}`;
}

function trimEnds(name: string): string {
  return name.replace(/^[\s.]+|[\s.]+$/gu, '');
}

function shorten(name: string, maxBytes: number): string {
  if (Buffer.byteLength(name) <= maxBytes) return name;
  const extension = /\.[A-Za-z0-9]{1,10}$/.exec(name)?.[0] ?? '';
  let stem = '';
  let bytes = Buffer.byteLength(extension);
  // By graphemes, so that no letter loses its accent.
  for (const { segment } of new Intl.Segmenter('de').segment(name.slice(0, name.length - extension.length))) {
    bytes += Buffer.byteLength(segment);
    if (bytes > maxBytes) break;
    stem += segment;
  }
  return trimEnds(stem) === '' ? `Datei${extension}` : `${trimEnds(stem)}${extension}`;
}
