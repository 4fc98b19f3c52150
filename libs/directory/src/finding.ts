import type { ErrorPlace } from '@ozg-hub/core';
import { directoryErrors } from './errors.ts';

/** One thing to correct (error) or to know (warning) in the directory's files. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  /** Relative to the directory's folder. */
  readonly file: string;
  readonly line: number;
  /** Where in the file's content: `targets[0].settings.inbox`. */
  readonly path: string;
  readonly message: string;
  /** What to do. */
  readonly fix?: string;
}

const MOST_PLACES = 50;

/** HUB_DIRECTORY_INVALID with the first 50 errors as places. */
export function invalidDirectory(findings: readonly Finding[]) {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const more = errors.length > MOST_PLACES ? `; the first ${MOST_PLACES} are listed` : '';
  return directoryErrors.HUB_DIRECTORY_INVALID({
    detail: `The directory has ${errors.length} ${errors.length === 1 ? 'error' : 'errors'}${more} and was not accepted.`,
    places: errors.slice(0, MOST_PLACES).map(toPlace),
  });
}

function toPlace({ file, line, path, message, fix }: Finding): ErrorPlace {
  return { file, line, ...(path && { path }), message: fix ? `${message}; ${fix}` : message };
}

/** `targets[0].settings.inbox`. */
export function writePath(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index > 0 ? '.' : ''}${String(step)}`))
    .join('');
}

/** ` Did you mean …?` for a name that is nearly one of the known ones. */
export function nearest(written: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.min(3, Math.floor(written.length / 3)) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - written.length) >= bestDistance) continue;
    const distance = editDistance(written, candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

function editDistance(one: string, other: string): number {
  let previous = Array.from({ length: other.length + 1 }, (_unused, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const replaced = previous[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, previous[j]! + 1, row[j - 1]! + 1));
    }
    previous = row;
  }
  return previous[other.length]!;
}
