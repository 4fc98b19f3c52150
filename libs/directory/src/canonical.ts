import { createHash } from 'node:crypto';

/** JSON with sorted keys and without undefined members: the same content gives the same text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    member !== null && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : member,
  );
}

/** `sha256-` and 64 hex digits over the canonical JSON. */
export function contentHash(canonical: string): string {
  return `sha256-${createHash('sha256').update(canonical).digest('hex')}`;
}
