import { createHash } from 'node:crypto';

/** A file of the application, as received. */
export interface HashedPart {
  readonly part: string;
  /** SHA-256 of the plaintext, hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * What tells a repetition from another application under the same key: SHA-256 (lower-case hex) over the canonical hash
 * of the application XML without inline contents and every file's name, hash and size, in the order of their names.
 * Whether a file came inline or as a part of its own makes a difference only through the XML.
 */
export function contentHash(canonicalSha256: string, parts: readonly HashedPart[]): string {
  const sorted = parts
    .map(({ part, sha256, size }) => [part, sha256.toLowerCase(), size] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return createHash('sha256')
    .update(JSON.stringify([canonicalSha256, sorted]))
    .digest('hex');
}
