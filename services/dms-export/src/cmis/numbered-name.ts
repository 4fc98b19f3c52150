import { safeObjectName } from '@ozg-hub/cmis';

/** `Hundesteuer (2).pdf`: a name that repositories take, cut so that number and ending stay. */
export function numberedName(
  stem: string,
  extension: string,
  { count, maxBytes }: { readonly count: number; readonly maxBytes: number },
): string {
  const tail = `${count > 1 ? ` (${count})` : ''}${extension}`;
  // The ending belongs to the tail: what looks like one in the stem is text.
  const clean = safeObjectName(`${stem.trim()}_`, { maxBytes: maxBytes - Buffer.byteLength(tail) + 1 }).replace(/_$/, '');
  return `${safeObjectName(clean, { maxBytes: maxBytes - Buffer.byteLength(tail) })}${tail}`;
}

/** Names that one repository or another takes for the same. */
export function sameName(one: string, other: string): boolean {
  return fold(one) === fold(other);
}

export function fold(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
