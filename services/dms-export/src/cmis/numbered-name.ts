import { safeObjectName } from '@ozg-hub/cmis';

/** `Hundesteuer (2).pdf`: a name that repositories take, cut so that number and ending stay. */
export function numberedName(
  stem: string,
  extension: string,
  { count, maxBytes }: { readonly count: number; readonly maxBytes: number },
): string {
  const tail = `${count > 1 ? ` (${count})` : ''}${extension}`;
  return safeObjectName(stem, { maxBytes: maxBytes - Buffer.byteLength(tail) }) + tail;
}

/** The same for names that one repository or another takes for the same. */
export function fold(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
