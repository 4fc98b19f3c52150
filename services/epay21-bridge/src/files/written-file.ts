import type { XmlPool } from '@ozg-hub/xml';
import { camt054File } from './camt054-file.ts';
import { csvFile } from './csv-file.ts';
import { datevFile } from './datev-file.ts';
import type { FileProfile } from './file-profile.ts';
import type { FileFacts } from './posting-values.ts';
import type { Posting } from './posting.ts';

/** Bytes of the file: the same for the same profile, facts and postings. @throws why it cannot be written, with line and field */
export async function writtenFile(
  profile: FileProfile,
  facts: FileFacts,
  postings: readonly Posting[],
  xml: XmlPool,
): Promise<Buffer> {
  switch (profile.profile) {
    case 'csv':
      return csvFile(profile, facts, postings);
    case 'datev':
      return datevFile(profile, facts, postings);
    case 'camt054':
      return await camt054File(profile, facts, postings, xml);
  }
}

/** DATEV takes 99,999 in a file. */
const MOST_LINES = 99_000;

/** Those at the beginning that come to no more lines than a file may have: one for each item, and one for the fee. */
export function thatFit(postings: readonly Posting[]): readonly Posting[] {
  let lines = 0;
  const beyond = postings.findIndex(({ items }) => (lines += items.length + 1) > MOST_LINES);
  return beyond === -1 ? postings : postings.slice(0, Math.max(beyond, 1));
}

export function mediaTypeOf(profile: FileProfile): string {
  if (profile.profile === 'camt054') return 'application/xml';
  return `text/csv; charset=${profile.profile === 'csv' ? profile.encoding : 'windows-1252'}`;
}
