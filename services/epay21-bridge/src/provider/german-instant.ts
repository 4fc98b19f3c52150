import { berlinDateTime } from '@ozg-hub/core';

const WRITTEN = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?$/;
/** Summer time first: of an hour that a day has twice, the earlier one. */
const OFFSETS = ['+02:00', '+01:00'] as const;

/**
 * Reads an `xs:dateTime`; one without offset is Germany's local time. Of the hour that the end of summer time repeats,
 * the first; of the one that its begin leaves out, the one after.
 * @returns undefined for what is none, and for the year 1, which stands for unset
 */
export function germanInstant(written: string | undefined): Date | undefined {
  const [, local, , offset] = WRITTEN.exec(written?.trim() ?? '') ?? [];
  if (local === undefined || local.startsWith('0001')) return undefined;
  if (offset !== undefined) return valid(new Date(`${local}${offset}`));
  const right = OFFSETS.find((one) => {
    const instant = valid(new Date(`${local}${one}`));
    return instant && berlinDateTime(instant) === `${local}${one}`;
  });
  return valid(new Date(`${local}${right ?? '+01:00'}`));
}

function valid(instant: Date): Date | undefined {
  return Number.isNaN(instant.getTime()) ? undefined : instant;
}
