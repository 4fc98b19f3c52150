import type { Dateiformat } from './model.ts';

/**
 * Code for a format that the list does not have; then SonstigerName is required (hint to FormatType). In 2.4 the list is
 * closed; 3.x lets a message name a newer list, whose further codes {@link checkFile} notes and does not judge.
 */
export const SONSTIGES = '100';
const UNKNOWN_VERSION = 'unbekannt';

const BY_MEDIA_TYPE: Readonly<Record<string, string>> = {
  'application/msword': '003',
  'application/pdf': '018',
  'application/postscript': '021',
  'application/rtf': '022',
  'application/vnd.ms-excel': '028',
  'application/vnd.ms-outlook': '012',
  'application/vnd.ms-powerpoint': '020',
  'application/vnd.ms-project': '042',
  'application/vnd.ms-works': '025',
  'application/vnd.oasis.opendocument.presentation': '013',
  'application/vnd.oasis.opendocument.presentation-template': '016',
  'application/vnd.oasis.opendocument.spreadsheet': '014',
  'application/vnd.oasis.opendocument.spreadsheet-template': '017',
  'application/vnd.oasis.opendocument.text': '015',
  'application/vnd.oasis.opendocument.text-template': '043',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': '037',
  'application/vnd.openxmlformats-officedocument.presentationml.template': '040',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': '036',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.template': '039',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': '035',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.template': '038',
  'application/xml': '030',
  'application/xml-dtd': '041',
  'image/bmp': '001',
  'image/jpeg': '011',
  'image/png': '019',
  'image/tiff': '023',
  'message/rfc822': '006',
  'text/csv': '002',
  'text/html': '008',
  'text/plain': '045',
  'text/rtf': '022',
  'text/xml': '030',
};

/** Where the list has several codes for one format, the extension chooses among them and nothing else. */
const BY_EXTENSION: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'application/msword': { dot: '032' },
  'application/vnd.ms-excel': { xlc: '026', xlm: '027', xlw: '029', xlt: '034' },
  'application/vnd.ms-powerpoint': { pot: '033' },
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': { potx: '040' },
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': { xltx: '039' },
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': { dotx: '038' },
  'application/x-ole-storage': {
    ...{ doc: '003', dot: '032', mpp: '042', msg: '012', pot: '033', ppt: '020' },
    ...{ xlc: '026', xlm: '027', xls: '028', xlt: '034', xlw: '029' },
  },
  'application/xml': { xsd: '031' },
  'image/jpeg': { jpe: '009', jpeg: '010' },
  'image/tiff': { tiff: '024' },
  'text/html': { htm: '007' },
  'text/plain': { csv: '002', dtd: '041', eml: '006' },
  'text/xml': { xsd: '031' },
};

const OTHER_NAMES: Readonly<Record<string, string>> = {
  'application/gzip': 'GZIP',
  'application/json': 'JSON',
  'application/zip': 'ZIP',
  'audio/mpeg': 'MP3',
  'image/gif': 'GIF',
  'image/heic': 'HEIC',
  'image/svg+xml': 'SVG',
  'image/webp': 'WebP',
  'video/mp4': 'MP4',
};

export interface KnownContent {
  /** Found in the content, see {@link probeContent}; lower case, parameters allowed. */
  readonly mediaType: string;
  /** Only its extension is looked at, and only to choose among codes of one format. */
  readonly fileName?: string;
  /** Version of the format where known, e.g. `1.7` of a PDF. */
  readonly version?: string;
  /** Part and level that a PDF claims, e.g. `2b`. */
  readonly pdfA?: string;
}

/** Code, name and version of a primary file's format, the element Format needs all of them filled; the same in all versions. */
export function dateiformatOf(content: KnownContent): Dateiformat {
  const mediaType = content.mediaType.split(';')[0]!.trim().toLowerCase();
  if (mediaType === 'application/pdf' && content.pdfA) return { code: '044', version: content.pdfA };
  const extension = /\.([A-Za-z0-9]+)$/.exec(content.fileName ?? '')?.[1]?.toLowerCase() ?? '';
  const code = BY_EXTENSION[mediaType]?.[extension] ?? BY_MEDIA_TYPE[mediaType];
  const version = content.version?.trim() || (code === '030' ? '1.0' : UNKNOWN_VERSION);
  if (code !== undefined) return { code, version };
  return { code: SONSTIGES, sonstigerName: OTHER_NAMES[mediaType] ?? mediaType, version };
}
