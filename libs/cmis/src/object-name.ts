export interface ObjectNameRules {
  /** Bytes in UTF-8; default 255, the least any file system behind a DMS takes. */
  readonly maxBytes?: number;
  /** For each forbidden character; default `_`. */
  readonly replacement?: string;
}

/** Refused by at least one repository: what Windows and OpenCMIS refuse, control characters, lone surrogates. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\u2028\u2029\uFFFE\uFFFF"*/:<>?\\|]/gu;
const EXTENSION = /\.[A-Za-z0-9]{1,10}$/;

/**
 * A name that repositories take: Unicode NFC, no forbidden characters, no space or full stop at the ends, cut to its length
 * before the extension and between characters as people see them. Never empty.
 */
export function safeObjectName(name: string, { maxBytes = 255, replacement = '_' }: ObjectNameRules = {}): string {
  const clean = trim(name.normalize('NFC').replace(FORBIDDEN, replacement));
  const extension = EXTENSION.exec(clean)?.[0] ?? '';
  const stem = clean.slice(0, clean.length - extension.length);
  let kept = '';
  let bytes = Buffer.byteLength(extension);
  for (const { segment } of new Intl.Segmenter('de').segment(stem)) {
    bytes += Buffer.byteLength(segment);
    if (bytes > maxBytes) break;
    kept += segment;
  }
  return trim(kept) + extension || replacement;
}

function trim(name: string): string {
  return name.replace(/^\s+|[\s.]+$/g, '');
}
